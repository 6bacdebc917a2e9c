//! The site's files, each with a tag of its content. Runs in: the server.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use leptos::prelude::LeptosOptions;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::headers::is_known;

/// Bytes: what file systems take in one name.
const MAX_NAME: usize = 255;
/// Bytes: half of what systems take in a path, so that the site's own folder fits before it.
const MAX_PATH: usize = 2_048;
/// A file that has just changed may change again within one tick of its clock: its tag is not remembered yet.
const SETTLED: Duration = Duration::from_secs(2);

/// The site's folder. Times of change are no proof that a file is the same (packages and images set them all alike), so a
/// file is known by a hash of what is in it.
#[derive(Clone)]
pub struct Files {
    root: PathBuf,
    served: ServeDir,
    tags: Arc<Mutex<HashMap<PathBuf, (Stamp, HeaderValue)>>>,
}

/// What changes whenever a file does, and which nobody can set: read instead of the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    changed: (i64, i64),
    length: u64,
}

impl Files {
    pub fn of(options: &LeptosOptions) -> Self {
        let root = PathBuf::from(&*options.site_root);
        // What was compressed beforehand is sent so.
        let served = ServeDir::new(&root).precompressed_br().precompressed_gzip();
        Self { root, served, tags: Arc::default() }
    }

    /// The file that the path names; `None` where there is none, or the name is none.
    pub async fn find(&self, parts: &Parts) -> Option<Response> {
        let file = self.root.join(name(parts.uri.path())?);
        let stamps = self.stamps(&file).await;
        let mut asked = Request::from_parts(parts.clone(), Body::empty());
        let headers = asked.headers_mut();
        // A part of another version than the one that the client has is of no use: it gets the whole.
        if headers.contains_key(header::IF_RANGE) {
            headers.remove(header::RANGE);
        }
        for name in [
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
            header::IF_RANGE,
        ] {
            headers.remove(name);
        }
        let Ok(found) = self.served.clone().oneshot(asked).await;
        let mut found = with_charset(found.map(Body::new));
        let status = found.status();
        if status == StatusCode::RANGE_NOT_SATISFIABLE || status.is_server_error() {
            return Some(found);
        }
        // A folder leads to no other address.
        if !status.is_success() {
            return None;
        }
        found.headers_mut().remove(header::LAST_MODIFIED);
        found.headers_mut().remove(header::ETAG);
        let encoding = found.headers().get(header::CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
        let served = ENDINGS.iter().zip(stamps).find(|((name, _), _)| name.as_bytes() == encoding);
        let Some(((_, ending), Some(stamp))) = served else { return Some(found) };
        let Some(tag) = self.tag(with_ending(&file, ending), stamp).await else { return Some(found) };
        found.headers_mut().insert(header::ETAG, tag.clone());
        Some(if tag.to_str().is_ok_and(|tag| is_known(&parts.headers, tag)) { not_modified(found) } else { found })
    }

    /// Of the file and of what was compressed beforehand, in the order of [`ENDINGS`].
    async fn stamps(&self, file: &Path) -> [Option<Stamp>; 3] {
        let files = ENDINGS.map(|(_, ending)| with_ending(file, ending));
        let stamps = move || files.map(|file| fs::metadata(file).ok().as_ref().and_then(stamp));
        tokio::task::spawn_blocking(stamps).await.unwrap_or_default()
    }

    /// The tag of the content, as long as that is what had this stamp: a file that is replaced meanwhile gets none.
    async fn tag(&self, file: PathBuf, expected: Stamp) -> Option<HeaderValue> {
        if let Some((stamp, tag)) = self.tags.lock().unwrap_or_else(PoisonError::into_inner).get(&file)
            && *stamp == expected
        {
            return Some(tag.clone());
        }
        let tags = self.tags.clone();
        let read = move || {
            let hash = hash(&file).ok()?;
            let unchanged = fs::metadata(&file).ok().as_ref().and_then(stamp) == Some(expected);
            // Weak: the same file may be compressed on its way.
            let tag = HeaderValue::try_from(format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]))).ok()?;
            if unchanged && is_settled(expected) {
                tags.lock().unwrap_or_else(PoisonError::into_inner).insert(file, (expected, tag.clone()));
            }
            unchanged.then_some(tag)
        };
        tokio::task::spawn_blocking(read).await.ok().flatten()
    }
}

/// What a content encoding adds to a file's name.
const ENDINGS: [(&str, &str); 3] = [("", ""), ("br", ".br"), ("gzip", ".gz")];

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The name of a file below the site's folder. A page's address has no dot in its last part.
fn name(path: &str) -> Option<PathBuf> {
    let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let is_name =
        |part: &str| !matches!(part, "" | "." | "..") && part.len() <= MAX_NAME && !part.contains(['\\', '\0']);
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    (is_file && path.len() <= MAX_PATH && path.split('/').all(is_name)).then(|| PathBuf::from(&*path))
}

#[cfg(unix)]
fn stamp(found: &fs::Metadata) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    Some(Stamp { place: (found.dev(), found.ino()), changed: (found.ctime(), found.ctime_nsec()), length: found.len() })
}

