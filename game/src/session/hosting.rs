//! Hosting: signaling, directory and page inside this program, so that friends can join without a server of their own.

use std::path::{Path, PathBuf};

/// A server that runs as long as this is held.
pub(super) struct Hosting {
    server: signaling::Running,
    /// Whether it has a page to give to browsers.
    pub(super) has_page: bool,
}

impl Hosting {
    /// Starts the server; in words why it cannot be.
    pub(super) fn start() -> Result<Self, String> {
        let web = page_folder();
        let has_page = web.is_some();
        let config = signaling::Config { ports_may_move: true, web, ..signaling::Config::default() };
        let server = signaling::Server::start(config).map_err(|error| error.to_string())?;
        Ok(Self { server, has_page })
    }

    /// Where its rooms are, for a driver.
    pub(super) fn ws_url(&self) -> Option<String> {
        self.server.ws_url()
    }
}

/// The built web page: named by `TIDEPOOL_WEB`, or beside this program, or where `cargo xtask web` puts it.
fn page_folder() -> Option<PathBuf> {
    let named = std::env::var_os("TIDEPOOL_WEB").map(PathBuf::from);
    let program = std::env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent);
    let beside = folder.map(|f| f.join("page"));
    let built = folder.and_then(Path::parent).map(|f| f.join("web-dist"));
    [named, beside, built].into_iter().flatten().find(|f| f.join("index.html").is_file())
}
