//! What the keys of a catalog are declared with.
//!
//! Each file of [`super::tables`] declares the keys of its table once, as plain data. The reader asks for values by these
//! declarations. The JSON Schema, the flags of `add`, the lines of a plan and the README's reference are made from them.

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// What it means, in full sentences: for editors and for `--help`.
    pub about: &'static str,
    /// What it means, in a few words for the README. Empty when the name says it.
    pub note: &'static str,
    /// What stands for its value in a line of usage. Empty is the last word of its name.
    pub placeholder: &'static str,
    /// Whether a table without it is wrong.
    pub needed: bool,
    /// What holds when it is absent, if that is a value which could be written.
    pub default: Option<Usual>,
    /// Whether it only says what a thing is called: changing it changes nothing that is charged.
    pub is_name: bool,
    /// Whether it may stand there and says nothing, so that a table of another kind can be copied.
    pub is_idle: bool,
    /// Whether it is what is charged, so that a fifth more of it makes everything a fifth dearer.
    pub is_price: bool,
}

impl Key {
    /// A key that may be absent.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            about,
            note: "",
            placeholder: "",
            needed: false,
            default: None,
            is_name: false,
            is_idle: false,
            is_price: false,
        }
    }

    /// The key must be there.
    pub const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// What holds when the key is absent.
    pub const fn by_default(mut self, value: Usual) -> Self {
        self.default = Some(value);
        self
    }

    /// The key only says what something is called.
    pub const fn is_name(mut self) -> Self {
        self.is_name = true;
        self
    }

    /// The key may stand there and says nothing.
    pub const fn is_idle(mut self) -> Self {
        self.is_idle = true;
        self
    }

    /// The key is what is charged.
    pub const fn is_price(mut self) -> Self {
        self.is_price = true;
        self
    }

    /// Adds a few words for the README.
    pub const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Names the value in lines of usage.
    pub const fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }
}

/// What stands at a key.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
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
    /// One of a few words.
    Words(&'static [Word]),
    /// A text, or a list of texts in which none stands twice.
    Names,
    /// A list in which nothing stands twice.
    List(&'static Kind),
    /// A table whose keys are the user's own and hold texts, numbers or booleans.
    Map,
    /// A table of such tables, whose keys are the user's own too.
    Maps,
    /// A table.
    Table(&'static Table),
    /// A table of tables under the user's own names.
    Named(&'static Table),
    /// A list of tables.
    Tables(&'static Table),
}

/// One of the words that a key can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// As it is written.
    pub name: &'static str,
    /// What it means, for questions and `--help`. Empty when it speaks for itself.
    pub about: &'static str,
}

impl Word {
    /// Whether it is another spelling of a word, such as `usage-based`: it is read and not recommended.
    pub fn is_alias(&self) -> bool {
        self.name.contains('-')
    }
}

/// The words of an enum, from the names that it is read by, and what each of them means.
pub const fn words<T, const N: usize>(names: &[(&'static str, T); N], about: [&'static str; N]) -> [Word; N] {
    let mut words = [Word { name: "", about: "" }; N];
    let mut index = 0;
    while index < N {
        words[index] = Word { name: names[index].0, about: about[index] };
        index += 1;
    }
    words
}

/// The words of an enum that speak for themselves.
pub const fn plain_words<T, const N: usize>(names: &[(&'static str, T); N]) -> [Word; N] {
    words(names, [""; N])
}

/// What holds when a key is absent.
#[derive(Debug, Clone, Copy)]
pub enum Usual {
    /// A text, or one of the key's words.
    Text(&'static str),
    /// A whole number.
    Number(i64),
    /// `false`.
    No,
    /// All words of the key's list, in their order.
    AllWords,
}

/// A table: its keys, and which of them must stand or must not stand together.
#[derive(Debug)]
pub struct Table {
    /// The name, unique among all tables.
    pub name: &'static str,
    /// Its keys, in groups that other tables may share.
    pub groups: &'static [&'static [Key]],
    /// Whether keys of the user's own may stand there too. They hold texts, numbers or booleans.
    pub has_others: bool,
    /// Two keys of which exactly one must stand.
    pub either: Option<[Key; 2]>,
    /// What hangs on the words that a key holds.
    pub conditions: &'static [When],
    /// How one of a list of such tables is told from the others.
    pub told: Told,
}

/// How one of a list of tables is told from the others.
#[derive(Debug, Clone, Copy)]
pub enum Told {
    /// By its place in the list.
    ByPlace,
    /// By the name or code at that key.
    ByName(Key),
    /// By what it is for, as a price's row is by its dimensions. Often there is only one.
    ByValues,
}

impl Table {
    /// A table of that name.
    pub const fn new(name: &'static str, groups: &'static [&'static [Key]]) -> Self {
        Self { name, groups, has_others: false, either: None, conditions: &[], told: Told::ByPlace }
    }

    /// Keys of the user's own may stand there too.
    pub const fn with_others(mut self) -> Self {
        self.has_others = true;
        self
    }

    /// Exactly one of the two keys must stand there.
    pub const fn either(mut self, one: Key, other: Key) -> Self {
        self.either = Some([one, other]);
        self
    }

    /// How one of a list of such tables is told from the others, if not by its place.
    pub const fn told(mut self, told: Told) -> Self {
        self.told = told;
        self
    }

    /// What hangs on the words that some keys hold.
    pub const fn when(mut self, conditions: &'static [When]) -> Self {
        self.conditions = conditions;
        self
    }

    /// Its keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.groups.iter().copied().flatten()
    }

    /// The keys that must not stand there when `key` is `word`.
    pub fn refused(&self, key: &str, word: &str) -> Vec<&'static Key> {
        let conditions = self.conditions.iter().filter(|when| when.key.name == key && when.is.contains(&word));
        conditions.flat_map(|when| when.refuses.iter().copied().flatten()).collect()
    }

    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

/// What goes for a table in which a key holds certain words.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The key that holds one of the words.
    pub key: Key,
    /// Any of these words will do.
    pub is: &'static [&'static str],
    /// The keys that must stand there.
    pub needs: &'static [Key],
    /// The keys that must not.
    pub refuses: &'static [&'static [Key]],
}

impl When {
    /// For tables in which `key` is one of these words.
    pub const fn new(key: Key, is: &'static [&'static str]) -> Self {
        Self { key, is, needs: &[], refuses: &[] }
    }

    /// These keys must stand there.
    pub const fn needs(mut self, keys: &'static [Key]) -> Self {
        self.needs = keys;
        self
    }

    /// None of these keys may stand there.
    pub const fn refuses(mut self, groups: &'static [&'static [Key]]) -> Self {
        self.refuses = groups;
        self
    }
}
