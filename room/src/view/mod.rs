//! View frames between peers: every peer draws the whole room from tiles that their owners send.
//!
//! Per receiver there is a set of tiles that it has not got in their newest form. A tile that is sent leaves the
//! set and comes back when its message is not acknowledged in time. A budget in bytes a second, a fifth of the
//! link's goodput, decides how many go out; under a small budget the picture gets older, evenly.

pub mod messages;

use self::messages::Message;
use crate::api::{Micros, PeerId};
use crate::codec::tile;
use crate::message::Reason;
use crate::overlay::{self, Overlay, Relay};
use crate::roster::Roster;
use crate::timeline::Timeline;
use crate::timers::{Timer, Timers};
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};
use sim_kernels::view::ViewTile;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

/// Between frames to others: 30 a second.
const FRAME_US: u64 = 33_000;
/// The longest message.
pub(crate) const MESSAGE_BYTES_MAX: usize = 12_000;
/// The most tiles in a message; bounds what its receiver unpacks.
const MESSAGE_TILES_MAX: usize = 512;
/// The most that one frame sends to one peer, in bytes.
const BURST_BYTES: u64 = 48_000;
/// Goodput assumed of a link that was never found full.
const GOODPUT_UNKNOWN: u32 = 500_000;
/// The share of goodput that views may take.
const GOODPUT_SHARE: u64 = 5;
/// Added to two round trips before a tile is sent again.
const RESEND_US: u64 = 200_000;
/// A picture may be of ticks of which this peer has not heard yet, so many at most.
const AHEAD_TICKS_MAX: u64 = 600;
/// The most messages that wait for an acknowledgement, for each peer.
const IN_FLIGHT_MAX: usize = 256;

type TileAt = [u16; 2];

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Takes the next frame of the own region that begins at this column of cells.
    Frame(i32),
    /// Sends tiles and acknowledgements.
    Send,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Frame(_) | Self::Send => false,
        }
    }
}

#[derive(Debug, Default)]
struct Tile {
    cells: Vec<u32>,
    tick: u64,
    code: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Receiver {
    /// Tiles whose newest form is neither acknowledged nor on its way.
    wanted: BTreeSet<TileAt>,
    in_flight: BTreeMap<u32, (Micros, Vec<TileAt>)>,
    budget: u64,
    budget_at: Micros,
    /// Where the next frame goes on, so that a small budget serves all tiles in turn.
    next: TileAt,
}

/// What view frames depend on.
#[derive(Clone, Copy)]
pub(crate) struct Reads<'a> {
    pub me: PeerId,
    pub log: Option<&'a Timeline>,
    pub roster: &'a Roster,
    pub overlay: &'a Overlay,
    pub relays: &'a [Relay],
}

impl Reads<'_> {
    fn first_hop(&self, peer: PeerId) -> Option<PeerId> {
        overlay::first_hop(self.overlay, self.relays, self.me, peer)
    }
}

/// What is to be done about view frames.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send this to another participant, over the link or around it.
    Send { to: PeerId, msg: Message, payload: Vec<u8> },
    /// Show these tiles of another's region.
    Show { tick: u64, region: Rect, tiles: Vec<ViewTile> },
    /// Look again at this time.
    Wake(Micros),
}

/// Both sides of view frames.
#[derive(Debug, Default)]
pub(crate) struct Views {
    out: VecDeque<Output>,
    tiles: BTreeMap<TileAt, Tile>,
    /// What this peer is the executor of.
    regions: Vec<Rect>,
    tick: u64,
    receivers: BTreeMap<PeerId, Receiver>,
    next_id: u32,
    timers: Timers<Due>,
    /// The epoch and tick of the newest form of others' tiles.
    seen: BTreeMap<TileAt, (u32, u64)>,
    acks: BTreeMap<PeerId, Vec<u32>>,
}

impl Views {
    /// An epoch begins: what was sent means nothing any more.
    pub fn begin(&mut self) {
        let next_id = self.next_id;
        *self = Self { next_id, ..Self::default() };
    }

