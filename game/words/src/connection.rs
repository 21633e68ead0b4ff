//! What the driver tells. No match here has a catch-all arm.

use crate::{Names, Sentence, Words, args, quote};
use driver::link::{CONNECT_US, DownReason, SILENCE_US, wire};
use driver::notice::{Detail, DriverError, Notice};
use room::api::PeerId;
use room::notice::Severity;

impl Words {
    /// What the driver tells the player.
    pub fn driver_notice(&self, notice: &Notice, names: &dyn Names) -> Sentence {
        let text = match notice {
            Notice::LinkEnded { who, why } => self.link_ended(self.peer(*who, names), why),
            Notice::Distrusted { who } => self.about("distrusted", self.peer(*who, names)),
            Notice::ServerGone { why } => self.because("server-gone", self.driver_error_text(why)),
            Notice::OutOfReach { name } => self.about("out-of-reach", self.somebody(name.as_str())),
            Notice::ConnectionLost => self.text("connection-lost"),
            Notice::BackInRoom => self.text("back-in-room"),
            Notice::NobodyReachable => self.text("nobody-reachable"),
        };
        Sentence { severity: notice.severity(), text }
    }

    fn peer(&self, who: PeerId, names: &dyn Names) -> String {
        names.name(who).map_or_else(|| self.text("somebody-unknown"), |name| self.somebody(name))
    }

    /// Why the driver cannot begin, or go on.
    pub fn driver_error(&self, error: &DriverError) -> Sentence {
        Sentence { severity: Severity::Problem, text: self.driver_error_text(error) }
    }

    fn driver_error_text(&self, error: &DriverError) -> String {
        match error {
            DriverError::NoThread(detail) => self.quoting("no-thread", detail),
            DriverError::NoBackend { why: _, detail } => self.quoting("no-backend", detail),
            DriverError::KernelsStopped => self.text("kernels-stopped"),
            DriverError::Server(detail) => self.quoting("server", detail),
            DriverError::LostBeforeMeeting(detail) => self.quoting("lost-before-meeting", detail),
        }
    }

    fn quoting(&self, id: &str, detail: &Detail) -> String {
        self.with(id, &args([("detail", quote::detail(detail.as_str()).into())]))
    }

    fn link_ended(&self, who: String, why: &DownReason) -> String {
        let after =
            |id, us: u64| self.with(id, &args([("who", who.as_str().into()), ("seconds", (us / 1_000_000).into())]));
        match why {
            DownReason::Goodbye => self.about("link-goodbye", who),
            DownReason::Silence => after("link-silence", SILENCE_US),
            DownReason::Unreachable => after("link-unreachable", CONNECT_US),
            DownReason::Version(version) => {
                let here = wire::VERSION;
                let parts = [("who", who.into()), ("version", (*version).into()), ("here", here.into())];
                self.with("link-version", &args(parts))
            }
            DownReason::Violation(_) => self.about("link-violation", who),
            DownReason::QueueFull(_) => self.about("link-queue-full", who),
            DownReason::Closed => self.about("link-closed", who),
            DownReason::Renewed => self.about("link-renewed", who),
        }
    }
}
