//! The synthesiser for the page's audio worklet, a program of its own that is small enough to be there at once.
//!
//! A worklet has neither `fetch` nor modules that are loaded later, so there is no wasm-bindgen: `web/page/sound-worklet.js`
//! calls the functions below and reads and writes memory. There is one player, since each worklet has its own memory.

use sound::scape::{FLOATS, Scape};
use sound::synth::Synth;
use std::cell::RefCell;

/// The most frames of a block; browsers ask for 128.
const FRAMES_MAX: usize = 2048;

struct Player {
    synth: Synth,
    levels: [f32; FLOATS],
    block: [f32; FRAMES_MAX * 2],
}

thread_local! {
    static PLAYER: RefCell<Option<Box<Player>>> = const { RefCell::new(None) };
}

fn with<T>(nothing: T, act: impl FnOnce(&mut Player) -> T) -> T {
    PLAYER.with_borrow_mut(|player| match player {
        Some(player) => act(player),
        None => nothing,
    })
}

/// Makes the player, silent, at a rate in samples a second.
#[unsafe(no_mangle)]
pub extern "C" fn sound_begin(rate: f32, seed: u32) {
    let synth = Synth::new(rate, seed);
    PLAYER.set(Some(Box::new(Player { synth, levels: [0.0; FLOATS], block: [0.0; FRAMES_MAX * 2] })));
}

/// Where the numbers of a [`Scape`] are to be written before [`sound_hear`]: as many as [`sound_floats`] says.
#[unsafe(no_mangle)]
pub extern "C" fn sound_levels() -> *mut f32 {
    with(std::ptr::null_mut(), |player| player.levels.as_mut_ptr())
}

/// See [`sound_levels`].
#[unsafe(no_mangle)]
pub extern "C" fn sound_floats() -> usize {
    FLOATS
}

/// Takes what was written.
#[unsafe(no_mangle)]
pub extern "C" fn sound_hear() {
    with((), |player| player.synth.hear(&Scape::from_floats(&player.levels)));
}

/// Makes so many frames, and says where they are: pairs, left and right.
#[unsafe(no_mangle)]
pub extern "C" fn sound_render(frames: usize) -> *const f32 {
    with(std::ptr::null(), |player| {
        player.synth.render(&mut player.block[..frames.min(FRAMES_MAX) * 2]);
        player.block.as_ptr()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_plays_what_was_written() {
        assert!(sound_render(128).is_null(), "nobody has begun");
        sound_begin(48_000.0, 1);
        assert!(!sound_render(1 << 20).is_null() && !sound_levels().is_null());
        with((), |player| {
            assert!(player.block.iter().all(|sample| *sample == 0.0));
            player.levels = Scape { gain: 1.0, voices: [sound::scape::Voice { level: 1.0, pan: 0.0 }; _] }.to_floats();
        });
        sound_hear();
        sound_render(FRAMES_MAX);
        with((), |player| assert!(player.block.iter().any(|sample| sample.abs() > 0.01)));
        assert_eq!(sound_floats(), FLOATS);
    }
}
