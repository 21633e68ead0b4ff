use super::*;

pub(in crate::net::signaling) const FINGERPRINT: &str = "0F:1E:2D:3C:4B:5A:69:78:87:96:A5:B4:C3:D2:E1:F0:\
     00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

/// As Chrome writes it.
pub(in crate::net::signaling) fn chrome() -> String {
    [
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS",
        "m=application 54609 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 192.0.2.7",
        "a=candidate:1467250027 1 udp 2122260223 6f2e9f0c-5a3d-4c8e-9d11-0a2b3c4d5e6f.local 46243 typ host generation 0 \
         network-id 1 network-cost 999",
        "a=candidate:842163049 1 udp 1677729535 192.0.2.7 54609 typ srflx raddr 0.0.0.0 rport 0 generation 0 \
         network-cost 999",
        "a=candidate:435653019 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1",
        "a=ice-ufrag:F7gI",
        "a=ice-pwd:x9cml/YzichV2+XlhiMu8g",
        "a=ice-options:trickle",
        &format!("a=fingerprint:sha-256 {FINGERPRINT}"),
        "a=setup:actpass",
        "a=mid:0",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
        "",
    ]
    .join("\r\n")
}

/// As the native stack writes it: candidates come later, one by one.
fn native() -> String {
    [
        "v=0",
        "o=- 8709138172463179848 111611252 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        &format!("a=fingerprint:sha-256 {FINGERPRINT}"),
        "a=extmap-allow-mixed",
        "a=group:BUNDLE 0",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=setup:actpass",
        "a=mid:0",
        "a=sendrecv",
        "a=sctp-port:5000",
        "a=max-message-size:65536",
        "a=ice-ufrag:MWAPrUeBAKNUemHE",
        "a=ice-pwd:KeWgZwNXLRQtvikKPcmnRWOJWtGQemcy",
        "",
    ]
    .join("\r\n")
}

/// As Firefox writes it.
fn firefox() -> String {
    [
        "v=0",
        "o=mozilla...THIS_IS_SDPARTA-99.0 4611686018427387904 0 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=sendrecv",
        &format!("a=fingerprint:sha-256 {FINGERPRINT}"),
        "a=group:BUNDLE 0",
        "a=ice-options:trickle",
        "a=msid-semantic:WMS *",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=candidate:0 1 UDP 2122252543 0ac1e2b3-1111-2222-3333-444455556666.local 41234 typ host",
        "a=candidate:2 1 TCP 2105524479 0ac1e2b3-1111-2222-3333-444455556666.local 9 typ host tcptype active",
        "a=sendrecv",
        "a=end-of-candidates",
        "a=ice-pwd:6f3a0b0c9d8e7f605142332415060708",
        "a=ice-ufrag:1a2b3c4d",
        "a=mid:0",
        "a=setup:active",
        "a=sctp-port:5000",
        "a=max-message-size:1073741823",
        "",
    ]
    .join("\r\n")
}

fn read(text: &str) -> Result<Description, Malformed> {
    Description::read(text, Kind::Offer)
}

#[test]
fn what_browsers_write_is_read_and_comes_out_in_this_modules_words() {
    let chrome = read(&chrome()).unwrap();
    assert_eq!((chrome.mid.as_str(), chrome.setup, chrome.message_bytes), ("0", "actpass", 262_144));
    assert_eq!(chrome.candidates.len(), 2, "TCP is of no use");
    let firefox = Description::read(&firefox(), Kind::Answer).unwrap();
    assert_eq!((firefox.setup, firefox.sctp_port, firefox.candidates.len()), ("active", 5000, 1));
    let native = read(&native()).unwrap();
    assert_eq!((native.setup, native.message_bytes, native.candidates.len()), ("actpass", 65_536, 0));
    for (description, kind) in [(chrome, Kind::Offer), (native, Kind::Offer), (firefox, Kind::Answer)] {
        let text = description.write();
        assert_eq!(Description::read(&text, kind).unwrap(), description, "{text}");
        assert!(text.contains(FINGERPRINT));
        for foreign in ["extmap", "WMS", "SDPARTA", "network-cost", "192.0.2.7 54609 typ srflx raddr 192"] {
            assert!(!text.contains(foreign), "{foreign} in {text}");
        }
    }
}

