//! Starts the program once more where a window lost its GPU: with the same arguments, in the same room.

use crate::gpu::Lost;
use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// When the program was started again last, in seconds; it tells its successor.
const STARTED_AGAIN: &str = "TIDEPOOL_STARTED_AGAIN";
/// Within this time a second loss ends it: a GPU that stays away would have windows come and go for ever.
const ONCE_IN: Duration = Duration::from_secs(60);

/// Says what happened, and starts again or says what to do.
pub(crate) fn start(lost: &Lost) -> ExitCode {
    eprintln!("tidepool: the GPU that draws was lost ({}).", lost.why.trim());
    let last = std::env::var(STARTED_AGAIN).ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if is_too_soon(last, now) {
        eprintln!("It was lost a moment ago, too. Look after its driver, and start Tidepool again.");
        return ExitCode::FAILURE;
    }
    let arguments = arguments(std::env::args_os().skip(1), lost.room.as_deref());
    let program = std::env::current_exe().unwrap_or_else(|_| "tidepool".into());
    let mut again = Command::new(program);
    again.args(arguments).env(STARTED_AGAIN, now.as_secs().to_string());
    match again.spawn() {
        Ok(_) => {
            eprintln!("A new window opens.");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("Start Tidepool again: it cannot do so by itself ({why}).");
            ExitCode::FAILURE
        }
    }
}

fn is_too_soon(last: Option<Duration>, now: Duration) -> bool {
    last.is_some_and(|last| now.saturating_sub(last) < ONCE_IN)
}

/// The same arguments, and the room by name where they do not name it: a window that hosts makes up a name.
fn arguments(given: impl Iterator<Item = OsString>, room: Option<&str>) -> Vec<OsString> {
    let mut all: Vec<OsString> = given.collect();
    let names_room = |argument: &OsString| argument.to_string_lossy().starts_with("--room");
    if let Some(room) = room.filter(|_| !all.iter().any(names_room)) {
        all.extend(["--room".into(), room.into()]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_room_is_entered_again() {
        let given = |all: &[&str]| all.iter().map(OsString::from).collect::<Vec<_>>();
        let again = |all: &[&str], room| arguments(given(all).into_iter(), room);
        assert_eq!(again(&["--name", "Anna"], Some("cove")), given(&["--name", "Anna", "--room", "cove"]));
        assert_eq!(again(&["--room", "tide"], Some("tide")), given(&["--room", "tide"]));
        assert_eq!(again(&["--room=tide"], Some("tide")), given(&["--room=tide"]));
        assert_eq!(again(&["--solo"], None), given(&["--solo"]));
    }

    #[test]
    fn a_gpu_that_stays_away_is_not_tried_for_ever() {
        let s = Duration::from_secs;
        assert!(!is_too_soon(None, s(1_000)));
        assert!(is_too_soon(Some(s(1_000)), s(1_030)));
        assert!(!is_too_soon(Some(s(1_000)), s(1_060)));
    }
}
