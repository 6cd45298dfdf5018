//! The JSON Schema of catalog files, by which editors complete, explain and check keys.
//!
//! It refuses nothing that the reader accepts. The reader refuses more: what a schema can't say, such as that an asset
//! is declared. Draft 7, since that is what editors of TOML know.

mod tables;

use serde_json::{Map, Value, json};

/// What stands at a key.
enum Kind {
    /// A text that is not empty.
    Text,
    /// Letters, digits, `_`, `-` and `.`.
    Code,
    /// A number that is not negative.
    Amount,
    /// A number above zero.
    Positive,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// `true` or `false`.
    Flag,
    /// A date and time.
    Time,
    /// An amount of a currency: `"20 USD"`.
    Payment,
    /// An amount of an asset that may be negative.
    Signed,
    /// What an event's data can hold: a text, a number or a boolean.
    Scalar,
    /// One of a few words.
    Words(Vec<&'static str>),
    /// A list in which nothing stands twice.
    List(Box<Kind>),
    /// A table whose keys are the user's own and hold scalars.
    Map,
    /// A table.
    Table(Table),
    /// A table of tables under the user's own names.
    Named(Table),
    /// A list of tables, which [`tables::listed`] has under that name.
    Tables(&'static str),
}

/// One of a few words, from the pairs that the readers take them from.
fn words<T, const N: usize>(names: &[(&'static str, T); N]) -> Kind {
    Kind::Words(names.iter().map(|&(name, _)| name).collect())
}

/// A table: its keys, and which of them must stand or must not stand together.
#[derive(Default)]
struct Table {
    keys: Vec<Key>,
    /// Whether keys of the user's own may stand there too. They hold scalars.
    others: bool,
    /// Two keys of which exactly one must stand.
    either: Option<[&'static str; 2]>,
    conditions: Vec<When>,
}

struct Key {
    name: &'static str,
    kind: Kind,
    about: &'static str,
    needed: bool,
    default: Option<Value>,
}

/// What goes for a table in which a key holds certain words.
struct When {
    key: &'static str,
    is: &'static [&'static str],
    needs: Vec<&'static str>,
    refuses: Vec<&'static str>,
}

impl When {
    fn new(key: &'static str, is: &'static [&'static str]) -> Self {
        Self { key, is, needs: Vec::new(), refuses: Vec::new() }
    }

    fn needs(mut self, keys: &[&'static str]) -> Self {
        self.needs.extend(keys);
        self
    }

    fn refuses(mut self, keys: &[&'static str]) -> Self {
        self.refuses.extend(keys);
        self
    }

    fn json(&self) -> Value {
        let refused: Map<_, _> = self.refuses.iter().map(|&key| (key.to_owned(), json!(false))).collect();
        json!({
            "if": { "properties": { self.key: { "enum": self.is } }, "required": [self.key] },
            "then": { "required": self.needs, "properties": refused },
        })
    }
}

impl Table {
    /// Adds a key that may stand there.
    fn may(mut self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        self.keys.push(Key { name, kind, about, needed: false, default: None });
        self
    }

    /// Adds a key that must stand there.
    fn need(mut self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        self.keys.push(Key { name, kind, about, needed: true, default: None });
        self
    }

    /// Says what goes when the key that was added last does not stand there.
    fn by_default(mut self, value: Value) -> Self {
        if let Some(key) = self.keys.last_mut() {
            key.default = Some(value);
        }
        self
    }

    fn others(mut self) -> Self {
        self.others = true;
        self
    }

    fn either(mut self, one: &'static str, other: &'static str) -> Self {
        self.either = Some([one, other]);
        self
    }

    fn when(mut self, condition: When) -> Self {
        self.conditions.push(condition);
        self
    }

    fn json(&self) -> Value {
        let properties: Map<_, _> = self.keys.iter().map(|key| (key.name.to_owned(), key.json())).collect();
        let needed: Vec<_> = self.keys.iter().filter(|key| key.needed).map(|key| key.name).collect();
        let mut schema = json!({
            "type": "object",
            "properties": properties,
            "required": needed,
            "additionalProperties": if self.others { Kind::Scalar.json() } else { json!(false) },
        });
        if let Some(either) = self.either {
            schema["oneOf"] = either.map(|key| json!({ "required": [key] })).into();
        }
        if !self.conditions.is_empty() {
            schema["allOf"] = self.conditions.iter().map(When::json).collect();
        }
        schema
    }
}

impl Key {
    fn json(&self) -> Value {
        let mut schema = self.kind.json();
        schema["description"] = self.about.into();
        if let Some(default) = &self.default {
            schema["default"] = default.clone();
        }
        schema
    }
}

/// A number in quotes; a minus may stand before zero alone.
const AMOUNT: &str = r"^(-0+(\.0+)?|[0-9]+(\.[0-9]+)?)([eE][-+]?[0-9]+)?$";
const NUMBER: &str = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$";
const CODE: &str = "^[A-Za-z0-9_.-]+$";
const PAYMENT: &str = r"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)? [A-Za-z0-9_.-]+$";
const SIGNED: &str = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)? [A-Za-z0-9_.-]+$";

impl Kind {
    fn json(&self) -> Value {
        match self {
            Self::Text => json!({ "type": "string", "minLength": 1 }),
            Self::Code => json!({ "type": "string", "pattern": CODE }),
            Self::Amount => json!({ "type": ["number", "string"], "minimum": 0, "pattern": AMOUNT }),
            Self::Positive => json!({ "type": ["number", "string"], "exclusiveMinimum": 0, "pattern": AMOUNT }),
            Self::Whole(least, most) => {
                json!({ "type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": NUMBER })
            }
            Self::Flag => json!({ "type": "boolean" }),
            // Editors show a schema TOML's own date-times as texts.
            Self::Time => json!({ "type": "string" }),
            Self::Payment => json!({ "type": "string", "pattern": PAYMENT }),
            Self::Signed => json!({ "type": "string", "pattern": SIGNED }),
            Self::Scalar => json!({ "type": ["string", "number", "boolean"], "minLength": 1 }),
            Self::Words(words) => json!({ "enum": words }),
            Self::List(kind) => json!({ "type": "array", "items": kind.json(), "uniqueItems": true }),
            Self::Map => json!({ "type": "object", "additionalProperties": Self::Scalar.json() }),
            Self::Table(table) => table.json(),
            Self::Named(table) => json!({ "type": "object", "additionalProperties": table.json() }),
            Self::Tables(name) => json!({ "type": "array", "items": { "$ref": format!("#/definitions/{name}") } }),
        }
    }
}

/// The schema of a catalog file.
pub fn schema() -> Value {
    let mut schema = tables::file().json();
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "drawdown catalog".into();
    schema["description"] = "A price catalog, or one file of it: all files of a folder are read as one.".into();
    schema["definitions"] = tables::listed().iter().map(|(name, table)| ((*name).to_owned(), table.json())).collect();
    schema
}
