//! Windows and macOS: the system's own default device, by cpal.

use super::player::Player;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{Error, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig};
use std::sync::mpsc::Receiver;

/// Pairs that are made at a time.
const PAIRS: usize = 256;

/// Plays until the game's end is gone.
pub(super) fn play(player: Player, ends: &Receiver<()>) -> Result<(), Error> {
    let device = cpal::default_host().default_output_device().ok_or(ErrorKind::DeviceNotAvailable)?;
    let config = device.default_output_config()?;
    let format = config.sample_format();
    match format {
        SampleFormat::F32 => play_as::<f32>(&device, config.into(), player, ends),
        SampleFormat::I16 => play_as::<i16>(&device, config.into(), player, ends),
        SampleFormat::I32 => play_as::<i32>(&device, config.into(), player, ends),
        SampleFormat::U16 => play_as::<u16>(&device, config.into(), player, ends),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }
}

fn play_as<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut player: Player,
    ends: &Receiver<()>,
) -> Result<(), Error> {
    let channels = usize::from(config.channels).max(1);
    player.tune(config.sample_rate as f32);
    let fill = move |out: &mut [T], _: &cpal::OutputCallbackInfo| {
        let mut made = [0.0; PAIRS * 2];
        for part in out.chunks_mut(PAIRS * channels) {
            let block = &mut made[..part.len() / channels * 2];
            player.fill(block);
            for (frame, pair) in part.chunks_exact_mut(channels).zip(block.chunks_exact(2)) {
                spread(frame, [pair[0], pair[1]]);
            }
        }
    };
    // What is wrong comes back with every block: it is said once.
    let mut told = false;
    let fails = move |error: Error| {
        if !std::mem::replace(&mut told, true) {
            log::info!("sound: {error}");
        }
    };
    let stream = device.build_output_stream(config, fill, fails, None)?;
    stream.play()?;
    // Nothing is ever sent: it ends with the game's end.
    let _ = ends.recv();
    Ok(())
}

/// A pair over as many speakers as there are.
fn spread<T: SizedSample + FromSample<f32>>(frame: &mut [T], [left, right]: [f32; 2]) {
    match frame {
        [one] => *one = T::from_sample((left + right) * 0.5),
        [first, second, others @ ..] => {
            (*first, *second) = (T::from_sample(left), T::from_sample(right));
            others.fill(T::from_sample(0.0));
        }
        [] => {}
    }
}
