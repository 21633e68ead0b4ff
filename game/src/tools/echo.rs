//! The echo of one's own strokes: what a tool did is drawn at once, as a light overlay, until the room's own result
//! is on the screen or it is clear that none will come. Nothing of it ever reaches the simulation.
//!
//! A stroke is kept as the cells that it acts on, a tile at a time, since results come a tile at a time. The driver
//! says at which tick the room applies it; a frame of the tile from after that tick shows what became of it. Walls are
//! terrain, which is known as soon as it is committed.

use super::Brush;
use super::tool::{Proof, Tool, Veil};
use picture::field::Field;
use sim_kernels::area::Area;
use sim_kernels::command::Command;
use sim_kernels::geom::{TILE_CELLS, WorldSize};
use std::collections::{BTreeMap, VecDeque};

/// An echo is gone after this long, whatever the room does, in seconds. The clock stands still with the world: what is
/// drawn in a pause waits for its end.
const LASTS_S: f64 = 1.5;
/// Where a strip has gone on for this many seconds and a tile is still not told of, nothing changed there. A slow
/// link takes tiles in turn, and one may come that much later than another.
const UNCHANGED_S: f64 = 0.6;
/// It fades in and out over this time. Where the room answers at once there is hardly anything to be seen.
const FADE_S: f64 = 0.12;
/// Pieces that are kept at most; the oldest strokes go first.
const PIECES_MAX: usize = 4096;

const TILE: usize = TILE_CELLS as usize;

/// How strong the echo is in the cells of a tile, row by row from the bottom, 0 to 255.
pub type Shade = [u8; TILE * TILE];

/// How strong the echo is, tile by tile.
pub type Shades = BTreeMap<[u16; 2], Shade>;

/// The strokes that wait to become true.
#[derive(bevy::prelude::Resource, Debug, Default)]
pub struct Echo {
    strokes: VecDeque<Waiting>,
    pieces: usize,
    world: Option<WorldSize>,
}

#[derive(Debug)]
struct Waiting {
    tool: &'static dyn Tool,
    veil: Veil,
    command: Command,
    since: f64,
    /// It acts at the start of this tick, once that is known.
    tick: Option<u64>,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    tile: [u16; 2],
    /// Bits of cells, a row a word.
    rows: [u16; TILE],
    /// By then it has faded, in seconds.
    ends: f64,
}

impl Echo {
    /// The player did this at `now`.
    pub fn add(&mut self, brush: &Brush, area: &Area, command: &Command, field: &Field, now: f64) {
        self.follow_world(field);
        let Brush { tool, material, .. } = *brush;
        let pieces = pieces(tool, area, field, now + LASTS_S);
        self.pieces += pieces.len();
        let (veil, command) = (tool.veil(material), command.clone());
        self.strokes.push_back(Waiting { tool, veil, command, since: now, tick: None, pieces });
        while self.pieces > PIECES_MAX
            && let Some(oldest) = self.strokes.pop_front()
        {
            self.pieces -= oldest.pieces.len();
        }
    }

    /// The room applies these commands at the start of this tick.
    pub fn applied(&mut self, tick: u64, commands: &[Command]) {
        for command in commands {
            let same = |stroke: &&mut Waiting| stroke.tick.is_none() && stroke.command == *command;
            if let Some(stroke) = self.strokes.iter_mut().find(same) {
                stroke.tick = Some(tick);
            }
        }
    }

    /// Lets go of what the room has shown by `now`, `passed` seconds after the last call.
    pub fn follow(&mut self, field: &Field, paused: bool, now: f64, passed: f64) {
        self.follow_world(field);
        for stroke in &mut self.strokes {
            let proof = stroke.tool.proof();
            for piece in &mut stroke.pieces {
                if paused && stroke.tick.is_none() {
                    piece.ends += passed;
                }
                let told = stroke.tick.zip(field.ticks_of(piece.tile));
                let shown = match proof {
                    Proof::Terrain(solid) => piece.cells().all(|(x, y)| field.is_solid(x, y) == solid),
                    Proof::Frame => told.is_some_and(|(tick, (newest, _))| newest > tick),
                };
                if shown {
                    piece.ends = piece.ends.min(now + FADE_S);
                } else if told.is_some_and(|(tick, (_, strip))| strip > tick) {
                    piece.ends = piece.ends.min(now + UNCHANGED_S);
                }
            }
            let before = stroke.pieces.len();
            stroke.pieces.retain(|piece| now < piece.ends);
            self.pieces -= before - stroke.pieces.len();
        }
        self.strokes.retain(|stroke| !stroke.pieces.is_empty());
    }

