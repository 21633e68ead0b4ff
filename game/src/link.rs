//! The only place that touches the driver: starts it, sends it what the player asks, and turns its events
//! into resources that the rest of the app reads. Changing rooms is ending one driver and starting another.

use crate::AppSystems;
use crate::notices::Notices;
use crate::power::{self, Power};
use crate::settings::Settings;
use bevy::prelude::*;
use driver::scene_file;
use driver::share::Share;
use driver::{DriverConfig, Event, Handle, Place};
use room::api::{Event as RoomEvent, PeerId, Profile, Request, Status};
use sim_kernels::command::Command;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use sim_kernels::view::ViewTile;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(target_arch = "wasm32"))]
use std::time::Duration;
use words::english;

/// The most events taken in one frame: a frame is never held up by a flood.
const EVENTS_A_FRAME_MAX: usize = 256;
/// A driver that was asked to leave is dropped after this long, in seconds.
const LEAVE_S: f32 = 3.0;
/// A share counts when it has not changed for this long, in seconds.
const SHARE_SETTLED_S: f32 = 0.4;
/// What a player without a name is called.
pub const NAMELESS: &str = "guest";
/// What plays when nothing else is asked for.
const FIRST_SCENE: &str = "fountain";

/// What the program was started with.
#[derive(Resource, Clone, Debug, Default)]
pub struct Options {
    /// The room to join; none opens one of this player's own (a desktop) or plays alone (a page).
    pub room: Option<String>,
    /// The signaling server; none hosts one (a desktop).
    pub signaling: Option<String>,
    /// The scene to open with, by name (a desktop: or by file).
    pub scene: Option<String>,
    /// The saved world to open with, instead of a scene.
    pub save: Option<Vec<u8>>,
    /// `auto`, `cpu`, `gpu`, or a part of an adapter's name.
    pub backend: Option<String>,
    /// How much of this device to lend; none takes the one of the settings.
    pub share: Option<Share>,
    /// The player's name; none takes the one of the settings.
    pub name: Option<String>,
    /// Never connect.
    pub solo: bool,
    /// Whose certificates to believe beside the public authorities' (a desktop).
    pub trust: driver::net::trust::Trust,
}

/// The room's newest status.
#[derive(Resource, Default, Debug)]
pub struct RoomStatus(pub Status);

/// The room's newest globals.
#[derive(Resource, Default, Debug)]
pub struct RoomGlobals(pub Option<Box<Globals>>);

/// New view tiles of one region.
#[derive(Message, Debug)]
pub struct Frame {
    /// When it looked like this.
    pub tick: u64,
    /// Which part of the world.
    pub region: Rect,
    /// Whether absent tiles are empty.
    pub full: bool,
    /// The tiles.
    pub tiles: Vec<ViewTile>,
}

/// Commands of this player that the room applies at the start of this tick.
#[derive(Message, Debug)]
pub struct Applied {
    /// When.
    pub tick: u64,
    /// What.
    pub commands: Vec<Command>,
}

/// The running driver.
#[derive(Resource, Default)]
pub struct Link {
    handle: Option<Handle>,
    leaving: Vec<(Handle, f32)>,
    /// What is to be played next: taken up by [`open`].
    wanted: Option<Place>,
    place: Option<Place>,
    /// The room that could not be entered, to be tried again.
    missed: Option<Place>,
    /// This program's own server has no page to give to browsers.
    lacks_page: bool,
    /// The server that rooms are looked for at.
    signaling: Option<String>,
    me: Option<PeerId>,
    founder: bool,
    /// What computes here.
    backend: String,
    connecting: Option<String>,
    solo: bool,
    told: Option<Profile>,
    /// The world that this player opened is to go on from the save that the program was started with.
    opens_save: bool,
    /// A command of this player is on its way, and the room has not applied it yet.
    waits: AtomicBool,
    /// The share that the driver knows, the one that is asked for, and since when.
    share: Share,
    share_wanted: (Share, f32),
    #[cfg(not(target_arch = "wasm32"))]
    hosting: Option<signaling::Running>,
}

impl Link {
    /// Asks something of the room; the answer comes as an event.
    pub fn send(&self, request: Request) {
        if matches!(request, Request::Command(_)) {
            self.waits.store(true, Ordering::Relaxed);
        }
        if let Some(handle) = &self.handle
            && !handle.send(request)
        {
            log::warn!("the driver takes no more requests");
        }
    }

