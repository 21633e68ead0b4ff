//! What the room tells. No match here has a catch-all arm: a variant without a sentence does not compile.

use crate::{Names, Sentence, Words, args, decimal, quote};
use fluent_bundle::FluentArgs;
use room::api::PeerId;
use room::notice::{
    Announcement, BackendError, Notice, OpenFailure, RecordFailure, Refusal, SaveError, SaveFailure, Someone,
};

/// The most names that one sentence lists.
const LISTED_MAX: usize = 5;

impl Words {
    /// What the room tells the player.
    pub fn notice(&self, notice: &Notice, names: &dyn Names) -> Sentence {
        Sentence { severity: notice.severity(), text: self.notice_text(notice, names) }
    }

    /// Why this peer is not let in.
    pub fn refusal(&self, refusal: &Refusal) -> Sentence {
        let text = match refusal {
            Refusal::Version { room: Some(room), mine } => {
                self.with("refused-version", &args([("room", (*room).into()), ("mine", (*mine).into())]))
            }
            Refusal::Version { room: None, mine } => {
                self.with("refused-version-unknown", &args([("mine", (*mine).into())]))
            }
            Refusal::Kernels => self.text("refused-kernels"),
            Refusal::Full { people_max } => self.with("refused-full", &args([("people", (*people_max).into())])),
        };
        Sentence { severity: refusal.severity(), text }
    }

    /// How a backend failed.
    pub fn backend_error(&self, error: BackendError) -> String {
        self.text(match error {
            BackendError::DeviceLost => "backend-device-lost",
            BackendError::NoAdapter => "backend-no-adapter",
            BackendError::BadJob => "backend-bad-job",
            BackendError::NoState => "backend-no-state",
            BackendError::Other => "backend-other",
        })
    }

    /// Why a save cannot be read or made.
    pub fn save_error(&self, error: SaveError) -> String {
        match error {
            SaveError::Foreign => self.text("save-foreign"),
            SaveError::Version(version) => {
                let here = room::save::VERSION;
                self.with("save-version", &args([("version", version.into()), ("here", here.into())]))
            }
            SaveError::Recording(version) => self.with("save-recording", &args([("version", version.into())])),
            SaveError::Kernels => self.text("save-kernels"),
            SaveError::Damaged => self.text("save-damaged"),
            SaveError::TooLarge => self.text("save-too-large"),
        }
    }

    /// Why a file with a save cannot be opened, and what now.
    pub fn file_not_opened(&self, file: &str, error: SaveError) -> String {
        let (file, why) = (quote::detail(file), self.save_error(error));
        self.with("cannot-open-file", &args([("file", file.into()), ("why", why.into())]))
    }

    /// Whom the room waits for.
    pub fn waiting_for(&self, who: PeerId, names: &dyn Names) -> String {
        self.about("waiting-for", self.who(who, names))
    }

    fn notice_text(&self, notice: &Notice, names: &dyn Names) -> String {
        match notice {
            Notice::Announced(announcement) => self.announcement(announcement, names),
            Notice::LeaderIs { who } => self.about("host-is", self.who(*who, names)),
            Notice::LeaderIsMe => self.text("host-is-me"),
            Notice::OthersWait => self.text("others-wait"),
            Notice::StoppedComputing { why } => self.because("this-stopped-computing", self.backend_error(*why)),
            Notice::LeaderDoesNotAnswer => self.text("host-does-not-answer"),
            Notice::SceneIsInvalid => self.text("scene-is-invalid"),
            Notice::SaveUnderWay => self.text("save-under-way"),
            Notice::NothingToSave => self.text("nothing-to-save"),
            Notice::NotSaved { why } => {
                let why = match why {
                    SaveFailure::Late { seconds } => self.with("save-late", &args([("seconds", (*seconds).into())])),
                    SaveFailure::Broken(error) => self.save_error(*error),
                };
                self.because("not-saved", why)
            }
            Notice::NotRecorded { why } => {
                let why = match why {
                    RecordFailure::NotHere => self.text("record-not-here"),
                    RecordFailure::TooLong => self.text("record-too-long"),
                    RecordFailure::Broken(error) => self.save_error(*error),
                };
                self.because("not-recorded", why)
            }
            Notice::PlaysAlone => self.text("plays-alone"),
            Notice::OpenUnderWay => self.text("open-under-way"),
            Notice::OpenedElsewhere => self.text("opened-elsewhere"),
            Notice::CannotOpen { why } => self.because("cannot-open", self.save_error(*why)),
            Notice::NotOpenedInTime { seconds } => {
                self.with("not-opened-in-time", &args([("seconds", (*seconds).into())]))
            }
            Notice::OpenAgain => self.text("open-again"),
            Notice::JoiningAgain => self.text("joining-again"),
            Notice::RoomsMerged => self.text("rooms-merged"),
            Notice::SaysWhatItMayNot(someone) => self.about("says-what-it-may-not", self.someone(someone, names)),
        }
    }

