//! The program from the outside: what it is built from, its help, its errors, its files.

use std::process::{Command, Output};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidepool-headless")).args(arguments).output().expect("the program starts")
}

fn folder(name: &str) -> std::path::PathBuf {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("the target folder can be written");
    dir
}

#[test]
fn nothing_of_bevy_is_in_it() {
    let arguments =
        ["tree", "--offline", "--locked", "-p", "tidepool-headless", "-e", "normal,build", "--prefix", "none"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo starts");
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(tree.contains("wgpu v") && tree.contains("matchbox_socket v"), "this is not the tree:\n{tree}");
    for foreign in ["bevy", "winit", "egui"] {
        let found = tree.lines().find(|line| line.starts_with(foreign));
        assert_eq!(found, None, "tidepool-headless is built from {foreign}");
    }
}

#[test]
fn help_names_every_option() {
    for (mode, options) in [
        (
            "run",
            "--scene --ticks --shards --backend --net --latency --jitter --loss --bandwidth --seed --superstep --png --json --record --recording --save --trace",
        ),
        (
            "join",
            "--signaling --fingerprint --ca --room --name --backend --threads --watch --leave-after --recording --scene --ticks --wait-for",
        ),
        ("replay", "<FILE> --shards --backend --adapter --threads --superstep"),
        ("exchange", "--scene --ticks --from --shards --superstep --threads --fast --json"),
        ("capacity", "--peers --water --threads --superstep --precision --runs --seconds --from --guess --json"),
        (
            "profiles",
            "--network --peers --water --ns --superstep --no-stand-ins --all --precision --load --guess --seconds --from --hold --json",
        ),
        ("pointers", "--people --seconds --latency --json"),
        ("returns", "--people --back --scene --latency --json"),
    ] {
        let help = String::from_utf8(program(&[mode, "--help"]).stdout).unwrap();
        for option in options.split(' ') {
            assert!(help.contains(option), "{mode}: {option}");
        }
    }
    let scenes = String::from_utf8(program(&["scenes"]).stdout).unwrap();
    for scene in
        ["dam-break", "fountain", "materials", "u-tube", "volcano", "waterfall", "wheels", "workshop", "stress:N"]
    {
        assert!(scenes.contains(scene), "{scenes}");
    }
}

#[test]
fn a_thin_uplink_needs_a_net_and_changes_no_digest() {
    let line = ["run", "--scene", "u-tube", "--ticks", "30", "--shards", "2", "--threads", "1", "--bandwidth", "4"];
    let output = program(&line);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("--net virtual"), "{error}");
    let thin = program(&[&line[..], &["--net", "virtual"]].concat());
    assert!(thin.status.success(), "{}", String::from_utf8_lossy(&thin.stderr));
    assert_eq!(thin.stdout, program(&line[..line.len() - 2]).stdout);
}

