//! What was once wrong, and a little of everything, at every run of the tests.

use fuzz::change::{change, session};
use fuzz::small::Small;
use fuzz::targets::{ALL, named};
use simulate::rng::Rng;
use std::path::Path;

#[test]
fn the_corpus_does_no_harm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in ALL {
        let Ok(folder) = std::fs::read_dir(corpus.join(target.name)) else { continue };
        folder.for_each(|file| (target.run)(&std::fs::read(file.unwrap().path()).unwrap()));
    }
}

#[test]
fn an_enemy_in_a_good_room_does_no_harm() {
    let known = Small::running().said;
    let mut rng = Rng::new(5, "enemy");
    let (message, room) = (named("message").unwrap(), named("room").unwrap());
    (0..20_000).for_each(|_| (message.run)(&change(&mut rng, &known)));
    (0..60).for_each(|_| (room.run)(&session(&mut rng, &known)));
}
