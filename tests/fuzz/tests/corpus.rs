//! What was once wrong, and a little of everything, at every run of the tests.

use fuzz::change::{change, session};
use fuzz::kinds;
use fuzz::small::Small;
use fuzz::targets::{ALL, named};
use netsim::Rng;
use room::door::Kind;
use std::path::Path;

#[test]
fn the_corpus_does_no_harm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in ALL {
        let Ok(folder) = std::fs::read_dir(corpus.join(target.name)) else { continue };
        folder.for_each(|file| (target.run)(&std::fs::read(file.unwrap().path()).unwrap()));
    }
}

/// A new kind does not compile without a sample; that of each can be read.
#[test]
fn every_kind_of_message_has_a_sample_that_is_read() {
    let small = Small::running();
    let samples = kinds::samples(&small.said, &small.saved);
    let reached: Vec<Kind> = samples.iter().filter_map(|s| Some(room::wire::decode(s).ok()?.0.kind())).collect();
    let missing: Vec<Kind> = Kind::all().filter(|kind| !reached.contains(kind)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?} is read");
}

#[test]
fn an_enemy_in_a_good_room_does_no_harm() {
    let small = Small::running();
    let mut known = small.said;
    known.truncate(400);
    known.extend(kinds::samples(&known, &small.saved));
    let mut rng = Rng::new(5, "enemy");
    let (message, room) = (named("message").unwrap(), named("room").unwrap());
    (0..20_000).for_each(|_| (message.run)(&change(&mut rng, &known)));
    (0..60).for_each(|_| (room.run)(&session(&mut rng, &known)));
    // Each sample as it is, from the enemy and from the stranger.
    for sample in kinds::samples(&known, &small.saved).iter().take(60) {
        let length = (sample.len() as u16).to_le_bytes();
        let twice: Vec<u8> = [&length[..], sample, &length[..], sample].concat().repeat(2);
        (room.run)(&twice);
    }
}
