//! Pointers, points and words: everyone sees and hears everyone, through a relay too, for few bytes, and nobody can flood
//! the others.

mod common;

use common::{Net, World, config, scene, seeds, someone};
use room::api::{Channel, Event, Hand, Pace, PeerId, Request};
use room::wire::{encode, presence};
use simulate::kernel::Stub;

const fn hand(x: u16) -> Hand {
    Hand { at: [x, 100], tool: 2, radius: 5, pressed: true }
}

/// A room in real time, in which nobody lends but the founder.
fn room(people: u128, net: Net) -> World {
    let mut world = World::new(net, Stub::boxed);
    for id in 1..=people {
        let scene = (id == 1).then(|| scene(256));
        let mut cfg = config(id, scene.as_ref());
        cfg.pace = Pace::RealTime;
        cfg.profile.lend = id == 1;
        world.join(cfg);
        world.run_for(300_000);
    }
    world.until("all are in", 30, |w| w.peers.values().all(|p| p.status.people.len() as u128 == people));
    world
}

/// How far the newest pointer of `from` is that `id` was told of.
fn seen(world: &World, id: PeerId, from: PeerId) -> Option<Hand> {
    let newest = world.peers[&id].shown.iter().rev().find_map(|event| match event {
        Event::Hand { from: of, hand } if *of == from => Some(*hand),
        _ => None,
    });
    newest.flatten()
}

fn said(world: &World, id: PeerId) -> Vec<(PeerId, &str)> {
    let all = world.peers[&id].shown.iter();
    all.filter_map(|event| if let Event::Said { from, text } = event { Some((from.id, text.as_str())) } else { None })
        .collect()
}

/// Eight people move their pointers at once, 50 ms away from each other.
#[test]
fn eight_pointers_are_seen_soon_and_cost_little() {
    for seed in seeds(0..2) {
        let mut world = room(8, Net { latency_us: 50_000, jitter_us: 10_000, seed, ..Net::default() });
        let before: Vec<u64> = world.peers.values().map(|p| p.sent.get(&Channel::View).copied().unwrap_or(0)).collect();
        // Views of the world take this channel, too: what they cost is measured first, over as long.
        world.run_for(10_000_000);
        let middle: Vec<u64> = world.peers.values().map(|p| p.sent.get(&Channel::View).copied().unwrap_or(0)).collect();
        let mut late = Vec::new();
        for moment in 0..500u16 {
            for id in 1..=8 {
                world.ask(PeerId(id), Request::Hand(Some(hand(moment * 8 + id as u16))));
            }
            world.run_for(20_000);
            // How old is what the second sees of the third?
            let newest = seen(&world, PeerId(2), PeerId(3)).map_or(0, |hand| (hand.at[0] - 3) / 8);
            late.push(u64::from(moment - newest) * 20);
        }
        let after: Vec<u64> = world.peers.values().map(|p| p.sent.get(&Channel::View).copied().unwrap_or(0)).collect();
        late.sort_unstable();
        let (p50, p99) = (late[late.len() / 2], late[late.len() * 99 / 100]);
        let each = |k: usize| (after[k] - middle[k]).saturating_sub(middle[k] - before[k]) / 10 / 7;
        println!("seed {seed}: p50 {p50} ms, p99 {p99} ms, {} bytes a second to each of the others", each(4));
        assert!(p99 <= 150, "{p99} ms");
        assert!((1..8).all(|k| each(k) <= 1_000), "{:?}", (1..8).map(each).collect::<Vec<_>>());
    }
}

#[test]
fn words_and_points_arrive_once_and_whoever_leaves_has_no_pointer() {
    let mut world = room(3, Net::default());
    world.ask(PeerId(2), Request::Say("look \u{1f30a}".into()));
    world.ask(PeerId(2), Request::Say("two\nlines".into()));
    world.ask(PeerId(3), Request::Point([40, 80]));
    world.ask(PeerId(3), Request::Hand(Some(hand(7))));
    world.run_for(1_000_000);
    for id in [PeerId(1), PeerId(3)] {
        assert_eq!(said(&world, id), [(PeerId(2), "look \u{1f30a}")], "what cannot be shown is not said");
    }
    let points = |world: &World, id| {
        let all = world.peers[&PeerId(id)].shown.iter();
        all.filter(|e| matches!(e, Event::Pointed { from, at: [40, 80] } if *from == someone(3))).count()
    };
    assert_eq!([points(&world, 1), points(&world, 2), points(&world, 3)], [1, 1, 0]);
    assert_eq!(seen(&world, PeerId(1), PeerId(3)), Some(hand(7)));
    world.ask(PeerId(3), Request::Leave);
    world.until("it has left", 10, |w| seen(w, PeerId(1), PeerId(3)).is_none());
    // A pointer that rests stays as long as its owner is heard of.
    world.ask(PeerId(2), Request::Hand(Some(hand(9))));
    world.run_for(20_000_000);
    assert_eq!(seen(&world, PeerId(1), PeerId(2)), Some(hand(9)));
    world.vanish(PeerId(2));
    world.until("it is not heard of", 10, |w| seen(w, PeerId(1), PeerId(2)).is_none());
}

#[test]
fn two_who_cannot_reach_each_other_see_each_other_through_a_third() {
    let mut world = room(3, Net::default());
    world.cut(PeerId(2), PeerId(3));
    world.run_for(12_000_000);
    world.ask(PeerId(2), Request::Hand(Some(hand(31))));
    world.ask(PeerId(3), Request::Say("here".into()));
    world.until("the pointer", 5, |w| seen(w, PeerId(3), PeerId(2)) == Some(hand(31)));
    world.until("the words", 5, |w| said(w, PeerId(2)) == [(PeerId(3), "here")]);
}

#[test]
fn who_floods_is_not_heard_and_harms_nobody() {
    let mut world = room(3, Net::default());
    for i in 0..2_000u16 {
        let say = encode(&presence::Message::Say(format!("{i}")).into(), &[]);
        world.forge(PeerId(1), PeerId(2), Channel::Log, say);
        let moved = encode(&presence::Message::Hand(Some(hand(i))).into(), &[]);
        world.forge(PeerId(1), PeerId(2), Channel::View, moved);
        world.run_for(1_000);
    }
    // 12 at once and two a second, of two seconds.
    assert!(said(&world, PeerId(1)).len() <= 17, "{}", said(&world, PeerId(1)).len());
    assert!(world.peers[&PeerId(1)].shown.len() <= 17 + 400 + 90);
    // A stranger has no say.
    let before = world.peers[&PeerId(1)].shown.len();
    world.link(PeerId(99));
    world.forge(PeerId(1), PeerId(99), Channel::Log, encode(&presence::Message::Point([1, 1]).into(), &[]));
    world.run_for(200_000);
    assert_eq!(world.peers[&PeerId(1)].shown.len(), before);
    world.ask(PeerId(3), Request::Say("still here".into()));
    world.run_for(500_000);
    assert!(said(&world, PeerId(1)).contains(&(PeerId(3), "still here")));
}
