//! Every variant has a sentence. Each walk goes from one variant to the next by a match without a catch-all arm, so
//! that a new variant that is not on the way does not compile.

use driver::link::DownReason;
use driver::notice::{Detail, DriverError, Notice as DriverNotice};
use room::api::{Channel, PeerId, Person, Profile, Status};
use room::notice::{
    Announcement, BackendError, Name, Notice, OpenFailure, RecordFailure, Refusal, SaveError, SaveFailure, Severity,
    Someone,
};
use std::collections::BTreeSet;
use words::{Language, Names, Words, english};

const ANNA: PeerId = PeerId(1);

fn someone() -> Someone {
    Someone { id: PeerId(9), name: Name::new("Ben") }
}

/// The first, and each that follows another.
fn walk<T>(first: T, next: impl Fn(&T) -> Option<T>) -> Vec<T> {
    std::iter::successors(Some(first), next).collect()
}

fn announcements() -> Vec<Announcement> {
    use Announcement::*;
    walk(Joined(someone()), |a| match a {
        Joined(_) => Some(Left(someone())),
        Left(_) => Some(Vanished(someone())),
        Vanished(_) => Some(CutOff(vec![someone(); 9])),
        CutOff(_) => Some(StoppedComputing { who: ANNA, why: BackendError::DeviceLost }),
        StoppedComputing { .. } => Some(NobodyComputes),
        NobodyComputes => Some(WorldsDiffer),
        WorldsDiffer => Some(Relayed { a: ANNA, b: ANNA, via: PeerId(5) }),
        Relayed { .. } => Some(LinksTooSlow { who: ANNA }),
        LinksTooSlow { .. } => Some(EnoughCompute { computing: 5, others: 7 }),
        EnoughCompute { .. } => Some(WentBack { ticks_lost: 252 }),
        WentBack { .. } => Some(BeganAgain { ticks_lost: 60 }),
        BeganAgain { .. } => Some(OpensSave { who: ANNA }),
        OpensSave { .. } => Some(OpenedSave { who: ANNA, tick: 3_906 }),
        OpenedSave { .. } => Some(SaveNotOpened { who: ANNA, why: OpenFailure::NotWhole }),
        SaveNotOpened { .. } => Some(RoomIsFull { particles_max: 4_000_000 }),
        RoomIsFull { .. } => Some(TooManyFountains { max: 64 }),
        TooManyFountains { .. } => Some(TooManyDrains { max: 60 }),
        TooManyDrains { .. } => Some(TooManyGrabs { max: 64 }),
        TooManyGrabs { .. } => Some(SceneTooLarge { particles_max: 4_000_000 }),
        SceneTooLarge { .. } => Some(StrokesWait),
        StrokesWait => Some(TooManyWorlds),
        TooManyWorlds => Some(TakenBack { who: ANNA, ticks_back: 0 }),
        TakenBack { ticks_back: 0, .. } => Some(TakenBack { who: ANNA, ticks_back: 252 }),
        TakenBack { .. } => Some(NotTakenBack { who: ANNA }),
        NotTakenBack { .. } => Some(AnotherReturn),
        AnotherReturn => Some(AskedLately),
        AskedLately => Some(NoSuchMoment),
        NoSuchMoment => Some(RecordingOver { compared: 240, differs: None }),
        RecordingOver { differs: None, .. } => Some(RecordingOver { compared: 70, differs: Some(3_906) }),
        RecordingOver { .. } => Some(RecordingLeft),
        RecordingLeft => Some(ReturnLost),
        ReturnLost => None,
    })
}

