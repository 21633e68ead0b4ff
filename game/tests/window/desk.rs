//! A desk to sit at: a screen without a monitor, a bus for screen readers, and the program on them, with folders of its own.

use crate::hand::Hand;
use crate::reader::Reader;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Screens that are tried, the first that is free is taken.
const DISPLAYS: std::ops::Range<u32> = 50..60;
/// Nothing comes any more of what was done so long ago.
const AGAIN_AFTER: Duration = Duration::from_secs(8);
/// What is not there after this time does not come.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// Lets whoever asks own a name, and is reached from this machine alone.
const BUS: &str = r#"<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy>
<limit name="max_replies_per_connection">65536</limit>
</busconfig>"#;

/// See the module's description. All of it ends with this.
pub struct Desk {
    folder: PathBuf,
    display: String,
    size: [u16; 2],
    children: Vec<Child>,
    bus: String,
    program: Option<Child>,
    pub reader: Reader,
    pub hand: Hand,
}

impl Desk {
    /// With a screen of this size; none where a part of it is not installed.
    pub fn new(name: &str, size: [u16; 2]) -> Option<Self> {
        for tool in ["Xvfb", "dbus-daemon"] {
            let there = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if there.is_err() {
                eprintln!("SKIPPED: there is no {tool} here");
                return None;
            }
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        for place in ["config/tidepool", "data", "pictures"] {
            std::fs::create_dir_all(folder.join(place)).unwrap();
        }
        // Of the screen's size, and after the first visit.
        let [width, height] = size;
        let settings = format!(r#"{{"window":[{width},{height}],"hint_seen":true,"lend":true,"language":"en"}}"#);
        std::fs::write(folder.join("config/tidepool/settings.json"), settings).unwrap();
        let (bus_child, bus) = start_bus(&folder);
        let (screen, display) = start_screen(size);
        let reader = Reader::new(&bus);
        let hand = Hand::new(&display);
        let (children, program) = (vec![screen, bus_child], None);
        Some(Self { folder, display, size, children, bus, program, reader, hand })
    }

    /// Starts the program, and waits until a control of this name is there.
    pub fn start(&mut self, arguments: &[&str], until: &str) {
        let log = std::fs::File::create(self.folder.join("program.log")).unwrap();
        let program = Command::new(env!("CARGO_BIN_EXE_tidepool"))
            .args(arguments)
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("AT_SPI_BUS_ADDRESS", &self.bus)
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.program = Some(program);
        wait("its window", || self.hand.take_window(self.size));
        wait(until, || self.reader.tree().control(until).map(drop));
    }

    /// Closes the window as a desktop does, and waits for the program's end.
    pub fn close(&mut self) {
        let Some(mut program) = self.program.take() else { return };
        self.hand.close_window();
        let ended = wait("its end", || program.try_wait().unwrap());
        assert!(ended.success(), "{ended}: {}", self.log());
    }

    /// What the program wrote on standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("program.log")).unwrap_or_default()
    }

    /// Keeps a picture of the screen.
    pub fn picture(&self, name: &str) {
        // The screen comes after what a reader is told.
        std::thread::sleep(Duration::from_secs(1));
        self.hand.picture(&self.folder.join("pictures").join(format!("{name}.png")));
    }

    /// Files of the program's data folder, with this ending.
    pub fn files(&self, place: &str, ending: &str) -> Vec<PathBuf> {
        let folder = self.folder.join("data/tidepool").join(place);
        let all = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        all.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
    }

    /// Presses a control, as often as it takes: a slow renderer may lose the first press to the hover before it. An empty
    /// window is all of the screen.
    pub fn press<T>(&self, window: &str, name: &str, mut effect: impl FnMut(&Self) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(done) = effect(self) {
                return done;
            }
            assert!(started.elapsed() < PATIENCE, "no press of {name} did it: {}", self.reader.tree());
            let tree = self.reader.tree();
            let Some(control) = tree.within(window).control(name).cloned() else {
                std::thread::sleep(Duration::from_millis(200));
                continue;
            };
            // Scrolled into sight where it lies in a window.
            if let Some(around) = tree.window(window).filter(|around| !around.shows(&control)) {
                self.hand.turn_wheel(around.middle());
                continue;
            }
            self.hand.click(control.middle());
            // A second press would close what is about to open.
            let pressed = Instant::now();
            while pressed.elapsed() < Duration::from_secs(15) {
                if let Some(done) = effect(self) {
                    return done;
                }
            }
        }
    }

    /// How many particles the line at the top counts.
    pub fn particles(&self) -> Option<u64> {
        let tree = self.reader.tree();
        let line = tree.nodes.iter().find_map(|node| node.name.strip_suffix(" particles"))?;
        line.rsplit('·').next()?.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
    }

    /// A stroke over the world, until it did something.
    pub fn stroke(&self, from: [i16; 2], to: [i16; 2], mut effect: impl FnMut(&Self) -> bool) {
        self.act(|desk| desk.hand.drag(from, to), |desk| effect(desk).then_some(()));
    }

    /// Does something, and once more where nothing comes of it: a slow program may lose it between two frames.
    pub fn act(&self, what: impl Fn(&Self), mut effect: impl FnMut(&Self) -> Option<()>) {
        wait("what is to come of it", || {
            what(self);
            let ended = Instant::now();
            while ended.elapsed() < AGAIN_AFTER {
                if let Some(done) = effect(self) {
                    return Some(done);
                }
            }
            None
        });
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for mut child in self.program.take().into_iter().chain(self.children.drain(..)) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Asks until there is an answer.
pub fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn start_bus(folder: &Path) -> (Child, String) {
    let config = folder.join("bus.conf");
    std::fs::write(&config, BUS).unwrap();
    let mut bus = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--print-address=1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (bus, address.trim().to_owned())
}

fn start_screen([width, height]: [u16; 2]) -> (Child, String) {
    for number in DISPLAYS {
        let display = format!(":{number}");
        let mut screen = Command::new("Xvfb")
            .args([&display, "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while screen.try_wait().unwrap().is_none() && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(300));
            if x11rb::connect(Some(&display)).is_ok() && screen.try_wait().unwrap().is_none() {
                return (screen, display);
            }
        }
        let _ = screen.kill();
        let _ = screen.wait();
    }
    panic!("no screen is free");
}
