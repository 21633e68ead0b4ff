//! The link that one sends to a friend: never localhost where there is any network, and always https,
//! since browsers give WebGPU to secure pages only.

use crate::names::RoomName;
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr};

/// Shown beside the link when the certificate is our own.
const WARNING: &str = "The browser will warn once, since this computer made its certificate itself: \
                       choose Advanced, then continue.";

/// Beginnings of the names of interfaces that lead to containers and virtual machines, not to friends.
const VIRTUAL: [&str; 8] = ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "cni", "podman"];

/// The addresses that invitations may name, best first.
#[derive(Clone, Debug)]
pub struct Invites {
    bases: Vec<String>,
    lan: bool,
    own_certificate: bool,
}

/// The answer of `/invite.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Invitation {
    /// The link.
    pub link: String,
    /// The same by this machine's other addresses.
    pub others: Vec<String>,
    /// Whether anybody else can open it: false on a machine without a network.
    pub lan: bool,
    /// One line about the browser's warning; left out where there will be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl Invites {
    /// `public` is the configured address, if any; `port` is https's, or http's where there is no https.
    pub fn new(public: Option<&str>, addresses: &[IpAddr], secure: bool, port: u16, own_certificate: bool) -> Self {
        if let Some(url) = public {
            return Self { bases: vec![url.trim_end_matches('/').to_owned()], lan: true, own_certificate: false };
        }
        let scheme = if secure { "https" } else { "http" };
        let lan = !addresses.is_empty();
        let local = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let bases = if lan { addresses } else { &local };
        let bases = bases
            .iter()
            .map(|ip| match ip {
                IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}"),
                IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}"),
            })
            .collect();
        Self { bases, lan, own_certificate: own_certificate && secure }
    }

    /// The links into one room, or to the page as such.
    pub fn invitation(&self, room: Option<&RoomName>) -> Invitation {
        let query = room.map_or(String::new(), |room| format!("?room={room}"));
        let mut links = self.bases.iter().map(|base| format!("{base}/{query}"));
        Invitation {
            link: links.next().unwrap_or_default(),
            others: links.collect(),
            lan: self.lan,
            warning: self.own_certificate.then(|| WARNING.to_owned()),
        }
    }
}

/// This machine's addresses on local networks, the likeliest first: none on a machine without a network.
pub fn lan_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<(u8, IpAddr)> =
        interfaces.iter().filter(|i| !i.is_loopback()).filter_map(|i| Some((rank(&i.name, i.ip())?, i.ip()))).collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, ip)| ip).collect()
}

/// How likely a friend's browser reaches this address; `None` for never.
fn rank(interface: &str, ip: IpAddr) -> Option<u8> {
    let place = match ip {
        IpAddr::V4(ip) if ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() => return None,
        IpAddr::V4(ip) if ip.octets()[..2] == [192, 168] => 0,
        IpAddr::V4(ip) if ip.is_private() => 1,
        IpAddr::V4(_) => 2,
        // The server listens on IPv4 (see `Config`), and IPv6 links are hard to type.
        IpAddr::V6(_) => return None,
    };
    let is_virtual = VIRTUAL.iter().any(|v| interface.starts_with(v));
    Some(place + if is_virtual { 4 } else { 0 })
}

/// A QR code of the link, dark on light with the quiet zone that readers need. `None` when it is too long.
pub fn qr_svg(link: &str) -> Option<String> {
    let code = qrcode::QrCode::with_error_correction_level(link, qrcode::EcLevel::M).ok()?;
    let mut renderer = code.render::<qrcode::render::svg::Color<'_>>();
    Some(renderer.min_dimensions(256, 256).quiet_zone(true).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn links() {
        let room = RoomName::parse("tide").unwrap();
        let two = Invites::new(None, &[ip("192.168.1.7"), ip("10.0.0.2")], true, 3537, true).invitation(Some(&room));
        assert_eq!(two.link, "https://192.168.1.7:3537/?room=tide");
        assert_eq!(two.others, ["https://10.0.0.2:3537/?room=tide"]);
        let page = Invites::new(None, &[ip("192.168.1.7")], true, 3537, true).invitation(None);
        assert_eq!(page.link, "https://192.168.1.7:3537/");
        assert!(two.lan && two.warning.is_some());
        let alone = Invites::new(None, &[], true, 3537, true).invitation(Some(&room));
        assert_eq!((alone.link.as_str(), alone.lan), ("https://127.0.0.1:3537/?room=tide", false));
        let public = Invites::new(Some("https://tide.example.org/"), &[], true, 1, true).invitation(Some(&room));
        assert_eq!(public.link, "https://tide.example.org/?room=tide");
        assert!(serde_json::to_value(&public).unwrap().get("warning").is_none());
    }

    #[test]
    fn home_networks_before_containers() {
        assert_eq!(rank("eth0", ip("192.168.1.2")), Some(0));
        assert!(rank("docker0", ip("172.17.0.1")) > rank("eth0", ip("172.17.0.1")));
        assert!(rank("docker0", ip("192.168.0.1")) > rank("wlan0", ip("8.8.8.8")));
        assert_eq!(rank("eth0", ip("169.254.1.1")), None);
        assert_eq!(rank("lo", ip("127.0.0.1")), None);
    }

    #[test]
    fn qr() {
        let svg = qr_svg("https://192.168.1.7:3537/?room=tide").unwrap();
        assert!(svg.contains("<svg") && svg.len() > 1000);
        assert!(qr_svg(&"x".repeat(5000)).is_none());
    }
}
