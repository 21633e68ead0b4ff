//! What was once wrong, and a little of everything, at every run of the tests.

use fuzz::change::{change, session};
use fuzz::kinds;
use fuzz::small::Small;
use fuzz::targets::{ALL, named};
use netsim::Rng;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_corpus_does_no_harm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in ALL {
        let Ok(folder) = std::fs::read_dir(corpus.join(target.name)) else { continue };
        folder.for_each(|file| (target.run)(&std::fs::read(file.unwrap().path()).unwrap()));
    }
}

/// The list of kinds is the message enum's own: a new kind without a sample fails here.
#[test]
fn every_kind_of_message_has_a_sample_that_is_read() {
    let small = Small::running();
    let samples = kinds::samples(&small.said, &small.saved);
    let names = kinds::names();
    assert!(names.len() >= 30 && names[0] == "Hello", "{names:?}");
    let read = samples.iter().filter(|bytes| room::wire::decode(bytes).is_ok());
    let reached: BTreeSet<&str> = read.filter_map(|bytes| names.get(kinds::number(bytes)?).copied()).collect();
    let missing: Vec<&&str> = names.iter().filter(|name| !reached.contains(*name)).collect();
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
