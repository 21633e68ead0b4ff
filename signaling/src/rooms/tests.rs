//! Tickets, founders and places, without a socket.

use super::*;
use crate::config::Rate;
use std::net::{IpAddr, Ipv4Addr};

const T0: Duration = Duration::from_secs(1000);

fn limits() -> Limits {
    Limits { places_max: 3, rooms_max: 2, tickets: Rate { per_second: 4, burst: 20 }, ..Limits::default() }
}

fn rooms() -> Rooms<()> {
    Rooms::new(limits())
}

fn from(n: u8) -> Source {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, n)).into()
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn join(r: &mut Rooms<()>, now: Duration, name: &str, who: &str) -> Result<Joined, Refusal> {
    r.join(now, room(name), PersonName::clean(who), None, from(1))
}

fn again(r: &mut Rooms<()>, now: Duration, name: &str, joined: &Joined) -> Result<Joined, Refusal> {
    r.join(now, room(name), PersonName::clean("again"), Token::parse(&joined.key), from(1))
}

fn enter(r: &mut Rooms<()>, now: Duration, joined: &Joined) -> Result<PeerId, Refusal> {
    enter_for(r, now, joined).map(|(peer, _)| peer)
}

fn enter_for(r: &mut Rooms<()>, now: Duration, joined: &Joined) -> Result<(PeerId, Option<PeerId>), Refusal> {
    r.enter(now, &room(&joined.room), Token::parse(&joined.ticket).as_ref(), from(1), |_| ())
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
    assert_eq!(r.enter(T0, &room("pool"), token.as_ref(), from(1), |_| ()), Err(Refusal::BadTicket));
    assert!(enter(&mut r, T0, &a).is_ok());
    assert_eq!(enter(&mut r, T0, &a), Err(Refusal::BadTicket));
    assert_eq!(Token::parse("00"), None);
    let wrong = Token::parse(&"0".repeat(32));
    assert_eq!(r.enter(T0, &room("tide"), wrong.as_ref(), from(1), |_| ()), Err(Refusal::BadTicket));
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
    assert_eq!(r.enter(T0, &room("third"), None, from(1), |_| ()), Err(Refusal::ServerFull));
    // Tickets do not hold places: more are given out than fit, and the room still is not overfull.
    for _ in 0..5 {
        join(&mut r, T0, "pool", "x").unwrap();
    }
    assert_eq!(r.counts(), [2, 4, 5]);
    let late = T0 + Limits::default().ticket_life;
    assert!(join(&mut r, late, "pool", "x").is_ok());
    assert_eq!(r.counts(), [2, 4, 1]);
}

#[test]
fn an_address_that_asked_too_often_is_let_in_again_soon() {
    let mut r = rooms();
    for _ in 0..20 {
        join(&mut r, T0, "tide", "x").unwrap();
    }
    let Err(Refusal::TooManyTickets(wait)) = join(&mut r, T0, "tide", "x") else { panic!("it was let in") };
    assert_eq!(wait, Duration::from_millis(250));
    // Nobody else is kept out meanwhile, and after that wait neither is this one, whatever it holds unused.
    assert!(r.join(T0, room("tide"), PersonName::clean("y"), None, from(2)).is_ok());
    assert!(join(&mut r, T0 + wait, "tide", "x").is_ok());
}

#[test]
fn who_holds_most_tickets_loses_the_oldest() {
    let mut r: Rooms<()> = Rooms::new(Limits { tickets_max: 4, ..limits() });
    let mut join = |second: u64, n| {
        r.join(T0 + Duration::from_secs(second), room("tide"), PersonName::clean("x"), None, from(n)).unwrap()
    };
    let other = join(0, 2);
    let held = [1, 2, 3, 4].map(|second| join(second, 1));
    assert_eq!(r.counts(), [0, 0, 4]);
    let now = T0 + Duration::from_secs(4);
    assert_eq!(enter(&mut r, now, &held[0]), Err(Refusal::BadTicket));
    assert!(enter(&mut r, now, &other).is_ok() && enter(&mut r, now, &held[1]).is_ok());
}

#[test]
fn one_address_cannot_take_all_places() {
    let mut r: Rooms<()> = Rooms::new(Limits { peers_per_address_max: 1, ..limits() });
    let a = join(&mut r, T0, "tide", "Anna").unwrap();
    let b = join(&mut r, T0, "tide", "Ben").unwrap();
    enter(&mut r, T0, &a).unwrap();
    assert_eq!(enter(&mut r, T0, &b), Err(Refusal::AddressFull));
    let c = join(&mut r, T0, "tide", "Cleo").unwrap();
    assert!(r.enter(T0, &room("tide"), Token::parse(&c.ticket).as_ref(), from(2), |_| ()).is_ok());
    // Who comes back takes its own place.
    let back = again(&mut r, T0, "tide", &a).unwrap();
    assert!(enter(&mut r, T0, &back).is_ok());
    r.leave(&room("tide"), back.peer);
    let d = join(&mut r, T0, "tide", "Dan").unwrap();
    assert!(enter(&mut r, T0, &d).is_ok());
}

#[test]
fn a_long_list_shows_the_rooms_with_most_people() {
    let mut r: Rooms<()> = Rooms::new(Limits { rooms_max: 9, rooms_listed_max: 2, ..limits() });
    for name in ["a", "b", "b", "c", "d", "d"] {
        let joined = join(&mut r, T0, name, "x").unwrap();
        enter(&mut r, T0, &joined).unwrap();
    }
    let names: Vec<String> = r.list(T0).into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["b", "d"]);
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
    // Another server, or this one after a restart, knows nobody and says the same.
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
