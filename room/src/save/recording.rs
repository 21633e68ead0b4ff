//! A recording: the first checkpoint of a span of a room's past, what was done from there on, and the digests that were
//! told meanwhile. Whoever reads one computes the same span again, tick by tick, and can tell by the digests whether it is
//! the same world, and if not, from which tick on.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | [`MAGIC`] |
//! | 8..12 | [`VERSION`], little-endian as all numbers here |
//! | 12..16 | the length of the save |
//! | 16..32 | a hash of what follows the save |
//! | 32.. | the first checkpoint, as a save's file ([`crate::save`]) |
//! | then | in bincode: the last tick; how many deeds, and each with its tick, its ticks, and its commands; how many digests, and each with its tick |
//!
//! Reading bounds what is read before it is read: so many commands in all, so many bytes of each. Numbers of commands are
//! left out, since the room that plays a recording has its own.

use super::{FILE_BYTES_MAX, Head, SaveError, number_at};
use crate::costs::{RECORDING_TICKS_MAX, SEGMENT_CELLS_MAX, TICKS_MAX, cells};
pub use crate::timeline::Sealed;
pub use crate::timeline::past::Deed;
use crate::timeline::past::{DIGESTS_MAX, Past, is_as_good};
use crate::timeline::{CheckpointId, SEGMENT_COMMANDS_MAX, is_sayable, of_tick};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use std::ops::Range;

/// How every recording begins.
pub const MAGIC: [u8; 8] = *b"TIDETAPE";
/// The format's version.
pub const VERSION: u32 = 1;
/// Where the save begins.
const SAVE_AT: usize = 32;
/// The longest code of what follows the save: the room remembers 8 MB of commands.
const LOG_BYTES_MAX: usize = 16 << 20;
/// The longest code of a command.
const COMMAND_BYTES_MAX: usize = 1 << 20;
/// The most commands.
const COMMANDS_MAX: usize = 1 << 17;

/// What follows the first checkpoint of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Its last tick.
    pub end: u64,
    /// What was done, in the order of ticks.
    pub deeds: Vec<Deed>,
    /// Digests of the whole room, in the order of their ticks.
    pub digests: Vec<(u64, Digest)>,
}

impl Log {
    /// What a peer knows of the time since a checkpoint, up to the last digest; nothing where it does not know all.
    pub(crate) fn since(id: CheckpointId, begin: u64, past: &Past) -> Option<Self> {
        let known = past.end(id.epoch).max(begin);
        let digests: Vec<_> = past.digests_after(id.epoch, begin).take_while(|digest| digest.0 <= known).collect();
        let end = digests.last().map_or(known, |digest| digest.0);
        let mut deeds: Vec<Deed> = past.deeds_since(id, end)?.into();
        for sealed in deeds.iter_mut().flat_map(|deed| &mut deed.commands) {
            sealed.author = sealed.author.map(|(author, _)| (author, 0));
        }
        Some(Self { end, deeds, digests })
    }

    /// What applies at the start of a tick, with whose it is.
    pub fn commands_at(&self, tick: u64) -> Vec<Command> {
        let place = self.deeds.partition_point(|deed| deed.tick <= tick);
        let deed = place.checked_sub(1).and_then(|place| self.deeds.get(place));
        deed.map_or_else(Vec::new, |deed| of_tick(&deed.commands, u32::try_from(tick - deed.tick).unwrap_or(u32::MAX)))
    }

    /// Takes note of the digest at a tick after all others. As in a room's past, a newer one may take the place of the
    /// last.
    pub fn add_digest(&mut self, tick: u64, digest: Digest) {
        self.digests.pop_if(|last| is_as_good(last.0, tick));
        self.digests.push((tick, digest));
    }

    /// The digest that was told for a tick.
    pub fn digest(&self, tick: u64) -> Option<Digest> {
        let place = self.digests.binary_search_by_key(&tick, |digest| digest.0).ok()?;
        self.digests.get(place).map(|digest| digest.1)
    }

