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
    r.join(now, room(name), PersonName::clean(who), HERE)
}

fn enter(r: &mut Rooms<()>, now: Duration, joined: &Joined) -> Result<PeerId, Refusal> {
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
