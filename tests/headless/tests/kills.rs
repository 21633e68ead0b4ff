//! Participants that end without a word, over real WebRTC on this machine: nothing is lost, and the world is the
//! one that a single machine computes.

use std::process::Command;

/// The last line of a run's standard output.
fn digest(extra: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool-headless"));
    command.args(["run", "--scene", "dam-break", "--ticks", "300", "--threads", "1", "--timeout", "120"]).args(extra);
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{extra:?}: {said}");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().last().expect("a digest").to_owned()
}

#[test]
fn whoever_is_killed_the_world_is_the_same() {
    let alone = digest(&["--net", "none"]);
    assert!(alone.starts_with("digest "), "{alone}");
    let faults = [["--kill", "1@90"], ["--kill", "2@131"], ["--kill", "3@170"], ["--host-kill", "110"]];
    for fault in faults {
        let extra = [&["--net", "webrtc", "--shards", "4", "--real-time", "--superstep", "2"][..], &fault].concat();
        assert_eq!(digest(&extra), alone, "{fault:?}");
    }
}

#[test]
fn a_cut_network_and_a_frozen_participant_change_nothing() {
    let alone = digest(&["--net", "none"]);
    let faults = [["--stall", "1@90:900"], ["--cut", "0,1|2@100:400"], ["--delay", "2:120"]];
    for fault in faults {
        let extra = [&["--net", "virtual", "--shards", "3", "--real-time"][..], &fault].concat();
        assert_eq!(digest(&extra), alone, "{fault:?}");
    }
}
