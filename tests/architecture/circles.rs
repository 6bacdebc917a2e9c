//! Which modules beside it each module names, and whether a way leads back.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use super::{HOUSES, sources};

/// Every path that `a::{b::{c, d}, e}` stands for, after `before`.
fn paths(before: &str, tree: &str, found: &mut Vec<String>) {
    let Some((stem, group)) = tree.split_once('{') else {
        found.push(format!("{before}{}", tree.trim()));
        return;
    };
    let before = format!("{before}{}", stem.trim());
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            let item = &group[begin..at];
            if !item.trim().is_empty() {
                paths(&before, item, found);
            }
            begin = at + 1;
        }
    }
}

/// What a file names, in its `use` and in its bodies.
pub fn named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ").filter(|(at, _)| code[..*at].ends_with(['\n', ' ']) || *at == 0) {
        paths("", code[at + 4..].split(';').next().unwrap_or_default(), &mut found);
    }
    for root in ["crate::", "super::"] {
        // `super::x` is not what stands in `super::super::x`.
        for (at, _) in code.match_indices(root).filter(|(at, _)| !code[..*at].ends_with("super::")) {
            let path = code[at..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next();
            found.extend(path.map(str::to_owned));
        }
    }
    found
}

/// The modules beside it that each module of a folder names.
fn neighbours(folder: &str) -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let is_module = |name: &str| path.join(format!("{name}.rs")).exists() || path.join(name).is_dir();
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in sources(folder) {
        let below = file.strip_prefix(&path).expect("below");
        if below
            .iter()
            .any(|part| part == "tests" || part == "tests.rs" || part == "mod.rs" && below.iter().count() == 1)
        {
            continue;
        }
        let module =
            below.iter().next().and_then(|name| name.to_str()).expect("a name").trim_end_matches(".rs").to_owned();
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        // A folder's own `mod.rs` stands where the folder does.
        let is_parent = below.ends_with("mod.rs");
        let up = "super::".repeat(below.iter().count() - usize::from(is_parent));
        let whole = match folder.split_once("src/") {
            Some((_, below)) => format!("crate::{}::", below.replace('/', "::")),
            None => "crate::".to_owned(),
        };
        let beside = named(&code).into_iter().filter_map(|path| {
            let rest = path.strip_prefix(&up).or_else(|| path.strip_prefix(&whole))?;
            Some(rest.split("::").next().unwrap_or_default().to_owned())
        });
        let names = beside.filter(|name| is_module(name) && *name != module).collect::<Vec<_>>();
        known.entry(module).or_default().extend(names);
    }
    known
}

/// Goes up from `at` until a module comes again.
fn circle(
    known: &BTreeMap<String, Vec<String>>,
    way: &mut Vec<String>,
    done: &mut HashSet<String>,
) -> Option<Vec<String>> {
    let at = way.last()?.clone();
    for next in known.get(&at).into_iter().flatten() {
        if let Some(first) = way.iter().position(|module| module == next) {
            return Some(way[first..].to_vec());
        }
        if !done.contains(next) {
            way.push(next.clone());
            if let Some(found) = circle(known, way, done) {
                return Some(found);
            }
            way.pop();
        }
    }
    done.insert(at);
    None
}

/// A folder of ours and every folder below it, but those of tests.
fn folders(house: &str) -> Vec<String> {
    let mut found = vec![house.to_owned()];
    let mut at = 0;
    while let Some(folder) = found.get(at).cloned() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder);
        let below = std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry"));
        let names =
            below.filter(|entry| entry.path().is_dir()).filter_map(|entry| entry.file_name().into_string().ok());
        found.extend(names.filter(|name| name != "tests").map(|name| format!("{folder}/{name}")));
        at += 1;
    }
    found
}

#[test]
fn the_shell_of_the_tab_is_a_ladder() {
    let known = neighbours("crates/tabkey/src/browser");
    assert!(known["run"].contains(&"carry_out".to_owned()) && known["client"].contains(&"tab".to_owned()));
}

#[test]
fn modules_beside_each_other_form_ladders_wherever_they_are() {
    let mut looked_at = 0;
    for folder in HOUSES.into_iter().flat_map(folders) {
        let known = neighbours(&folder);
        let mut done = HashSet::new();
        for module in known.keys() {
            assert_eq!(
                circle(&known, &mut vec![module.clone()], &mut done),
                None,
                "modules of {folder} that import each other"
            );
            looked_at += 1;
        }
    }
    assert!(looked_at > 200, "{looked_at} modules");
}

#[test]
fn what_stands_in_groups_within_groups_is_seen() {
    let code = "use crate::{\n    api,\n    ui::{\n        pages::Known,\n        words::words,\n    },\n};\nfn f() { super::x::y() }\n";

    assert_eq!(named(code)[..3], ["crate::api", "crate::ui::pages::Known", "crate::ui::words::words"]);
    assert!(named(code).contains(&"super::x::y".to_owned()));
}