fn notices() -> Vec<Notice> {
    use Notice::*;
    walk(LeaderIs { who: ANNA }, |n| match n {
        LeaderIs { .. } => Some(LeaderIsMe),
        LeaderIsMe => Some(OthersWait),
        OthersWait => Some(StoppedComputing { why: BackendError::BadJob }),
        StoppedComputing { .. } => Some(LeaderDoesNotAnswer),
        LeaderDoesNotAnswer => Some(SceneIsInvalid),
        SceneIsInvalid => Some(SaveUnderWay),
        SaveUnderWay => Some(NothingToSave),
        NothingToSave => Some(NotSaved { why: SaveFailure::Late { seconds: 60 } }),
        NotSaved { why: SaveFailure::Late { .. } } => Some(NotSaved { why: SaveFailure::Broken(SaveError::TooLarge) }),
        NotSaved { why: SaveFailure::Broken(_) } => Some(NotRecorded { why: RecordFailure::NotHere }),
        NotRecorded { why: RecordFailure::NotHere } => Some(NotRecorded { why: RecordFailure::TooLong }),
        NotRecorded { why: RecordFailure::TooLong } => {
            Some(NotRecorded { why: RecordFailure::Broken(SaveError::TooLarge) })
        }
        NotRecorded { why: RecordFailure::Broken(_) } => Some(PlaysAlone),
        PlaysAlone => Some(OpenUnderWay),
        OpenUnderWay => Some(OpenedElsewhere),
        OpenedElsewhere => Some(CannotOpen { why: SaveError::Foreign }),
        CannotOpen { .. } => Some(NotOpenedInTime { seconds: 180 }),
        NotOpenedInTime { .. } => Some(OpenAgain),
        OpenAgain => Some(JoiningAgain),
        JoiningAgain => Some(RoomsMerged),
        RoomsMerged => Some(SaysWhatItMayNot(someone())),
        SaysWhatItMayNot(_) => Some(Announced(Announcement::NobodyComputes)),
        Announced(_) => None,
    })
}

fn backend_errors() -> Vec<BackendError> {
    use BackendError::*;
    walk(DeviceLost, |e| match e {
        DeviceLost => Some(NoAdapter),
        NoAdapter => Some(BadJob),
        BadJob => Some(NoState),
        NoState => Some(Other),
        Other => None,
    })
}

fn save_errors() -> Vec<SaveError> {
    use SaveError::*;
    walk(Foreign, |e| match e {
        Foreign => Some(Version(7)),
        Version(_) => Some(Recording(7)),
        Recording(_) => Some(Kernels),
        Kernels => Some(Damaged),
        Damaged => Some(TooLarge),
        TooLarge => None,
    })
}

fn open_failures() -> Vec<OpenFailure> {
    use OpenFailure::*;
    walk(AnotherScene, |e| match e {
        AnotherScene => Some(NotWhole),
        NotWhole => Some(Forgotten),
        Forgotten => Some(NobodyGotIt),
        NobodyGotIt => None,
    })
}

fn refusals() -> Vec<Refusal> {
    use Refusal::*;
    walk(Version { room: Some(5), mine: 6 }, |r| match r {
        Version { room: Some(_), mine } => Some(Version { room: None, mine: *mine }),
        Version { room: None, .. } => Some(Kernels),
        Kernels => Some(Full { people_max: 64 }),
        Full { .. } => None,
    })
}

fn down_reasons() -> Vec<DownReason> {
    use DownReason::*;
    walk(Goodbye, |r| match r {
        Goodbye => Some(Silence),
        Silence => Some(Unreachable),
        Unreachable => Some(Version(1)),
        Version(_) => Some(Violation("pieces overlap")),
        Violation(_) => Some(QueueFull(Channel::Log)),
        QueueFull(_) => Some(Closed),
        Closed => Some(Renewed),
        Renewed => None,
    })
}

fn driver_errors() -> Vec<DriverError> {
    use DriverError::*;
    let detail = || Detail::new("Permission denied (os error 13)");
    walk(NoThread(detail()), |e| match e {
        NoThread(_) => Some(NoBackend { why: BackendError::NoAdapter, detail: detail() }),
        NoBackend { .. } => Some(KernelsStopped),
        KernelsStopped => Some(Server(detail())),
        Server(_) => Some(LostBeforeMeeting(detail())),
        LostBeforeMeeting(_) => None,
    })
}

fn driver_notices() -> Vec<DriverNotice> {
    use DriverNotice::*;
    walk(LinkEnded { who: ANNA, why: DownReason::Closed }, |n| match n {
        LinkEnded { .. } => Some(ServerGone { why: DriverError::Server(Detail::new("it ended")) }),
        ServerGone { .. } => Some(OutOfReach { name: Name::new("Ben") }),
        OutOfReach { .. } => Some(Distrusted { who: ANNA }),
        Distrusted { .. } => Some(ConnectionLost),
        ConnectionLost => Some(BackInRoom),
        BackInRoom => Some(NobodyReachable),
        NobodyReachable => None,
    })
}

