//! A save: a checkpoint of the whole room in one file, with the scene that it goes on with. The pieces are those of
//! checkpoints, in the bands' code, strip by strip; what is saved is what a newcomer would be given.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | [`MAGIC`] |
//! | 8..12 | [`VERSION`], little-endian as all numbers here |
//! | 12..16 | the head's length |
//! | 16..32 | the save's name: a hash of the head (see [`Head::id`]) |
//! | 32.. | the head, in bincode: scene, globals with the tick, strips, the world's digest |
//! | then | of each piece its length in four bytes, and its code; nothing follows the last |
//!
//! The head holds the digest that the room showed at that tick. A peer that takes a save in decodes every piece and
//! sums its particles' hashes up, so that a save that was read holds exactly the world that was saved; and since
//! its name is a hash of the head, two saves of one name are the same save. What is damaged, of other kernels, or
//! beyond a limit is refused in words. Reading and making go a piece at a time: no look at the room takes long.
//!
//! A [`recording`] is a save, too, with what was done from there on: whoever reads one as a save has its first checkpoint.

pub mod recording;
mod version_1;
mod version_2;
mod version_3;
mod version_4;

use self::recording::Log;
use crate::codec::band;
use crate::costs::{PARTICLES_MAX, scene_most, scene_problem};
pub use crate::notice::SaveError;
use crate::partition::{EXECUTORS_MAX, Partition, Strip};
use serde::{Deserialize, Serialize};
use sim_kernels::digest::Digest;
use sim_kernels::fingerprint;
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};
use sim_kernels::globals::{Globals, TICK_MAX};
use sim_kernels::particle::{MATERIAL_NONE, Particle};
use sim_kernels::scene::Scene;
use std::collections::VecDeque;
use std::sync::Arc;

/// Particles in one piece of a checkpoint or a save.
pub(crate) const PIECE_PARTICLES: usize = 8192;
/// How every save begins.
pub const MAGIC: [u8; 8] = *b"TIDESAVE";
/// The format's version.
pub const VERSION: u32 = 5;
/// The largest save that is read or made: 32 bytes a particle in the fullest room, where water takes about 9.
pub const FILE_BYTES_MAX: usize = 128 << 20;
/// The most pieces of a save.
pub const PIECES_MAX: usize = 2048;
/// The longest piece, in a file and on the wire: a particle takes 70 bytes at worst, beside its words beyond 16 bytes.
pub(crate) const PIECE_BYTES_MAX: usize = (1 << 20) + PIECE_PARTICLES * band::WORDS_BYTES_MAX;
/// The longest head: a full world's terrain takes up to 640 KiB.
const HEAD_BYTES_MAX: usize = 4 << 20;
/// A save is of a tick before this one, so that the world that goes on from it has eighteen years to do so: beyond
/// [`TICK_MAX`] nobody could be welcomed, and no checkpoint gone back to.
const SAVED_TICK_MAX: u64 = TICK_MAX / 2;
/// Where the head begins.
const HEAD_AT: usize = 32;

/// Everything in a save but the particles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The physics that it was computed with; those that give the same bits may go on with it.
    constants: [u32; 4],
    /// The scene: its commands at later ticks are still to come.
    pub scene: Scene,
    /// Terrain, gravity, sources, and the tick.
    pub globals: Globals,
    /// Of each strip, left to right, one past its last column, and how many pieces it has.
    strips: Vec<(u16, u16)>,
    /// How many particles there are.
    pub particles: u64,
    /// The world's digest: particles and globals.
    pub digest: Digest,
}

impl Head {
    /// The save's name.
    pub fn id(&self) -> Digest {
        name(&self.encoded())
    }

    fn encoded(&self) -> Vec<u8> {
        bincode::serde::encode_to_vec(self, bincode::config::standard()).unwrap_or_default()
    }

    fn pieces(&self) -> usize {
        self.strips.iter().map(|s| usize::from(s.1)).sum()
    }

