//! Keys that went down in this frame, in their order, each with what was held at that moment. Where frames are slow a key goes down
//! and up within one of them, Ctrl and a letter together, and twice at times: `ButtonInput` then knows of one press, with nothing held.

use crate::schedule::AppSystems;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

/// With these held, letters are somebody else's.
pub(crate) const CONTROL: [KeyCode; 4] =
    [KeyCode::ControlLeft, KeyCode::ControlRight, KeyCode::SuperLeft, KeyCode::SuperRight];
pub(crate) const SHIFT: [KeyCode; 2] = [KeyCode::ShiftLeft, KeyCode::ShiftRight];
/// Many keyboards print brackets by it, and Windows tells it as this and Ctrl.
const ALT_GR: KeyCode = KeyCode::AltRight;
/// Where these are held a browser on a Mac does not tell that another key was let go.
const SUPER: [KeyCode; 2] = [KeyCode::SuperLeft, KeyCode::SuperRight];

/// A key that went down.
#[derive(Clone, Debug)]
pub(crate) struct Press {
    /// By its place on the keyboard.
    pub place: KeyCode,
    printed: Key,
    /// One of [`CONTROL`] was held.
    control: bool,
    /// One of [`SHIFT`] was held.
    pub shift: bool,
    /// [`ALT_GR`] was held: it is only what is printed.
    alt_gr: bool,
}

impl Press {
    /// Whether it is this key: a letter by what is printed on it, where that is a Latin one, and by its place otherwise; a digit by
    /// its place in the row, where some layouts print other signs, or on the number pad.
    pub fn is(&self, key: KeyCode) -> bool {
        if self.alt_gr {
            return false;
        }
        let name = format!("{key:?}");
        if let (Some(letter), Some(printed)) = (name.strip_prefix("Key"), self.printed())
            && printed.len() == 1
            && printed.as_bytes()[0].is_ascii_alphabetic()
        {
            return printed.eq_ignore_ascii_case(letter);
        }
        let on_pad = |digit| format!("{:?}", self.place).strip_prefix("Numpad") == Some(digit);
        self.place == key || name.strip_prefix("Digit").is_some_and(on_pad)
    }

    /// A press with nothing held.
    #[cfg(test)]
    pub fn of(place: KeyCode, printed: Option<&str>) -> Self {
        let unknown = Key::Unidentified(bevy::input::keyboard::NativeKey::Unidentified);
        let printed = printed.map_or(unknown, |text| Key::Character(text.into()));
        Self { place, printed, control: false, shift: false, alt_gr: false }
    }

    /// What is printed on it, where that is a character.
    pub fn printed(&self) -> Option<&str> {
        match &self.printed {
            Key::Character(text) => Some(text),
            _ => None,
        }
    }
}

/// What changes the meaning of other keys.
fn held_keys() -> impl Iterator<Item = KeyCode> {
    CONTROL.into_iter().chain(SHIFT).chain([ALT_GR])
}

/// The presses of this frame.
#[derive(Resource, Debug, Default)]
pub(crate) struct Presses {
    all: Vec<Press>,
    /// What is held at its end.
    held: Vec<KeyCode>,
}

impl Presses {
    /// Those with nothing held but perhaps Shift.
    pub fn plain(&self) -> impl Iterator<Item = &Press> {
        self.all.iter().filter(|press| !press.control)
    }

    /// Those with Ctrl held, or what a Mac has for it.
    pub fn with_control(&self) -> impl Iterator<Item = &Press> {
        self.all.iter().filter(|press| press.control)
    }

    fn take(&mut self, event: &KeyboardInput) {
        match event.state {
            ButtonState::Pressed if held_keys().any(|key| key == event.key_code) => self.held.push(event.key_code),
            ButtonState::Pressed if event.repeat => {}
            ButtonState::Pressed => {
                let holds = |some: &[KeyCode]| self.held.iter().any(|held| some.contains(held));
                let (alt_gr, shift) = (holds(&[ALT_GR]), holds(&SHIFT));
                let control = holds(&CONTROL) && !alt_gr;
                self.all.push(Press {
                    place: event.key_code,
                    printed: event.logical_key.clone(),
                    control,
                    shift,
                    alt_gr,
                });
            }
            ButtonState::Released => self.held.retain(|held| *held != event.key_code),
        }
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Presses>().add_systems(Update, gather.in_set(AppSystems::Input));
}

fn gather(
    mut presses: ResMut<Presses>,
    mut events: MessageReader<KeyboardInput>,
    mut keys: ResMut<ButtonInput<KeyCode>>,
) {
    presses.all.clear();
    events.read().for_each(|event| presses.take(event));
    if keys.any_just_released(SUPER) {
        keys.release_all();
    }
    // A window that loses the keyboard is not told of what is let go elsewhere.
    presses.held.clear();
    presses.held.extend(held_keys().filter(|key| keys.pressed(*key)));
}

/// For the tests of what reads keys: windows that are told of them as a real one is.
#[cfg(test)]
pub(crate) mod fingers {
    use super::*;
    use bevy::input::InputPlugin;