/// Anna is known, and nobody else.
fn names() -> Status {
    let anna = Person {
        id: ANNA,
        me: false,
        leader: true,
        profile: Profile { name: "Anna".into(), lend: true, backend: String::new(), throughput: 0 },
        region: None,
        stand_in_for: Vec::new(),
        tick_us: 0,
        rtt_us: 0,
        behind: 0,
    };
    Status { people: vec![anna], ..Status::default() }
}

/// Everything that can be said.
fn all(words: &Words, names: &dyn Names) -> Vec<String> {
    let mut all: Vec<String> = announcements().into_iter().map(|a| words.notice(&a.into(), names).text).collect();
    all.extend(notices().iter().map(|n| words.notice(n, names).text));
    all.extend(backend_errors().into_iter().map(|e| words.backend_error(e)));
    all.extend(save_errors().into_iter().map(|e| words.save_error(e)));
    all.extend(save_errors().into_iter().map(|e| words.file_not_opened("tide.tidepool", e)));
    let open = |why| words.notice(&Announcement::SaveNotOpened { who: ANNA, why }.into(), names).text;
    all.extend(open_failures().into_iter().map(open));
    all.extend(refusals().iter().map(|r| words.refusal(r).text));
    let down = |why| words.driver_notice(&DriverNotice::LinkEnded { who: ANNA, why }, names).text;
    all.extend(down_reasons().into_iter().map(down));
    all.extend(driver_errors().iter().map(|e| words.driver_error(e).text));
    all.extend(driver_notices().iter().map(|n| words.driver_notice(n, names).text));
    all
}

/// The ids of all sentences.
fn ids() -> BTreeSet<&'static str> {
    let id = |line: &'static str| line.split_once(" = ").map(|(id, _)| id);
    let plain = |id: &&str| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    include_str!("../text/en/notices.ftl").lines().filter_map(id).filter(plain).collect()
}

#[test]
fn every_variant_has_a_sentence_without_a_gap() {
    for (language, own) in [(Language::English, "“”’"), (Language::German, "„“äöüÄÖÜß")] {
        // Our own sentences have no characters that only a bad quotation would bring in.
        let is_own = |c: char| c.is_ascii_graphic() || " …\u{2068}\u{2069}".contains(c) || own.contains(c);
        for names in [&names() as &dyn Names, &()] {
            for text in all(Words::of(language), names) {
                assert!(!ids().contains(text.as_str()), "`{text}` has no sentence, or one that lacks a part");
                assert!(!text.contains(['{', '}', '$']) && text.contains(' ') && text.chars().all(is_own), "{text}");
            }
        }
    }
}

#[test]
fn sentences_say_what_happened_and_to_whom() {
    let text = |n: Notice| english().notice(&n, &names()).text.replace(['\u{2068}', '\u{2069}'], "");
    assert_eq!(text(Announcement::Left(someone()).into()), "“Ben” left");
    assert_eq!(text(Notice::LeaderIs { who: ANNA }), "“Anna” is the host now");
    assert_eq!(text(Notice::LeaderIs { who: PeerId(5) }), "somebody who is gone is the host now");
    let lost = text(Announcement::WentBack { ticks_lost: 252 }.into());
    assert_eq!(lost, "the room goes back to its last checkpoint: 4.2 s were lost");
    assert!(text(Announcement::BeganAgain { ticks_lost: 60 }.into()).ends_with("1.0 s were lost"));
    assert!(english().waiting_for(ANNA, &names()).starts_with("waiting for “"));
    let opened = text(Announcement::OpenedSave { who: ANNA, tick: 3_906 }.into());
    assert_eq!(opened, "“Anna” opened a save: the world goes on from 1:05");
    let cut_off = |n| text(Announcement::CutOff(vec![someone(); n]).into());
    assert_eq!(cut_off(2), "“Ben”, “Ben” cannot be reached: the room goes on here");
    assert!(cut_off(6).contains("“Ben” and one more cannot"), "{}", cut_off(6));
    assert!(cut_off(64).contains("and 59 more"), "{}", cut_off(64));
    assert!(text(Announcement::RoomIsFull { particles_max: 4_000_000 }.into()).contains("4000000 particles"));
}

