//! The document of the HTTP interface, `docs/openapi.json`, and whether a reply is as it says.

use std::path::Path;

use reqwest::Method;
use serde_json::Value;

use super::{
    Browser, Reply,
    schema::{faults, resolve},
};

/// Headers that tell a caller something: on a reply that is not said to have one it is a fault.
const TELLING: [&str; 8] = [
    "allow",
    "clear-site-data",
    "location",
    "retry-after",
    "set-cookie",
    "tabkey-ended",
    "tabkey-refused",
    "www-authenticate",
];

pub struct Contract {
    pub document: Value,
}

/// A call of the document.
pub struct Operation<'a> {
    pub method: Method,
    pub path: &'a str,
    pub name: &'a str,
    pub value: &'a Value,
}

impl Contract {
    pub fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
        let text = std::fs::read(file).expect("the document");
        Self { document: serde_json::from_slice(&text).expect("JSON") }
    }

    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.document["paths"].as_object().expect("paths");
        let mut found = Vec::new();
        for (path, item) in paths {
            for (method, value) in item.as_object().expect("operations") {
                let method = method.to_uppercase().parse().expect("a method");
                found.push(Operation { method, path, name: value["operationId"].as_str().expect("a name"), value });
            }
        }
        found
    }

    pub fn operation(&self, name: &str) -> Operation<'_> {
        let found = self.operations().into_iter().find(|operation| operation.name == name);
        found.unwrap_or_else(|| panic!("the document has no {name}"))
    }

    /// A call by its name, with fields that need no escape.
    pub fn request(&self, browser: &Browser, name: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let Operation { method, path, .. } = self.operation(name);
        if method == Method::POST {
            return browser.request(method, path).form(fields);
        }
        let query: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        browser.request(method, &format!("{path}{query}"))
    }

    /// The same, sent; the reply is as the document says.
    pub async fn call(&self, browser: &mut Browser, name: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = browser.send(self.request(browser, name, fields)).await;
        self.holds(name, &reply);
        reply
    }

    /// A reply to this call is one that the document has for it.
    pub fn holds(&self, name: &str, reply: &Reply) {
        let response = &self.operation(name).value["responses"][reply.status.to_string()];
        assert!(response.is_object(), "{name} is not said to answer {}: {}", reply.status, reply.text);
        self.is_answered(&format!("{name} {}", reply.status), response, reply);
    }

    /// A reply to what is no call of the document.
    pub fn holds_of_any(&self, response: &str, reply: &Reply) {
        self.is_answered(response, &self.document["components"]["responses"][response], reply);
    }

    /// An event of a stream.
    pub fn holds_of_event(&self, stream: &str, name: &str, data: &Value) {
        let content = &self.operation(stream).value["responses"]["200"]["content"]["text/event-stream"];
        let schema = content["x-events"].get(name).unwrap_or_else(|| panic!("{stream} is not said to tell {name}"));
        let found = faults(&self.document, schema, data, name);
        assert!(found.is_empty(), "{stream}: {found:#?}");
    }

    fn is_answered(&self, what: &str, response: &Value, reply: &Reply) {
        let response = resolve(&self.document, response);
        let mut found = self.faults_of_headers(response, reply);
        found.extend(self.faults_of_body(response, reply));
        let refused = reply.header("tabkey-refused");
        if !refused.is_empty() && reply.body["code"] != refused.as_str() {
            found.push(format!("Tabkey-Refused is {refused}"));
        }
        assert!(found.is_empty(), "{what}: {found:#?} in {}", reply.text);
    }

    fn faults_of_headers(&self, response: &Value, reply: &Reply) -> Vec<String> {
        let mut found = Vec::new();
        let documented = response["headers"].as_object();
        for (name, header) in documented.into_iter().flatten() {
            let header = resolve(&self.document, header);
            let Some(value) = reply.headers.get(name.as_str()) else {
                found.extend((header["required"] == true).then(|| format!("{name} is missing")));
                continue;
            };
            let text = value.to_str().expect("ASCII");
            let (schema, value) = match header["content"].get("application/json") {
                Some(content) => (&content["schema"], serde_json::from_str(text).expect("JSON")),
                None if header["schema"]["type"] == "integer" => {
                    (&header["schema"], serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
                }
                None => (&header["schema"], Value::from(text)),
            };
            found.extend(faults(&self.document, schema, &value, name));
        }
        for name in TELLING.into_iter().filter(|name| reply.headers.contains_key(*name)) {
            let is_documented = documented.is_some_and(|all| all.keys().any(|one| one.eq_ignore_ascii_case(name)));
            found.extend((!is_documented).then(|| format!("{name} is in no document")));
        }
        found
    }

    fn faults_of_body(&self, response: &Value, reply: &Reply) -> Vec<String> {
        let Some(content) = response["content"].as_object() else {
            return (!reply.text.is_empty()).then(|| "there is a body".to_owned()).into_iter().collect();
        };
        let kind = reply.header("content-type");
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match content.get(kind) {
            None => vec![format!("the content type is {kind}")],
            Some(content) if kind.ends_with("json") => faults(&self.document, &content["schema"], &reply.body, ""),
            Some(_) => Vec::new(),
        }
    }
}