    /// The first tick after this one for which a digest was told, or else the last tick.
    pub fn next_stop(&self, tick: u64) -> u64 {
        let place = self.digests.partition_point(|digest| digest.0 <= tick);
        self.digests.get(place).map_or(self.end, |digest| digest.0)
    }

    /// Whether all of it makes sense for what it begins with.
    pub(super) fn check(&self, head: &Head) -> Result<(), SaveError> {
        let (begin, world) = (head.globals.tick, head.scene.world);
        if self.end.saturating_sub(begin) > RECORDING_TICKS_MAX.into() || self.digests.len() > DIGESTS_MAX {
            return Err(SaveError::TooLarge);
        }
        let mut free = begin;
        let mut deed_is_good = |deed: &Deed| {
            let good = (free..self.end).contains(&deed.tick)
                && (1..=TICKS_MAX).contains(&deed.ticks)
                && deed.commands.len() <= SEGMENT_COMMANDS_MAX
                && deed.commands.iter().all(|c| {
                    u32::from(c.offset) < deed.ticks
                        && c.author.is_none_or(|author| author.1 == 0)
                        && c.command.is_valid(world)
                        && is_sayable(c)
                })
                && deed.commands.iter().map(|c| cells(&c.command, world)).sum::<u64>() <= SEGMENT_CELLS_MAX;
            free = deed.tick.saturating_add(deed.ticks.into());
            good
        };
        // One of no length shows nothing.
        let good = self.end > begin
            && self.deeds.iter().all(&mut deed_is_good)
            && self.digests.iter().all(|digest| (begin..=self.end).contains(&digest.0))
            && self.digests.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if good { Ok(()) } else { Err(SaveError::Damaged) }
    }

    fn encoded(&self) -> Vec<u8> {
        let mut code = Vec::new();
        put(&mut code, &(self.end, self.deeds.len() as u32));
        for deed in &self.deeds {
            put(&mut code, &(deed.tick, deed.ticks, deed.commands.len() as u32));
            deed.commands.iter().for_each(|command| put(&mut code, command));
        }
        put(&mut code, &(self.digests.len() as u32));
        self.digests.iter().for_each(|digest| put(&mut code, digest));
        code
    }

    fn decode(code: &[u8]) -> Result<Self, SaveError> {
        let mut rest = code;
        let (end, count): (u64, u32) = get(&mut rest)?;
        let (mut log, mut commands) = (Self { end, ..Self::default() }, 0);
        for _ in 0..count {
            let (tick, ticks, count): (u64, u32, u32) = get(&mut rest)?;
            // One without commands counts as well: its place is taken.
            commands += (count as usize).max(1);
            if commands > COMMANDS_MAX {
                return Err(SaveError::TooLarge);
            }
            let all: Result<Vec<Sealed>, SaveError> = (0..count).map(|_| get(&mut rest)).collect();
            log.deeds.push(Deed { tick, ticks, commands: all? });
        }
        let count: u32 = get(&mut rest)?;
        if count as usize > DIGESTS_MAX {
            return Err(SaveError::TooLarge);
        }
        for _ in 0..count {
            log.digests.push(get(&mut rest)?);
        }
        if rest.is_empty() { Ok(log) } else { Err(SaveError::Damaged) }
    }
}

fn put(code: &mut Vec<u8>, what: &impl Serialize) {
    let config = bincode::config::standard();
    code.extend(bincode::serde::encode_to_vec(what, config).unwrap_or_default());
}

fn get<T: DeserializeOwned>(rest: &mut &[u8]) -> Result<T, SaveError> {
    let config = bincode::config::standard().with_limit::<COMMAND_BYTES_MAX>();
    let (what, used) = bincode::serde::decode_from_slice(rest, config).map_err(|_| SaveError::Damaged)?;
    *rest = rest.get(used..).unwrap_or_default();
    Ok(what)
}

fn name(code: &[u8]) -> Digest {
    Digest::of_bytes(0x7a9e_7a9e, code)
}

