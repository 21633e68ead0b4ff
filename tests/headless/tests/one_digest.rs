//! The principle, from the outside: one scene has one digest, whatever the shards, the backend and the net.
//! Runs the real program as its user would and reads the last line of standard output.

use std::process::Command;

/// Runs `tidepool-headless run` and returns the digest on its last line.
fn digest(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tidepool-headless"))
        .arg("run")
        .args(arguments.split_whitespace())
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.lines().last().unwrap_or_default().to_owned();
    assert!(
        output.status.success() && last.starts_with("digest ") && last.len() == 39,
        "run {arguments}: {}\nlast line: {last:?}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    last
}

/// Holds every variant to the digest of the single CPU shard.
fn holds(scene: &str, ticks: u32, variants: &[&str]) {
    let base = format!("--scene {scene} --ticks {ticks}");
    let expected = digest(&format!("{base} --shards 1 --backend cpu --net none"));
    for variant in variants {
        assert_eq!(digest(&format!("{base} {variant}")), expected, "{base} {variant}");
    }
}

#[test]
fn every_scene_is_the_same_in_1_2_3_5_and_7_shards() {
    for scene in
        ["dam-break", "fountain", "materials", "u-tube", "volcano", "waterfall", "wheels", "workshop", "stress:6000"]
    {
        holds(
            scene,
            97,
            &[
                "--shards 2 --backend cpu --net none",
                "--shards 3 --backend cpu --net none",
                "--shards 5 --backend cpu --net none",
                "--shards 7 --backend cpu --net none",
            ],
        );
    }
}

#[test]
fn backends_agree() {
    holds("dam-break", 31, &["--shards 1 --backend gpu --net none", "--shards 3 --backend mixed --net none"]);
    holds("fountain", 61, &["--shards 2 --backend mixed --net none"]);
    for scene in ["materials", "volcano", "wheels", "workshop"] {
        holds(scene, 61, &["--shards 1 --backend gpu --net none", "--shards 3 --backend mixed --net none"]);
    }
}

#[test]
fn a_bad_network_changes_nothing() {
    holds(
        "fountain",
        121,
        &[
            "--shards 3 --backend cpu --net virtual",
            "--shards 5 --backend cpu --net virtual --latency 40 --jitter 30 --loss 5 --seed 7",
            "--shards 2 --backend cpu --net virtual --latency 120 --jitter 60 --loss 10 --seed 8",
        ],
    );
    holds(
        "materials",
        91,
        &[
            "--shards 3 --backend cpu --net virtual --latency 40 --jitter 30 --loss 5 --seed 9",
            "--shards 3 --backend cpu --net virtual --superstep 6 --kill 2@40 --seed 10",
        ],
    );
    holds(
        "volcano",
        91,
        &["--shards 3 --backend cpu --net virtual --latency 40 --jitter 30 --loss 5 --kill 2@40 --seed 11"],
    );
    // Until the store of powder has gone up.
    holds(
        "workshop",
        301,
        &["--shards 3 --backend cpu --net virtual --latency 40 --jitter 30 --loss 5 --kill 2@40 --seed 12"],
    );
}

#[test]
fn three_peers_over_webrtc_agree() {
    holds("fountain", 61, &["--shards 3 --backend cpu --net webrtc"]);
    holds("materials", 61, &["--shards 3 --backend cpu --net webrtc"]);
}

#[test]
fn mixed_backends_agree_over_webrtc() {
    holds("u-tube", 31, &["--shards 2 --backend mixed --net webrtc"]);
}

#[test]
fn a_run_goes_on_from_a_save_on_any_net_and_in_any_number_of_shards() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("saves");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let path = |name: &str| folder.join(name).to_str().expect("a path in UTF-8").to_owned();
    let (none, room, again) = (path("none.tidepool"), path("room.tidepool"), path("again.tidepool"));
    let expected = digest("--scene dam-break --ticks 90");
    let saving = [
        format!("--scene dam-break --ticks 90 --shards 2 --superstep 4 --save {none}@30"),
        format!("--scene dam-break --ticks 90 --shards 3 --net virtual --save {room}@20"),
    ];
    for line in &saving {
        assert_eq!(digest(line), expected, "saving changes nothing: {line}");
    }
    for file in [&none, &room] {
        for variant in ["--shards 3", "--shards 1 --net virtual", "--shards 3 --net virtual --loss 2"] {
            assert_eq!(digest(&format!("--scene {file} --ticks 90 {variant}")), expected, "{file} {variant}");
        }
    }
    // A save of a run that went on from a save.
    assert_eq!(digest(&format!("--scene {none} --ticks 90 --save {again}@60")), expected);
    assert_eq!(digest(&format!("--scene {again} --ticks 90 --shards 2 --net webrtc")), expected);
    let refused = |args: &[&str], why: &str| {
        let run =
            Command::new(env!("CARGO_BIN_EXE_tidepool-headless")).args(args).output().expect("the program starts");
        assert!(!run.status.success() && String::from_utf8_lossy(&run.stderr).contains(why), "{args:?}");
    };
    refused(&["run", "--scene", &again, "--ticks", "40"], "is of tick");
    refused(&["run", "--scene", "dam-break", "--ticks", "40", "--save", &format!("{again}@41")], "never gets there");
}