#[test]
fn near_misses_are_refused_field_by_field() {
    let good = chrome();
    let pairs = [
        ("v=0", "v=zero"),
        ("m=application", "m=audio"),
        ("m=application 54609", "m=application 0"),
        ("UDP/DTLS/SCTP", "RTP/SAVPF"),
        ("webrtc-datachannel", "5000"),
        ("a=ice-ufrag:F7gI", "a=ice-ufrag:F7g"),
        ("a=ice-ufrag:F7gI", "a=ice-ufrag:F7g\"I"),
        ("a=ice-pwd:x9cml/YzichV2+XlhiMu8g", "a=ice-pwd:short"),
        ("a=ice-pwd", "a=ice-pw"),
        ("a=fingerprint:sha-256 0F", "a=fingerprint:sha-256 0G"),
        ("a=fingerprint:sha-256 0F:", "a=fingerprint:sha-256 "),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("a=setup:actpass", "a=setup:whoever"),
        ("a=mid:0", "a=mid:0 1"),
        ("a=mid:0", "a=mid:"),
        ("a=mid:0", "a=mid:seventeen-letters"),
        ("a=sctp-port:5000", "a=sctp-port:0"),
        ("a=sctp-port:5000", "a=sctp-port:70000"),
        ("a=max-message-size:262144", "a=max-message-size:-1"),
        ("a=candidate:1467250027", "a=candidate:14672\"50027"),
        ("udp 2122260223", "udp 99999999999"),
        ("udp 2122260223", "sctp 2122260223"),
        (" 46243 ", " 99999 "),
        ("typ srflx", "typ sideways"),
        ("typ host generation", "kind host generation"),
    ];
    for (part, instead) in pairs {
        assert!(good.contains(part), "{part}");
        let bad = good.replacen(part, instead, 1);
        assert!(read(&bad).is_err(), "{part} -> {instead}");
    }
    for (text, why) in [
        (String::new(), Malformed::Unreadable),
        ("hello".into(), Malformed::Unreadable),
        (good[..good.find("m=").unwrap()].into(), Malformed::Sections),
        (format!("{good}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"), Malformed::Sections),
        (format!("{good}{}", "a=x\r\n".repeat(DESCRIPTION_BYTES_MAX)), Malformed::TooLong),
        (
            format!("{good}a=fingerprint:sha-256 {}\r\n", FINGERPRINT.replacen("0F", "0E", 1)),
            Malformed::Field("fingerprint"),
        ),
    ] {
        assert_eq!(read(&text), Err(why), "{text}");
    }
    assert_eq!(Description::read(&good, Kind::Answer), Err(Malformed::Field("setup")), "an answer takes a role");
}

/// Bytes at chance: none panics, and what is read reads the same again.
#[test]
fn no_text_is_too_strange() {
    let good = chrome();
    let mut random = 7u64;
    let mut next = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % bound
    };
    let (mut read_so_far, strange) = (0, ["\r\n", "\0", ":", " ", "é", "=", "99999999999999999999", "\u{202e}"]);
    for _ in 0..5_000 {
        let mut text: Vec<char> = good.chars().collect();
        for _ in 0..=next(3) {
            let at = next(text.len());
            let end = (at + next(12)).min(text.len());
            text.splice(at..end, strange[next(strange.len())].chars());
        }
        let text: String = text.into_iter().collect();
        if let Ok(description) = read(&text) {
            read_so_far += 1;
            assert_eq!(read(&description.write()).unwrap(), description, "{text:?}");
        }
    }
    assert!(read_so_far > 50, "{read_so_far}");
}

#[test]
fn candidates_are_read_against_their_section() {
    let json = |candidate: &str, rest: &str| format!(r#"{{"candidate":"{candidate}"{rest}}}"#);
    let host = "candidate:1 1 udp 2122260223 192.0.2.9 50000 typ host generation 0 ufrag F7gI network-id 1";
    let good = Trickle::read(&json(host, r#","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"F7gI""#), "0").unwrap();
    let Trickle::Candidate(candidate) = &good else { panic!("{good:?}") };
    assert_eq!(
        candidate.write("0"),
        r#"{"candidate":"candidate:1 1 udp 2122260223 192.0.2.9 50000 typ host","sdpMLineIndex":0,"sdpMid":"0"}"#
    );
    assert_eq!(Trickle::read(&candidate.write("0"), "0").unwrap(), good);
    // Native stacks leave fields out or say null.
    for native in [r#","sdpMid":null,"usernameFragment":null"#, r#","sdpMid":"","sdpMLineIndex":0"#] {
        assert_eq!(Trickle::read(&json(host, native), "0").unwrap(), good);
    }
    for end in ["null", r#"{"candidate":""}"#] {
        assert_eq!(Trickle::read(end, "0"), Ok(Trickle::End));
    }
    for useless in [
        "candidate:1 1 tcp 1 192.0.2.9 9 typ host tcptype active",
        "candidate:1 2 udp 1 192.0.2.9 50000 typ host",
        "candidate:1 1 udp 1 192.0.2.9 53 typ host",
        "candidate:1 1 udp 1 0.0.0.0 50000 typ host",
        "candidate:1 1 udp 1 224.0.0.251 50000 typ host",
        "candidate:1 1 udp 1 255.255.255.255 50000 typ host",
        "candidate:1 1 udp 1 ff02::1 50000 typ host",
        "candidate:1 1 udp 1 ::ffff:192.0.2.1 50000 typ host",
        "candidate:1 1 udp 1 a.local 50000 typ srflx raddr 0.0.0.0 rport 0",
        "candidate:1 1 udp 1 www.example.org 50000 typ host",
        "candidate:1 1 udp 1 fe80::1%eth0 50000 typ host",
        "candidate:1 1 udp 1 .local 50000 typ host",
    ] {
        assert_eq!(Trickle::read(&json(useless, ""), "0"), Ok(Trickle::Useless), "{useless}");
    }
    for bad in [
        "[]",
        "17",
        r#""candidate:1 1 udp 1 192.0.2.9 50000 typ host""#,
        r#"{"candidate":7}"#,
        &json(host, r#","sdpMid":"1""#),
        &json(host, r#","sdpMLineIndex":1"#),
        &json(host, r#","sdpMLineIndex":-1"#),
        &json("candidate:1 1 udp 1 192.0.2.9 50000 typ host trailing", ""),
        &json("candidate:1 1 udp", ""),
        &json(&format!("candidate:1 1 udp 1 192.0.2.9 50000 typ host {}", "x y ".repeat(300)), ""),
    ] {
        assert!(Trickle::read(bad, "0").is_err(), "{bad}");
    }
}