/// Without one, a file is sent each time.
#[cfg(not(unix))]
fn stamp(_: &fs::Metadata) -> Option<Stamp> {
    None
}

fn is_settled(stamp: Stamp) -> bool {
    let changed = Duration::new(u64::try_from(stamp.changed.0).unwrap_or(0), 0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now >= changed + SETTLED
}

fn hash(file: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut hash, mut part) = (File::open(file)?, Sha256::new(), [0; 16 * 1024]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hash.finalize().into()),
            length => hash.update(&part[..length]),
        }
    }
}

fn not_modified(found: Response) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    for name in [header::ETAG, header::VARY] {
        if let Some(value) = found.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn with_charset(mut response: Response) -> Response {
    let text = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if let Some(kind @ ("text/css" | "text/javascript" | "text/plain" | "image/svg+xml")) = text {
        let value = HeaderValue::try_from(format!("{kind}; charset=utf-8"));
        if let Ok(value) = value {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Site {
        folder: tempfile::TempDir,
        files: Files,
    }

    impl Site {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().to_string_lossy().into_owned();
            let options = LeptosOptions::builder().output_name("tabkey").site_root(root.as_str()).build();
            Self { folder, files: Files::of(&options) }
        }

        /// With the same time for every file, as packages and images have it.
        fn write(&self, name: &str, content: &str) {
            let file = self.folder.path().join(name);
            fs::write(&file, content).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
            File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        }

        async fn ask(&self, path: &str, headers: &[(&'static str, &str)]) -> Option<Response> {
            let mut request = Request::get(path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            self.files.find(&request.body(()).unwrap().into_parts().0).await
        }
    }

    fn tag(response: &Response) -> String {
        response.headers()[header::ETAG].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn one_byte_that_changes_under_the_same_time_and_length_is_noticed() {
        let site = Site::new();
        site.write("a.js", "let a = 1");
        let first = site.ask("/a.js", &[]).await.unwrap();
        let known = tag(&first);
        assert!(!first.headers().contains_key(header::LAST_MODIFIED));
        let since = ("if-modified-since", "Thu, 01 Jan 1970 00:00:01 GMT");
        let same = site.ask("/a.js", &[("if-none-match", &known), since]).await.unwrap();
        assert_eq!((same.status(), tag(&same)), (StatusCode::NOT_MODIFIED, known.clone()));

        site.write("a.js", "let a = 2");

        for headers in [&[("if-none-match", known.as_str())][..], &[("if-none-match", &known), since], &[since]] {
            let changed = site.ask("/a.js", headers).await.unwrap();
            assert_eq!(changed.status(), StatusCode::OK, "{headers:?}");
            assert_ne!(tag(&changed), known);
        }
    }

    #[tokio::test]
    async fn equal_content_has_one_tag_on_every_node() {
        let (one, other) = (Site::new(), Site::new());
        one.write("a.css", "a {}");
        other.write("a.css", "a {}");

        assert_eq!(tag(&one.ask("/a.css", &[]).await.unwrap()), tag(&other.ask("/a.css", &[]).await.unwrap()));
    }

    #[tokio::test]
    async fn a_file_that_was_compressed_beforehand_has_a_tag_of_its_own() {
        let site = Site::new();
        site.write("a.js", "let a = 1");
        site.write("a.js.br", "compressed");
        let plain = site.ask("/a.js", &[]).await.unwrap();
        let compressed = site.ask("/a.js", &[("accept-encoding", "br")]).await.unwrap();

        assert_eq!(compressed.headers()[header::CONTENT_ENCODING], "br");
        assert_ne!(tag(&plain), tag(&compressed));
        let known = tag(&compressed);
        site.write("a.js.br", "Compressed");
        let again = site.ask("/a.js", &[("accept-encoding", "br"), ("if-none-match", &known)]).await.unwrap();
        assert_eq!(again.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_part_is_never_joined_to_another_version() {
        let site = Site::new();
        site.write("a.js", "let a = 1");
        let part = site.ask("/a.js", &[("range", "bytes=0-2")]).await.unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);

        let known = tag(&part);
        let whole = site.ask("/a.js", &[("range", "bytes=3-"), ("if-range", &known)]).await.unwrap();

        assert_eq!(whole.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_name_that_is_none_is_no_file_and_no_failure() {
        let site = Site::new();
        site.write("a.js", "let a = 1");
        fs::create_dir(site.folder.path().join("folder.d")).unwrap();
        let (long, deep) = (format!("/{}.js", "a".repeat(300)), format!("{}/a.js", "/abcdefgh".repeat(500)));
        for path in [
            long.as_str(),
            &deep,
            "/",
            "/a",
            "/folder.d",
            "/folder.d/",
            "//folder.d",
            "//a.js",
            "/./a.js",
            "/a.js/b.js",
            "/a.js/",
            "/..",
            "/../a.js",
            "/x/../a.js",
            "/%2e%2e/a.js",
            "/..%2fa.js",
            "/.%5ca.js",
            "/a.js%00",
            "/%ff.js",
            "/b.js",
        ] {
            assert!(site.ask(path, &[]).await.is_none(), "{path}");
        }
        assert!(site.ask("/%61.js", &[]).await.is_some());
    }
}