    /// Whether everything that can be told without the pieces is in order.
    pub(crate) fn check(&self) -> Result<(), SaveError> {
        let world = self.scene.world;
        if !fingerprint::goes_on(Digest(self.constants)) {
            return Err(SaveError::Kernels);
        }
        if self.particles > PARTICLES_MAX || self.pieces() > PIECES_MAX {
            return Err(SaveError::TooLarge);
        }
        let rising = self.strips.windows(2).all(|w| w[0].0 < w[1].0);
        let good = scene_problem(&self.scene).is_none()
            && scene_most(&self.scene) <= PARTICLES_MAX
            && self.globals.is_valid()
            && self.globals.tick < SAVED_TICK_MAX
            && self.globals.size() == world
            && self.strips.len() <= EXECUTORS_MAX
            && rising
            && self.strips.first().is_some_and(|s| s.0 > 0)
            && self.strips.last().is_some_and(|s| i32::from(s.0) == world.tiles_x())
            && self.strips.iter().all(|s| s.1 > 0);
        if good { Ok(()) } else { Err(SaveError::Damaged) }
    }

    /// The strips, numbered from 0; who held them then says nothing now.
    pub(crate) fn partition(&self) -> Partition {
        let mut from = 0;
        let strip = |(i, &(to, _)): (usize, &(u16, u16))| {
            let peer = crate::api::PeerId(0);
            let strip = Strip { id: i as u32, peer, stand_in: None, from, to };
            from = to;
            strip
        };
        Partition { strips: self.strips.iter().enumerate().map(strip).collect() }
    }

    /// Of a piece, its strip, its place there, and how many the strip has.
    pub(crate) fn place(&self, number: u32) -> Option<(u32, u16, u16)> {
        let mut left = number as usize;
        for (strip, &(_, count)) in self.strips.iter().enumerate() {
            if left < usize::from(count) {
                return Some((strip as u32, left as u16, count));
            }
            left -= usize::from(count);
        }
        None
    }

    fn rect(&self, strip: u32) -> Rect {
        let strips = self.partition().strips;
        strips.get(strip as usize).map_or(Rect::default(), |s| s.rect(self.scene.world))
    }
}

/// A save, as far as its pieces are here. Every piece that is here was checked.
#[derive(Debug)]
pub struct Save {
    id: Digest,
    head: Head,
    pieces: Vec<Option<Vec<u8>>>,
    tally: Tally,
    bytes: usize,
    log: Option<Arc<Log>>,
}

/// What the pieces add up to.
#[derive(Debug)]
struct Tally {
    pieces: usize,
    particles: u64,
    sum: Digest,
    columns: Vec<u32>,
}

impl Tally {
    fn new(world: WorldSize) -> Self {
        Self { pieces: 0, particles: 0, sum: Digest::default(), columns: vec![0; world.tiles_x() as usize] }
    }

    fn add(&mut self, particles: &[Particle]) {
        self.pieces += 1;
        self.particles += particles.len() as u64;
        self.sum.add(Digest::of_all(particles));
        for p in particles {
            if let Some(column) = self.columns.get_mut((p.cell().0 / TILE_CELLS) as usize) {
                *column += 1;
            }
        }
    }

    fn digest(&self, globals: &Globals) -> Digest {
        let mut digest = globals.digest();
        digest.add(self.sum);
        digest
    }
}

impl Save {
    /// None of the pieces yet.
    pub fn begin(head: Head) -> Result<Self, SaveError> {
        head.check()?;
        let pieces = vec![None; head.pieces()];
        Ok(Self { id: head.id(), tally: Tally::new(head.scene.world), head, pieces, bytes: 0, log: None })
    }

