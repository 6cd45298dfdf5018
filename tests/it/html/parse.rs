//! Reads a page as strictly as XML is read: every tag closed, every attribute quoted, no entity but those of XML.

/// An element and what is in it.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    /// An attribute's value.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str())
    }

    /// All text in it.
    pub fn text(&self) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(element) => element.text(),
        };
        self.children.iter().map(text).collect()
    }

    /// All elements in it, itself first, in the order of the page.
    pub fn all(&self) -> Vec<&Element> {
        let mut found = vec![self];
        for child in &self.children {
            if let Node::Element(element) = child {
                found.extend(element.all());
            }
        }
        found
    }

    /// All elements in it of that name.
    pub fn named(&self, name: &str) -> Vec<&Element> {
        self.all().into_iter().filter(|element| element.name == name).collect()
    }

    /// All elements in it of that class.
    pub fn of_class(&self, class: &str) -> Vec<&Element> {
        let has = |element: &&Element| element.get("class").is_some_and(|all| all.split(' ').any(|one| one == class));
        self.all().into_iter().filter(has).collect()
    }

    /// The section under that heading.
    pub fn section(&self, heading: &str) -> &Element {
        let sections = self.named("section");
        let found = sections.into_iter().find(|section| section.named("h2")[0].text() == heading);
        found.unwrap_or_else(|| panic!("there is no section {heading:?}"))
    }

    /// The cells of the table in it: the header's, each row's, the total's.
    pub fn table(&self) -> Vec<Vec<String>> {
        let tables = self.named("table");
        assert_eq!(tables.len(), 1);
        let cells = |row: &Element| -> Vec<String> {
            row.all().into_iter().filter(|cell| ["th", "td"].contains(&cell.name.as_str())).map(Element::text).collect()
        };
        tables[0].named("tr").into_iter().map(cells).collect()
    }
}

/// The root of a page.
pub fn parse(page: &str) -> Element {
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").expect("a page begins with its type").trim_end();
    let mut open = vec![Element::default()];
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').map(|end| start + end).unwrap_or_else(|| panic!("a tag is open: {rest}"));
        let (text, tag) = (unescape(&rest[..start]), &rest[start + 1..end]);
        rest = &rest[end + 1..];
        let inner = open.last_mut().unwrap();
        inner.children.push(Node::Text(text));
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().unwrap();
            assert_eq!(closed.name, name, "</{name}> closes <{}>", closed.name);
            open.last_mut().unwrap().children.push(Node::Element(closed));
            continue;
        }
        let empty = tag.ends_with('/');
        let element = element(tag.trim_end_matches('/'));
        match empty {
            true => inner.children.push(Node::Element(element)),
            false => open.push(element),
        }
    }
    assert_eq!((rest, open.len()), ("", 1), "everything is in one element");
    match open.remove(0).children.pop() {
        Some(Node::Element(root)) => root,
        other => panic!("{other:?}"),
    }
}

/// `name a="b" c="d"`
fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !rest.trim().is_empty() {
        let (attribute, quoted) = rest.split_once("=\"").unwrap_or_else(|| panic!("no quote in <{tag}>"));
        let (value, after) = quoted.split_once('"').unwrap_or_else(|| panic!("an open quote in <{tag}>"));
        let attribute = attribute.trim();
        assert!(attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "<{tag}>");
        assert!(attributes.iter().all(|(name, _)| name != attribute), "twice {attribute} in <{tag}>");
        attributes.push((attribute.to_owned(), unescape(value)));
        rest = after;
    }
    Element { name: name.to_owned(), attributes, children: Vec::new() }
}

fn unescape(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').unwrap_or_else(|| panic!("a bare & in {text:?}"));
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            _ => panic!("&{entity};"),
        });
        plain += after;
    }
    plain
}
