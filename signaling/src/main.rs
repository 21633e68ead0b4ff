//! `tidepool-signaling`: the server by itself.

use anyhow::Context;
use clap::Parser;
use signaling::{Config, Error, Ice, RoomName, Server};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
    #[arg(long, default_value = "tide", value_parser = room_name)]
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

/// The name as it was typed, which links may show; the server folds it.
fn room_name(text: &str) -> Result<String, &'static str> {
    RoomName::parse(text).map(|_| text.to_owned())
}

impl Arguments {
    /// The option whose value is at fault, where it is one.
    fn at_fault(&self, error: &Error) -> Option<&'static str> {
        match error {
            Error::Listen(address, _) if *address == self.http => Some("--http"),
            Error::Listen(address, _) if *address == self.https => Some("--https"),
            Error::File(file, _) if self.cert.as_ref() == Some(file) => Some("--cert"),
            Error::File(file, _) if self.key.as_ref() == Some(file) => Some("--key"),
            Error::File(file, _) if self.data.as_ref().is_some_and(|data| file.starts_with(data)) => Some("--data"),
            Error::Certificate(_) if self.cert.is_some() => Some("--cert and --key"),
            _ => None,
        }
    }
}

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tidepool-signaling: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let running = Server::start(arguments.config()).map_err(|error| {
        let option = arguments.at_fault(&error).map_or(String::new(), |option| format!("{option}: "));
        anyhow::anyhow!("{option}{error}")
    })?;
    if let Some(folder) = arguments.web.as_deref().filter(|folder| !has_page(folder)) {
        eprintln!("tidepool-signaling: --web: there is no page in {} (`cargo xtask web` builds it)", folder.display());
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_option_that_is_at_fault() {
        let parse = |args: &[&str]| Arguments::try_parse_from([&["tidepool-signaling"], args].concat());
        let arguments =
            parse(&["--http", "127.0.0.1:1", "--data", "/d", "--cert", "/c.pem", "--key", "/k.pem"]).unwrap();
        let failed = || std::io::Error::other("no");
        let listen = |address: &str| arguments.at_fault(&Error::Listen(address.parse().unwrap(), failed()));
        assert_eq!(listen("127.0.0.1:1"), Some("--http"));
        assert_eq!(listen("0.0.0.0:3537"), Some("--https"));
        let file = |path: &str| arguments.at_fault(&Error::File(path.into(), failed()));
        assert_eq!(
            [file("/c.pem"), file("/k.pem"), file("/d/key"), file("/e")],
            [Some("--cert"), Some("--key"), Some("--data"), None]
        );
        assert!(parse(&["--room", "my room!"]).is_err_and(|error| error.to_string().contains("letters a-z")));
    }
}
