//! The command line and the environment, parsed into a [`Config`].

use clap::Parser;
use signaling::{Config, Error, ForwardedHeader, Ice, IceAddress, IceKind, IpNet, PublicAddress, RoomName};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  tidepool-signaling --web target/web-dist          for friends on the same network
  tidepool-signaling --web page --no-https --http 127.0.0.1:3536 \\
      --public https://example.org/tide/ --trusted-proxy 127.0.0.1
                                                    behind a proxy that does TLS

Environment:
  RUST_LOG=signaling=info   tell more on standard error (debug: every request)";

/// Signaling, room directory and web page for Tidepool.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Where http and ws listen (for this machine and native programs); `[::]` and `0.0.0.0` stand for all addresses of both
    /// kinds.
    #[arg(long, env = "TIDEPOOL_HTTP", default_value = "[::]:3536")]
    pub(crate) http: SocketAddr,
    /// Where https and wss listen (for browsers elsewhere).
    #[arg(long, env = "TIDEPOOL_HTTPS", default_value = "[::]:3537")]
    pub(crate) https: SocketAddr,
    /// Serve no https (behind a proxy that does).
    #[arg(long)]
    no_https: bool,
    /// The folder of the built web page.
    #[arg(long, env = "TIDEPOOL_WEB", value_name = "FOLDER")]
    pub(crate) web: Option<PathBuf>,
    /// A PEM certificate chain of your own; with --key.
    #[arg(long, env = "TIDEPOOL_CERT", requires = "key", value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The certificate's PEM key.
    #[arg(long, env = "TIDEPOOL_KEY", requires = "cert", value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where the certificate that the server makes is kept, instead of the user's data folder.
    #[arg(long, env = "TIDEPOOL_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The address that invitations name, such as `https://tide.example.org` or `https://example.org/tide/`.
    #[arg(long, env = "TIDEPOOL_PUBLIC", value_name = "URL")]
    public: Option<PublicAddress>,
    /// A proxy whose word about its clients' addresses is believed: an address or a network (10.0.0.0/8); can be repeated.
    #[arg(long, env = "TIDEPOOL_TRUSTED_PROXY", value_name = "ADDRESS", value_delimiter = ',', value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// The header in which trusted proxies name their clients: x-forwarded-for or forwarded.
    #[arg(long, env = "TIDEPOOL_FORWARDED_HEADER", value_name = "NAME", default_value_t)]
    forwarded_header: ForwardedHeader,
    /// A STUN server for the participants, host:port; can be repeated. None unless given.
    #[arg(long, value_name = "HOST:PORT", value_parser = stun)]
    stun: Vec<IceAddress>,
    /// A TURN server for the participants, host:port; can be repeated.
    #[arg(long, value_name = "HOST:PORT", requires_all = ["turn_user", "turn_pass"], value_parser = turn)]
    turn: Vec<IceAddress>,
    /// User name for TURN.
    #[arg(long, env = "TIDEPOOL_TURN_USER", value_name = "NAME")]
    turn_user: Option<String>,
    /// Password for TURN; every participant gets to see it.
    #[arg(long, env = "TIDEPOOL_TURN_PASS", hide_env_values = true, value_name = "WORD")]
    turn_pass: Option<String>,
    /// Let WebSockets in without a ticket.
    #[arg(long)]
    open: bool,
    /// The room that the printed links lead into.
    #[arg(long, default_value = "tide", value_name = "NAME")]
    pub(crate) room: RoomName,
}

impl Options {
    /// What the server is started with.
    pub(crate) fn config(&self) -> Config {
        let of_turn = |word: &Option<String>| word.clone().filter(|_| !self.turn.is_empty());
        Config {
            http: Some(self.http),
            https: (!self.no_https).then_some(self.https),
            web: self.web.clone(),
            data: self.data.clone(),
            cert_and_key: self.cert.clone().zip(self.key.clone()),
            public: self.public.clone(),
            trusted_proxies: self.trusted_proxy.clone(),
            forwarded_header: self.forwarded_header,
            ice: Ice {
                urls: [self.stun.as_slice(), self.turn.as_slice()].concat(),
                username: of_turn(&self.turn_user),
                credential: of_turn(&self.turn_pass),
            },
            open: self.open,
            ..Config::default()
        }
    }

    /// The option whose value is at fault, where it is one.
    pub(crate) fn at_fault(&self, error: &Error) -> Option<&'static str> {
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

fn network(text: &str) -> Result<IpNet, &'static str> {
    let one = text.trim().parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.trim().parse())
        .map_err(|_| "write an address such as 127.0.0.1, or a network such as 10.0.0.0/8")
}

fn stun(text: &str) -> Result<IceAddress, signaling::IceAddressError> {
    IceAddress::parse(IceKind::Stun, text)
}

fn turn(text: &str) -> Result<IceAddress, signaling::IceAddressError> {
    IceAddress::parse(IceKind::Turn, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["tidepool-signaling"], args].concat())
    }

    #[test]
    fn an_error_names_the_option_that_is_at_fault() {
        let options = parse(&["--http", "127.0.0.1:1", "--data", "/d", "--cert", "/c.pem", "--key", "/k.pem"]).unwrap();
        let failed = || std::io::Error::other("no");
        let listen = |address: &str| options.at_fault(&Error::Listen(address.parse().unwrap(), failed()));
        assert_eq!(listen("127.0.0.1:1"), Some("--http"));
        assert_eq!(listen("[::]:3537"), Some("--https"));
        let file = |path: &str| options.at_fault(&Error::File(path.into(), failed()));
        assert_eq!(
            [file("/c.pem"), file("/k.pem"), file("/d/key"), file("/e")],
            [Some("--cert"), Some("--key"), Some("--data"), None]
        );
    }

    #[test]
    fn options_become_a_configuration() {
        let args = ["--no-https", "--public", "https://example.org/tide", "--trusted-proxy", "10.0.0.0/8,::1"];
        let config = parse(&args).unwrap().config();
        assert_eq!((config.https, config.public.unwrap().prefix()), (None, "/tide"));
        assert!(config.trusted_proxies[1].contains(&"::1".parse::<IpAddr>().unwrap()));
        assert_eq!(config.trusted_proxies.len(), 2);
        let ice = parse(&["--stun", "a:1", "--turn", "b:2", "--turn-user", "u", "--turn-pass", "p"]).unwrap().config();
        assert_eq!(ice.ice.urls.iter().map(IceAddress::as_str).collect::<Vec<_>>(), ["stun:a:1", "turn:b:2"]);
        // Without a TURN server its password is nobody's business.
        assert_eq!(parse(&["--turn-user", "u", "--turn-pass", "p"]).unwrap().config().ice, Ice::default());
    }

    #[test]
    fn wrong_values_are_refused_with_what_to_write() {
        for (args, words) in [
            (["--room", "my room!"], "letters a-z"),
            (["--public", "example.org"], "https://example.org"),
            (["--public", "https://h/?x"], "`?`"),
            (["--trusted-proxy", "proxy"], "10.0.0.0/8"),
            (["--forwarded-header", "via"], "x-forwarded-for or forwarded"),
            (["--stun", "http://a"], "HOST:PORT"),
            (["--http", "3536"], "--http"),
        ] {
            let Err(error) = parse(&args) else { panic!("{args:?} were taken") };
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
