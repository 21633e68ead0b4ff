//! `tidepool-signaling`: the server by itself.

use anyhow::Context;
use clap::Parser;
use signaling::{Config, Ice, Server};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Signaling, room directory and web page for Tidepool.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where http and ws listen (for this machine and native programs).
    #[arg(long, env = "TIDEPOOL_HTTP", default_value = "0.0.0.0:3536")]
    http: SocketAddr,
    /// Where https and wss listen (for browsers elsewhere).
    #[arg(long, env = "TIDEPOOL_HTTPS", default_value = "0.0.0.0:3537")]
    https: SocketAddr,
    /// Serve no https (behind a proxy that does).
    #[arg(long)]
    no_https: bool,
    /// The folder of the built web page.
    #[arg(long, env = "TIDEPOOL_WEB")]
    web: Option<PathBuf>,
    /// A PEM certificate chain of your own; with --key.
    #[arg(long, env = "TIDEPOOL_CERT", requires = "key")]
    cert: Option<PathBuf>,
    /// The certificate's PEM key.
    #[arg(long, env = "TIDEPOOL_KEY", requires = "cert")]
    key: Option<PathBuf>,
    /// Where the certificate that the server makes is kept, instead of the user's data folder.
    #[arg(long, env = "TIDEPOOL_DATA")]
    data: Option<PathBuf>,
    /// The address that invitations name, such as https://tide.example.org.
    #[arg(long, env = "TIDEPOOL_PUBLIC")]
    public: Option<String>,
    /// A STUN server for the participants, host:port; can be repeated. None unless given.
    #[arg(long, value_name = "HOST:PORT")]
    stun: Vec<String>,
    /// A TURN server for the participants, host:port; can be repeated.
    #[arg(long, value_name = "HOST:PORT", requires_all = ["turn_user", "turn_pass"])]
    turn: Vec<String>,
    /// User name for TURN.
    #[arg(long, env = "TIDEPOOL_TURN_USER")]
    turn_user: Option<String>,
    /// Password for TURN; every participant gets to see it.
    #[arg(long, env = "TIDEPOOL_TURN_PASS", hide_env_values = true)]
    turn_pass: Option<String>,
    /// Let WebSockets in without a ticket.
    #[arg(long)]
    open: bool,
    /// The room that the printed links lead into.
    #[arg(long, default_value = "tide")]
    room: String,
}

impl Arguments {
    fn config(&self) -> Config {
        let server = |kind: &str, hosts: &[String]| -> Vec<String> {
            hosts.iter().map(|h| if h.starts_with(kind) { h.clone() } else { format!("{kind}:{h}") }).collect()
        };
        Config {
            http: Some(self.http),
            https: (!self.no_https).then_some(self.https),
            web: self.web.clone(),
            data: self.data.clone(),
            cert_and_key: self.cert.clone().zip(self.key.clone()),
            public_url: self.public.clone(),
            ice: Ice {
                urls: [server("stun", &self.stun), server("turn", &self.turn)].concat(),
                username: self.turn_user.clone().filter(|_| !self.turn.is_empty()),
                credential: self.turn_pass.clone().filter(|_| !self.turn.is_empty()),
            },
            open: self.open,
            ..Config::default()
        }
    }
}

fn main() -> anyhow::Result<()> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let arguments = Arguments::parse();
    let running = Server::start(arguments.config())?;
    let mut out = std::io::stdout();
    if let Some(local) = running.local(&arguments.room) {
        writeln!(out, "here:   {local}")?;
    }
    writeln!(out, "invite: {}", running.invite(&arguments.room))?;
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