    /// Reads keys.
    pub(crate) fn plugin(app: &mut App) {
        app.add_plugins((InputPlugin, crate::schedule::plugin, super::plugin));
    }

    fn tell(app: &mut App, of: Press, state: ButtonState) {
        let (key_code, logical_key, window) = (of.place, of.printed, Entity::PLACEHOLDER);
        app.world_mut().write_message(KeyboardInput {
            key_code,
            logical_key,
            state,
            text: None,
            repeat: false,
            window,
        });
    }

    /// A key goes down.
    pub(crate) fn down(app: &mut App, key: KeyCode) {
        tell(app, Press::of(key, None), ButtonState::Pressed);
    }

    /// A key goes down, on which something is printed.
    pub(crate) fn down_as(app: &mut App, key: KeyCode, printed: &str) {
        tell(app, Press::of(key, Some(printed)), ButtonState::Pressed);
    }

    /// A key is let go.
    pub(crate) fn up(app: &mut App, key: KeyCode) {
        tell(app, Press::of(key, None), ButtonState::Released);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_what_is_printed_and_a_digit_is_on_the_pad_too() {
        let hits = |wanted: KeyCode, place: KeyCode, printed: Option<&str>| Press::of(place, printed).is(wanted);
        // On a Dvorak keyboard R is where O is on others.
        assert!(hits(KeyCode::KeyR, KeyCode::KeyO, Some("r")) && hits(KeyCode::KeyR, KeyCode::KeyO, Some("R")));
        assert!(!hits(KeyCode::KeyR, KeyCode::KeyR, Some("p")));
        // On a Russian one the place counts.
        assert!(hits(KeyCode::KeyR, KeyCode::KeyR, Some("\u{43a}")) && hits(KeyCode::KeyR, KeyCode::KeyR, None));
        // On a French one digits need Shift.
        assert!(
            hits(KeyCode::Digit1, KeyCode::Digit1, Some("&")) && hits(KeyCode::Digit1, KeyCode::Numpad1, Some("1"))
        );
    }

    /// Which letters were pressed, without Ctrl and with it.
    fn pressed(app: &mut App) -> [Vec<KeyCode>; 2] {
        app.update();
        let presses = app.world().resource::<Presses>();
        [presses.plain().map(|press| press.place).collect(), presses.with_control().map(|press| press.place).collect()]
    }

    #[test]
    fn what_goes_down_and_up_within_one_frame_is_told_in_its_order() {
        let mut app = App::new();
        app.add_plugins(fingers::plugin);
        for _ in 0..2 {
            fingers::down(&mut app, KeyCode::ControlLeft);
            fingers::down(&mut app, KeyCode::KeyS);
            fingers::up(&mut app, KeyCode::KeyS);
            fingers::up(&mut app, KeyCode::ControlLeft);
        }
        fingers::down(&mut app, KeyCode::KeyK);
        assert_eq!(pressed(&mut app), [vec![KeyCode::KeyK], vec![KeyCode::KeyS; 2]]);
        assert_eq!(pressed(&mut app), [vec![], vec![]], "and once");
        // A bracket on a German keyboard.
        fingers::down(&mut app, KeyCode::ControlLeft);
        fingers::down(&mut app, KeyCode::AltRight);
        fingers::down_as(&mut app, KeyCode::Digit8, "[");
        fingers::up(&mut app, KeyCode::AltRight);
        fingers::up(&mut app, KeyCode::ControlLeft);
        assert_eq!(pressed(&mut app), [vec![KeyCode::Digit8], vec![]]);
        let press = app
            .world()
            .resource::<Presses>()
            .plain()
            .next()
            .map(|press| (press.printed().map(str::to_owned), press.is(KeyCode::Digit8)));
        assert_eq!(press, Some((Some("[".to_owned()), false)));
        // Held over frames, as a hand does it.
        fingers::down(&mut app, KeyCode::ControlRight);
        assert_eq!(pressed(&mut app), [vec![], vec![]]);
        fingers::down(&mut app, KeyCode::KeyZ);
        assert_eq!(pressed(&mut app), [vec![], vec![KeyCode::KeyZ]]);
    }

    /// A browser on a Mac tells nothing of a letter that is let go while the command key is held.
    #[test]
    fn a_letter_that_is_never_let_go_is_not_held_after_the_command_key() {
        let mut app = App::new();
        app.add_plugins(fingers::plugin);
        for _ in 0..2 {
            fingers::down(&mut app, KeyCode::SuperLeft);
            fingers::down(&mut app, KeyCode::KeyS);
            assert_eq!(pressed(&mut app), [vec![], vec![KeyCode::KeyS]]);
            fingers::up(&mut app, KeyCode::SuperLeft);
            app.update();
            assert!(!app.world().resource::<ButtonInput<KeyCode>>().pressed(KeyCode::KeyS));
        }
    }
}