    /// The room one is in or about to enter.
    pub fn room(&self) -> Option<&String> {
        match self.place.as_ref()? {
            Place::Room { room, .. } => Some(room),
            Place::Solo => None,
        }
    }

    /// Whether something that this player did is not in the world yet.
    pub fn has_waiting(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    /// Whether this player opened the room.
    pub fn is_founder(&self) -> bool {
        self.founder
    }

    /// Whether this program hosts its room without a page: then browsers cannot join by the link.
    pub fn lacks_page(&self) -> bool {
        self.lacks_page
    }

    /// Whether the player chose to stay alone.
    pub fn is_solo(&self) -> bool {
        self.solo
    }

    /// Where one is, in words.
    pub fn place(&self) -> String {
        self.room().map_or_else(|| "Playing alone".into(), |room| format!("Room {room}"))
    }

    /// What computes here: "CPU, 2 threads".
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// What is going on while there is no room yet.
    pub fn connecting(&self) -> Option<&str> {
        self.connecting.as_deref()
    }

    /// Begins another scene in this room.
    pub fn load(&self, name: &str) {
        match scene_file::named(name) {
            Ok(scene) => self.send(Request::Load(scene)),
            Err(error) => log::error!("{error}"),
        }
    }

    /// Tells the driver a changed share once the slider rests: the whole room hears of it.
    fn tell_share(&mut self, share: Share, now: f32) {
        if self.share_wanted.0 != share {
            self.share_wanted = (share, now);
        }
        if self.share != share
            && now - self.share_wanted.1 >= SHARE_SETTLED_S
            && let Some(handle) = &self.handle
        {
            self.share = share;
            handle.share(share);
        }
    }

    /// Leaves this room for another.
    pub fn join(&mut self, room: &str) {
        if let Some(signaling) = self.signaling.clone() {
            self.wanted = Some(Place::Room { signaling, room: room.to_owned() });
        }
    }

    /// Whether there is a room that could not be entered, and that may be tried again.
    pub fn has_missed(&self) -> bool {
        self.missed.is_some()
    }

    /// Tries again to enter the room that could not be entered.
    pub fn try_again(&mut self) {
        self.wanted = self.missed.take();
    }

    /// The program ends: leaves the room in order, or says goodbye at once where that takes longer than `patience`.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn end(&mut self, patience: Duration, goodbye: Duration) {
        let Some(handle) = self.handle.take().filter(|_| self.connecting.is_none()) else { return };
        // Its events are of no use any more.
        let has_ended = |within: Duration| {
            let began = web_time::Instant::now();
            while handle.is_running() && began.elapsed() < within {
                handle.events().for_each(drop);
                std::thread::sleep(Duration::from_millis(5));
            }
            !handle.is_running()
        };
        handle.send(Request::Leave);
        if !has_ended(patience) {
            handle.close();
            has_ended(goodbye);
        }
    }

    /// Where the directory is asked: the signaling server's address, by http.
    pub fn http_base(&self) -> Option<String> {
        let url = self.signaling.as_ref()?.trim_end_matches('/');
        let by_http = url.replacen("ws://", "http://", 1).replacen("wss://", "https://", 1);
        Some(by_http)
    }
}

/// The scenes that come with the program: name and title.
pub fn scenes() -> Vec<(String, String)> {
    let title = |name: &str| scene_file::named(name).map_or_else(|_| name.to_owned(), |scene| scene.title);
    scene_file::BUILT_IN.iter().map(|(name, _)| ((*name).to_owned(), title(name))).collect()
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Link>()
        .init_resource::<RoomStatus>()
        .init_resource::<RoomGlobals>()
        .init_resource::<Notices>()
        .add_message::<Frame>()
        .add_message::<crate::saves::Saved>()
        .add_message::<Applied>()
        .add_systems(Startup, choose)
        .add_systems(Update, (open, receive, introduce).chain().in_set(AppSystems::Receive));
}

