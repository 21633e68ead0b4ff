//! Tickets, founders and places, without a socket.

use super::*;
use std::net::Ipv4Addr;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const T0: Duration = Duration::from_secs(1000);

fn rooms() -> Rooms<()> {
    Rooms::new(Limits { places_max: 3, rooms_max: 2, tickets_per_address_max: 5, ..Limits::default() })
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn join(r: &mut Rooms<()>, now: Duration, name: &str, who: &str) -> Result<Joined, Refusal> {
    r.join(now, room(name), PersonName::clean(who), None, HERE)
}

fn again(r: &mut Rooms<()>, now: Duration, name: &str, joined: &Joined) -> Result<Joined, Refusal> {
    r.join(now, room(name), PersonName::clean("again"), Token::parse(&joined.key), HERE)
}

fn enter(r: &mut Rooms<()>, now: Duration, joined: &Joined) -> Result<PeerId, Refusal> {
    enter_for(r, now, joined).map(|(peer, _)| peer)
}

fn enter_for(r: &mut Rooms<()>, now: Duration, joined: &Joined) -> Result<(PeerId, Option<PeerId>), Refusal> {
    r.enter(now, &room(&joined.room), Token::parse(&joined.ticket).as_ref(), |_| ())
}

#[test]
fn exactly_one_founder() {
    let mut r = rooms();
    let a = join(&mut r, T0, "tide", "Anna").unwrap();
    let b = join(&mut r, T0, "tide", "Ben").unwrap();
    assert!(a.founder && !b.founder);
    // Ben is quicker, and still not the founder.
    assert_eq!(enter(&mut r, T0, &b), Ok(b.peer));
    assert_eq!(r.entry(T0, &room("tide")).unwrap().founder, None);
    assert_eq!(enter(&mut r, T0, &a), Ok(a.peer));
    let entry = r.entry(T0, &room("tide")).unwrap();
    assert_eq!(entry.founder, Some(a.peer));
    assert_eq!(entry.names, ["Ben", "Anna"]);
    assert_eq!((entry.people, entry.free), (2, 1));
}

#[test]
fn a_founder_who_never_comes_is_replaced() {
    let mut r = rooms();
    let a = join(&mut r, T0, "tide", "Anna").unwrap();
    let b = join(&mut r, T0 + Duration::from_secs(20), "tide", "Ben").unwrap();
    enter(&mut r, T0 + Duration::from_secs(21), &b).unwrap();
    let late = T0 + Limits::default().ticket_life;
    assert_eq!(r.entry(late, &room("tide")).unwrap().founder, Some(b.peer));
    assert_eq!(enter(&mut r, late, &a), Err(Refusal::BadTicket));
}

#[test]
fn an_unused_founding_ticket_frees_the_room() {
    let mut r = rooms();
    assert!(join(&mut r, T0, "tide", "Anna").unwrap().founder);
    assert!(!join(&mut r, T0, "tide", "Ben").unwrap().founder);
    let late = T0 + Limits::default().ticket_life;
    assert!(join(&mut r, late, "tide", "Ben").unwrap().founder);
}

#[test]
fn tickets_work_once_and_for_their_room() {
    let mut r = rooms();
    let a = join(&mut r, T0, "tide", "Anna").unwrap();
    let token = Token::parse(&a.ticket);
    assert_eq!(r.enter(T0, &room("pool"), token.as_ref(), |_| ()), Err(Refusal::BadTicket));
    assert!(enter(&mut r, T0, &a).is_ok());
    assert_eq!(enter(&mut r, T0, &a), Err(Refusal::BadTicket));
    assert_eq!(Token::parse("00"), None);
    assert_eq!(r.enter(T0, &room("tide"), Token::parse(&"0".repeat(32)).as_ref(), |_| ()), Err(Refusal::BadTicket));
}

#[test]
fn places_rooms_and_tickets_are_bounded() {
    let mut r = rooms();
    for _ in 0..3 {
        let j = join(&mut r, T0, "tide", "x").unwrap();
        enter(&mut r, T0, &j).unwrap();
    }
    assert_eq!(join(&mut r, T0, "tide", "x").unwrap_err(), Refusal::RoomFull);
    let j = join(&mut r, T0, "pool", "x").unwrap();
    enter(&mut r, T0, &j).unwrap();
    assert_eq!(join(&mut r, T0, "third", "x").unwrap_err(), Refusal::ServerFull);
    assert_eq!(r.enter(T0, &room("third"), None, |_| ()), Err(Refusal::ServerFull));
    for _ in 0..5 {
        join(&mut r, T0, "pool", "x").unwrap();
    }
    assert_eq!(join(&mut r, T0, "pool", "x").unwrap_err(), Refusal::TooManyTickets);
    // Tickets do not hold places: more were given out than fit, and the room still is not overfull.
    assert_eq!(r.counts(), [2, 4, 5]);
    let late = T0 + Limits::default().ticket_life;
    assert!(join(&mut r, late, "pool", "x").is_ok());
}

#[test]
fn a_room_is_its_hosts() {
    let mut r = rooms();
    let a = join(&mut r, T0, "tide", "Anna").unwrap();
    enter(&mut r, T0, &a).unwrap();
    let b = join(&mut r, T0, "tide", "Ben").unwrap();
    enter(&mut r, T0, &b).unwrap();
    let (ka, kb) = (Token::parse(&a.key).unwrap(), Token::parse(&b.key).unwrap());
    let world = || Change { world: Some("dam-break".into()), places: Some(99), ..Change::default() };
    assert_eq!(r.change(T0, &room("tide"), &kb, world()), Err(Refusal::NotAllowed));
    let entry = r.change(T0, &room("tide"), &ka, world()).unwrap();
    assert_eq!((entry.world.as_str(), entry.free), ("dam-break", 1));
    // Everyone may be called something else; nobody can make a stranger host.
    let name = Change { name: Some(PersonName::clean("Benno")), ..Change::default() };
    assert_eq!(r.change(T0, &room("tide"), &kb, name).unwrap().names, ["Anna", "Benno"]);
    let stranger = Change { host: Some(PeerId(Uuid::new_v4())), ..Change::default() };
    assert_eq!(r.change(T0, &room("tide"), &ka, stranger), Err(Refusal::NotAllowed));
    let to_ben = Change { host: Some(b.peer), ..Change::default() };
    assert_eq!(r.change(T0, &room("tide"), &ka, to_ben).unwrap().founder, Some(b.peer));
    assert_eq!(r.change(T0, &room("tide"), &ka, world()), Err(Refusal::NotAllowed));
    // The role falls to the oldest who is left; the last one out closes the room.
    assert!(r.leave(&room("tide"), b.peer) && !r.leave(&room("tide"), b.peer));
    assert_eq!(r.entry(T0, &room("tide")).unwrap().founder, Some(a.peer));
    r.leave(&room("tide"), a.peer);
    assert_eq!(r.counts(), [0, 0, 0]);
    assert!(join(&mut r, T0, "tide", "Cleo").unwrap().founder);
}

#[test]
fn whoever_comes_back_is_the_same_and_takes_its_own_place() {
    let mut r = rooms();
    let [a, b, c] = ["Anna", "Ben", "Cleo"].map(|who| {
        let joined = join(&mut r, T0, "tide", who).unwrap();
        enter(&mut r, T0, &joined).unwrap();
        joined
    });
    // The room is full, and its host's WebSocket is still counted.
    assert_eq!(join(&mut r, T0, "tide", "Dan").map(|_| ()), Err(Refusal::RoomFull));
    let back = again(&mut r, T0, "tide", &a).unwrap();
    assert!(same(back.peer, a.peer) && back.peer != a.peer && !same(a.peer, b.peer) && !back.founder);
    assert_eq!(back.key, a.key);
    assert_eq!(enter_for(&mut r, T0, &back), Ok((back.peer, Some(a.peer))));
    let entry = r.entry(T0, &room("tide")).unwrap();
    assert_eq!((entry.people, entry.founder), (3, Some(back.peer)), "the role stays with it");
    assert!(!r.leave(&room("tide"), a.peer), "the old WebSocket's end changes nothing");
    // Another server, or this one started anew, knows nobody and says the same.
    let mut fresh = rooms();
    let back = again(&mut fresh, T0, "tide", &c).unwrap();
    assert!(same(back.peer, c.peer) && back.founder);
    assert_eq!(enter_for(&mut fresh, T0, &back), Ok((back.peer, None)));
}

#[test]
fn the_role_is_handed_to_who_somebody_is() {
    let mut r = rooms();
    let [a, b] = ["Anna", "Ben"].map(|who| join(&mut r, T0, "tide", who).unwrap());
    enter(&mut r, T0, &a).unwrap();
    let back = again(&mut r, T0, "tide", &b).unwrap();
    enter(&mut r, T0, &back).unwrap();
    let key = Token::parse(&a.key).unwrap();
    // Anna knows Ben by an older WebSocket's id.
    let change = Change { host: Some(b.peer), ..Change::default() };
    assert_eq!(r.change(T0, &room("tide"), &key, change).unwrap().founder, Some(back.peer));
}
