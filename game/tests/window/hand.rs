//! A hand at mouse and keyboard, and an eye on the screen: X11 with its extension for tests.

use std::path::Path;
use std::time::Duration;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConnectionExt as _, CreateWindowAux,
    EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, Window,
    WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// A person does not do two things within this time, and a slow renderer must see each.
const BEAT: Duration = Duration::from_millis(250);
const LEFT: u8 = 1;
const WHEEL_DOWN: u8 = 5;
/// Shift's key symbol.
const SHIFT: u32 = 0xffe1;

/// See the module's description.
pub struct Hand {
    x: RustConnection,
    root: Window,
    /// The program's.
    window: std::cell::Cell<Window>,
    /// Each key's symbols, without and with Shift, from `first_key` on.
    symbols: Vec<[u32; 2]>,
    first_key: u8,
}

impl Hand {
    pub fn new(display: &str) -> Self {
        let (x, screen) = x11rb::connect(Some(display)).unwrap();
        let setup = x.setup();
        let (root, first_key) = (setup.roots[screen].root, setup.min_keycode);
        let count = setup.max_keycode - first_key + 1;
        let keys = x.get_keyboard_mapping(first_key, count).unwrap().reply().unwrap();
        let each = usize::from(keys.keysyms_per_keycode);
        let symbols = keys.keysyms.chunks(each).map(|key| [key[0], key.get(1).copied().unwrap_or_default()]).collect();
        Self { x, root, window: Default::default(), symbols, first_key }
    }

    /// Finds the program's window, which fills the screen, and gives it the keys, as a desktop does.
    pub fn take_window(&self, [width, height]: [u16; 2]) -> Option<()> {
        let tree = self.x.query_tree(self.root).unwrap().reply().unwrap();
        let window = tree.children.into_iter().find(|&window| {
            let shown = self.x.get_window_attributes(window).unwrap().reply();
            let size = self.x.get_geometry(window).unwrap().reply();
            shown.is_ok_and(|shown| shown.map_state == MapState::VIEWABLE)
                && size.is_ok_and(|size| size.width.abs_diff(width) < 2 && size.height.abs_diff(height) < 2)
        })?;
        self.window.set(window);
        self.x.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
        self.x.sync();
        Some(())
    }

    /// Asks the window to close.
    pub fn close_window(&self) {
        let [protocols, delete] = ["WM_PROTOCOLS", "WM_DELETE_WINDOW"].map(|name| self.atom(name));
        let window = self.window.get();
        let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.x.send_event(false, window, EventMask::NO_EVENT, message).unwrap();
        self.x.sync();
    }

    pub fn move_to(&self, [x, y]: [i16; 2]) {
        self.x.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, self.root, x, y, 0).unwrap();
        self.x.sync();
        std::thread::sleep(BEAT);
    }

    pub fn click(&self, at: [i16; 2]) {
        self.move_to(at);
        self.button(BUTTON_PRESS_EVENT, LEFT);
        self.button(BUTTON_RELEASE_EVENT, LEFT);
    }

    /// Two notches of the wheel, down.
    pub fn turn_wheel(&self, at: [i16; 2]) {
        self.move_to(at);
        for _ in 0..2 {
            self.button(BUTTON_PRESS_EVENT, WHEEL_DOWN);
            self.button(BUTTON_RELEASE_EVENT, WHEEL_DOWN);
        }
    }

    /// Along a line, with the button down.
    pub fn drag(&self, from: [i16; 2], to: [i16; 2]) {
        const STEPS: i16 = 8;
        self.move_to(from);
        self.button(BUTTON_PRESS_EVENT, LEFT);
        for step in 1..=STEPS {
            let on = |axis: usize| from[axis] + (to[axis] - from[axis]) * step / STEPS;
            self.move_to([on(0), on(1)]);
        }
        self.button(BUTTON_RELEASE_EVENT, LEFT);
    }

    fn button(&self, what: u8, button: u8) {
        self.x.xtest_fake_input(what, button, 0, self.root, 0, 0, 0).unwrap();
        self.x.sync();
        std::thread::sleep(BEAT);
    }

    /// Presses a key by its symbol.
    pub fn key(&self, symbol: u32) {
        let place = |symbol| self.symbols.iter().position(|key| key.contains(&symbol)).map(|place| place as u8);
        let key = place(symbol).unwrap_or_else(|| panic!("no key has {symbol:#x}"));
        let shifted = self.symbols[usize::from(key)][0] != symbol;
        let shift = place(SHIFT).filter(|_| shifted);
        let press = |what, key: u8| {
            self.x.xtest_fake_input(what, self.first_key + key, 0, self.root, 0, 0, 0).unwrap();
            self.x.sync();
            std::thread::sleep(BEAT / 4);
        };
        shift.into_iter().for_each(|shift| press(KEY_PRESS_EVENT, shift));
        press(KEY_PRESS_EVENT, key);
        press(KEY_RELEASE_EVENT, key);
        shift.into_iter().for_each(|shift| press(KEY_RELEASE_EVENT, shift));
    }

    /// Types letters of the Latin alphabet.
    pub fn write(&self, text: &str) {
        text.chars().for_each(|letter| self.key(letter.into()));
    }

    /// What the program put into the clipboard.
    pub fn clipboard(&self) -> Option<String> {
        let [clipboard, text, place] = ["CLIPBOARD", "UTF8_STRING", "TIDEPOOL_TEST"].map(|name| self.atom(name));
        let own = self.x.generate_id().unwrap();
        let (input, values) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
        self.x.create_window(0, own, self.root, 0, 0, 1, 1, 0, input, 0, &values).unwrap();
        self.x.convert_selection(own, clipboard, text, place, x11rb::CURRENT_TIME).unwrap();
        self.x.flush().unwrap();
        for _ in 0..40 {
            std::thread::sleep(BEAT / 4);
            if let Some(Event::SelectionNotify(told)) = self.x.poll_for_event().unwrap() {
                let found = self.x.get_property(true, own, told.property, AtomEnum::ANY, 0, 1024).unwrap().reply();
                return found.ok().and_then(|found| String::from_utf8(found.value).ok());
            }
        }
        None
    }

    fn atom(&self, name: &str) -> u32 {
        self.x.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    /// Writes what the screen shows.
    pub fn picture(&self, path: &Path) {
        let size = self.x.get_geometry(self.root).unwrap().reply().unwrap();
        let (width, height) = (size.width, size.height);
        let seen = self.x.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, u32::MAX).unwrap();
        let seen = seen.reply().unwrap().data;
        // Blue first, and a byte that means nothing.
        let pixels: Vec<u8> = seen.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        let file = std::fs::File::create(path).unwrap();
        let mut encoder = png::Encoder::new(file, width.into(), height.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    }
}

/// All that was asked has happened.
trait Sync {
    fn sync(&self);
}

impl Sync for RustConnection {
    fn sync(&self) {
        self.get_input_focus().unwrap().reply().unwrap();
    }
}