/// Where to play first.
fn choose(options: Res<Options>, mut link: ResMut<Link>, mut notices: ResMut<Notices>) {
    link.solo = options.solo;
    link.signaling = options.signaling.clone().filter(|_| !options.solo);
    #[cfg(not(target_arch = "wasm32"))]
    if link.signaling.is_none() && !options.solo {
        match crate::cli::host() {
            Ok((server, has_page)) => {
                link.lacks_page = !has_page;
                link.signaling = server.ws_url();
                link.hosting = Some(server);
            }
            Err(why) => notices.warn(format!("Friends cannot be hosted: {why}"), 0.0),
        }
    }
    #[cfg(target_arch = "wasm32")]
    let _ = &mut notices;
    let own_room = (!cfg!(target_arch = "wasm32")).then(room_name);
    let room = options.room.clone().or(own_room).filter(|_| !options.solo);
    link.wanted = Some(match (link.signaling.clone(), room) {
        (Some(signaling), Some(room)) => Place::Room { signaling, room },
        _ => Place::Solo,
    });
}

/// What a room begins with that this player opens.
fn first_scene(options: &Options) -> Result<Scene, String> {
    if let Some(save) = &options.save {
        return room::save::head(save).map(|head| head.scene).map_err(|error| english().save_error(error));
    }
    let name = options.scene.as_deref().unwrap_or(FIRST_SCENE);
    #[cfg(not(target_arch = "wasm32"))]
    let scene = scene_file::read(name);
    #[cfg(target_arch = "wasm32")]
    let scene = scene_file::named(name);
    scene.map_err(|error| error.to_string())
}

/// Ends the driver of the old place and starts one for the new.
pub(crate) fn open(
    mut link: ResMut<Link>,
    options: Res<Options>,
    settings: Res<Settings>,
    mut power: ResMut<Power>,
    mut status: ResMut<RoomStatus>,
    mut globals: ResMut<RoomGlobals>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs();
    link.bypass_change_detection().leaving.retain(|(handle, since)| handle.is_running() && now - since < LEAVE_S);
    let Some(place) = link.bypass_change_detection().wanted.take() else { return };
    if let Some(old) = link.handle.take() {
        old.send(Request::Leave);
        link.leaving.push((old, now));
    }
    let scene = match first_scene(&options).or_else(|error| {
        notices.warn(error, now);
        scene_file::named(FIRST_SCENE).map_err(|error| error.to_string())
    }) {
        Ok(scene) => scene,
        Err(error) => return notices.warn(error, now),
    };
    let mut config = DriverConfig::new(player_name(&options, &settings), scene);
    config.place = place.clone();
    config.trust = options.trust.clone();
    power.enter(settings.power_saver, place == Place::Solo);
    // Who founds the room computes from the first tick; nobody is to be alarmed before there is anybody.
    config.lend = power::lends(settings.lend, false, power.is_saving(), place == Place::Solo);
    config.lend_alone = true;
    config.share = settings.share();
    link.share = config.share;
    match options.backend.as_deref().unwrap_or("auto").parse() {
        Ok(choice) => config.backend = choice,
        Err(why) => notices.warn(format!("backend: {why}"), now),
    }
    #[cfg(target_arch = "wasm32")]
    {
        config.worker = crate::web::worker_factory();
    }
    if place != Place::Solo {
        link.missed = None;
    }
    link.connecting = Some(match &place {
        Place::Solo => "starting".into(),
        Place::Room { room, .. } => format!("entering {room}"),
    });
    (link.told, link.me, link.founder) = (None, None, false);
    link.waits.store(false, Ordering::Relaxed);
    link.opens_save = options.save.is_some();
    let handle = driver::start(config);
    #[cfg(target_arch = "wasm32")]
    {
        crate::web::show_room(&place);
        driver::web::register(&handle);
    }
    link.handle = Some(handle);
    link.place = Some(place);
    status.0 = Status::default();
    globals.0 = None;
}

