//! Linux: PulseAudio's protocol, which PipeWire speaks, too. It is spoken here in Rust, so nothing native is needed to build
//! or to run, and a machine without a sound server is silent.

use super::player::Player;
use bevy::tasks::block_on;
use pulseaudio::protocol::{
    ChannelMap, PlaybackStreamParams, SampleFormat, SampleSpec, stream::BufferAttr, stream::StreamFlags,
};
use pulseaudio::{AsPlaybackSource, Client, ClientError};
use std::sync::mpsc::Receiver;

/// The server converts it to what its device has.
const RATE: u32 = 48_000;
/// Bytes of a pair of samples.
const PAIR: usize = 8;
/// What the server holds: 40 ms.
const HELD_BYTES: u32 = RATE / 25 * PAIR as u32;
/// Pairs that are made at a time.
const PAIRS: usize = 256;

/// Plays until the game's end is gone.
pub(super) fn play(mut player: Player, ends: &Receiver<()>) -> Result<(), ClientError> {
    player.tune(RATE as f32);
    let client = Client::from_env(c"Tidepool")?;
    let params = PlaybackStreamParams {
        sample_spec: SampleSpec { format: SampleFormat::Float32Le, channels: 2, sample_rate: RATE },
        channel_map: ChannelMap::stereo(),
        buffer_attr: BufferAttr { target_length: HELD_BYTES, ..BufferAttr::default() },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..PlaybackStreamParams::default()
    };
    let source = move |bytes: &mut [u8]| fill(&mut player, bytes);
    let stream = block_on(client.create_playback_stream(params, source.as_playback_source()))?;
    // Nothing is ever sent: it ends with the game's end.
    let _ = ends.recv();
    block_on(stream.delete())
}

/// As many whole pairs as there is room for; none would mean the end.
fn fill(player: &mut Player, bytes: &mut [u8]) -> usize {
    let mut made = [0.0; PAIRS * 2];
    let whole = bytes.len() / PAIR * PAIR;
    for part in bytes[..whole].chunks_mut(PAIRS * PAIR) {
        let block = &mut made[..part.len() / size_of::<f32>()];
        player.fill(block);
        for (to, sample) in part.chunks_exact_mut(size_of::<f32>()).zip(block) {
            to.copy_from_slice(&sample.to_le_bytes());
        }
    }
    whole
}
