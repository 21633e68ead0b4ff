//! Which windows of the interface are open: keys and buttons open and close them alike.

use bevy::prelude::*;

/// Which windows are open.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct Panels {
    /// Room and people.
    pub room: bool,
    /// Scene picker.
    pub scenes: bool,
    /// Help.
    pub help: bool,
}

impl Panels {
    /// Opens or closes the room's window; it and help lie in one place.
    pub fn toggle_room(&mut self) {
        self.room = !self.room;
        self.help &= !self.room;
    }

    /// Opens or closes help.
    pub fn toggle_help(&mut self) {
        self.help = !self.help;
        self.room &= !self.help;
    }

    /// Closes all.
    pub fn close(&mut self) {
        *self = Self::default();
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Panels>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_the_room_are_never_open_together() {
        let mut panels = Panels::default();
        panels.toggle_room();
        panels.toggle_help();
        assert_eq!(panels, Panels { help: true, ..Panels::default() });
        panels.toggle_room();
        assert_eq!(panels, Panels { room: true, ..Panels::default() });
        panels.close();
        assert_eq!(panels, Panels::default());
    }
}
