//! What is heard of the view: how loud each kind of noise is, and from where.
//!
//! The ear is told what the picture is told, tiles of the view as they come. A tile is listened to about twenty times a
//! second, at a quarter of its cells, and only where it is in or near the window; what rests or is out of sight costs a
//! comparison. What a tile says is kept for as long as it is told of: a tile of which nothing more comes has come to rest.
//!
//! Splashes are found by change: of a tile in which what is fast meets what is slow much more than it did just before,
//! something fell in.

mod noises;

use crate::scape::{KINDS, Kind, Scape, Voice};
use noises::{Made, Noises};
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};
use sim_kernels::view::ViewTile;

/// A tile is listened to again after this long, in seconds.
const AGAIN_S: f64 = 0.045;
/// A tile that is told of no more is heard for this long, dying away.
const STALE_S: f64 = 0.3;
/// So many tiles are listened to in `AGAIN_S` seconds at most; where more are in sight, each is less often.
pub const TILES_MAX: usize = 1024;
/// So far beyond the window, in halves of it, something is still heard.
const BEYOND: f32 = 1.0;
/// Loudness is meant for a window that shows so many cells across; nearer is louder.
const CELLS_ACROSS: f32 = 256.0;
/// The world's edges are not quite at the ears.
const PAN_MAX: f32 = 0.85;
/// A tile's blow counts from here: less is what flowing does all the time.
const BLOW_MIN: f32 = 2.5;

/// What part of the world is in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// The cell in its middle.
    pub centre: [f32; 2],
    /// Half of its width and height, in cells.
    pub half: [f32; 2],
}

impl Sight {
    /// Where a tile's middle is, from -1 to 1 in the window.
    fn place(&self, x: u16, y: u16) -> [f32; 2] {
        let middle = |tile: u16| f32::from(tile) * TILE_CELLS as f32 + TILE_CELLS as f32 / 2.0;
        [0, 1].map(|i| (middle([x, y][i]) - self.centre[i]) / self.half[i].max(1.0))
    }

    /// How much of what is there is heard: all in the window, less and less beyond it.
    fn weight([x, y]: [f32; 2]) -> f32 {
        let beyond = x.abs().max(y.abs()) - 1.0;
        (1.0 - beyond.max(0.0) / BEYOND).clamp(0.0, 1.0)
    }
}

/// What is known of a tile.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// When it was listened to, in seconds; never at 0.
    at: f64,
    /// The sum of squares of what moves, and the like, by kind; a splash's is what is not yet told of its blow.
    made: Made,
    /// The mean of late of what falls in.
    usual: f32,
    /// Among those that are heard.
    listed: bool,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Ear {
    noises: Noises,
    columns: usize,
    tiles: Vec<Known>,
    /// Those that make a noise, by index.
    heard: Vec<u32>,
    /// Tiles that were listened to since then, in the running stretch of [`AGAIN_S`].
    counted: usize,
    since: f64,
    /// Where among the tiles of a frame it broke off.
    turn: usize,
}

impl Ear {
    /// For a world of a size; nothing is heard yet.
    pub fn new(size: WorldSize) -> Self {
        let (columns, rows) = (size.tiles_x() as usize, size.tiles_y() as usize);
        Self {
            noises: Noises::new(),
            columns,
            tiles: vec![Known::default(); columns * rows],
            heard: Vec::new(),
            counted: 0,
            turn: 0,
            since: 0.0,
        }
    }

    /// Tiles of a region came at `now` seconds (more than 0). Those outside the region or the world are ignored.
    pub fn hear(&mut self, region: Rect, tiles: &[ViewTile], sight: &Sight, now: f64) {
        if now - self.since > AGAIN_S {
            (self.counted, self.since) = (0, now);
        }
        let again = self.again(sight);
        // Whose turn did not come in the last stretch comes first in the next.
        let first = self.turn.min(tiles.len());
        for (i, tile) in tiles[first..].iter().chain(&tiles[..first]).enumerate() {
            if self.counted == TILES_MAX {
                self.turn = (first + i) % tiles.len();
                break;
            }
            let [x, y] = tile.tile;
            let (cell_x, cell_y) = (i32::from(x) * TILE_CELLS, i32::from(y) * TILE_CELLS);
            if usize::from(x) >= self.columns || !region.contains(cell_x, cell_y) {
                continue;
            }
            let index = usize::from(y) * self.columns + usize::from(x);
            let Some(known) = self.tiles.get_mut(index) else { continue };
            if now - known.at < again || !tile.is_valid() || Sight::weight(sight.place(x, y)) <= 0.0 {
                continue;
            }
            self.counted += 1;
            // What was not listened to for long is met as it is: it was so before it came into sight.
            let fresh = now - known.at > STALE_S + again;
            let was_steam = known.made.steam;
            let blow = known.made.of[Kind::Splash as usize];
            known.at = now;
            known.made = self.noises.of(&tile.cells);
            let falls = std::mem::take(&mut known.made.of[Kind::Splash as usize]);
            if fresh {
                known.usual = falls;
            } else {
                known.made.of[Kind::Splash as usize] = blow + (falls - 1.6 * known.usual - BLOW_MIN).max(0.0);
                known.usual += (falls - known.usual) * 0.3;
                // What has just begun to boil hisses; a cloud does not.
                known.made.of[Kind::Sizzle as usize] += (known.made.steam - was_steam).max(0.0) * 2.0;
            }
            if !known.listed && known.made.of.iter().any(|made| *made > 0.0) {
                known.listed = true;
                self.heard.push(index as u32);
            }
        }
    }

