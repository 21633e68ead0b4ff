//! `tidepool-signaling`: the server by itself.

mod options;

use anyhow::Context;
use clap::Parser;
use options::Options;
use signaling::Server;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tidepool-signaling: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<()> {
    let running = Server::start(options.config()).map_err(|error| {
        let option = options.at_fault(&error).map_or(String::new(), |option| format!("{option}: "));
        anyhow::anyhow!("{option}{error}")
    })?;
    if let Some(folder) = options.web.as_deref().filter(|folder| !has_page(folder)) {
        eprintln!("tidepool-signaling: --web: there is no page in {} (`cargo xtask web` builds it)", folder.display());
    }
    let room = options.room.as_str();
    let mut out = std::io::stdout();
    if let Some(local) = running.local(room) {
        writeln!(out, "here:   {local}")?;
    }
    writeln!(out, "invite: {}", running.invite(room))?;
    if !running.is_on_lan() {
        writeln!(out, "        (only this machine can open it: no network, or bound to itself)")?;
    }
    if let Some(fingerprint) = running.fingerprint() {
        // For `tidepool-headless join --signaling wss://... --fingerprint ...`, and for careful browser users.
        writeln!(out, "certificate: SHA-256 {fingerprint}")?;
    }
    writeln!(out, "ready")?;
    out.flush()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(asked_to_stop()).context("waiting for a signal")?;
    running.stop();
    Ok(())
}

/// Whether a folder holds a page, be it compressed only.
fn has_page(folder: &Path) -> bool {
    ["index.html", "index.html.br", "index.html.gz"].iter().any(|name| folder.join(name).is_file())
}

/// Ctrl-C, or what a service manager sends.
async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            asked = tokio::signal::ctrl_c() => asked,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
