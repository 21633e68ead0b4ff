//! One save at a time: the room makes no two at once. A player who asks for one while the program has another made gets the next,
//! since the first may not have what was drawn last. What the program wants it takes out of the one that comes.

/// The room has said by then that nothing came of it, in seconds.
const MADE_S: f64 = 70.0;
/// A second press within this time is of the same click, in seconds.
const CLICK_S: f64 = 0.6;
/// The room is asked again after this time where it makes one for somebody else, in seconds.
const AGAIN_S: f64 = 0.5;

/// What a save is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// For the player, who asked for it.
    ByPlayer,
    /// For something that the program does.
    ByProgram,
}

/// What was asked of the room, and what is to be.
#[derive(Debug, Default)]
pub(super) struct Saving {
    /// Since when the room makes one, in seconds, and whether the player asked for that.
    made: Option<(f64, bool)>,
    /// Another is to come, and whether the player asked for that.
    next: Option<bool>,
    /// Not before this time, in seconds.
    next_s: f64,
    /// What the room makes is a recording, which keeps it from saving.
    records: bool,
}

impl Saving {
    /// A save is wanted. Answers whether another is made already.
    pub(super) fn want(&mut self, wanted: Wanted, now: f64) -> bool {
        let waits = self.is_busy(now);
        let by_player = wanted == Wanted::ByPlayer;
        if waits && !by_player && !self.records {
            return true;
        }
        if by_player && self.made.is_some_and(|(since, by_player)| by_player && now - since < CLICK_S) {
            return false;
        }
        self.next = Some(self.next.unwrap_or(false) || by_player);
        self.next_s = self.next_s.min(now);
        waits
    }

    /// A recording is asked for.
    pub(super) fn record(&mut self, now: f64) {
        if !self.is_busy(now) {
            (self.made, self.records) = (Some((now, false)), true);
        }
    }

    /// Whether the room is to be asked for a save now.
    pub(super) fn is_due(&mut self, now: f64) -> bool {
        if self.is_busy(now) || now < self.next_s {
            return false;
        }
        let Some(by_player) = self.next.take() else { return false };
        (self.made, self.records) = (Some((now, by_player)), false);
        true
    }

    /// A save came, or word that none will. Answers whether the player asked for it.
    pub(super) fn done(&mut self) -> bool {
        self.made.take().is_some_and(|(_, by_player)| by_player)
    }

    /// The room makes another already. Answers whether that is of no matter, since it is asked again.
    pub(super) fn is_refused(&mut self, now: f64) -> bool {
        if self.records {
            return false;
        }
        let Some((_, by_player)) = self.made.take() else { return false };
        self.next = Some(self.next.unwrap_or(false) || by_player);
        self.next_s = now + AGAIN_S;
        true
    }

    fn is_busy(&self, now: f64) -> bool {
        self.made.is_some_and(|(since, _)| now - since < MADE_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_that_is_wanted_while_another_is_made_comes_next() {
        let mut saving = Saving::default();
        assert!(!saving.is_due(1.0), "none is wanted");
        assert!(!saving.want(Wanted::ByProgram, 1.0) && saving.is_due(1.0));
        assert!(saving.want(Wanted::ByPlayer, 1.2) && saving.want(Wanted::ByPlayer, 1.3) && !saving.is_due(1.4));
        assert!(!saving.done(), "the first has not what was drawn since");
        assert!(saving.is_due(2.0) && !saving.is_due(2.0), "one for both presses");
        assert!(saving.want(Wanted::ByProgram, 2.5), "it has that one");
        assert!(saving.done() && !saving.is_due(3.0));
    }

    #[test]
    fn a_double_click_is_one_save() {
        let mut saving = Saving::default();
        saving.want(Wanted::ByPlayer, 1.0);
        assert!(saving.is_due(1.0) && !saving.want(Wanted::ByPlayer, 1.2) && saving.done() && !saving.is_due(1.3));
    }

    #[test]
    fn where_the_room_makes_one_for_itself_it_is_asked_again() {
        let mut saving = Saving::default();
        saving.want(Wanted::ByPlayer, 1.0);
        assert!(saving.is_due(1.0) && saving.is_refused(1.1) && !saving.is_due(1.2));
        assert!(saving.is_due(1.1 + AGAIN_S) && saving.done());
        // One that never came stands in nobody's way.
        saving.want(Wanted::ByProgram, 5.0);
        assert!(saving.is_due(5.0) && saving.want(Wanted::ByPlayer, 6.0) && !saving.is_due(6.0));
        assert!(saving.is_due(5.0 + MADE_S) && saving.done());
    }

    #[test]
    fn a_recording_is_awaited_and_one_that_is_refused_is_told_of() {
        let mut saving = Saving::default();
        saving.record(1.0);
        assert!(saving.want(Wanted::ByPlayer, 1.1) && !saving.is_due(1.2));
        assert!(!saving.done() && saving.is_due(2.0));
        // While a save is made.
        saving.record(2.1);
        assert!(saving.done());
    }
}