    /// What is heard at `now` seconds, with a gain of 1; blows are told once.
    pub fn listen(&mut self, sight: &Sight, now: f64) -> Scape {
        let (mut sums, mut pans) = ([0.0; KINDS], [0.0; KINDS]);
        let late = self.again(sight);
        let (tiles, columns) = (&mut self.tiles, self.columns);
        self.heard.retain(|&index| {
            let known = &mut tiles[index as usize];
            let stale = ((now - known.at - late) / STALE_S).clamp(0.0, 1.0) as f32;
            let place = sight.place((index as usize % columns) as u16, (index as usize / columns) as u16);
            let weight = Sight::weight(place) * (1.0 - stale);
            for kind in 0..KINDS {
                let power = known.made.of[kind] * weight * weight;
                sums[kind] += power;
                pans[kind] += power * place[0].clamp(-1.0, 1.0) * PAN_MAX;
            }
            known.made.of[Kind::Splash as usize] = 0.0;
            known.listed = stale < 1.0 && known.made.of.iter().any(|made| *made > 0.0);
            known.listed
        });
        let near = (CELLS_ACROSS / (2.0 * sight.half[0]).max(8.0)).sqrt().clamp(0.3, 2.0);
        let mut scape = Scape { gain: 1.0, ..Scape::default() };
        for kind in 0..KINDS {
            if sums[kind] > 0.0 {
                let loud = (sums[kind] / noises::FULL[kind]).sqrt() * near;
                // Twice as much is never quite as loud as it could be: two falls are louder than one.
                scape.voices[kind] = Voice { level: loud / (1.0 + loud), pan: pans[kind] / sums[kind] };
            }
        }
        scape
    }

