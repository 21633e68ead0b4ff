//! The synthesiser as a device's thread has it: scapes come through a channel that neither waits nor allocates.

use sound::scape::Scape;
use sound::synth::Synth;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};

/// Scapes that wait at most; a device takes them many times a second.
const WAITING_MAX: usize = 8;

/// The game's end: when it goes, the device is closed.
pub(super) struct Link {
    scapes: SyncSender<Scape>,
    /// Its end is what the device's thread waits for.
    _open: Sender<()>,
}

impl Link {
    /// Whether anybody is there. One too many is left out: the next comes soon.
    pub(super) fn tell(&self, scape: Scape) -> bool {
        !matches!(self.scapes.try_send(scape), Err(TrySendError::Disconnected(_)))
    }
}

/// The device's end.
pub(super) struct Player {
    scapes: Receiver<Scape>,
    synth: Option<Synth>,
}

/// Both ends, and what ends when the game's does.
pub(super) fn link() -> (Link, Player, Receiver<()>) {
    let (scapes, heard) = sync_channel(WAITING_MAX);
    let (open, ends) = channel();
    (Link { scapes, _open: open }, Player { scapes: heard, synth: None }, ends)
}

impl Player {
    /// The device's rate is known; nothing is allocated after this.
    pub(super) fn tune(&mut self, rate: f32) {
        let seed =
            web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).map_or(1, |since| since.subsec_nanos());
        self.synth = Some(Synth::new(rate, seed));
    }

    /// Fills a block of pairs, left and right.
    pub(super) fn fill(&mut self, block: &mut [f32]) {
        let Some(synth) = &mut self.synth else { return block.fill(0.0) };
        while let Ok(scape) = self.scapes.try_recv() {
            synth.hear(&scape);
        }
        synth.render(block);
    }
}
