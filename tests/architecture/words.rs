//! No sentence stands outside of the words.

use std::{collections::HashSet, fs, path::Path};

use super::sources;

/// What is said to a developer, in debug builds alone.
const FOR_DEVELOPERS: [&str; 2] = ["parts/debug_panel.rs", "pages/parts.rs"];

/// What looks like words and is none: a key of the keyboard, the schemes of colours.
const KNOWN: [&str; 2] = ["Escape", "light dark"];

/// Attributes and properties whose value a person reads or hears.
const SPOKEN: [&str; 13] = [
    "alt",
    "aria-description",
    "aria-label",
    "busy",
    "caption",
    "confirm",
    "first_label",
    "hint",
    "label",
    "next_label",
    "placeholder",
    "text",
    "title",
];

/// Every string in the code, with what stands before it on its line or, where that is nothing, on the lines above.
fn literals(text: &str) -> Vec<(String, String)> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    let mut before = String::new();
    while let Some((outside, inside)) = rest.split_once('"') {
        before.push_str(outside);
        let mut is_escaped = false;
        let end = inside.find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        let end = end.expect("a string that ends");
        found.push((before.trim_end().to_owned(), inside[..end].to_owned()));
        before.clear();
        before.push('"');
        rest = &inside[end + 1..];
    }
    found
}

/// Letters on both sides of a space.
fn has_two_words(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(3).any(|three| three[0].is_alphabetic() && three[1] == ' ' && three[2].is_alphabetic())
}

fn begins_like_a_sentence(text: &str) -> bool {
    let mut letters = text.chars().skip_while(|c| !c.is_alphanumeric());
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

/// Whether a person would read it.
fn is_said(before: &str, text: &str, classes: &HashSet<String>) -> bool {
    if !text.chars().any(char::is_alphabetic) || KNOWN.contains(&text) {
        return false;
    }
    let attribute = before.strip_suffix('=').and_then(|before| before.split(|c: char| c.is_whitespace()).next_back());
    let is_text = before.ends_with('>') && !before.ends_with("=>") && !before.ends_with("->");
    let is_class = attribute == Some("class") || attribute == Some("attr:class") || before.ends_with("class=format!(");
    let is_made_of_classes = is_class || text.split(' ').all(|word| classes.contains(word));
    is_text
        || attribute.is_some_and(|name| SPOKEN.contains(&name))
        || begins_like_a_sentence(text)
        || (has_two_words(text) && !is_made_of_classes)
}

/// The classes that the style knows.
fn classes() -> HashSet<String> {
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tabkey/style");
    let mut found = HashSet::new();
    for file in fs::read_dir(style).expect("the style").map(|entry| entry.expect("an entry").path()) {
        let css = fs::read_to_string(file).expect("text");
        let names = css.split('.').skip(1).filter_map(|rest| {
            rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().filter(|name| !name.is_empty())
        });
        found.extend(names.map(str::to_owned));
    }
    found
}

#[test]
fn no_sentence_stands_outside_of_the_words() {
    let classes = classes();
    let words = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tabkey/src/ui/words");
    for (file, text) in sources("crates/tabkey/src/ui") {
        if file.starts_with(&words) || FOR_DEVELOPERS.iter().any(|name| file.ends_with(name)) {
            continue;
        }
        for (before, literal) in literals(&text) {
            assert!(!is_said(&before, &literal, &classes), "{}: {literal:?}", file.display());
        }
    }
}

#[test]
fn a_sentence_is_known_from_what_only_machines_read() {
    let said = |code: &str| {
        let known = HashSet::from(["button", "button-small"].map(str::to_owned));
        literals(code).iter().any(|(before, text)| is_said(before, text, &known))
    };
    for sentence in [
        r#"<h1>"Sign in"</h1>"#,
        "<button>\n    \"Cancel\"\n</button>",
        r#"<span>"now"</span>"#,
        r#"<Field form name="email" label="email" />"#,
        r#"view! { <p>{name} ", signed in" </p> }"#,
        r#"let said = format!("{count} more lines");"#,
        r#"if is_busy { "Saving…" } else { label }"#,
        r#"<nav aria-label="main">"#,
    ] {
        assert!(said(sentence), "{sentence}");
    }
    for code in [
        r#"<A href="/admin" attr:class="bar-link bar-name">"#,
        r#"let class = if small { "button button-small" } else { "button" };"#,
        r#"<div class=format!("notice notice-{kind}") role="alert">"#,
        r#"let labels = [" ", " · ", ", "];"#,
        r#"format!("{name}-error {name}-hint")"#,
        r#"match event.key() { "Escape" => "a", _ => "" }"#,
    ] {
        assert!(!said(code), "{code}");
    }
}