    /// What is to be drawn at `now`: for each veil that is left, the tiles and how strong it is there.
    pub fn shades(&self, now: f64) -> Vec<(Veil, Shades)> {
        let mut all: Vec<(Veil, Shades)> = Vec::new();
        for stroke in &self.strokes {
            let place = all.iter().position(|(veil, _)| *veil == stroke.veil).unwrap_or_else(|| {
                all.push((stroke.veil, BTreeMap::new()));
                all.len() - 1
            });
            // At once, but not at once in full.
            let coming = 0.5 + 0.5 * ((now - stroke.since) / FADE_S).clamp(0.0, 1.0);
            for piece in &stroke.pieces {
                let going = ((piece.ends - now) / FADE_S).clamp(0.0, 1.0);
                let strength = (coming * going * 255.0) as u8;
                let shade = all[place].1.entry(piece.tile).or_insert([0; TILE * TILE]);
                for (row, &bits) in piece.rows.iter().enumerate().filter(|(_, bits)| **bits != 0) {
                    for (x, cell) in shade[row * TILE..][..TILE].iter_mut().enumerate() {
                        if bits >> x & 1 != 0 {
                            *cell = strength.max(*cell);
                        }
                    }
                }
            }
        }
        all
    }

    /// Another world has nothing to do with the strokes in the one before.
    fn follow_world(&mut self, field: &Field) {
        if self.world != Some(field.size()) {
            *self = Self { world: Some(field.size()), ..Self::default() };
        }
    }
}

impl Piece {
    fn cells(&self) -> impl Iterator<Item = (i32, i32)> + '_ {
        let [x0, y0] = self.tile.map(|t| i32::from(t) * TILE_CELLS);
        let row = move |(y, &bits): (usize, &u16)| {
            (0..TILE_CELLS).filter(move |x| bits >> x & 1 != 0).map(move |x| (x0 + x, y0 + y as i32))
        };
        self.rows.iter().enumerate().flat_map(row)
    }
}