#[test]
fn german_sentences_count_and_quote_as_german_does() {
    let german = Words::of(Language::German);
    let text = |n: Notice| german.notice(&n, &names()).text.replace(['\u{2068}', '\u{2069}'], "");
    assert!(text(Announcement::Left(someone()).into()).starts_with("„Ben“ "));
    let lost = text(Announcement::WentBack { ticks_lost: 252 }.into());
    assert!(lost.ends_with("4,2 s gingen verloren"), "{lost}");
    assert!(text(Announcement::RoomIsFull { particles_max: 4_000_000 }.into()).contains("4.000.000 Teilchen"));
    let cut_off = |n| text(Announcement::CutOff(vec![someone(); n]).into());
    assert!(cut_off(6).contains("„Ben“ und noch jemand."), "{}", cut_off(6));
    assert!(cut_off(64).contains("und 59 weitere."), "{}", cut_off(64));
}

/// Nobody is told of themselves by their own name, as of somebody else.
#[test]
fn who_did_it_is_told_so() {
    let mut names = names();
    names.people[0].me = true;
    for language in Language::ALL {
        let words = Words::of(language);
        for announcement in announcements() {
            let text = words.notice(&announcement.clone().into(), &names).text;
            assert!(!text.contains("Anna"), "{announcement:?}: {text}");
        }
        assert!(!words.waiting_for(ANNA, &names).contains("Anna"));
    }
    let text = |a: Announcement| english().notice(&a.into(), &names).text;
    assert_eq!(text(Announcement::TakenBack { who: ANNA, ticks_back: 252 }), "you took the world back by 4.2 s");
    assert_eq!(
        text(Announcement::OpenedSave { who: ANNA, tick: 3_906 }),
        "your save is open: the world goes on from 1:05"
    );
    let relayed = text(Announcement::Relayed { a: ANNA, b: PeerId(5), via: PeerId(6) });
    assert!(relayed.starts_with("this device and somebody who is gone do not reach"), "{relayed}");
}

/// Whoever is known here is called as they are known here, whatever the one who tells says.
#[test]
fn the_name_that_this_peer_knows_counts() {
    let lie = Announcement::Left(Someone { id: ANNA, name: Name::new("somebody else") });
    assert!(english().notice(&lie.into(), &names()).text.contains("Anna"));
}

/// However somebody calls themselves, the sentence around the name stays the program's own.
#[test]
fn no_name_passes_for_a_sentence() {
    for name in ["all is lost\nthis device", "x” left, “y", "\u{202e}tfel", "nobody computes: ", "", "\u{2069}evil"]
    {
        let joined = Announcement::Joined(Someone { id: PeerId(9), name: Name::new(name) });
        let sentence = english().notice(&joined.into(), &());
        assert_eq!(sentence.severity, Severity::News);
        let rest = sentence.text.strip_suffix(" joined").unwrap_or_else(|| panic!("{:?}", sentence.text));
        if rest == "somebody without a name" {
            assert!(name.is_empty());
            continue;
        }
        let inner = rest.strip_prefix("“\u{2068}").and_then(|r| r.strip_suffix("\u{2069}”"));
        let inner = inner.unwrap_or_else(|| panic!("{:?}", sentence.text));
        assert!(!inner.contains(['“', '”', '\n', '\u{202e}', '\u{2068}', '\u{2069}']), "{inner:?}");
    }
}

#[test]
fn severity_is_the_types() {
    for a in announcements() {
        assert_eq!(english().notice(&a.clone().into(), &()).severity, a.severity());
    }
    assert_eq!(Announcement::Joined(someone()).severity(), Severity::News);
    assert_eq!(Announcement::Vanished(someone()).severity(), Severity::Warning);
    assert_eq!(Announcement::NobodyComputes.severity(), Severity::Problem);
    assert!(refusals().iter().all(|r| english().refusal(r).severity == Severity::Problem));
}