pub(crate) fn receive(
    mut link: ResMut<Link>,
    mut status: ResMut<RoomStatus>,
    mut globals: ResMut<RoomGlobals>,
    mut notices: ResMut<Notices>,
    mut frames: MessageWriter<Frame>,
    mut saved: MessageWriter<crate::saves::Saved>,
    mut applied: MessageWriter<Applied>,
    time: Res<Time>,
) {
    let link = link.bypass_change_detection();
    let now = time.elapsed_secs();
    let Some(handle) = link.handle.clone() else { return };
    for _ in 0..EVENTS_A_FRAME_MAX {
        let Some(event) = handle.try_recv() else { break };
        match event {
            Event::Backend { name, .. } => link.backend = name,
            Event::Joined { me, founder, room } => {
                (link.me, link.founder) = (Some(me), founder);
                // Whoever joins again goes on with what is there.
                link.opens_save &= founder;
                link.connecting = None;
                if let Some(Place::Room { room: name, .. }) = &mut link.place {
                    *name = room;
                    notices.refused = None;
                }
            }
            Event::Applied { tick, commands } => {
                link.waits.store(false, Ordering::Relaxed);
                applied.write(Applied { tick, commands });
            }
            Event::Room(RoomEvent::Status(new)) => {
                // What a running room has not applied by now it never will.
                if !new.paused && !status.0.paused {
                    link.waits.store(false, Ordering::Relaxed);
                }
                status.0 = *new;
            }
            Event::Room(RoomEvent::Globals(new)) => globals.0 = Some(new),
            Event::Room(RoomEvent::View { tick, region, full, tiles }) => {
                frames.write(Frame { tick, region, full, tiles });
            }
            Event::Room(RoomEvent::Saved(bytes)) => {
                saved.write(crate::saves::Saved(bytes));
            }
            Event::Room(RoomEvent::Notice(notice)) => notices.room_says(&notice, &status.0, now),
            Event::Notice(notice) => notices.say(english().driver_notice(&notice, &status.0), now),
            Event::Room(RoomEvent::Refused(why)) => fall_back(link, &mut notices, &english().refusal(&why).text),
            Event::Room(RoomEvent::Left | RoomEvent::Agreed(_)) | Event::Ended => {}
            Event::Failed(why) => fall_back(link, &mut notices, &english().driver_error(&why).text),
        }
    }
}

/// There is no such room for this peer: says why and plays alone, so that the window is never dead.
fn fall_back(link: &mut Link, notices: &mut Notices, why: &str) {
    let was_solo = link.place == Some(Place::Solo);
    notices.refused = Some(match link.room() {
        Some(room) => format!("You are not in room {room}: {}.{}", why.trim_end_matches('.'), next_step(why)),
        None => format!("Nothing can be computed here: {why}"),
    });
    link.connecting = None;
    if !was_solo {
        link.missed = link.place.clone();
        link.wanted = Some(Place::Solo);
    }
}

/// What to look after where a server could not be talked to.
fn next_step(why: &str) -> &'static str {
    let unreached = ["cannot be reached", "does not answer", "no address"].iter().any(|words| why.contains(words));
    if !unreached {
        return "";
    }
    if cfg!(target_arch = "wasm32") {
        " Check that its program still runs and that this device is on its network."
    } else {
        " Check that the server runs, that the address is right, and that this machine is on its network."
    }
}

/// Tells the room a changed name or choice about lending.
pub(crate) fn introduce(
    mut link: ResMut<Link>,
    options: Res<Options>,
    settings: Res<Settings>,
    power: Res<Power>,
    status: Res<RoomStatus>,
    time: Res<Time>,
) {
    let link = link.bypass_change_detection();
    link.tell_share(settings.share(), time.elapsed_secs());
    let Some(me) = status.0.people.iter().find(|p| p.me) else { return };
    // There must be a world before another can take its place.
    if status.0.tick > 0
        && std::mem::take(&mut link.opens_save)
        && let Some(save) = &options.save
    {
        link.send(Request::Restore(save.clone()));
    }
    let alone = link.place == Some(Place::Solo) || is_alone(&status.0);
    let lend = power::lends(settings.lend, link.founder, power.is_saving(), alone);
    let profile = Profile { name: player_name(&options, &settings), lend, ..me.profile.clone() };
    let known = link.told.as_ref().unwrap_or(&me.profile);
    if (&known.name, known.lend) != (&profile.name, profile.lend) {
        link.send(Request::Profile(profile.clone()));
    }
    link.told = Some(profile);
}

/// Nobody else is in the room. One who is still on the way in knows of nobody either, and is not its host.
pub fn is_alone(status: &Status) -> bool {
    matches!(&status.people[..], [one] if one.me && one.host)
}

fn player_name(options: &Options, settings: &Settings) -> String {
    chosen_name(options, settings).unwrap_or_else(|| NAMELESS.into())
}