    /// How long after it was listened to a tile's turn comes again, in seconds.
    fn again(&self, sight: &Sight) -> f64 {
        let across = |half: f32| f64::from(half.max(1.0)) * 2.0 * f64::from(1.0 + BEYOND) / f64::from(TILE_CELLS) + 1.0;
        let rows = self.tiles.len() as f64 / self.columns.max(1) as f64;
        let in_sight = across(sight.half[0]).min(self.columns as f64) * across(sight.half[1]).min(rows);
        AGAIN_S * (in_sight / TILES_MAX as f64).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::geom::TILE_AREA;
    use sim_kernels::materials::named;
    use sim_kernels::view::Sample;

    const SIGHT: Sight = Sight { centre: [128.0, 64.0], half: [128.0, 64.0] };

    fn size() -> WorldSize {
        WorldSize::new(256, 128).unwrap()
    }

    fn tile(x: u16, name: &str, speed: u8, warmth: u8) -> ViewTile {
        let sample = Sample { warmth, ..Sample::of(128, speed, named(name).unwrap()) };
        ViewTile { tile: [x, 2], cells: vec![sample.pack(); TILE_AREA] }
    }

    /// Half a second of tiles that stay as they are.
    fn heard(tiles: &[ViewTile]) -> Scape {
        let (mut ear, mut scape) = (Ear::new(size()), Scape::default());
        for i in 1..=10 {
            let now = f64::from(i) * 0.05;
            ear.hear(size().rect(), tiles, &SIGHT, now);
            scape = ear.listen(&SIGHT, now);
        }
        scape
    }

    #[test]
    fn each_kind_comes_of_what_makes_it() {
        for (name, speed, warmth, kind) in [
            ("water", 8, 0, Kind::Flow),
            ("oil", 8, 0, Kind::Flow),
            ("sand", 6, 0, Kind::Crumble),
            ("gravel", 6, 0, Kind::Crumble),
            ("fire", 2, 9, Kind::Fire),
            ("smoke", 8, 0, Kind::Wind),
            ("steam", 8, 4, Kind::Wind),
            ("lava", 4, 12, Kind::Rumble),
            ("blast", 9, 12, Kind::Rumble),
        ] {
            let scape = heard(&[tile(3, name, speed, warmth)]);
            assert!(scape.of(kind).level > 0.02, "{name}: {scape:?}");
            let others: f32 = Kind::ALL.iter().filter(|k| **k != kind).map(|k| scape.of(*k).level).sum();
            assert!(others < scape.of(kind).level, "{name}: {scape:?}");
        }
    }

    #[test]
    fn what_rests_is_silent_and_so_is_what_is_solid() {
        for name in
            sim_kernels::materials::NAMES.iter().filter(|name| !["fire", "blast", "lava", "spark"].contains(name))
        {
            assert!(heard(&[tile(3, name, 0, 0), tile(4, name, 1, 0)]).is_silent(), "{name}");
        }
        assert!(heard(&[tile(3, "stone", 15, 0)]).is_silent());
    }

    #[test]
    fn it_comes_from_where_it_is() {
        let pan = |x: u16| heard(&[tile(x, "water", 9, 0)]).of(Kind::Flow).pan;
        assert!(pan(0) < -0.6 && pan(15) > 0.6 && pan(7).abs() < 0.1, "{} {} {}", pan(0), pan(7), pan(15));
    }

    #[test]
    fn what_is_out_of_sight_is_not_heard_and_what_is_near_is_louder() {
        let level = |sight: Sight| {
            let mut ear = Ear::new(size());
            ear.hear(size().rect(), &[tile(0, "water", 9, 0)], &sight, 1.0);
            ear.listen(&sight, 1.0).of(Kind::Flow).level
        };
        let whole = level(SIGHT);
        assert!(level(Sight { centre: [16.0, 40.0], half: [32.0, 16.0] }) > whole);
        assert_eq!(level(Sight { centre: [200.0, 64.0], half: [32.0, 16.0] }), 0.0);
    }

    #[test]
    fn a_tile_of_which_nothing_more_comes_dies_away() {
        let mut ear = Ear::new(size());
        ear.hear(size().rect(), &[tile(3, "water", 9, 0)], &SIGHT, 1.0);
        let [now, soon, later] = [1.0, 1.2, 1.5].map(|now| ear.listen(&SIGHT, now).of(Kind::Flow).level);
        assert!(now > soon && soon > 0.0 && later == 0.0, "{now} {soon} {later}");
        assert!(ear.heard.is_empty());
    }

    #[test]
    fn a_splash_is_told_once_and_a_steady_fall_is_none() {
        let pool = tile(3, "water", 0, 0);
        let mut hit = pool.clone();
        hit.cells[TILE_AREA / 2..].fill(Sample::of(128, 13, 0).pack());
        let mut ear = Ear::new(size());
        let mut told = Vec::new();
        for i in 1..60 {
            let now = f64::from(i) * 0.05;
            ear.hear(size().rect(), std::slice::from_ref(if i < 10 { &pool } else { &hit }), &SIGHT, now);
            told.push(ear.listen(&SIGHT, now).of(Kind::Splash).level);
        }
        assert!(told[..8].iter().all(|level| *level == 0.0));
        let blow = told[8..11].iter().copied().fold(0.0, f32::max);
        assert!(blow > 0.1 && told[20..].iter().all(|level| *level == 0.0), "{told:?}");
    }

    #[test]
    fn nonsense_from_outside_is_ignored() {
        let mut ear = Ear::new(size());
        let short = ViewTile { tile: [0, 0], cells: vec![7; 3] };
        let far = ViewTile { tile: [999, 999], ..tile(0, "water", 9, 0) };
        ear.hear(Rect::new(-50, -50, 99_999, 99_999), &[short, far], &SIGHT, 1.0);
        ear.hear(Rect::new(0, 0, 16, 16), &[tile(3, "water", 9, 0)], &SIGHT, 1.0);
        assert!(ear.listen(&SIGHT, 1.0).is_silent());
        let mut odd = Ear::new(size());
        let nowhere = Sight { centre: [f32::NAN; 2], half: [0.0; 2] };
        odd.hear(size().rect(), &[tile(3, "water", 9, 0)], &nowhere, 1.0);
        odd.listen(&nowhere, 1.0);
    }

    /// The largest world, all of it in sight and all in motion: what is listened to has a bound.
    #[test]
    fn a_crowd_is_listened_to_less_often() {
        let size = WorldSize::new(4096, 1024).unwrap();
        let mut tiles = Vec::new();
        for y in 0..64 {
            tiles.extend((0..256).map(|x| ViewTile { tile: [x, y], ..tile(0, "water", 9, 0) }));
        }
        let sight = Sight { centre: [2048.0, 512.0], half: [2048.0, 512.0] };
        let mut ear = Ear::new(size);
        for i in 1..=120 {
            let now = 1.0 + f64::from(i) / 60.0;
            let before = if now - ear.since > AGAIN_S { 0 } else { ear.counted };
            ear.hear(size.rect(), &tiles, &sight, now);
            assert!(ear.counted - before <= TILES_MAX && ear.counted <= TILES_MAX);
        }
        assert!(ear.tiles.iter().all(|known| known.at > 1.5), "each has its turn");
        assert!(ear.listen(&sight, 3.0).of(Kind::Flow).level > 0.5);
    }
}
