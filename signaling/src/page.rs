//! The web page's files: read from one folder at each request, so that a rebuilt page needs no restart.
//!
//! A file whose name carries a hash of its contents (`app-0123456789abcdef.wasm`) may be kept for ever;
//! everything else is asked for again each time. Where `name.br` or `name.gz` lies beside `name` and the
//! browser takes it, that is sent.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use std::path::{Path, PathBuf};

/// A file larger than this is no part of a page.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Folders deep.
const DEPTH_MAX: usize = 8;

/// The page runs its own programs and nothing else; rooms may be on other servers.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss: http: \
                      https:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>Tidepool</title>\
<body style=\"font:16px sans-serif;margin:3em;max-width:40em\"><h1>Tidepool</h1><p>This server is running, but it \
has no page to show: build it with <code>cargo xtask web</code>, and start the server with <code>--web \
FOLDER</code>. Native programs can join its rooms already.";

/// Answers a request for a file.
pub async fn serve(web: Option<&Path>, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let Some(relative) = relative(path) else { return not_found() };
    let Some(web) = web else {
        return if relative == Path::new("index.html") { no_page() } else { not_found() };
    };
    let file = web.join(&relative);
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    for (coding, ending) in [(Some("br"), ".br"), (Some("gzip"), ".gz"), (None, "")] {
        if coding.is_some_and(|c| !accepts(accepted, c)) {
            continue;
        }
        let mut name = file.clone().into_os_string();
        name.push(ending);
        let Ok(bytes) = read(&PathBuf::from(name)).await else { continue };
        return answer(&relative, coding, bytes, method);
    }
    if relative == Path::new("index.html") { no_page() } else { not_found() }
}

async fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let about = tokio::fs::metadata(file).await?;
    if !about.is_file() || about.len() > FILE_BYTES_MAX {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    tokio::fs::read(file).await
}

fn answer(relative: &Path, coding: Option<&'static str>, bytes: Vec<u8>, method: &Method) -> Response {
    let cache = if has_hash(relative) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::builder()
        .header(CONTENT_TYPE, content_type(relative))
        .header(CACHE_CONTROL, cache)
        .header(VARY, "accept-encoding")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CONTENT_LENGTH, bytes.len());
    if content_type(relative).starts_with("text/html") {
        response = response.header(CONTENT_SECURITY_POLICY, POLICY);
    }
    if let Some(coding) = coding {
        response = response.header(CONTENT_ENCODING, coding);
    }
    let body = if method == Method::HEAD { Body::empty() } else { Body::from(bytes) };
    response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The file meant by an address; `None` for anything that could leave the folder or name a hidden file.
fn relative(path: &str) -> Option<PathBuf> {
    let path = path.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    (parts.len() <= DEPTH_MAX && parts.iter().all(plain)).then(|| parts.iter().collect())
}

/// Whether `Accept-Encoding` names `coding` with a weight other than 0.
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|p| p.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0f32)));
        named && !refused
    })
}

/// Whether the name ends in `-` and 16 hex digits before its first dot.
fn has_hash(file: &Path) -> bool {
    let name = file.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let stem = name.split('.').next().unwrap_or("");
    stem.rsplit_once('-').is_some_and(|(_, h)| h.len() == 16 && h.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "txt" | "ron" | "wgsl" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn no_page() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], NO_PAGE).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "not found\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_in_the_folder() {
        assert_eq!(relative("/"), Some("index.html".into()));
        assert_eq!(relative("/a/b-1.js"), Some("a/b-1.js".into()));
        for bad in ["/..", "/a/../b", "/.git/config", "/a//b", "/a\\b", "/%2e%2e/x", "/a/b/c/d/e/f/g/h/i", "/a\0"] {
            assert_eq!(relative(bad), None, "{bad}");
        }
    }

    #[test]
    fn codings_and_hashes() {
        assert!(accepts("gzip, deflate, br;q=0.9", "br"));
        assert!(!accepts("gzip, br;q=0", "br") && !accepts("brotli", "br") && !accepts("", "gzip"));
        assert!(has_hash(Path::new("x/app-0123456789abcdef.wasm")));
        for plain in ["index.html", "app-0123.js", "app-0123456789abcdeg.js"] {
            assert!(!has_hash(Path::new(plain)));
        }
    }
}
