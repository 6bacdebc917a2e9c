//! JSON against a schema: the part of JSON Schema (2020-12) that the document of the HTTP interface uses.

use serde_json::Value;

/// What is wrong with `value`, and where. A keyword that is not known here ends the test: it would check nothing.
pub fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let rules = schema.as_object().unwrap_or_else(|| panic!("{at} has no schema but {schema}"));
    rules.keys().flat_map(|keyword| broken(document, schema, keyword, value, at)).collect()
}

/// What a value that may be a reference stands for.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        None => value,
        Some(reference) => find(document, reference).unwrap_or_else(|| panic!("{reference} leads nowhere")),
    }
}

/// Where a reference leads.
pub fn find<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

fn broken(document: &Value, schema: &Value, keyword: &str, value: &Value, at: &str) -> Vec<String> {
    let rule = &schema[keyword];
    let limit = || rule.as_u64().expect("a number") as usize;
    let list = || rule.as_array().expect("a list");
    let holds = match keyword {
        "$ref" => return faults(document, resolve(document, schema), value, at),
        "properties" | "additionalProperties" => return of_object(document, schema, keyword, value, at),
        "items" => {
            let items = value.as_array().into_iter().flatten().enumerate();
            return items.flat_map(|(n, item)| faults(document, rule, item, &format!("{at}/{n}"))).collect();
        }
        "oneOf" => list().iter().filter(|one| faults(document, one, value, at).is_empty()).count() == 1,
        "type" if rule.is_array() => list().iter().any(|one| is_a(one, value)),
        "type" => is_a(rule, value),
        "enum" => list().contains(value),
        "const" => rule == value,
        "required" => {
            list().iter().all(|name| !value.is_object() || value.get(name.as_str().expect("a name")).is_some())
        }
        "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().expect("a number")),
        "minItems" => value.as_array().is_none_or(|items| items.len() >= limit()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= limit()),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= limit()),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() <= limit()),
        "format" => has_format(rule.as_str().expect("a name"), value),
        // Each pattern has its lengths beside it.
        "description" | "examples" | "pattern" => true,
        _ => panic!("{at}: nothing checks `{keyword}`"),
    };
    if holds { Vec::new() } else { vec![format!("{at}: {value} is against {keyword} {rule}")] }
}

fn of_object(document: &Value, schema: &Value, keyword: &str, value: &Value, at: &str) -> Vec<String> {
    let Some(object) = value.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in object {
        let at = format!("{at}/{name}");
        match (keyword, schema["properties"].get(name)) {
            ("properties", Some(schema)) => found.extend(faults(document, schema, value, &at)),
            ("additionalProperties", None) if schema[keyword] == false => found.push(format!("{at} is in no document")),
            ("additionalProperties", None) => found.extend(faults(document, &schema[keyword], value, &at)),
            _ => {}
        }
    }
    found
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        kind => panic!("nothing checks the type {kind}"),
    }
}

fn has_format(format: &str, value: &Value) -> bool {
    match format {
        "uuid" => value.as_str().is_none_or(|text| uuid::Uuid::try_parse(text).is_ok()),
        "email" => value.as_str().is_none_or(|text| text.contains('@')),
        "int32" => value.as_i64().is_none_or(|number| i32::try_from(number).is_ok()),
        "int64" => !value.is_number() || value.is_i64(),
        format => panic!("nothing checks the format {format}"),
    }
}