/// The cells that a stroke acts on as the world looks now, a tile at a time.
fn pieces(tool: &dyn Tool, area: &Area, field: &Field, ends: f64) -> Vec<Piece> {
    let reach = area.bounds().intersect(field.size().rect());
    let mut pieces: BTreeMap<[u16; 2], [u16; TILE]> = BTreeMap::new();
    for y in reach.y0..reach.y1 {
        for x in (reach.x0..reach.x1).filter(|&x| area.covers(x, y) && tool.acts_on(field, x, y)) {
            let tile = [x, y].map(|cell| (cell / TILE_CELLS) as u16);
            pieces.entry(tile).or_default()[(y % TILE_CELLS) as usize] |= 1 << (x % TILE_CELLS);
        }
    }
    pieces.into_iter().map(|(tile, rows)| Piece { tile, rows, ends }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{erase, pour, wall};
    use super::*;
    use crate::tools::tool::Hold;
    use sim_kernels::command::Stroke;
    use sim_kernels::geom::Rect;
    use sim_kernels::terrain::Terrain;
    use sim_kernels::view::{Sample, ViewTile};

    const FRAME_S: f64 = 1.0 / 60.0;

    fn tile(x: u16, y: u16, coverage: u8) -> ViewTile {
        ViewTile { tile: [x, y], cells: vec![Sample::of(coverage, 0, 0).pack(); TILE * TILE] }
    }

    /// One uses this tool along a stroke: the command.
    fn using(echo: &mut Echo, tool: &'static dyn Tool, stroke: Stroke, field: &Field, now: f64) -> Command {
        let command = tool.command(stroke, Hold::default()).unwrap();
        echo.add(&Brush { tool, ..Brush::default() }, &Area::Round(stroke), &command, field, now);
        command
    }

    fn dab(x: i32, radius: i32) -> Stroke {
        Stroke { from: [x, 8], to: [x, 8], radius }
    }

    fn field() -> Field {
        let mut field = Field::new(WorldSize::new(64, 32).unwrap());
        field.frame(10, field.size().rect(), true, &[], 0.5);
        field
    }

    /// Cells that are drawn at all.
    fn drawn(echo: &Echo, now: f64) -> usize {
        let shades = echo.shades(now);
        shades.iter().flat_map(|(_, tiles)| tiles.values().flatten()).filter(|strength| **strength > 0).count()
    }

    /// Somebody 300 ms away, whose frames of others' regions come by parts.
    #[test]
    fn a_stroke_shows_at_once_and_until_the_rooms_result_has_come() {
        let (mut field, mut echo) = (field(), Echo::default());
        let poured = using(&mut echo, &pour::TOOL, dab(8, 3), &field, 1.0);
        echo.follow(&field, false, 1.0, FRAME_S);
        assert_eq!(drawn(&echo, 1.0), 29, "the stroke's cells, in the same frame");
        let mut now = 1.0;
        let mut tick = 10;
        while now < 1.45 {
            now += FRAME_S;
            tick += 1;
            if now > 1.3 {
                echo.applied(38, std::slice::from_ref(&poured));
            }
            // Frames of before the stroke, and of other tiles, are none of its business.
            let part = if now < 1.3 { tile(0, 0, 3) } else { tile(1, 0, tick as u8) };
            let told = if now < 1.3 { tick } else { 38 };
            field.frame(told, field.size().rect(), false, &[part], now);
            echo.follow(&field, false, now, FRAME_S);
            assert_eq!(drawn(&echo, now), 29, "at {now}");
        }
        field.frame(39, field.size().rect(), false, &[tile(0, 0, 128)], now);
        echo.follow(&field, false, now, FRAME_S);
        assert_eq!(drawn(&echo, now + FADE_S / 2.0), 29, "it fades while the water comes in");
        echo.follow(&field, false, now + FADE_S, FRAME_S);
        assert_eq!((drawn(&echo, now + FADE_S), echo.pieces, echo.strokes.len()), (0, 0, 0));
    }

    #[test]
    fn what_the_room_never_does_goes_by_itself_but_not_in_a_pause() {
        let (field, mut echo) = (field(), Echo::default());
        using(&mut echo, &pour::TOOL, dab(8, 3), &field, 1.0);
        for i in 0..60 {
            echo.follow(&field, true, 1.0 + f64::from(i) * 0.1, 0.1);
        }
        assert!(drawn(&echo, 6.9) > 0);
        echo.follow(&field, false, 7.0 + LASTS_S, 0.1);
        assert_eq!(drawn(&echo, 7.0 + LASTS_S), 0);
    }

    #[test]
    fn a_tile_where_nothing_changed_is_not_waited_for() {
        let (mut field, mut echo) = (field(), Echo::default());
        field.frame(11, field.size().rect(), true, &[tile(0, 0, 100)], 0.9);
        let poured = using(&mut echo, &pour::TOOL, dab(8, 3), &field, 1.0);
        echo.applied(20, std::slice::from_ref(&poured));
        field.frame(24, field.size().rect(), false, &[tile(3, 1, 9)], 1.2);
        echo.follow(&field, false, 1.2, FRAME_S);
        echo.follow(&field, false, 1.3, FRAME_S);
        assert!(drawn(&echo, 1.3) > 0);
        echo.follow(&field, false, 1.2 + UNCHANGED_S, FRAME_S);
        assert_eq!(drawn(&echo, 1.2 + UNCHANGED_S), 0);
        // Nothing is poured into what is full.
        field.frame(30, field.size().rect(), false, &[tile(0, 0, 128)], 2.0);
        using(&mut echo, &pour::TOOL, dab(8, 3), &field, 2.0);
        assert_eq!(drawn(&echo, 2.0), 0);
    }

    #[test]
    fn a_stroke_over_several_tiles_goes_tile_by_tile() {
        let (mut field, mut echo) = (field(), Echo::default());
        let poured = using(&mut echo, &pour::TOOL, dab(16, 4), &field, 1.0);
        echo.applied(20, std::slice::from_ref(&poured));
        let all = drawn(&echo, 1.0);
        field.frame(21, field.size().rect(), false, &[tile(0, 0, 128)], 1.05);
        echo.follow(&field, false, 1.05, FRAME_S);
        echo.follow(&field, false, 1.05 + FADE_S, FRAME_S);
        let right = drawn(&echo, 1.05 + FADE_S);
        assert!(right > 0 && right < all, "{right} of {all}");
        let shades = echo.shades(1.2);
        assert!(shades.iter().all(|(_, tiles)| tiles.keys().all(|tile| *tile == [1, 0])));
    }

    #[test]
    fn a_wall_goes_when_it_stands_whatever_the_water_does() {
        let (mut field, mut echo) = (field(), Echo::default());
        let stroke = Stroke { from: [4, 4], to: [12, 4], radius: 1 };
        let wall = using(&mut echo, &wall::TOOL, stroke, &field, 1.0);
        echo.applied(20, std::slice::from_ref(&wall));
        echo.follow(&field, false, 1.1, FRAME_S);
        assert!(drawn(&echo, 1.1) > 0);
        let mut terrain = Terrain::new(field.size());
        terrain.fill(Rect::new(0, 0, 32, 8), true);
        field.set_terrain(&terrain);
        echo.follow(&field, false, 1.2, FRAME_S);
        assert_eq!(drawn(&echo, 1.2 + FADE_S), 0);
        // And where there is rock already, neither wall nor water is announced.
        using(&mut echo, &super::super::wall::TOOL, stroke, &field, 2.0);
        using(&mut echo, &pour::TOOL, dab(8, 0), &field, 2.0);
        assert_eq!(drawn(&echo, 2.0), usize::from(!field.is_solid(8, 8)));
    }

    #[test]
    fn tools_that_act_on_water_leave_the_dry_alone() {
        let (mut field, mut echo) = (field(), Echo::default());
        field.frame(11, field.size().rect(), true, &[tile(0, 0, 128)], 0.9);
        let stroke = Stroke { from: [14, 8], to: [18, 8], radius: 0 };
        using(&mut echo, &erase::TOOL, stroke, &field, 1.0);
        assert_eq!(drawn(&echo, 1.0), 2);
    }

    #[test]
    fn echoes_are_bounded_and_do_not_outlive_their_world() {
        let (field, mut echo) = (Field::new(WorldSize::new(4096, 1024).unwrap()), Echo::default());
        for i in 0..400 {
            let stroke = Stroke { from: [i * 9, 500], to: [i * 9 + 200, 500], radius: 48 };
            using(&mut echo, &wall::TOOL, stroke, &field, 1.0);
        }
        assert!(echo.pieces <= PIECES_MAX && echo.pieces > PIECES_MAX / 2, "{}", echo.pieces);
        assert_eq!(echo.pieces, echo.strokes.iter().map(|stroke| stroke.pieces.len()).sum::<usize>());
        echo.follow(&self::field(), true, 1.0, FRAME_S);
        assert_eq!((echo.pieces, drawn(&echo, 1.0)), (0, 0));
    }

    /// The whole way in virtual time: one computes a room, and a watcher 300 ms away pours.
    #[test]
    fn a_watcher_300_ms_away_sees_the_echo_until_the_water_is_there() {
        use driver::net::netem::Netem;
        use driver::virtual_time::{Cost, World};
        use room::api::{Config, Event, Pace, PeerId, Profile, Request, Status};
        use sim_kernels::cpu::CpuBackend;
        let id = |i: u32| PeerId(100 + u128::from(i));
        let mut world = World::default();
        for i in 0..2 {
            let profile = Profile { name: format!("P{i}"), lend: i == 0, backend: "CPU".into(), throughput: 0 };
            let config = Config {
                me: id(i),
                profile,
                found: (i == 0).then(|| driver::scene_file::named("dam-break").unwrap()),
                superstep_ticks: 0,
                pace: Pace::RealTime,
                wait_for: 0,
                equal_strips: false,
                stand_ins: true,
                end_tick: None,
            };
            let netem = Netem { latency_us: 150_000, ..Netem::default() };
            let cost = Cost { job_us: 200, tick_us: 1_000, million_us: 0 };
            world.join(config, Box::new(CpuBackend::new(Some(1))), cost, netem);
        }
        let (mut field, mut status) = (None::<Field>, Status::default());
        let mut echo = Echo::default();
        let (mut poured, mut acts) = (None::<f64>, None::<u64>);
        let mut followed = 0.0;
        loop {
            let now = world.now() as f64 / 1e6;
            assert!(now < 20.0, "at tick {}: {echo:?}", status.tick);
            let tell = |peer: PeerId, event| {
                if peer != id(1) {
                    return;
                }
                match (event, &mut field) {
                    (Event::Globals(globals), None) => field = Some(Field::new(globals.size())),
                    (Event::View { tick, region, full, tiles }, Some(field)) => {
                        field.frame(tick, region, full, &tiles, now);
                    }
                    (Event::Status(new), _) => status = *new,
                    (Event::Committed(committed), _) => {
                        for (tick, commands) in (committed.tick..).zip(&committed.commands) {
                            acts = acts.or((!commands.is_empty()).then_some(tick));
                            echo.applied(tick, commands);
                        }
                    }
                    _ => {}
                }
            };
            world.step(tell).unwrap();
            let Some(field) = field.as_ref().filter(|_| now > followed + FRAME_S) else { continue };
            followed = now;
            let at = [field.size().width / 2, field.size().height - 20];
            let Some(since) = poured else {
                if status.tick > 150 {
                    let stroke = Stroke { from: at, to: at, radius: 3 };
                    let command = using(&mut echo, &pour::TOOL, stroke, field, now);
                    assert_eq!(drawn(&echo, now), 29);
                    world.request(id(1), Request::Command(command));
                    poured = Some(now);
                }
                continue;
            };
            let told = field
                .ticks_of(at.map(|cell| (cell / TILE_CELLS) as u16))
                .is_some_and(|t| acts.is_some_and(|a| t.0 > a));
            echo.follow(field, false, now, FRAME_S);
            let (left, waited) = (drawn(&echo, now), now - since);
            assert!(told || left == 29, "after {waited} s neither the water nor its echo is there");
            if left == 0 {
                // There and back, and the log's agreement, which takes as long once more.
                assert!((0.5..1.4).contains(&waited), "{waited} s");
                break;
            }
        }
    }
}