    /// Takes a new frame of one of the own regions.
    fn frame(&mut self, tick: u64, region: Rect, regions: Vec<Rect>, tiles: Vec<ViewTile>) {
        let mut changed = Vec::new();
        if regions != self.regions {
            // Elsewhere others own the tiles; here others may have drawn what is gone now.
            self.tiles.retain(|&at, _| regions.iter().any(|&r| contains(r, at)));
            let had = std::mem::replace(&mut self.regions, regions);
            let gained = |at: &TileAt| !had.iter().any(|&r| contains(r, *at));
            for at in self.regions.iter().flat_map(|&r| tiles_of(r)).filter(gained) {
                self.tiles.entry(at).or_default().tick = tick;
                changed.push(at);
            }
        }
        let mut present = BTreeSet::new();
        for tile in tiles.into_iter().filter(|t| t.is_valid() && contains(region, t.tile)) {
            present.insert(tile.tile);
            let kept = self.tiles.entry(tile.tile).or_default();
            if !same(&kept.cells, &tile.cells) {
                *kept = Tile { cells: tile.cells, tick, code: None };
                changed.push(tile.tile);
            }
        }
        let gone = |at: &TileAt, t: &Tile| contains(region, *at) && !t.cells.is_empty() && !present.contains(at);
        for (&at, kept) in self.tiles.iter_mut().filter(|(at, t)| gone(at, t)) {
            *kept = Tile { tick, ..Tile::default() };
            changed.push(at);
        }
        self.tick = tick;
        for receiver in self.receivers.values_mut() {
            receiver.wanted.extend(&changed);
        }
    }

    /// Keeps the set of receivers; a new one wants everything.
    fn receivers(&mut self, peers: &BTreeSet<PeerId>, now: Micros) {
        self.receivers.retain(|peer, _| peers.contains(peer));
        for &peer in peers {
            let tiles = &self.tiles;
            self.receivers.entry(peer).or_insert_with(|| Receiver {
                wanted: tiles.iter().filter(|t| !t.1.cells.is_empty()).map(|t| *t.0).collect(),
                budget_at: now,
                ..Receiver::default()
            });
        }
    }

    /// The messages that one receiver is to get now: id and payload.
    fn messages(&mut self, peer: PeerId, now: Micros, rtt_us: u32, goodput: u32) -> Vec<(u32, Vec<u8>)> {
        let Some(receiver) = self.receivers.get_mut(&peer) else { return Vec::new() };
        let patience = 2 * u64::from(rtt_us) + RESEND_US;
        let late: Vec<u32> = receiver.in_flight.iter().filter(|(_, f)| now > f.0 + patience).map(|f| *f.0).collect();
        for id in late {
            let tiles = receiver.in_flight.remove(&id).map(|f| f.1).unwrap_or_default();
            receiver.wanted.extend(tiles.iter().filter(|at| self.tiles.contains_key(*at)));
        }
        let rate = u64::from(goodput) / GOODPUT_SHARE;
        let earned = rate * now.saturating_sub(receiver.budget_at).min(1_000_000) / 1_000_000;
        receiver.budget = (receiver.budget + earned).min(BURST_BYTES);
        receiver.budget_at = now;
        let mut messages = Vec::new();
        while !receiver.wanted.is_empty() && receiver.in_flight.len() < IN_FLIGHT_MAX {
            let mut payload = Vec::new();
            let mut sent = Vec::new();
            while sent.len() < MESSAGE_TILES_MAX {
                let after = receiver.wanted.range((Bound::Included(receiver.next), Bound::Unbounded)).next();
                let Some(at) = after.or(receiver.wanted.first()).copied() else { break };
                let Some(tile) = self.tiles.get_mut(&at) else {
                    receiver.wanted.remove(&at);
                    continue;
                };
                let code = tile.code.get_or_insert_with(|| tile::encode(&tile.cells));
                let size = code.len() + 4;
                if payload.len() + size > MESSAGE_BYTES_MAX || receiver.budget < size as u64 {
                    break;
                }
                receiver.budget -= size as u64;
                payload.extend_from_slice(&[at[0] as u8, at[1] as u8]);
                payload.extend_from_slice(&(code.len() as u16).to_le_bytes());
                payload.extend_from_slice(code);
                receiver.wanted.remove(&at);
                receiver.next = [at[0], at[1] + 1];
                sent.push(at);
            }
            if sent.is_empty() {
                break;
            }
            self.next_id = self.next_id.wrapping_add(1);
            receiver.in_flight.insert(self.next_id, (now, sent));
            messages.push((self.next_id, payload));
        }
        messages
    }

    fn is_idle(&self) -> bool {
        self.receivers.values().all(|r| r.wanted.is_empty() && r.in_flight.is_empty())
    }
}

impl Views {
    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// A frame of one of this peer's own regions.
    pub fn own_frame(&mut self, now: Micros, tick: u64, region: Rect, tiles: &[ViewTile], reads: Reads<'_>) {
        let others: BTreeSet<PeerId> =
            reads.roster.people.iter().map(|p| p.0).filter(|&p| reads.first_hop(p).is_some()).collect();
        if others.is_empty() || !self.timers.repeats(Due::Frame(region.x0), now, FRAME_US) {
            return;
        }
        let world = reads.log.map(|l| (l.partition().clone(), l.globals().size()));
        let regions = world.map_or_else(Vec::new, |(p, world)| p.regions(reads.me, world).collect());
        self.timers.retain(|due| match due {
            Due::Frame(x0) => regions.iter().any(|r| r.x0 == x0),
            Due::Send => true,
        });
        self.frame(tick, region, regions, tiles.to_vec());
        self.receivers(&others, now);
    }

