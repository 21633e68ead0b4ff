//! The interface over the world, in egui: a bar of tools, a line of state, windows for room, scenes, help.

mod acts;
#[cfg(not(target_arch = "wasm32"))]
mod aloud;
#[cfg(target_arch = "wasm32")]
mod buttons;
mod cards;
mod chat;
mod clipboard;
mod cursor;
mod echo;
#[cfg(not(target_arch = "wasm32"))]
mod entering;
mod figures;
mod grabs;
mod hands;
mod icons;
mod letters;
mod lobby;
mod looks;
mod offers;
mod palette;
mod past;
mod people;
mod picture;
mod probe;
mod qr;
mod shapes;
mod shelf;
mod stamp;
mod stamps;
mod status;
mod stencil;
mod stock;
mod strips;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
pub mod theme;
mod thumbnails;
mod welcome;
mod windows;
mod worlds;

#[cfg(target_arch = "wasm32")]
pub use buttons::all as buttons;
pub use looks::ROOM_POINTS;

use crate::camera::Viewport;
use crate::schedule::AppSystems;
use crate::settings::Settings;
use bevy::prelude::*;
use bevy_egui::{EguiContext, EguiContexts, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass, egui};

/// A window's margin below its contents, and a gap to what comes below.
const WINDOW_BELOW_POINTS: f32 = 22.0;
/// A window's margins at its sides, with its distance from the screen's edge.
const WINDOW_ASIDE_POINTS: f32 = 40.0;
/// What scrolls is at least so high, or nothing of it could be read.
const SCROLLED_POINTS_MIN: f32 = 120.0;

/// What is scrolled to is not at the very edge.
const FOCUS_MARGIN: f32 = 6.0;
/// On a screen of this width and less, fingers are expected before one was seen.
const PHONE_POINTS: f32 = 500.0;

/// A low screen that is wider than this has room for choices beside the line at the top.
const LINE_AND_CHOICES_POINTS: f32 = 780.0;

/// What all parts of the interface draw into; they take it from here, so that tests can give them another.
#[derive(Resource)]
struct Screen(egui::Context);

impl Screen {
    /// The view in the interface's own points, in which its painters draw over the world.
    fn view(&self, viewport: &Viewport) -> Viewport {
        viewport.scaled(self.0.zoom_factor())
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        .init_resource::<lobby::Form>()
        .add_systems(Update, palette::reserve.in_set(AppSystems::Input))
        .add_systems(
            EguiPrimaryContextPass,
            (
                begin,
                (
                    echo::show,
                    (
                        strips::show,
                        cursor::sources,
                        grabs::show,
                        hands::show,
                        cursor::show,
                        stencil::show,
                        stamp::show,
                        probe::show,
                    )
                        .chain(),
                    palette::show,
                    (status::show, offers::show, chat::show).chain(),
                    lobby::show,
                    (picture::show, stamps::show, stock::show, acts::show).chain(),
                    worlds::show,
                    (past::show, past::news, windows::help).chain(),
                    welcome::show,
                    welcome::question,
                    figures::show,
                )
                    .chain()
                    .in_set(Drawn)
                    .run_if(resource_exists::<Screen>),
            )
                .chain(),
        );
    app.add_systems(PreUpdate, give_fonts.before(EguiPreUpdateSet::BeginPass));
    #[cfg(not(target_arch = "wasm32"))]
    app.add_systems(
        EguiPrimaryContextPass,
        (aloud::show, entering::lead).chain().after(Drawn).run_if(resource_exists::<Screen>),
    );
}

/// Before anything is written.
fn give_fonts(mut new: Query<&mut EguiContext, Added<EguiContext>>) {
    for mut context in &mut new {
        context.get_mut().set_fonts(theme::fonts());
    }
}

/// All that is drawn of the interface in a frame.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
struct Drawn;

/// Finds the window's context, dresses it when it is new, and makes it as large as it is to be.
fn begin(
    mut contexts: EguiContexts,
    screen: Option<Res<Screen>>,
    settings: Res<Settings>,
    window: Query<&Window>,
    (touches, keys): (Res<Touches>, Res<ButtonInput<KeyCode>>),
    mut used: Local<Used>,
    mut commands: Commands,
) -> Result {
    let context = contexts.ctx_mut()?;
    if let Ok(window) = window.single() {
        // From the next frame on; nothing happens where it is so already.
        context.set_zoom_factor(looks::scale(&settings, window.size()));
    }
    if screen.is_none_or(|screen| screen.0 != *context) {
        theme::apply(context);
        commands.insert_resource(Screen(context.clone()));
    }
    letters::draw_ahead(context);
    // A phone's keyboard, which comes with a field, has no key that does something else.
    let key = keys.get_just_pressed().next().is_some() && !context.egui_wants_keyboard_input();
    used.see(touches.any_just_pressed(), key);
    let narrow = context.content_rect().size().min_elem() < PHONE_POINTS;
    theme::fit_to_fingers(context, used.fingers.unwrap_or(narrow));
    words::name_keys(used.has_keys(narrow));
    Ok(())
}

/// What the interface was used with so far.
#[derive(Debug, Default)]
struct Used {
    /// Fingers, or else keys; nothing yet.
    fingers: Option<bool>,
    /// There is a keyboard.
    keys: bool,
}

impl Used {
    /// A finger or a key went down.
    fn see(&mut self, finger: bool, key: bool) {
        self.keys |= key;
        // What was used last says what it is; a keyboard can be had by a phone, too.
        if finger {
            self.fingers = Some(true);
        } else if key {
            self.fingers.get_or_insert(false);
        }
    }

