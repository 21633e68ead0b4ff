//! The only place that touches the driver: starts it, sends it what the player asks, and turns its events
//! into resources that the rest of the app reads.

use crate::AppSystems;
use bevy::prelude::*;
use room::api::{Request, Status};
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::view::ViewTile;
use std::collections::VecDeque;

/// The most notices kept for showing.
const NOTICES_MAX: usize = 6;
/// The most events taken in one frame: a frame is never held up by a flood.
const EVENTS_A_FRAME_MAX: usize = 256;

/// What the program was started with.
#[derive(Resource, Clone, Debug, Default)]
pub struct Options {
    /// The room to join; none plays alone until one is chosen.
    pub room: Option<String>,
    /// The signaling server, `ws://` or `wss://`.
    pub signaling: Option<String>,
    /// The scene to open with, by name.
    pub scene: Option<String>,
    /// `auto`, `cpu` or `gpu`.
    pub backend: Option<String>,
    /// The player's name; none takes the one of the settings.
    pub name: Option<String>,
    /// Never connect.
    pub solo: bool,
}

/// The room's newest status.
#[derive(Resource, Default, Debug)]
pub struct RoomStatus(pub Status);

/// The room's newest globals.
#[derive(Resource, Default, Debug)]
pub struct RoomGlobals(pub Option<Box<Globals>>);

/// Lines of text for the player.
#[derive(Resource, Default, Debug)]
pub struct Notices {
    /// Text and when it came, in seconds.
    pub lines: VecDeque<(String, f32)>,
    /// Why this peer cannot be in the room; stays until another room is chosen.
    pub refused: Option<String>,
}

impl Notices {
    /// Adds a line; a repeated one is only renewed.
    pub fn push(&mut self, text: String, now: f32) {
        self.lines.retain(|(old, _)| *old != text);
        self.lines.push_back((text, now));
        while self.lines.len() > NOTICES_MAX {
            self.lines.pop_front();
        }
    }
}

/// New view tiles of one region.
#[derive(Message, Debug)]
pub struct Frame {
    /// Which part of the world.
    pub region: Rect,
    /// Whether absent tiles are empty.
    pub full: bool,
    /// The tiles.
    pub tiles: Vec<ViewTile>,
}

/// The running driver.
#[derive(Resource)]
pub struct Link {
    events: async_channel::Receiver<room::api::Event>,
    demo: async_channel::Sender<Request>,
    room: Option<String>,
    solo: bool,
    http: Option<String>,
}

impl Link {
    /// Asks something of the room; the answer comes as an event.
    pub fn send(&self, request: Request) {
        let _ = self.demo.try_send(request);
    }

    /// The room one is in or about to enter.
    pub fn room(&self) -> Option<&String> {
        self.room.as_ref()
    }

    /// Whether the player chose to stay alone.
    pub fn is_solo(&self) -> bool {
        self.solo
    }

    /// Where one is, in words.
    pub fn place(&self) -> String {
        self.room.as_ref().map_or_else(|| "Tidepool".into(), |room| format!("Room {room}"))
    }

    /// What is going on while there is no room yet.
    pub fn connecting(&self) -> Option<&str> {
        None
    }

    /// Begins another scene in this room.
    pub fn load(&self, name: &str) {
        let _ = name;
    }

    /// Leaves this room for another.
    pub fn join(&mut self, room: &str) {
        self.room = Some(room.to_owned());
    }

    /// Where the directory is asked.
    pub fn http_base(&self) -> Option<String> {
        self.http.clone()
    }
}

/// The scenes that come with the program: name and title.
pub fn scenes() -> Vec<(String, String)> {
    ["dam-break", "fountain", "u-tube", "waterfall"].map(|n| (n.to_owned(), n.to_owned())).to_vec()
}

pub(crate) fn plugin(app: &mut App) {
    let (events_in, events) = async_channel::bounded(64);
    let (demo, requests) = async_channel::bounded(64);
    std::thread::spawn(move || demo::run(events_in, requests));
    app.insert_resource(Link { events, demo, room: Some("tide".into()), solo: false, http: Some("http://127.0.0.1:3999".into()) })
        .init_resource::<RoomStatus>()
        .init_resource::<RoomGlobals>()
        .init_resource::<Notices>()
        .add_message::<Frame>()
        .add_systems(Update, receive.in_set(AppSystems::Receive));
}

