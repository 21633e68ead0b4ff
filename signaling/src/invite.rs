//! The link that one sends to a friend: never localhost where there is any network, and always https,
//! since browsers give WebGPU to secure pages only.

use crate::config::PublicAddress;
use crate::names::RoomName;
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::Url;

/// Shown beside the link when the certificate is our own.
const WARNING: &str = "The browser will warn once, since this computer made its certificate itself: \
                       choose Advanced, then continue.";

/// Beginnings of the names of interfaces that lead to containers and virtual machines, not to friends.
const VIRTUAL: [&str; 8] = ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "cni", "podman"];

/// The addresses that invitations may name, best first.
#[derive(Clone, Debug)]
pub(crate) struct Invites {
    bases: Vec<Url>,
    lan: bool,
    own_certificate: bool,
}

/// The answer of `/invite.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Invitation {
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
    /// `public` is the configured address, if any. Else `addresses` are those at which the server listens, the likeliest
    /// first; none but this machine's own where there is no network. `port` is https's, or http's where there is no
    /// https.
    pub(crate) fn new(
        public: Option<&PublicAddress>,
        addresses: &[IpAddr],
        port: u16,
        secure: bool,
        own_certificate: bool,
    ) -> Self {
        if let Some(public) = public {
            return Self { bases: vec![public.url().clone()], lan: true, own_certificate: false };
        }
        let scheme = if secure { "https" } else { "http" };
        let base = |ip: &IpAddr| Url::parse(&format!("{scheme}://{}/", SocketAddr::new(*ip, port))).ok();
        let lan = addresses.iter().any(|ip| !ip.is_loopback());
        let bases: Vec<Url> = addresses.iter().filter(|ip| !lan || !ip.is_loopback()).filter_map(base).collect();
        Self { bases, lan, own_certificate: own_certificate && secure }
    }

    /// The links into one room, or to the page as such.
    pub(crate) fn invitation(&self, room: Option<&RoomName>) -> Invitation {
        let mut links = self.bases.iter().map(|base| {
            let mut link = base.clone();
            if let Some(room) = room {
                link.query_pairs_mut().append_pair("room", room.as_str());
            }
            String::from(link)
        });
        Invitation {
            link: links.next().unwrap_or_default(),
            others: links.collect(),
            lan: self.lan,
            warning: self.own_certificate.then(|| WARNING.to_owned()),
        }
    }
}

/// This machine's addresses on local networks, the likeliest first; its own loopback where it has no network. IPv6 links
/// are hard to type, and many such addresses change from day to day, which would cost a new certificate each time: they
/// are named only where there is no other, and the server listens there (`with_v6`).
pub(crate) fn lan_addresses(with_v6: bool) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<(u8, IpAddr)> =
        interfaces.iter().filter(|i| !i.is_loopback()).filter_map(|i| Some((rank(&i.name, i.ip())?, i.ip()))).collect();
    found.sort();
    found.dedup();
    let has_v4 = found.iter().any(|(_, ip)| ip.is_ipv4());
    found.retain(|(_, ip)| ip.is_ipv4() || (with_v6 && !has_v4));
    if found.is_empty() {
        return vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    }
    found.into_iter().map(|(_, ip)| ip).collect()
}

/// How likely a friend's browser reaches this address; `None` for never.
fn rank(interface: &str, ip: IpAddr) -> Option<u8> {
    let place = match ip {
        IpAddr::V4(ip) if ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() => return None,
        IpAddr::V4(ip) if ip.octets()[..2] == [192, 168] => 0,
        IpAddr::V4(ip) if ip.is_private() => 1,
        IpAddr::V4(_) => 2,
        // A link-local address means nothing without the name of an interface, which differs on the friend's side.
        IpAddr::V6(ip) if ip.is_loopback() || ip.is_unspecified() || ip.is_unicast_link_local() => return None,
        IpAddr::V6(ip) if ip.is_multicast() => return None,
        IpAddr::V6(_) => 3,
    };
    let is_virtual = VIRTUAL.iter().any(|v| interface.starts_with(v));
    Some(place + if is_virtual { 4 } else { 0 })
}

/// A QR code of the link, dark on light with the quiet zone that readers need. `None` when it is too long.
pub(crate) fn qr_svg(link: &str) -> Option<String> {
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
        let invites = |addresses: &[&str]| {
            let addresses: Vec<IpAddr> = addresses.iter().map(|text| ip(text)).collect();
            Invites::new(None, &addresses, 3537, true, true)
        };
        let two = invites(&["192.168.1.7", "10.0.0.2"]).invitation(Some(&room));
        assert_eq!(two.link, "https://192.168.1.7:3537/?room=tide");
        assert_eq!(two.others, ["https://10.0.0.2:3537/?room=tide"]);
        assert_eq!(invites(&["192.168.1.7"]).invitation(None).link, "https://192.168.1.7:3537/");
        assert!(two.lan && two.warning.is_some());
        for (bound, link) in [("127.0.0.1", "https://127.0.0.1:3537/"), ("::1", "https://[::1]:3537/")] {
            let alone = invites(&[bound]).invitation(None);
            assert_eq!((alone.link.as_str(), alone.lan), (link, false));
        }
    }

    #[test]
    fn a_public_address_is_kept_with_its_path() {
        let room = RoomName::parse("tide").unwrap();
        for (public, link) in [
            ("https://tide.example.org", "https://tide.example.org/?room=tide"),
            ("https://example.org/pool", "https://example.org/pool/?room=tide"),
        ] {
            let invites = Invites::new(Some(&public.parse().unwrap()), &[], 1, true, true);
            let invitation = invites.invitation(Some(&room));
            assert_eq!(invitation.link, link);
            assert!(serde_json::to_value(&invitation).unwrap().get("warning").is_none());
        }
    }

    #[test]
    fn home_networks_before_containers() {
        assert_eq!(rank("eth0", ip("192.168.1.2")), Some(0));
        assert!(rank("docker0", ip("172.17.0.1")) > rank("eth0", ip("172.17.0.1")));
        assert!(rank("docker0", ip("192.168.0.1")) > rank("wlan0", ip("8.8.8.8")));
        assert_eq!(rank("eth0", ip("169.254.1.1")), None);
        assert_eq!(rank("lo", ip("127.0.0.1")), None);
        assert!(rank("eth0", ip("2001:db8::1")) > rank("eth0", ip("8.8.8.8")));
        assert_eq!((rank("eth0", ip("fe80::1")), rank("lo", ip("::1"))), (None, None));
    }

    #[test]
    fn qr() {
        let svg = qr_svg("https://192.168.1.7:3537/?room=tide").unwrap();
        assert!(svg.contains("<svg") && svg.len() > 1000);
        assert!(qr_svg(&"x".repeat(5000)).is_none());
    }
}