    /// Whether it is of use to name keys: where fingers were seen, or are expected, not before a key was.
    fn has_keys(&self, narrow: bool) -> bool {
        self.keys || !self.fingers.unwrap_or(narrow)
    }
}

/// A window that fits a phone as well as a desktop, at the top right.
fn side_window<'a>(ctx: &egui::Context, title: &'a str, open: &'a mut bool) -> egui::Window<'a> {
    let screen = ctx.content_rect();
    let width = (screen.width() - 40.0).min(330.0);
    let left = screen.right() - width - WINDOW_ASIDE_POINTS;
    // On a phone, where they would lie upon each other, below the line at the top.
    let line = ctx.memory(|memory| memory.area_rect(status::STATUS)).filter(|line| line.right() > left);
    let top = line.map_or(58.0, |line| line.bottom() + 6.0);
    egui::Window::new(title)
        .open(open)
        .anchor(egui::Align2::RIGHT_TOP, [-10.0, top])
        .default_width(width)
        .max_width(width)
        // Not egui's own bound, which would stay as it was on a screen that is turned: a window is as high as its contents,
        // and those are bounded by `scrolled`.
        .min_height(screen.height())
        .resizable(false)
        .collapsible(false)
}

/// What is left below here for a window that hangs from the top: down to the palette where it is in the way, or else to
/// the screen's edge.
fn height_below(ui: &egui::Ui) -> f32 {
    let across = ui.max_rect().x_range();
    let palette = ui.ctx().memory(|memory| memory.area_rect(palette::AREA));
    let in_the_way = palette.filter(|area| area.x_range().intersects(across));
    let bottom = in_the_way.map_or(ui.ctx().content_rect().bottom(), |area| area.top());
    bottom - ui.cursor().top() - WINDOW_BELOW_POINTS
}

/// Where that lies which can be done with what hangs at the pointer: below the line at the top or, on a phone, above the bar, in
/// thumb's reach, where no notice covers it.
fn place_of_choices(ctx: &egui::Context) -> (egui::Align2, [f32; 2]) {
    let screen = ctx.content_rect();
    let bar = ctx.memory(|memory| memory.area_rect(palette::AREA));
    // On its side there is room between that line and its buttons, and none to lose of the world.
    if screen.height() < PHONE_POINTS && screen.width() > LINE_AND_CHOICES_POINTS {
        return (egui::Align2::CENTER_TOP, [0.0, 10.0]);
    }
    match bar.filter(|_| screen.width().min(screen.height()) < PHONE_POINTS) {
        Some(bar) => (egui::Align2::CENTER_BOTTOM, [0.0, bar.top() - screen.bottom() - 8.0]),
        None => (egui::Align2::CENTER_TOP, [0.0, 64.0]),
    }
}

/// What the bars leave of the screen to a window in the middle.
fn height_between(ui: &egui::Ui) -> f32 {
    ui.ctx().content_rect().height() - 240.0
}

/// What is in a window: as high as its contents, up to this height; then it scrolls, and shows that it does.
fn scrolled(ui: &mut egui::Ui, height: f32, contents: impl FnOnce(&mut egui::Ui)) {
    #[cfg(not(target_arch = "wasm32"))]
    entering::is_window(ui);
    ui.spacing_mut().scroll =
        egui::style::ScrollStyle { bar_width: 6.0, foreground_color: true, ..egui::style::ScrollStyle::solid() };
    egui::ScrollArea::vertical().max_height(height.max(SCROLLED_POINTS_MIN)).auto_shrink([false, true]).show(
        ui,
        |ui| {
            contents(ui);
            show_focused(ui);
        },
    );
}

/// Scrolls to what got the keys, where that lies in here.
fn show_focused(ui: &mut egui::Ui) {
    let (id, focused) = (ui.id().with("focused"), ui.memory(|memory| memory.focused()));
    let before = ui.data(|data| data.get_temp::<Option<egui::Id>>(id)).flatten();
    ui.data_mut(|data| data.insert_temp(id, focused));
    let Some(response) = focused.filter(|_| focused != before).and_then(|id| ui.ctx().read_response(id)) else {
        return;
    };
    // A window's own buttons lie above what scrolls.
    if response.layer_id == ui.layer_id() && ui.min_rect().contains_rect(response.rect) {
        ui.scroll_to_rect(response.rect.expand(FOCUS_MARGIN), None);
    }
}

#[cfg(test)]
mod used {
    use super::Used;

    #[test]
    fn keys_are_named_where_there_are_no_fingers_or_a_keyboard_was_seen() {
        let mut used = Used::default();
        assert_eq!([used.has_keys(false), used.has_keys(true)], [true, false]);
        used.see(true, false);
        assert_eq!((used.fingers, used.has_keys(false)), (Some(true), false));
        used.see(false, true);
        used.see(true, false);
        assert_eq!((used.fingers, used.has_keys(true)), (Some(true), true), "a tablet with a keyboard");
    }
}