    /// Of a world that is held here: strips by their columns (one past the last), with their particles.
    pub fn of(scene: &Scene, globals: &Globals, strips: &[(u16, Vec<Particle>)]) -> Result<Vec<u8>, SaveError> {
        let all = strips.iter().enumerate().flat_map(|(i, (_, particles))| {
            let chunks = particles.chunks(PIECE_PARTICLES).map(band::encode);
            let none = particles.is_empty().then(|| band::encode(&[]));
            chunks.chain(none).map(move |code| (i, code))
        });
        let tos = strips.iter().map(|s| s.0).collect();
        let mut maker =
            Maker { scene: scene.clone(), globals: globals.clone(), ..Maker::empty(tos, all.collect(), scene.world) };
        loop {
            if let Some(bytes) = maker.step()? {
                return Ok(bytes);
            }
        }
    }

    /// A piece. True when with it the save is whole; an error when the piece, or the whole, is not what the head
    /// says: then nothing can come of it.
    pub fn put(&mut self, number: u32, code: &[u8]) -> Result<bool, SaveError> {
        let (strip, ..) = self.head.place(number).ok_or(SaveError::Damaged)?;
        let slot = self.pieces.get_mut(number as usize).ok_or(SaveError::Damaged)?;
        if slot.is_some() {
            return Ok(false);
        }
        self.bytes += code.len();
        if code.len() > PIECE_BYTES_MAX || self.bytes > FILE_BYTES_MAX {
            return Err(SaveError::TooLarge);
        }
        if band::count(code) > PIECE_PARTICLES as u64 {
            return Err(SaveError::Damaged);
        }
        let particles = band::decode(code).ok_or(SaveError::Damaged)?;
        let rect = self.head.rect(strip);
        if !particles.iter().all(|p| is_within(p, rect)) {
            return Err(SaveError::Damaged);
        }
        *slot = Some(code.to_vec());
        self.tally.add(&particles);
        if self.tally.particles > self.head.particles {
            return Err(SaveError::Damaged);
        }
        if self.tally.pieces < self.pieces.len() {
            return Ok(false);
        }
        let same =
            self.tally.particles == self.head.particles && self.tally.digest(&self.head.globals) == self.head.digest;
        if same { Ok(true) } else { Err(SaveError::Damaged) }
    }

    /// See [`Head::id`].
    pub fn id(&self) -> Digest {
        self.id
    }

    /// Everything but the particles.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What was done from there on, where it was read from a recording.
    pub fn log(&self) -> Option<&Arc<Log>> {
        self.log.as_ref()
    }

    /// How many pieces there are in all.
    pub fn count(&self) -> u32 {
        self.pieces.len() as u32
    }

    /// A piece, where it is here.
    pub fn piece(&self, number: u32) -> Option<&[u8]> {
        self.pieces.get(number as usize)?.as_deref()
    }

    /// Pieces that are not here yet.
    pub(crate) fn missing(&self) -> impl Iterator<Item = u32> + '_ {
        self.pieces.iter().enumerate().filter(|p| p.1.is_none()).map(|p| p.0 as u32)
    }

    /// Particles by tile column.
    pub(crate) fn columns(&self) -> &[u32] {
        &self.tally.columns
    }

    /// All particles within a rectangle.
    pub fn particles(&self, rect: Rect) -> Vec<Particle> {
        (0..self.count()).flat_map(|number| self.particles_of(number, rect)).collect()
    }

    /// Those of one piece: who has frames to draw meanwhile asks for one after the other.
    pub fn particles_of(&self, number: u32, rect: Rect) -> Vec<Particle> {
        let reaches = |&(strip, ..): &(u32, u16, u16)| !self.head.rect(strip).intersect(rect).is_empty();
        let code = self.head.place(number).filter(reaches).and_then(|_| self.piece(number));
        let all = code.and_then(band::decode).unwrap_or_default();
        all.into_iter().filter(|p| is_within(p, rect)).collect()
    }
}

fn is_within(p: &Particle, rect: Rect) -> bool {
    rect.contains(p.cell().0, p.cell().1) && p.material() != MATERIAL_NONE
}

/// The hash of a head's bytes.
fn name(bytes: &[u8]) -> Digest {
    Digest::of_bytes(0x5a7e_5a7e, bytes)
}