    fn announcement(&self, announcement: &Announcement, names: &dyn Names) -> String {
        match announcement {
            Announcement::Joined(someone) => self.about("joined", self.someone(someone, names)),
            Announcement::Left(someone) => self.about("left", self.someone(someone, names)),
            Announcement::Vanished(someone) => self.about("vanished", self.someone(someone, names)),
            Announcement::CutOff(people) => self.about("cut-off", self.list(people, names)),
            Announcement::StoppedComputing { who, why } => {
                let (who, why) = (self.who(*who, names), self.backend_error(*why));
                self.with("stopped-computing", &args([("who", who.into()), ("why", why.into())]))
            }
            Announcement::NobodyComputes => self.text("nobody-computes"),
            Announcement::WorldsDiffer => self.text("worlds-differ"),
            Announcement::Relayed { a, b, via } => {
                let [a, b, via] = [a, b, via].map(|id| self.who(*id, names));
                self.with("relayed", &args([("a", a.into()), ("b", b.into()), ("via", via.into())]))
            }
            Announcement::LinksTooSlow { who } => self.about("links-too-slow", self.who(*who, names)),
            Announcement::EnoughCompute { computing, others } => {
                let numbers = [("computing", (*computing).into()), ("others", (*others).into())];
                self.with("enough-compute", &args(numbers))
            }
            Announcement::WentBack { ticks_lost } => self.with("went-back", &seconds(*ticks_lost)),
            Announcement::BeganAgain { ticks_lost } => self.with("began-again", &seconds(*ticks_lost)),
            Announcement::TakenBack { who, ticks_back: 0 } => self.by("taken-elsewhere", *who, names, args([])),
            Announcement::TakenBack { who, ticks_back } => self.by("taken-back", *who, names, seconds(*ticks_back)),
            Announcement::NotTakenBack { who } => self.by("not-taken-back", *who, names, args([])),
            Announcement::AnotherReturn => self.text("another-return"),
            Announcement::AskedLately => self.text("asked-lately"),
            Announcement::NoSuchMoment => self.text("no-such-moment"),
            Announcement::RecordingOver { compared, differs: None } => {
                self.with("recording-over", &args([("count", (*compared).into())]))
            }
            Announcement::RecordingOver { compared, differs: Some(tick) } => {
                let (count, time) = ((*compared).into(), time_of(*tick).into());
                self.with("recording-differs", &args([("count", count), ("time", time)]))
            }
            Announcement::RecordingLeft => self.text("recording-left"),
            Announcement::ReturnLost => self.text("return-lost"),
            Announcement::OpensSave { who } => self.by("opens-save", *who, names, args([])),
            Announcement::OpenedSave { who, tick } => {
                self.by("opened-save", *who, names, args([("time", time_of(*tick).into())]))
            }
            Announcement::SaveNotOpened { who, why } => {
                let why = self.text(match why {
                    OpenFailure::AnotherScene => "open-another-scene",
                    OpenFailure::NotWhole => "open-not-whole",
                    OpenFailure::Forgotten => "open-forgotten",
                    OpenFailure::NobodyGotIt => "open-nobody-got-it",
                });
                self.by("save-not-opened", *who, names, args([("why", why.into())]))
            }
            Announcement::RoomIsFull { particles_max } => {
                self.with("room-is-full", &args([("particles", (*particles_max).into())]))
            }
            Announcement::TooManyFountains { max } => self.with("too-many-fountains", &args([("max", (*max).into())])),
            Announcement::TooManyDrains { max } => self.with("too-many-drains", &args([("max", (*max).into())])),
            Announcement::TooManyGrabs { max } => self.with("too-many-grabs", &args([("max", (*max).into())])),
            Announcement::SceneTooLarge { particles_max } => {
                self.with("scene-too-large", &args([("particles", (*particles_max).into())]))
            }
            Announcement::StrokesWait => self.text("strokes-wait"),
            Announcement::TooManyWorlds => self.text("too-many-worlds"),
        }
    }

    pub(crate) fn about(&self, id: &str, who: String) -> String {
        self.with(id, &args([("who", who.into())]))
    }

    /// What somebody did: whoever did it is told so, and not by their own name.
    fn by<'a>(&self, id: &str, who: PeerId, names: &dyn Names, mut parts: FluentArgs<'a>) -> String {
        if names.is_me(who) {
            return self.with(&format!("{id}-me"), &parts);
        }
        parts.set("who", self.who(who, names));
        self.with(id, &parts)
    }

    pub(crate) fn because(&self, id: &str, why: String) -> String {
        self.with(id, &args([("why", why.into())]))
    }

    /// As this peer knows them; otherwise as the one names them who tells.
    fn someone(&self, someone: &Someone, names: &dyn Names) -> String {
        self.somebody(names.name(someone.id).unwrap_or(someone.name.as_str()))
    }

    fn list(&self, people: &[Someone], names: &dyn Names) -> String {
        let named: Vec<String> = people.iter().take(LISTED_MAX).map(|p| self.someone(p, names)).collect();
        let named = named.join(&self.text("and-next"));
        match people.len().saturating_sub(LISTED_MAX) {
            0 => named,
            more => format!("{named} {}", self.with("and-more", &args([("count", more.into())]))),
        }
    }
}

/// Ticks as seconds with one decimal.
fn seconds<'a>(ticks: u64) -> FluentArgs<'a> {
    args([("seconds", decimal(ticks as f64 / 60.0, 1))])
}

/// A tick as minutes and seconds.
fn time_of(tick: u64) -> String {
    format!("{}:{:02}", tick / 3600, tick / 60 % 60)
}