    /// Sends what is due.
    pub fn turn(&mut self, now: Micros, reads: Reads<'_>) {
        if self.is_idle() && self.acks.is_empty() {
            return;
        }
        if !self.timers.repeats(Due::Send, now, FRAME_US) {
            return self.out.push_back(Output::Wake(self.timers.at(Due::Send)));
        }
        for (to, ids) in std::mem::take(&mut self.acks) {
            self.out.push_back(Output::Send { to, msg: Message::Acknowledged(ids), payload: Vec::new() });
        }
        let Some(log) = reads.log else { return };
        let (epoch, region) = (log.epoch(), log.globals().size().rect());
        let peers: Vec<PeerId> = self.receivers.keys().copied().collect();
        let tick = self.tick;
        for to in peers {
            let Some(link) = reads.first_hop(to).and_then(|hop| reads.overlay.link(hop)) else { continue };
            let goodput = link.carries(GOODPUT_UNKNOWN);
            for (id, payload) in self.messages(to, now, link.rtt_us(), goodput) {
                self.out.push_back(Output::Send { to, msg: Message::Tiles { epoch, tick, id, region }, payload });
            }
        }
        if !self.is_idle() {
            self.out.push_back(Output::Wake(self.timers.at(Due::Send)));
        }
    }

    /// Tiles of another's region; an error where they make no sense, or are not their sender's to show.
    pub fn take(
        &mut self,
        from: PeerId,
        (epoch, tick, id): (u32, u64, u32),
        region: Rect,
        payload: &[u8],
        reads: Reads<'_>,
    ) -> Result<(), Reason> {
        let Some(log) = reads.log else { return Ok(()) };
        if epoch != log.epoch() || tick > log.tick_end() + AHEAD_TICKS_MAX || payload.len() > MESSAGE_BYTES_MAX {
            return Ok(());
        }
        let world = log.globals().size();
        let mine: Vec<Rect> = log.partition().regions(reads.me, world).collect();
        let mut tiles = unpack(payload, world).ok_or(Reason::Malformed)?;
        let (count, executed) = (tiles.len(), log.executed(from, world));
        tiles.retain(|tile| executed.iter().any(|&r| contains(r, tile.tile)));
        // They are acknowledged nevertheless: of what it showed before it was known here that it may, its predecessor
        // showed the same.
        let foreign = tiles.len() < count;
        let acks = self.acks.entry(from).or_default();
        if acks.len() < IN_FLIGHT_MAX {
            acks.push(id);
        }
        let mut newer = Vec::new();
        for tile in tiles {
            let seen = self.seen.entry(tile.tile).or_default();
            if !mine.iter().any(|&r| contains(r, tile.tile)) && (epoch, tick) >= *seen {
                *seen = (epoch, tick);
                newer.push(tile);
            }
        }
        if !newer.is_empty() {
            self.out.push_back(Output::Show { tick, region: region.intersect(world.rect()), tiles: newer });
        }
        if foreign { Err(Reason::Standing) } else { Ok(()) }
    }

    /// Messages that arrived at their receiver.
    pub fn acknowledged(&mut self, from: PeerId, ids: &[u32]) {
        if let Some(receiver) = self.receivers.get_mut(&from) {
            for id in ids {
                receiver.in_flight.remove(id);
            }
        }
    }
}

fn contains(region: Rect, [x, y]: TileAt) -> bool {
    region.contains(i32::from(x) * TILE_CELLS, i32::from(y) * TILE_CELLS)
}

fn tiles_of(region: Rect) -> impl Iterator<Item = TileAt> {
    let (x, y) = (region.x0 / TILE_CELLS..region.x1 / TILE_CELLS, region.y0 / TILE_CELLS..region.y1 / TILE_CELLS);
    y.flat_map(move |y| x.clone().map(move |x| [x as u16, y as u16]))
}

/// Whether two tiles look the same once sent.
fn same(a: &[u32], b: &[u32]) -> bool {
    let seen = |s: u32| (tile::coarse(s as u8), if s & 0xff == 0 { 0 } else { s >> 8 });
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| a == b || seen(a) == seen(b))
}