/// Whether a file says of itself that it is a recording.
pub fn is_recording(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The file of a recording that begins with this save's file.
pub fn encode(save: &[u8], log: &Log) -> Result<Vec<u8>, SaveError> {
    log.check(&super::head(save)?)?;
    let code = log.encoded();
    if code.len() > LOG_BYTES_MAX || SAVE_AT + save.len() + code.len() > FILE_BYTES_MAX {
        return Err(SaveError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(SAVE_AT + save.len() + code.len());
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((save.len() as u32).to_le_bytes());
    name(&code).0.iter().for_each(|lane| bytes.extend(lane.to_le_bytes()));
    bytes.extend(save);
    bytes.extend(code);
    Ok(bytes)
}

/// Gives what follows the save its name again, for tests that change it.
pub fn name_again(bytes: &mut [u8]) {
    let Ok(save) = save_in(bytes) else { return };
    let id = name(bytes.get(save.end..).unwrap_or_default());
    for (lane, place) in id.0.iter().zip(bytes.chunks_exact_mut(4).skip(4)) {
        place.copy_from_slice(&lane.to_le_bytes());
    }
}

/// Where the first checkpoint's save lies in a recording's file.
pub(super) fn save_in(bytes: &[u8]) -> Result<Range<usize>, SaveError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(SaveError::TooLarge);
    }
    match number_at(bytes, 8)? {
        VERSION => {}
        version => return Err(SaveError::Recording(version)),
    }
    let end = SAVE_AT.saturating_add(number_at(bytes, 12)? as usize);
    if end <= bytes.len() { Ok(SAVE_AT..end) } else { Err(SaveError::Damaged) }
}

/// What follows the save.
pub(super) fn log_in(bytes: &[u8], save: &Range<usize>) -> Result<Log, SaveError> {
    let code = bytes.get(save.end..).unwrap_or_default();
    if code.len() > LOG_BYTES_MAX {
        return Err(SaveError::TooLarge);
    }
    let mut id = [0; 4];
    for (i, lane) in id.iter_mut().enumerate() {
        *lane = number_at(bytes, 16 + 4 * i)?;
    }
    if name(code) != Digest(id) {
        return Err(SaveError::Damaged);
    }
    Log::decode(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::PeerId;
    use crate::save::{self, Save};
    use sim_kernels::command::Stroke;
    use sim_kernels::geom::WorldSize;
    use sim_kernels::scene::Scene;

    const ME: PeerId = PeerId(7);

    fn pour() -> Command {
        Command::Pour { stroke: Stroke::dab([30, 10], 2), material: 0, velocity: [0, 0] }
    }

    fn deed(tick: u64, command: Command) -> Deed {
        Deed { tick, ticks: 1, commands: vec![Sealed { author: Some((ME, 0)), offset: 0, command }] }
    }

    fn first() -> Vec<u8> {
        let world = WorldSize::new(64, 32).unwrap();
        let (terrain, blocks, commands) = (Vec::new(), Vec::new(), Vec::new());
        let scene = Scene { title: String::new(), world, gravity: [0, -4], terrain, blocks, commands };
        Save::of(&scene, &scene.globals(), &[(4, Vec::new())]).unwrap()
    }

    fn log() -> Log {
        let mut log = Log { end: 40, ..Log::default() };
        log.deeds = vec![deed(3, Command::Begin), deed(9, pour())];
        log.deeds[1].ticks = 4;
        log.deeds[1].commands.push(Sealed { author: None, offset: 2, command: Command::Clear });
        log.digests = vec![(10, Digest([1, 2, 3, 4])), (40, Digest([5, 6, 7, 8]))];
        log
    }

    #[test]
    fn a_recording_comes_back_as_it_was() {
        let bytes = encode(&first(), &log()).unwrap();
        assert!(is_recording(&bytes) && !save::is_save(&bytes));
        let read = save::decode(bytes.clone()).unwrap();
        assert_eq!(read.log().map(|log| &**log), Some(&log()));
        assert_eq!(save::head(&bytes).unwrap(), *read.head());
        assert!(save::decode(first()).unwrap().log().is_none());
    }

    #[test]
    fn what_was_done_and_told_is_found_by_its_tick() {
        let log = log();
        assert_eq!(log.commands_at(9), [Command::By(7), pour()]);
        assert_eq!(log.commands_at(11), [Command::Clear]);
        assert!([0, 8, 10, 12, 13, 99].iter().all(|&tick| log.commands_at(tick).is_empty()));
        assert_eq!((log.digest(10), log.digest(11)), (Some(Digest([1, 2, 3, 4])), None));
        assert_eq!([0, 9, 10, 39, 40].map(|tick| log.next_stop(tick)), [10, 10, 40, 40, 40]);
    }

    #[test]
    fn a_long_run_has_no_more_digests_than_may_be() {
        let mut log = Log { end: RECORDING_TICKS_MAX.into(), ..Log::default() };
        (1..=log.end).step_by(10).chain([log.end]).for_each(|tick| log.add_digest(tick, Digest([1; 4])));
        assert_eq!(log.digest(log.end), Some(Digest([1; 4])));
        assert!(log.digests.len() > 3000 && encode(&first(), &log).is_ok(), "{}", log.digests.len());
    }

    #[test]
    fn no_changed_byte_passes_and_no_cut_one() {
        let bytes = encode(&first(), &log()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            // Bits that a piece's code does not use may change; what was done may not.
            if let Ok(read) = save::decode(changed) {
                assert_eq!(read.log().map(|log| &**log), Some(&log()), "byte {at}");
            }
            assert!(save::decode(bytes[..at].to_vec()).is_err(), "{at} bytes");
        }
        let mut newer = bytes.clone();
        newer[8] = 9;
        assert_eq!(save::decode(newer).unwrap_err(), SaveError::Recording(9));
    }

    #[test]
    fn a_name_does_not_make_a_log_good() {
        let bytes = encode(&first(), &log()).unwrap();
        let end = save_in(&bytes).unwrap().end;
        let mut same = bytes.clone();
        name_again(&mut same);
        assert_eq!(same, bytes);
        for at in end..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                name_again(&mut changed);
                if let Ok(read) = save::decode(changed) {
                    let log = read.log().unwrap();
                    assert_eq!(log.check(read.head()), Ok(()), "byte {at}");
                }
            }
        }
    }

    #[test]
    fn logs_that_make_no_sense_are_refused() {
        let bad: [fn(&mut Log); 13] = [
            |l| l.end = u64::MAX,
            |l| *l = Log::default(),
            |l| l.end = 9,
            |l| l.deeds.swap(0, 1),
            |l| l.deeds[0].ticks = 0,
            |l| l.deeds[0].ticks = TICKS_MAX + 1,
            |l| l.deeds[0].ticks = 7,
            |l| l.deeds[1].tick = u64::MAX,
            |l| l.deeds[0].commands[0].offset = 1,
            |l| l.deeds[0].commands[0].command = Command::By(5),
            |l| l.deeds[0].commands[0].command = Command::Gravity([1 << 30, 0]),
            |l| l.digests.swap(0, 1),
            |l| l.digests[1].0 = 41,
        ];
        let head = save::head(&first()).unwrap();
        for (i, change) in bad.into_iter().enumerate() {
            let mut log = log();
            change(&mut log);
            assert!(log.check(&head).is_err(), "change {i}");
            assert!(encode(&first(), &log).is_err(), "change {i}");
        }
        // More is said to follow than does, or than may.
        for (end, count) in [(5_u64, u32::MAX), (5, 3)] {
            let mut code = Vec::new();
            put(&mut code, &(end, count));
            assert!(Log::decode(&code).is_err());
            put(&mut code, &(0_u64, 1_u32, u32::MAX));
            assert!(Log::decode(&code).is_err());
        }
    }
}