/// A room's recording and a run's are computed again by other shards and backends; what was changed in one is told.
#[test]
fn a_recording_is_replayed_and_its_first_difference_told() {
    let dir = folder("recordings");
    let text = |file: &str| dir.join(file).to_str().unwrap().to_owned();
    let (room, alone) = (text("room.tidepool"), text("alone.tidepool"));
    let scene = text("busy.ron");
    let stroke = "(from: (20, 30), to: (40, 34), radius: 3)";
    let busy: String = (0..40)
        .map(|i| match i % 2 {
            0 => format!("({}, Pour(stroke: {stroke}, material: \"water\", velocity: (0, 0))),", 10 + 30 * i),
            _ => format!("({}, Explode(at: ({}, 10), radius: 12, speed: 7000)),", 10 + 30 * i, 2 * i),
        })
        .collect();
    let whole = "(title: \"busy\", world: (width: 96, height: 48), gravity: (0, -66), terrain: [(x0: 0, y0: 0, x1: 96, y1: 3)], commands: [";
    std::fs::write(&scene, format!("{whole}{busy}])")).unwrap();
    let ok = |line: &[&str]| {
        let output = program(line);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{line:?}: {error}");
        (String::from_utf8(output.stdout).unwrap(), error)
    };
    let run = ["run", "--scene", &scene, "--ticks", "900", "--threads", "1"];
    let of_room = ["--shards", "2", "--net", "virtual", "--real-time", "--recording", &room];
    let (of_room, _) = ok(&[&run[..], &of_room].concat());
    let (digest, _) = ok(&[&run[..], &["--superstep", "4", "--recording", &alone]].concat());
    assert_eq!(of_room, digest);
    for (file, shards, backend) in [(&room, "1", "cpu"), (&room, "3", "cpu"), (&alone, "2", "cpu"), (&room, "1", "gpu")]
    {
        let (told, error) = ok(&["replay", file, "--shards", shards, "--threads", "1", "--backend", backend]);
        assert_eq!(told, digest, "{error}");
        assert!(error.contains("all the same"), "{error}");
    }
    // Somebody says that another stroke was made.
    let bytes = std::fs::read(&alone).unwrap();
    let mut log = (**room::save::decode(bytes.clone()).unwrap().log().unwrap()).clone();
    let changed = log.deeds.len() / 2;
    log.deeds.remove(changed);
    let end = 32 + u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    std::fs::write(&alone, room::save::recording::encode(&bytes[32..end], &log).unwrap()).unwrap();
    let output = program(&["replay", &alone, "--threads", "1"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("the first difference is at tick"), "{error}");
    // What is none.
    for (bytes, why) in [(&b"TIDETAPE"[..], "damaged"), (&b"fish"[..], "no saved world")] {
        std::fs::write(&alone, bytes).unwrap();
        let output = program(&["replay", &alone]);
        assert!(!output.status.success() && String::from_utf8(output.stderr).unwrap().contains(why));
    }
}

#[test]
fn a_bad_scene_names_file_line_and_what_to_write() {
    let file = folder("bad-scene").join("mine.ron");
    let text = "(\n    title: \"mine\",\n    world: (width: 64, height: 64),\n    gravty: (0, -66),\n)\n";
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let output = program(&["run", "--scene", path, "--ticks", "3"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(error.contains("mine.ron:4:") && error.contains("`gravity`"), "{error}");
    let error = String::from_utf8(program(&["run", "--scene", "dambreak", "--ticks", "3"]).stderr).unwrap();
    assert!(error.contains("dam-break"), "{error}");
}

#[test]
fn an_adapter_that_is_not_there_is_an_error_and_never_a_fallback() {
    let output =
        program(&["run", "--scene", "u-tube", "--ticks", "1", "--backend", "gpu", "--adapter", "no such adapter"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{error}");
    assert!(error.contains("no such adapter"), "{error}");
}

#[test]
fn a_signaling_server_that_is_not_there_is_named() {
    let output = program(&["join", "--signaling", "ws://127.0.0.1:9", "--room", "x", "--backend", "cpu"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(error.contains("127.0.0.1:9") && error.contains("cannot be reached"), "{error}");
}

#[test]
fn files_are_written_as_asked() {
    let dir = folder("files");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (png, json, record) = (path("last.png"), path("run.json"), path("record"));
    let mut line = vec!["run", "--scene", "dam-break", "--ticks", "21", "--shards", "3", "--superstep", "2"];
    line.extend(["--png", &png, "--json", &json, "--record", &record]);
    let output = program(&line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let digest = String::from_utf8(output.stdout).unwrap();

    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(format!("digest {}\n", report["digest"].as_str().unwrap()), digest);
    assert_eq!(report["shards"], 3);
    let codes = &report["band_codes"];
    let size = |code: &str| codes[code].as_u64().unwrap();
    assert_eq!(size("raw"), size("particles") * 16);
    assert!(size("ours") < size("raw") && size("zstd") < size("raw"), "{codes}");

    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&png).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (320, 128));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let blue = pixels.chunks(3).filter(|p| p[2] > 150).count();
    assert!((2000..12_000).contains(&blue), "{blue} wet pixels");

    let digests = std::fs::read_to_string(format!("{record}/digests.csv")).unwrap();
    assert!(digests.lines().last().unwrap().starts_with(&format!("21,{}", report["digest"].as_str().unwrap())));
    let again = format!("{record}/scene.ron");
    let output = program(&["run", "--scene", &again, "--ticks", "21"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), digest, "the recorded scene is the same scene");
}

/// A limit on the size of files stands for the full disk.
#[cfg(unix)]
#[test]
fn on_a_full_disk_the_old_save_stays() {
    let dir = folder("full-disk");
    let save = dir.join("world.tidepool");
    let at = format!("{}@8", save.display());
    let line = ["run", "--scene", "dam-break", "--ticks", "12", "--save", &at];
    let output = program(&line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (digest, old) = (output.stdout, std::fs::read(&save).unwrap());

    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tidepool-headless")])
        .args(line)
        .output()
        .unwrap();
    let error = String::from_utf8(limited.stderr).unwrap();
    assert!(!limited.status.success() && error.contains("world.tidepool") && error.contains("is kept"), "{error}");
    assert!(std::fs::read(&save).unwrap() == old, "the save was changed");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1, "something was left beside it");
    let on = program(&["run", "--scene", save.to_str().unwrap(), "--ticks", "12"]);
    assert_eq!(on.stdout, digest, "{}", String::from_utf8_lossy(&on.stderr));
}

#[test]
fn the_exchange_between_processes_is_measured() {
    let json = folder("exchange").join("exchange.json");
    let mut line = vec!["exchange", "--scene", "fountain", "--shards", "2", "--ticks", "90", "--from", "30"];
    line.extend(["--json", json.to_str().unwrap()]);
    let output = program(&line);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    assert!(!words.contains("asking") && words.contains("p99"), "{words}");
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let number = |path: &str| found.pointer(path).and_then(serde_json::Value::as_f64).unwrap();
    // Both processes, a superstep of two ticks, from tick 30 on.
    assert!((50.0..=62.0).contains(&number("/exchanges")), "{found}");
    assert!(number("/exchange_us/p50") <= number("/exchange_us/p99"), "{found}");
    assert!(number("/bands/bytes") > number("/bands/message_bytes"), "headers cost something: {found}");
    assert_eq!(number("/codes/raw"), number("/codes/particles") * 16.0);
    let output = program(&["run", "--scene", "fountain", "--ticks", "90"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("digest {}\n", found["digest"].as_str().unwrap()));
    let output = program(&["exchange", "--ticks", "50", "--from", "50"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("before --ticks 50"));
}

#[test]
fn what_a_room_carries_is_found() {
    let json = folder("capacity").join("capacity.json");
    let mut line =
        vec!["capacity", "--peers", "1,2", "--precision", "50", "--runs", "1", "--seconds", "3", "--from", "1"];
    line.extend(["--guess", "3000", "--json", json.to_str().unwrap()]);
    let output = program(&line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let rooms = found["rooms"].as_array().unwrap();
    assert_eq!(rooms.iter().map(|room| room["peers"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    for room in rooms {
        assert!(room["carries"].as_u64() >= Some(1024) && room["superstep"].as_u64() > Some(0), "{found}");
    }
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().count() == 4 && table.lines().all(|line| line.starts_with('|')), "{table}");
}

#[test]
fn pointers_over_webrtc_are_seen_and_cost_little() {
    let json = folder("pointers").join("pointers.json");
    let mut line = vec!["pointers", "--people", "3", "--seconds", "3", "--latency", "50"];
    line.extend(["--json", json.to_str().unwrap()]);
    let output = program(&line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let number = |path: &str| found.pointer(path).and_then(serde_json::Value::as_f64).unwrap();
    // Three see two each; nothing comes sooner than it can.
    assert!(number("/notes") > 300.0, "{found}");
    assert!(number("/age_ms_p50") >= 50.0 && number("/age_ms_p50") <= number("/age_ms_p99"), "{found}");
    // Datagrams whole, with what acknowledges them: the pointers themselves are a tenth of that.
    assert!(number("/bytes_a_second_to_each_other") <= 2000.0, "{found}");
}

#[test]
fn a_room_over_webrtc_goes_back_and_to_what_it_left() {
    let json = folder("returns").join("returns.json");
    let output =
        program(&["returns", "--people", "3", "--back", "3", "--latency", "10", "--json", json.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let number = |path: &str| found.pointer(path).and_then(serde_json::Value::as_u64).unwrap();
    assert_eq!(number("/returns/0/ticks_back"), 180, "{found}");
    // What was done again is what it was; and each kept a world or more.
    assert!(number("/returns/0/ticks_again") == 0 || number("/returns/0/digests_compared") > 0, "{found}");
    assert!(number("/returns/1/bytes_kept_each") > 10_000, "{found}");
}