/// The tiles of a payload, if every byte of it makes sense.
fn unpack(mut payload: &[u8], world: WorldSize) -> Option<Vec<ViewTile>> {
    let mut tiles = Vec::new();
    while let Some((&[x, y, low, high], rest)) = payload.split_first_chunk::<4>() {
        let length = usize::from(u16::from_le_bytes([low, high]));
        let code = rest.get(..length)?;
        payload = &rest[length..];
        let tile = [u16::from(x), u16::from(y)];
        if !contains(world.rect(), tile) || tiles.len() >= MESSAGE_TILES_MAX {
            return None;
        }
        tiles.push(ViewTile { tile, cells: tile::decode(code)? });
    }
    payload.is_empty().then_some(tiles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::view::Sample;

    const PEER: PeerId = PeerId(7);

    fn tile(x: u16, coverage: u8) -> ViewTile {
        ViewTile { tile: [x, 0], cells: vec![Sample::of(coverage, 1, 0).pack(); 256] }
    }

    fn world() -> WorldSize {
        WorldSize::new(1024, 16).unwrap()
    }

    fn send(views: &mut Views, now: Micros) -> Vec<(u32, Vec<ViewTile>)> {
        let messages = views.messages(PEER, now, 10_000, 50_000_000);
        messages.into_iter().map(|(id, p)| (id, unpack(&p, world()).unwrap())).collect()
    }

    #[test]
    fn tiles_go_again_until_they_are_acknowledged() {
        let mut views = Views::default();
        let region = Rect::new(0, 0, 64, 16);
        views.frame(1, region, vec![region], vec![tile(0, 128), tile(1, 64)]);
        views.receivers(&[PEER].into(), 0);
        let first = send(&mut views, 10_000);
        assert_eq!(first[0].1.len(), 2);
        assert!(send(&mut views, 50_000).is_empty());
        let again = send(&mut views, 400_000);
        assert_eq!(again[0].1, first[0].1, "not acknowledged in time");
        views.receivers.get_mut(&PEER).unwrap().in_flight.remove(&again[0].0);
        assert!(send(&mut views, 900_000).is_empty());
        // What looks the same is not sent; what is gone is.
        views.frame(2, region, vec![region], vec![tile(0, 129)]);
        let sent = send(&mut views, 950_000);
        assert_eq!(sent[0].1, vec![ViewTile { tile: [1, 0], cells: vec![0; 256] }]);
    }

    #[test]
    fn a_sleep_moves_no_frame_and_a_region_that_is_gone_has_none() {
        let mut timers = Timers::default();
        let all = [Due::Frame(0), Due::Frame(64), Due::Send];
        assert!(all.into_iter().all(|due| timers.repeats(due, 10, FRAME_US)), "the first is due at once");
        timers.slept(1_000_000);
        assert!(all.into_iter().all(|due| timers.at(due) == 10 + FRAME_US));
        timers.retain(|due| due != Due::Frame(64));
        assert!(timers.is_due(Due::Frame(64), 11) && !timers.is_due(Due::Frame(0), 11));
    }

    #[test]
    fn a_small_budget_serves_all_tiles_in_turn() {
        let mut views = Views::default();
        let region = world().rect();
        let noisy = |seed: u16| -> Vec<ViewTile> {
            let cells =
                |x: u16| (0..256u16).map(|i| Sample::of((i * 37 + x * 11 + seed * 53) as u8, 0, 0).pack()).collect();
            (0..64).map(|x| ViewTile { tile: [x, 0], cells: cells(x) }).collect()
        };
        let mut seen = BTreeMap::new();
        let mut bytes = 0;
        views.receivers(&[PEER].into(), 0);
        for frame in 0..60u64 {
            let now = frame * 33_000;
            views.frame(frame, region, vec![region], noisy(frame as u16));
            for (id, payload) in views.messages(PEER, now, 10_000, 250_000) {
                bytes += payload.len();
                for tile in unpack(&payload, world()).unwrap() {
                    *seen.entry(tile.tile).or_insert(0) += 1;
                }
                views.receivers.get_mut(&PEER).unwrap().in_flight.remove(&id);
            }
        }
        assert!(bytes < 2 * 50_000 * 11 / 10, "{bytes} bytes in 2 s");
        let (least, most) = (seen.values().min().unwrap(), seen.values().max().unwrap());
        assert!(seen.len() == 64 && most - least <= 2, "{seen:?}");
    }

    #[test]
    fn malformed_payloads_are_refused() {
        assert!(unpack(&[0, 0, 5, 0, 1], world()).is_none());
        assert!(unpack(&[64, 0, 0, 0], world()).is_none(), "beyond the world");
        assert!(unpack(&[0, 0, 0], world()).is_none());
        assert_eq!(unpack(&[], world()), Some(vec![]));
    }
}
