use super::super::description::tests::chrome;
use super::super::distrust::STRIKES_MAX;
use super::*;

const ME: u128 = 1 << 100 | 1;
const CANDIDATE: &str = r#"{"candidate":"candidate:1 1 udp 2122260223 192.0.2.9 50000 typ host","sdpMid":"0"}"#;

fn id(n: u128) -> SocketId {
    // The first 32 bits are the WebSocket's.
    serde_json::from_str(&format!("\"{}\"", crate::net::directory::uuid_text(5 << 96 | n))).unwrap()
}

fn gate() -> Gate {
    let mut gate = Gate::new(Arc::default());
    assert!(matches!(gate.message(0, &text(&PeerEvent::IdAssigned(id(ME)))), Verdict::Pass(_)));
    gate
}

fn text(event: &PeerEvent) -> String {
    serde_json::to_string(event).unwrap()
}

fn signal(sender: u128, data: PeerSignal) -> String {
    text(&PeerEvent::Signal { sender: id(sender), data })
}

fn offer() -> PeerSignal {
    PeerSignal::Offer(chrome())
}

fn answer() -> PeerSignal {
    PeerSignal::Answer(chrome().replace("actpass", "active"))
}

fn candidate() -> PeerSignal {
    PeerSignal::IceCandidate(CANDIDATE.into())
}

fn passes(gate: &mut Gate, text: &str) -> bool {
    matches!(gate.message(0, text), Verdict::Pass(_))
}

fn has_offered(gate: &mut Gate, to: u128) {
    assert!(passes(gate, &text(&PeerEvent::NewPeer(id(to)))));
    gate.request(&PeerRequest::Signal { receiver: id(to), data: offer() });
}

#[test]
fn both_handshakes_pass_in_their_order_in_this_programs_words() {
    let mut gate = gate();
    has_offered(&mut gate, 2);
    assert!(passes(&mut gate, &signal(2, answer())) && passes(&mut gate, &signal(2, candidate())));
    let Verdict::Pass(PeerEvent::Signal { data: PeerSignal::Offer(sdp), .. }) = gate.message(0, &signal(3, offer()))
    else {
        panic!("an offer of somebody who was here before")
    };
    assert!(!sdp.contains("extmap"), "{sdp}");
    assert!(passes(&mut gate, &signal(3, candidate())));
    assert!(passes(&mut gate, &signal(3, PeerSignal::IceCandidate("null".into()))));
    assert!(passes(&mut gate, &text(&PeerEvent::PeerLeft(id(2)))));
    assert_eq!(gate.figures(), SignalFigures { passed: 6, ..SignalFigures::default() });
}

#[test]
fn what_is_out_of_order_is_refused() {
    let with_mid = |mid: &str| PeerSignal::Answer(chrome().replace("actpass", "active").replace("mid:0", mid));
    for (what, prepare, then) in [
        ("an answer without an offer", None, answer()),
        ("a candidate before its description", None, candidate()),
        ("an offer by whom this peer is to make one", Some(false), offer()),
        ("a candidate before the answer", Some(true), candidate()),
        ("an answer before the offer has gone out", Some(false), answer()),
        ("an answer for another section", Some(true), with_mid("mid:1")),
        ("an answer that takes no role", Some(true), PeerSignal::Answer(chrome())),
    ] {
        let mut gate = gate();
        match prepare {
            Some(true) => has_offered(&mut gate, 2),
            Some(false) => assert!(passes(&mut gate, &text(&PeerEvent::NewPeer(id(2))))),
            None => {}
        }
        assert_eq!(gate.message(0, &signal(2, then)), Verdict::Drop, "{what}");
        assert_eq!(gate.figures().refused, 1, "{what}");
    }
    let mut gate = gate();
    has_offered(&mut gate, 2);
    assert!(passes(&mut gate, &signal(2, answer())) && passes(&mut gate, &signal(3, offer())));
    assert!(!passes(&mut gate, &signal(2, answer())), "a second answer");
    assert!(!passes(&mut gate, &signal(3, offer())), "a second offer");
    assert!(!passes(&mut gate, &text(&PeerEvent::NewPeer(id(2)))), "a newcomer twice");
    assert!(!passes(&mut gate, &text(&PeerEvent::IdAssigned(id(9)))), "another name for this peer");
    assert_eq!(gate.figures().refused, 4);
}

