//! The page's files.

use crate::client::{Folder, ask_on, get, start};
use signaling::Config;
use tokio::net::TcpStream;

#[tokio::test]
async fn the_page() {
    let folder = Folder::new("page");
    folder.write("index.html", "<p>tide");
    folder.write("app-0123456789abcdef.wasm", "plain");
    folder.write("app-0123456789abcdef.wasm.br", "brotli");
    folder.write("app-0123456789abcdef.wasm.gz", "gzip");
    folder.write(".secret", "no");
    let (_running, at) = start(Config { web: Some(folder.0.clone()), ..Config::loopback() });
    let index = get(at, "/?room=tide").await;
    assert_eq!((index.status, &index.body[..]), (200, &b"<p>tide"[..]));
    assert_eq!(index.header("cache-control"), Some("no-cache"));
    assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
    for (accepts, coding, body) in
        [("gzip, br", Some("br"), "brotli"), ("gzip", Some("gzip"), "gzip"), ("", None, "plain")]
    {
        let request = format!("GET /app-0123456789abcdef.wasm HTTP/1.1\r\naccept-encoding: {accepts}");
        let app = ask_on(TcpStream::connect(at).await.unwrap(), &request, "").await;
        assert_eq!((app.header("content-encoding"), &app.body[..]), (coding, body.as_bytes()));
        assert_eq!(app.header("content-type"), Some("application/wasm"));
        assert_eq!(app.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    for path in ["/.secret", "/../page", "/%2e%2e/etc/passwd", "/none.js", "//etc/passwd"] {
        assert_eq!(get(at, path).await.status, 404, "{path}");
    }
    let (_bare, bare) = start(Config::loopback());
    assert!(String::from_utf8(get(bare, "/").await.body).unwrap().contains("cargo xtask web"));
}
