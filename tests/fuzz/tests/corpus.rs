//! What was once wrong, and a little of everything, at every run of the tests.

use fuzz::change::{change, session};
use fuzz::kinds;
use fuzz::small::Small;
use fuzz::targets::{ALL, named};
use netsim::Rng;
use room::door::Kind;
use sim_kernels::stamp::Stamp;
use sim_kernels::stamp_file;
use std::collections::BTreeMap;
use std::path::Path;

/// The files of a target's folder in the corpus, by name.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let Ok(files) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = files.map(|file| file.unwrap().path());
    paths.map(|p| (p.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read(&p).unwrap())).collect()
}

#[test]
fn the_corpus_does_no_harm() {
    for target in ALL {
        corpus(target.name).values().for_each(|bytes| (target.run)(bytes));
    }
}

/// A fuzzer changes what it is given: a file that is refused at its first byte teaches it nothing. After a change of
/// the wire: `cargo run -p fuzz -- --write-samples tests/fuzz/corpus/message`.
#[test]
fn every_message_of_the_corpus_is_read_and_every_kind_has_one() {
    let files = corpus("message");
    for (name, bytes) in &files {
        assert!(room::wire::decode(bytes).is_ok(), "{name} is of another wire");
    }
    for (kind, name, _) in kinds::named_samples() {
        let bytes = files.get(&name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(room::wire::decode(bytes).unwrap().0.kind(), kind, "{name}");
    }
}

#[test]
fn all_else_in_the_corpus_is_read_too() {
    for (target, is_read) in [
        ("band", (|bytes| room::bandcode::decode(bytes).is_some()) as fn(&[u8]) -> bool),
        ("datagram", |bytes| driver::link::wire::read(bytes).is_ok()),
        ("save", |bytes| room::save::decode(bytes.to_vec()).is_ok()),
        ("recording", |bytes| room::save::decode(bytes.to_vec()).is_ok_and(|save| save.log().is_some())),
        ("stamp", |bytes| stamp_file::read(bytes).is_ok() || Stamp::decode(bytes).is_some()),
    ] {
        let files = corpus(target);
        assert!(!files.is_empty(), "nothing for {target}");
        for (name, bytes) in &files {
            assert!(is_read(bytes), "{target}: {name} is not read");
        }
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
    for sample in kinds::samples(&known, &small.saved).iter().take(120) {
        let length = (sample.len() as u16).to_le_bytes();
        let twice: Vec<u8> = [&length[..], sample, &length[..], sample].concat().repeat(2);
        (room.run)(&twice);
    }
}