#[test]
fn who_sends_nonsense_thrice_is_not_listened_to_any_more() {
    let mut gate = gate();
    let long = PeerSignal::Offer("x".repeat(MESSAGE_BYTES_MAX));
    let bad = [
        signal(2, long),
        signal(2, PeerSignal::Offer("v=0".into())),
        signal(2, candidate()),
        text(&PeerEvent::Signal { sender: id(2), data: offer() }).replace("Offer", "Proposal"),
        signal(2, PeerSignal::Answer(String::new())),
    ];
    let verdicts: Vec<Verdict> = bad.iter().map(|text| gate.message(0, text)).collect();
    assert_eq!(verdicts.iter().filter(|v| **v == Verdict::Distrust(PeerId(2))).count(), 1, "{verdicts:?}");
    assert!(verdicts.iter().all(|v| !matches!(v, Verdict::Pass(_))));
    assert!(!passes(&mut gate, &signal(2, offer())));
    assert_eq!((gate.figures().refused, gate.figures().distrusted), (u64::from(STRIKES_MAX), 1));
    // Its next WebSocket is no new beginning; others are heard as before.
    let again = text(&PeerEvent::NewPeer(id(2))).replacen("00000005", "00000006", 1);
    assert!(!passes(&mut gate, &again));
    assert!(passes(&mut gate, &signal(3, offer())));
}

#[test]
fn an_odd_description_and_its_candidates_are_one_offence() {
    let mut gate = gate();
    assert!(!passes(&mut gate, &signal(2, PeerSignal::Offer(chrome().replace("sha-256", "sha-1")))));
    (0..20).for_each(|_| assert!(!passes(&mut gate, &signal(2, candidate()))));
    assert_eq!((gate.figures().refused, gate.figures().ignored, gate.figures().distrusted), (1, 20, 0));
}

#[test]
fn handshakes_and_candidates_are_bounded() {
    let mut gate = gate();
    assert!(passes(&mut gate, &signal(2, offer())));
    let passed = (0..1000).filter(|_| passes(&mut gate, &signal(2, candidate()))).count();
    assert_eq!(passed, CANDIDATES_MAX as usize);
    // Handshakes that never end: nobody new for a while, and another socket after it.
    let begun = (100..1000).filter(|n| passes(&mut gate, &signal(*n, offer()))).count();
    assert_eq!(begun, PENDING_MAX - 1);
    assert_eq!(gate.figures().distrusted, 1, "those who are not let in did nothing wrong: {:?}", gate.figures());
    assert_eq!(gate.message(HANDSHAKE_US, &signal(2000, offer())), Verdict::Exhausted);
    // A handshake that ended makes room.
    let mut gate = super::tests::gate();
    for n in 100..100 + SENDERS_MAX as u128 {
        assert!(passes(&mut gate, &signal(n, offer())), "{n}");
        gate.connected(id(n));
    }
    assert_eq!(gate.message(0, &signal(5, offer())), Verdict::Exhausted);
}

#[test]
fn nonsense_of_the_server_itself_changes_nothing() {
    let mut gate = gate();
    for text in ["", "{}", "null", "[]", r#"{"Signal":{}}"#, r#"{"NewPeer":"x"}"#, r#"{"Signal":{"sender":7}}"#] {
        assert_eq!(gate.message(0, text), Verdict::Drop, "{text}");
    }
    assert_eq!(gate.message(0, &"[".repeat(MESSAGE_BYTES_MAX + 1)), Verdict::Drop);
    assert_eq!(gate.figures().distrusted, 0);
}
