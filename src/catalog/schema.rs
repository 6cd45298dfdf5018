//! The JSON Schema of catalog files, by which editors complete, explain and check keys.
//!
//! It is made from the declarations of the tables. It refuses nothing that the reader accepts. The reader refuses more:
//! what a schema can't say, such as that an asset is declared. Draft 7, since that is what editors of TOML know.

use super::keys::{Key, Kind, Table, Usual, When};
use super::read::FILE;
use super::tables::RANGE;
use serde_json::{Map, Value, json};

/// The schema of a catalog file.
pub fn schema() -> Value {
    let mut listed = Map::new();
    collect(&FILE, &mut listed);
    let mut schema = table(&FILE);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "drawdown catalog".into();
    schema["description"] = "A price catalog, or one file of it: all files of a folder are read as one.".into();
    schema["definitions"] = listed.into();
    schema
}

/// Adds the tables that stand in lists anywhere below a table, each by its name.
fn collect(within: &Table, listed: &mut Map<String, Value>) {
    for key in within.keys() {
        match key.kind {
            Kind::Tables(each) if !listed.contains_key(each.name) => {
                listed.insert(each.name.to_owned(), table(each));
                collect(each, listed);
            }
            Kind::Table(inner) | Kind::Named(inner) => collect(inner, listed),
            _ => {}
        }
    }
}

fn table(table: &Table) -> Value {
    let properties: Map<_, _> = table.keys().map(|key| (key.name.to_owned(), property(key))).collect();
    let needed: Vec<_> = table.keys().filter(|key| key.needed).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": if table.has_others { cell() } else { json!(false) },
    });
    if let Some(either) = table.either {
        schema["oneOf"] = either.map(|key| json!({ "required": [key.name] })).into();
    }
    if !table.conditions.is_empty() {
        schema["allOf"] = table.conditions.iter().map(condition).collect();
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    schema["description"] = key.about.into();
    if let Some(default) = key.default {
        schema["default"] = match default {
            Usual::Text(text) => text.into(),
            Usual::Number(number) => number.into(),
            Usual::No => false.into(),
            Usual::AllWords => schema["items"]["enum"].clone(),
        };
    }
    schema
}

fn condition(when: &When) -> Value {
    let names = |keys: &[Key]| keys.iter().map(|key| key.name).collect::<Vec<_>>();
    let refused = when.refuses.iter().copied().flatten();
    let refused: Map<_, _> = refused.map(|key| (key.name.to_owned(), json!(false))).collect();
    json!({
        "if": { "properties": { when.key.name: { "enum": when.is } }, "required": [when.key.name] },
        "then": { "required": names(when.needs), "properties": refused },
    })
}

/// A number in quotes; a minus may stand before zero alone.
const AMOUNT: &str = r"^(-0+(\.0+)?|[0-9]+(\.[0-9]+)?)([eE][-+]?[0-9]+)?$";
const NUMBER: &str = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$";
const CODE: &str = "^[A-Za-z0-9_.-]+$";
const PAYMENT: &str = r"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)? [A-Za-z0-9_.-]+$";
const SIGNED: &str = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)? [A-Za-z0-9_.-]+$";

fn kind(of: &Kind) -> Value {
    match of {
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Code => json!({ "type": "string", "pattern": CODE }),
        Kind::Amount => json!({ "type": ["number", "string"], "minimum": 0, "pattern": AMOUNT }),
        Kind::Positive => json!({ "type": ["number", "string"], "exclusiveMinimum": 0, "pattern": AMOUNT }),
        Kind::Whole(least, most) => {
            json!({ "type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": NUMBER })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        // Editors show a schema TOML's own date-times as texts.
        Kind::Time => json!({ "type": "string" }),
        Kind::Payment => json!({ "type": "string", "pattern": PAYMENT }),
        Kind::Signed => json!({ "type": "string", "pattern": SIGNED }),
        Kind::Words(words) => json!({ "enum": words.iter().map(|word| word.name).collect::<Vec<_>>() }),
        Kind::Names => json!({
            "type": ["string", "array"],
            "minLength": 1,
            "items": kind(&Kind::Text),
            "minItems": 1,
            "uniqueItems": true,
        }),
        Kind::List(each) => json!({ "type": "array", "items": kind(each), "uniqueItems": true }),
        Kind::Map => json!({ "type": "object", "additionalProperties": scalar() }),
        Kind::Maps => json!({ "type": "object", "additionalProperties": kind(&Kind::Map) }),
        Kind::Table(inner) => table(inner),
        Kind::Named(inner) => json!({ "type": "object", "additionalProperties": table(inner) }),
        Kind::Tables(each) => {
            json!({ "type": "array", "items": { "$ref": format!("#/definitions/{}", each.name) } })
        }
    }
}

/// What a row says of a dimension: what an event's data can hold, or a range of numbers.
fn cell() -> Value {
    let bound = |key: &Key| {
        let number = json!({ "type": ["number", "string"], "pattern": NUMBER, "description": key.about });
        (key.name.to_owned(), number)
    };
    let bounds: Map<_, _> = RANGE.iter().map(bound).collect();
    json!({
        "type": ["string", "number", "boolean", "object"],
        "minLength": 1,
        "properties": bounds,
        "additionalProperties": false,
        "minProperties": 1,
    })
}

/// What an event's data can hold: a text, a number or a boolean.
fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"], "minLength": 1 })
}