/// The name that the player goes by, if any was ever chosen: the command line's before the settings'.
pub fn chosen_name(options: &Options, settings: &Settings) -> Option<String> {
    let chosen = [&settings.name, options.name.as_ref().unwrap_or(&settings.name)];
    chosen.into_iter().map(|n| Settings::tidy_name(n)).rfind(|n| !n.is_empty())
}

/// A name for a room of one's own that can be read aloud.
fn room_name() -> String {
    const FIRST: [&str; 8] = ["amber", "coral", "clear", "deep", "green", "quiet", "silver", "warm"];
    const SECOND: [&str; 8] = ["bay", "brook", "cove", "lagoon", "pool", "reef", "spring", "tide"];
    let nanos = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
    let mixed = nanos.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let pick = |list: [&'static str; 8], shift: u32| list[(mixed >> shift) as usize % 8];
    format!("{}-{}-{}", pick(FIRST, 0), pick(SECOND, 8), mixed >> 16 & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_names_the_player_before_the_settings() {
        let settings = Settings { name: "Anna".into(), ..Settings::default() };
        assert_eq!(player_name(&Options::default(), &settings), "Anna");
        let options = Options { name: Some("Ben".into()), ..Options::default() };
        assert_eq!(player_name(&options, &settings), "Ben");
        assert_eq!(player_name(&Options::default(), &Settings::default()), "guest");
    }

    /// The whole way without a window: the driver plays a scene, the resources fill, a command shows.
    #[test]
    fn a_solo_room_plays_and_takes_commands() {
        use sim_kernels::command::{Command, Stroke};
        let scene = Some("dam-break".into());
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(Options { solo: true, scene, backend: Some("cpu".into()), ..Options::default() })
            .insert_resource(Settings::default())
            .init_resource::<Power>()
            .add_plugins(plugin);
        let until = |app: &mut App, what: &str, done: &dyn Fn(&World) -> bool| {
            for _ in 0..3000 {
                app.update();
                if done(app.world()) {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            panic!("{what}: {:?}", app.world().resource::<RoomStatus>().0);
        };
        let particles = |world: &World| world.resource::<RoomStatus>().0.particles;
        until(&mut app, "a world", &|world| world.resource::<RoomGlobals>().0.is_some());
        until(&mut app, "water that moves", &|world| particles(world) > 0 && world.resource::<RoomStatus>().0.tick > 2);
        until(&mut app, "a view frame", &|world| !world.resource::<Messages<Frame>>().is_empty());
        let before = particles(app.world());
        let size = app.world().resource::<RoomGlobals>().0.as_ref().unwrap().size();
        let at = [size.width / 2, size.height - 20];
        let stroke = Stroke { from: at, to: at, radius: 6 };
        let pour = Command::Pour { stroke, material: 0, velocity: [0, 0] };
        app.world().resource::<Link>().send(Request::Command(pour));
        until(&mut app, "more water", &|world| particles(world) > before);
    }

    #[test]
    fn the_first_scene_and_all_titles_exist() {
        assert!(scene_file::named(FIRST_SCENE).is_ok());
        assert!(scenes().iter().all(|(name, title)| !title.is_empty() && scene_file::named(name).is_ok()));
    }

    #[test]
    fn a_room_that_cannot_be_entered_is_told_with_what_to_do_and_can_be_tried_again() {
        let place = Place::Room { signaling: "ws://127.0.0.1:1".into(), room: "tide".into() };
        let mut link = Link { place: Some(place.clone()), ..Link::default() };
        let mut notices = Notices::default();
        fall_back(
            &mut link,
            &mut notices,
            "the signaling server at 127.0.0.1:1 cannot be reached: no server listens there",
        );
        assert!(notices.refused.unwrap().contains("Check that the server runs"));
        assert_eq!(link.wanted, Some(Place::Solo));
        assert!(link.has_missed());
        link.try_again();
        assert_eq!((link.wanted.as_ref(), link.has_missed()), (Some(&place), false));
        assert_eq!(next_step("this room is full"), "");
    }

    #[test]
    fn the_directory_is_asked_by_http() {
        let link = Link { signaling: Some("ws://127.0.0.1:3536/".into()), ..Link::default() };
        assert_eq!(link.http_base().unwrap(), "http://127.0.0.1:3536");
    }
}
