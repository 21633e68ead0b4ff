//! The web page's files, sent from the disk piece by piece, so that slow readers cost little; they are looked for at
//! each request, so that a rebuilt page needs no restart.
//!
//! A file whose name carries a hash of its contents (`app-0123456789abcdef.wasm`) may be kept for ever; everything else
//! is asked for again each time. Where `name.br` or `name.gz` lies beside `name` and the browser takes it, that is sent.

use crate::api_error::ApiError;
use crate::config::PublicAddress;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use std::path::Path;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Folders deep.
const DEPTH_MAX: usize = 8;
/// Bytes of a file that are held at a time.
const PIECE_BYTES: usize = 64 * 1024;
const INDEX: &str = "/index.html";

/// The page runs its own programs and nothing else; rooms may be on other servers.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss: http: \
                      https:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>Tidepool</title>\
<body style=\"font:16px sans-serif;margin:3em;max-width:40em\"><h1>Tidepool</h1><p>This server is running, but it \
has no page to show: build it with <code>cargo xtask web</code>, and start the server with <code>--web \
FOLDER</code>. Native programs can join its rooms already.";

/// The folder of the page, if there is one.
pub(crate) struct Page {
    files: Option<ServeDir>,
    /// The public address's path, without its last slash.
    prefix: String,
}

impl Page {
    pub(crate) fn new(folder: Option<&Path>, public: Option<&PublicAddress>) -> Self {
        let files = |folder| {
            ServeDir::new(folder)
                .append_index_html_on_directories(false)
                .precompressed_br()
                .precompressed_gzip()
                .with_buf_chunk_size(PIECE_BYTES)
        };
        Self { files: folder.map(files), prefix: public.map_or("", PublicAddress::prefix).to_owned() }
    }

    /// Answers a request for a file.
    pub(crate) async fn serve(&self, mut request: Request) -> Response {
        if !self.prefix.is_empty() && request.uri().path() == self.prefix {
            // The page's addresses are relative to its folder.
            let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
            return Redirect::temporary(&format!("{}/{query}", self.prefix)).into_response();
        }
        if request.uri().path() == "/" {
            *request.uri_mut() = Uri::from(PathAndQuery::from_static(INDEX));
        }
        let path = request.uri().path().to_owned();
        let answer = match &self.files {
            Some(files) if is_plain(&path) => match files.clone().oneshot(request).await {
                Ok(answer) => answer.map(Body::new),
                Err(never) => match never {},
            },
            _ => StatusCode::NOT_FOUND.into_response(),
        };
        match answer.status() {
            StatusCode::NOT_FOUND if path == INDEX => no_page(),
            StatusCode::NOT_FOUND => ApiError::NotFound.into_response(),
            _ => with_headers(&path, answer),
        }
    }
}

/// Whether an address is one that a page can have: nothing hidden, nothing that could leave the folder.
fn is_plain(path: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    let path = path.strip_prefix('/').unwrap_or("");
    path.split('/').count() <= DEPTH_MAX && path.split('/').all(plain)
}

fn with_headers(path: &str, mut answer: Response) -> Response {
    let cache = if has_hash(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned();
    if kind.starts_with("text/html") {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    if kind.starts_with("text/")
        && !kind.contains("charset")
        && let Ok(kind) = HeaderValue::try_from(format!("{kind}; charset=utf-8"))
    {
        headers.insert(CONTENT_TYPE, kind);
    }
    answer
}

/// Whether the name ends in `-` and 16 hex digits before its first dot.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let stem = name.split('.').next().unwrap_or("");
    stem.rsplit_once('-').is_some_and(|(_, h)| h.len() == 16 && h.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn no_page() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], NO_PAGE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_in_the_folder() {
        assert!(is_plain("/index.html") && is_plain("/a/b-1.js"));
        for bad in ["", "/", "/..", "/a/../b", "/.git/config", "/a//b", "/a\\b", "/%2e%2e/x", "/a/b/c/d/e/f/g/h/i"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn hashes() {
        assert!(has_hash("/x/app-0123456789abcdef.wasm"));
        for plain in ["/index.html", "/app-0123.js", "/app-0123456789abcdeg.js"] {
            assert!(!has_hash(plain));
        }
    }
}
