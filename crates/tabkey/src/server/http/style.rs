//! The style of the pages, for an application that does not build it into its own. Runs in: the server.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::headers::is_known;

/// In the order in which the main sheet imports them.
const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("../../../style/layout.css"),
    include_str!("../../../style/parts.css"),
    include_str!("../../../style/pages.css"),
    include_str!("../../../style/admin.css"),
);

static TAG: LazyLock<String> = LazyLock::new(|| format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(STYLE))));

/// `GET /tabkey.css`
pub async fn sheet(headers: HeaderMap) -> Response {
    let tag = HeaderValue::try_from(TAG.as_str()).unwrap_or(HeaderValue::from_static("\"\""));
    let kept = [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"))];
    match is_known(&headers, &TAG) {
        true => (StatusCode::NOT_MODIFIED, kept).into_response(),
        false => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))];
            (kept, kind, STYLE).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_style_of_the_kit_is_made_of_and_in_that_order() {
        let main = include_str!("../../../style/main.css");
        let parts: Vec<_> = main.split('"').skip(1).step_by(2).collect();
        let source = include_str!("style.rs").split("#[cfg(test)]").next().unwrap();
        let included: Vec<_> = source.split("/style/").skip(1).filter_map(|rest| rest.split('"').next()).collect();

        assert_eq!(included, parts);
        assert!(!STYLE.contains("@import"));
    }
}