/// Whether a file says of itself that it is a save.
pub fn is_save(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Reads the head alone.
pub fn head(bytes: &[u8]) -> Result<Head, SaveError> {
    let save = if recording::is_recording(bytes) { recording::save_in(bytes)? } else { 0..bytes.len() };
    read_head(&bytes[save]).map(|(head, _)| head)
}

/// Whether a file can be opened, as far as that is told at once: a save by its head, a recording by all of it, since one may
/// leave a room for it.
pub fn check(bytes: &[u8]) -> Result<(), SaveError> {
    if recording::is_recording(bytes) { decode(bytes.to_vec()).map(drop) } else { head(bytes).map(drop) }
}

/// Reads a whole save.
pub fn decode(bytes: Vec<u8>) -> Result<Save, SaveError> {
    let mut reader = Reader::new(bytes)?;
    loop {
        if let Some(save) = reader.step()? {
            return Ok(save);
        }
    }
}

/// The head, and where the pieces begin.
fn read_head(bytes: &[u8]) -> Result<(Head, usize), SaveError> {
    if !is_save(bytes) {
        return Err(SaveError::Foreign);
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(SaveError::TooLarge);
    }
    let version = number_at(bytes, 8)?;
    if ![VERSION, version_4::VERSION, version_3::VERSION, version_2::VERSION, version_1::VERSION].contains(&version) {
        return Err(SaveError::Version(version));
    }
    let length = number_at(bytes, 12)? as usize;
    if length > HEAD_BYTES_MAX {
        return Err(SaveError::Damaged);
    }
    let end = HEAD_AT + length;
    let coded = bytes.get(HEAD_AT..end).ok_or(SaveError::Damaged)?;
    let (head, used) = match version {
        version_1::VERSION => {
            let (old, used) = read_as::<version_1::OldHead>(coded)?;
            (old.renewed()?, used)
        }
        version_2::VERSION => {
            let (old, used) = read_as::<version_2::OldHead>(coded)?;
            (old.renewed(), used)
        }
        version_3::VERSION => {
            let (old, used) = read_as::<version_3::OldHead>(coded)?;
            (old.renewed(), used)
        }
        version_4::VERSION => {
            let (old, used) = read_as::<version_4::OldHead>(coded)?;
            (old.renewed(), used)
        }
        _ => read_as::<Head>(coded)?,
    };
    let mut id = [0; 4];
    for (i, lane) in id.iter_mut().enumerate() {
        *lane = number_at(bytes, 16 + 4 * i)?;
    }
    if used != length || name(coded) != Digest(id) {
        return Err(SaveError::Damaged);
    }
    head.check()?;
    Ok((head, end))
}

fn read_as<T: serde::de::DeserializeOwned>(coded: &[u8]) -> Result<(T, usize), SaveError> {
    let config = bincode::config::standard().with_limit::<{ 2 * HEAD_BYTES_MAX }>();
    bincode::serde::decode_from_slice(coded, config).map_err(|_| SaveError::Damaged)
}

fn number_at(bytes: &[u8], at: usize) -> Result<u32, SaveError> {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    four.map(|four| u32::from_le_bytes(*four)).ok_or(SaveError::Damaged)
}

/// A file on its way in, a piece at a time.
#[derive(Debug)]
pub struct Reader {
    bytes: Vec<u8>,
    at: usize,
    next: u32,
    save: Option<Save>,
}

impl Reader {
    /// Reads the head.
    pub fn new(mut bytes: Vec<u8>) -> Result<Self, SaveError> {
        let mut log = None;
        if recording::is_recording(&bytes) {
            let save = recording::save_in(&bytes)?;
            log = Some(Arc::new(recording::log_in(&bytes, &save)?));
            bytes.truncate(save.end);
            bytes.drain(..save.start);
        }
        let (head, at) = read_head(&bytes)?;
        log.as_ref().map_or(Ok(()), |log| log.check(&head))?;
        Ok(Self { bytes, at, next: 0, save: Some(Save { log, ..Save::begin(head)? }) })
    }

    /// Whether it is a recording.
    pub fn is_recording(&self) -> bool {
        self.save.as_ref().is_some_and(|save| save.log.is_some())
    }

    /// Takes one more piece; the save, when it is whole.
    pub fn step(&mut self) -> Result<Option<Save>, SaveError> {
        let save = self.save.as_mut().ok_or(SaveError::Damaged)?;
        let length = number_at(&self.bytes, self.at)? as usize;
        let from = self.at + 4;
        let code = self.bytes.get(from..from.saturating_add(length)).ok_or(SaveError::Damaged)?;
        let whole = save.put(self.next, code)?;
        self.at = from + length;
        self.next += 1;
        match whole {
            true if self.at == self.bytes.len() => Ok(self.save.take()),
            true => Err(SaveError::Damaged),
            false => Ok(None),
        }
    }
}

/// A save on its way out: a checkpoint's pieces are looked through, one at a time.
#[derive(Debug)]
pub(crate) struct Maker {
    scene: Scene,
    globals: Globals,
    /// One past the last column of each strip, and its pieces so far.
    strips: Vec<(u16, u16)>,
    world: WorldSize,
    todo: VecDeque<(usize, Vec<u8>)>,
    done: Vec<Vec<u8>>,
    tally: Tally,
    bytes: usize,
}

impl Maker {
    /// Of a whole checkpoint: its partition, and its pieces with the strips that they are of.
    pub fn new(
        scene: Scene,
        globals: Globals,
        partition: &Partition,
        pieces: impl Iterator<Item = (u32, Vec<u8>)>,
    ) -> Self {
        let place = |id: u32| partition.strips.iter().position(|s| s.id == id);
        let mut todo: Vec<(usize, Vec<u8>)> = pieces.filter_map(|(id, code)| Some((place(id)?, code))).collect();
        todo.sort_by_key(|p| p.0);
        let world = globals.size();
        let tos = partition.strips.iter().map(|s| s.to).collect();
        Self { scene, globals, ..Self::empty(tos, todo.into(), world) }
    }

    fn empty(tos: Vec<u16>, todo: VecDeque<(usize, Vec<u8>)>, world: WorldSize) -> Self {
        Self {
            scene: Scene {
                title: String::new(),
                world,
                gravity: [0, 0],
                terrain: Vec::new(),
                blocks: Vec::new(),
                commands: Vec::new(),
            },
            globals: Globals::new(world),
            strips: tos.into_iter().map(|to| (to, 0)).collect(),
            world,
            todo,
            done: Vec::new(),
            tally: Tally::new(world),
            bytes: 0,
        }
    }

    /// Looks through one more piece; the file, when there is none left.
    pub fn step(&mut self) -> Result<Option<Vec<u8>>, SaveError> {
        let Some((strip, code)) = self.todo.pop_front() else { return self.file().map(Some) };
        let from = strip.checked_sub(1).map_or(0, |left| self.strips[left].0);
        let (left, right) = (i32::from(from) * TILE_CELLS, i32::from(self.strips[strip].0) * TILE_CELLS);
        let rect = Rect::new(left, 0, right, self.world.height);
        if band::count(&code) > PIECE_PARTICLES as u64 {
            return Err(SaveError::Damaged);
        }
        let mut particles = band::decode(&code).ok_or(SaveError::Damaged)?;
        let count = particles.len();
        // What an owner sent from outside its strip is not believed, as with checkpoints.
        particles.retain(|p| is_within(p, rect));
        let code = if particles.len() < count { band::encode(&particles) } else { code };
        self.tally.add(&particles);
        self.bytes += code.len() + 4;
        self.strips[strip].1 += 1;
        self.done.push(code);
        if self.bytes > FILE_BYTES_MAX - HEAD_BYTES_MAX || self.done.len() > PIECES_MAX {
            return Err(SaveError::TooLarge);
        }
        Ok(None)
    }

    fn file(&mut self) -> Result<Vec<u8>, SaveError> {
        let head = Head {
            constants: fingerprint::physics().0,
            scene: self.scene.clone(),
            globals: self.globals.clone(),
            strips: std::mem::take(&mut self.strips),
            particles: self.tally.particles,
            digest: self.tally.digest(&self.globals),
        };
        head.check()?;
        let coded = head.encoded();
        if coded.len() > HEAD_BYTES_MAX {
            return Err(SaveError::TooLarge);
        }
        let mut bytes = Vec::with_capacity(HEAD_AT + coded.len() + self.bytes);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend((coded.len() as u32).to_le_bytes());
        name(&coded).0.iter().for_each(|lane| bytes.extend(lane.to_le_bytes()));
        bytes.extend(coded);
        for code in self.done.drain(..) {
            bytes.extend((code.len() as u32).to_le_bytes());
            bytes.extend(code);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::particle::Fields;
    use sim_kernels::scene::Block;

    fn scene() -> Scene {
        Scene {
            title: "a world".into(),
            world: WorldSize::new(96, 32).unwrap(),
            gravity: [0, -4],
            terrain: vec![Rect::new(0, 0, 96, 2)],
            blocks: vec![Block::water(Rect::new(4, 4, 80, 20))],
            commands: Vec::new(),
        }
    }

    fn at(x: i32, y: i32) -> Particle {
        Particle::pack(Fields { x: x << 12, y: y << 12, ..Fields::default() })
    }

    fn strips(scene: &Scene) -> Vec<(u16, Vec<Particle>)> {
        [(0, 32), (32, 64), (64, 96)].map(|(a, b)| (b as u16 / 16, scene.particles(Rect::new(a, 0, b, 32)))).into()
    }

    fn globals(scene: &Scene) -> Globals {
        Globals { tick: 77, ..scene.globals() }
    }

    fn sample() -> Vec<u8> {
        let scene = scene();
        Save::of(&scene, &globals(&scene), &strips(&scene)).unwrap()
    }

    #[test]
    fn a_save_comes_back_with_its_digest() {
        let (scene, bytes) = (scene(), sample());
        let save = decode(bytes.clone()).unwrap();
        let mut all = save.particles(scene.world.rect());
        let mut expected = scene.particles(scene.world.rect());
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected);
        let mut digest = Digest::of_all(&expected);
        digest.add(globals(&scene).digest());
        assert_eq!((save.head().digest, save.head().particles), (digest, expected.len() as u64));
        assert_eq!((&save.head().scene, save.head().globals.tick), (&scene, 77));
        assert_eq!(save.columns().iter().sum::<u32>() as usize, expected.len());
        assert_eq!(head(&bytes).unwrap().id(), save.id());
        // However the world is cut into strips, it is the same world.
        let whole = Save::of(&scene, &globals(&scene), &[(6, expected)]).unwrap();
        assert_eq!(decode(whole).unwrap().head().digest, digest);
    }

    #[test]
    fn an_empty_world_is_a_world() {
        let scene = Scene { blocks: Vec::new(), ..scene() };
        let bytes = Save::of(&scene, &scene.globals(), &[(2, vec![]), (6, vec![])]).unwrap();
        assert_eq!(decode(bytes).unwrap().head().particles, 0);
    }

    #[test]
    fn no_changed_byte_passes() {
        let bytes = sample();
        for at in (0..bytes.len()).step_by(7).chain(0..HEAD_AT) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            match decode(changed) {
                Err(_) => {}
                // Bits that a piece's code does not use may change; the world may not.
                Ok(save) => assert_eq!(save.head(), &head(&bytes).unwrap(), "byte {at}"),
            }
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode(longer).unwrap_err(), SaveError::Damaged);
        for length in [0, 5, 8, 20, 40, bytes.len() / 2, bytes.len() - 1] {
            assert!(decode(bytes[..length].to_vec()).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn the_words_say_what_is_wrong() {
        assert_eq!(decode(b"a picture of a fish".to_vec()).unwrap_err(), SaveError::Foreign);
        let mut newer = sample();
        newer[8] = 9;
        assert_eq!(decode(newer).unwrap_err(), SaveError::Version(9));
        let mut head = head(&sample()).unwrap();
        head.constants[0] ^= 1;
        assert_eq!(head.check(), Err(SaveError::Kernels));
        let mut head = super::head(&sample()).unwrap();
        head.particles = PARTICLES_MAX + 1;
        assert_eq!(head.check(), Err(SaveError::TooLarge));
    }

    #[test]
    fn heads_that_make_no_sense_are_refused() {
        let good = head(&sample()).unwrap();
        let bad: [fn(&mut Head); 8] = [
            |h| h.strips.clear(),
            |h| h.strips[0].0 = 0,
            |h| h.strips[2].0 = 7,
            |h| h.strips.swap(0, 1),
            |h| h.strips[1].1 = 0,
            |h| h.globals.tick = u64::MAX,
            |h| h.globals = Globals::new(WorldSize::new(64, 32).unwrap()),
            |h| h.scene.blocks[0].x1 = 1 << 30,
        ];
        for (i, change) in bad.into_iter().enumerate() {
            let mut head = good.clone();
            change(&mut head);
            assert!(Save::begin(head).is_err(), "change {i}");
        }
    }

    #[test]
    fn pieces_are_checked_against_their_strips_and_the_digest() {
        let scene = scene();
        let bytes = Save::of(&scene, &scene.globals(), &[(2, vec![at(3, 3)]), (6, vec![at(40, 3)])]).unwrap();
        let (head, code) = (head(&bytes).unwrap(), band::encode);
        let mut save = Save::begin(head.clone()).unwrap();
        assert_eq!(save.put(0, &code(&[at(40, 3)])), Err(SaveError::Damaged), "outside its strip");
        let mut save = Save::begin(head.clone()).unwrap();
        assert_eq!(save.put(9, &code(&[])), Err(SaveError::Damaged), "no such piece");
        assert_eq!(save.put(1, &code(&[at(40, 3)])), Ok(false));
        assert_eq!(save.missing().collect::<Vec<_>>(), [0]);
        assert_eq!(save.put(0, &code(&[at(3, 4)])), Err(SaveError::Damaged), "another digest");
        let mut save = Save::begin(head).unwrap();
        assert_eq!(save.put(0, &code(&[at(3, 3)])), Ok(false));
        assert_eq!(save.put(0, &code(&[at(3, 3)])), Ok(false), "the same again");
        assert_eq!(save.put(1, &code(&[at(40, 3)])), Ok(true));
    }

    #[test]
    fn a_checkpoint_becomes_a_save_whatever_its_strips_are_called() {
        let scene = scene();
        let peer = crate::api::PeerId(3);
        let strip = |id, from, to| Strip { id, peer, stand_in: None, from, to };
        let partition = Partition { strips: vec![strip(7, 0, 2), strip(1, 2, 6)] };
        let code = band::encode;
        // The last one lies in the other strip: not believed.
        let pieces = vec![(1, code(&[at(40, 3)])), (7, code(&[at(1, 1)])), (7, code(&[at(2, 2), at(50, 1)]))];
        let mut maker = Maker::new(scene.clone(), scene.globals(), &partition, pieces.into_iter());
        let bytes = std::iter::repeat_with(|| maker.step().unwrap()).find_map(|bytes| bytes).unwrap();
        let save = decode(bytes).unwrap();
        assert_eq!(save.head().strips, [(2, 2), (6, 1)]);
        let mut all = save.particles(scene.world.rect());
        all.sort_unstable();
        assert_eq!(all, [at(1, 1), at(2, 2), at(40, 3)]);
        assert_eq!(save.head().partition().strips.iter().map(|s| (s.from, s.to)).collect::<Vec<_>>(), [(0, 2), (2, 6)]);
        assert_eq!((save.head().place(2), save.head().place(3)), (Some((1, 0, 1)), None));
    }
}