pub(crate) fn receive(
    link: Res<Link>,
    mut status: ResMut<RoomStatus>,
    mut globals: ResMut<RoomGlobals>,
    mut notices: ResMut<Notices>,
    mut frames: MessageWriter<Frame>,
    time: Res<Time>,
) {
    use room::api::Event;
    for _ in 0..EVENTS_A_FRAME_MAX {
        let Ok(event) = link.events.try_recv() else { break };
        match event {
            Event::Status(new) => status.0 = *new,
            Event::Globals(new) => globals.0 = Some(new),
            Event::View { region, full, tiles, .. } => {
                frames.write(Frame { region, full, tiles });
            }
            Event::Notice(text) => notices.push(text, time.elapsed_secs()),
            Event::Refused(why) => notices.refused = Some(why),
            Event::Left => {}
        }
    }
}

mod demo {
    use super::*;
    use room::api::Event;
    use sim_kernels::geom::WorldSize;
    use sim_kernels::job::{Job, Load, StepJob};
    pub(super) fn run(events: async_channel::Sender<Event>, requests: async_channel::Receiver<Request>) {
        let size = WorldSize::new(256, 160).unwrap();
        let mut globals = Globals::new(size);
        globals.gravity = [0, -82];
        globals.terrain.fill(Rect::new(0, 0, 256, 5), true);
        globals.terrain.fill(Rect::new(0, 0, 5, 100), true);
        globals.terrain.fill(Rect::new(251, 0, 256, 100), true);
        for i in 0..40 {
            globals.terrain.fill(Rect::new(150 + i, 5, 151 + i, 15 + (i / 2)), true);
        }
        globals.terrain.fill(Rect::new(60, 60, 110, 64), true);
        let mut backend = sim_kernels::cpu::CpuBackend::new(Some(1));
        let mut filled = globals.clone();
        let ops = filled.begin_tick(&[]);
        drop(ops);
        let scene = sim_kernels::scene::Scene {
            title: "x".into(), world: size, gravity: [0, -82], terrain: vec![], liquid: vec![Rect::new(5, 5, 100, 45)], commands: vec![],
        };
        let particles: Vec<_> = scene.particles(size.rect()).into_iter().filter(|p| { let c = p.cell(); !globals.terrain.solid(c.0, c.1) }).collect();
        
        backend.run_now(Job::Load(Load { globals: globals.clone(), region: size.rect(), particles })).unwrap();
        let _ = events.send_blocking(Event::Globals(Box::new(globals.clone())));
        let mut first = true;
        let mut shown = std::collections::HashSet::new();
        loop {
            let start = std::time::Instant::now();
            let mut commands: Vec<sim_kernels::command::Command> = Vec::new();
            if first {
                commands.push(sim_kernels::command::Command::Emit(sim_kernels::command::Emitter {
                    rect: Rect::new(80, 130, 88, 134), velocity: [1500, -3000], material: 0, until: 1 << 40,
                }));
                commands.push(sim_kernels::command::Command::Drain { rect: Rect::new(200, 5, 240, 7), until: 1 << 40 });
                first = false;
            }
            while let Ok(r) = requests.try_recv() {
                if let Request::Command(c) = r {
                    commands.push(c);
                }
            }
            if !commands.is_empty() {
                globals.begin_tick(&commands);
                let _ = events.send_blocking(Event::Globals(Box::new(globals.clone())));
            }
            let out = backend.run_now(Job::Step(StepJob { region: size.rect(), commands: vec![commands, vec![]], view: true, ..Default::default() })).unwrap();
            let _ = &mut shown;
            let _: &mut std::collections::HashSet<u8> = &mut shown;
            let person = |n: &str, id, me, x0, x1| room::api::Person { id: room::api::PeerId(id), me, host: me, profile: room::api::Profile { name: n.into(), lend: true, backend: "CPU, 2 threads".into(), throughput: 0 }, region: Some(Rect::new(x0, 0, x1, 160)), tick_us: 2300, rtt_us: 1200, behind: 0 };
            let people = vec![person("Anna", 1, true, 0, 96), person("Ben", 2, false, 96, 176), person("Cleo", 3, false, 176, 256)];
            let mut status = Status { people, tick: 1, particles: out.particles, speed_percent: 100, ..Default::default() };
            status.superstep_ticks = out.compute_us as u32;
            let _ = events.send_blocking(Event::Status(Box::new(status)));
            if events.send_blocking(Event::View { tick: 0, region: size.rect(), full: true, tiles: out.view }).is_err() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(33).saturating_sub(start.elapsed()));
        }
    }
}
