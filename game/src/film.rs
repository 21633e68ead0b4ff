//! What was on the screen as files: a picture of now, and a moving one (GIF) of the last seconds. While that is switched on a
//! few small frames a second are kept, in bounded memory; a file is put together beside the frames, a part in each.

use crate::png_file::Pixels;
use crate::saves::{Export, save_name, seconds};
use crate::schedule::AppSystems;
use crate::session::Session;
use crate::view::snap::{PictureTaken, Purpose, TakePicture};
use bevy::prelude::*;
use gif::{Encoder, Frame, Repeat};
use std::collections::VecDeque;
use web_time::Instant;

/// How long a frame is shown, in hundredths of a second.
const FRAME_CS: u16 = 8;
/// The longest that is kept, in seconds.
pub const SECONDS_MAX: u32 = 10;
/// So many frames are kept: some 38 MB of the largest.
const FRAMES_MAX: usize = SECONDS_MAX as usize * 100 / FRAME_CS as usize;
/// A part of the work takes so much of a frame, in milliseconds.
const WORK_MS: u128 = 4;
/// Colours of a file.
const COLOURS: usize = 256;
/// Pixels that are looked at to choose them.
const SAMPLES_MAX: usize = 40_000;
/// Bits a channel by which a pixel finds its colour.
const BITS: u32 = 5;

/// Something that is asked of this.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilmRequest {
    /// A picture of what is seen.
    Picture,
    /// What was seen in the last so many seconds.
    Film(u32),
}

/// See the module.
#[derive(Resource, Default)]
pub struct Film {
    /// Frames are kept.
    pub on: bool,
    frames: VecDeque<Pixels>,
    taken_s: f64,
    making: Option<Making>,
    waiting: bool,
}

impl Film {
    /// How many seconds there are.
    pub fn seconds(&self) -> f32 {
        self.frames.len() as f32 * f32::from(FRAME_CS) / 100.0
    }

    /// How much of the file is put together, 0 to 1; none while there is nothing to do.
    pub fn progress(&self) -> Option<f32> {
        self.making.as_ref().map(|making| making.next as f32 / making.frames.len().max(1) as f32)
    }

    /// Begins a file of the last seconds.
    fn begin(&mut self, seconds: u32) {
        let count = (seconds as usize * 100 / usize::from(FRAME_CS)).min(self.frames.len());
        let frames: Vec<Pixels> = self.frames.iter().skip(self.frames.len() - count).cloned().collect();
        self.making = Making::new(frames);
    }

    fn push(&mut self, frame: Pixels) {
        // A window of another size begins anew: a file has one.
        if self.frames.back().is_some_and(|last| (last.width, last.height) != (frame.width, frame.height)) {
            self.frames.clear();
        }
        if self.frames.len() == FRAMES_MAX {
            self.frames.pop_front();
        }
        self.frames.push_back(frame);
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Film>()
        .add_message::<FilmRequest>()
        .add_systems(Update, (obey, keep, make).chain().in_set(AppSystems::Draw));
}

fn obey(mut asked: MessageReader<FilmRequest>, mut film: ResMut<Film>, mut pictures: MessageWriter<TakePicture>) {
    for request in asked.read() {
        match request {
            FilmRequest::Picture => drop(pictures.write(TakePicture(Purpose::File))),
            FilmRequest::Film(seconds) if film.making.is_none() => film.begin(*seconds),
            FilmRequest::Film(_) => {}
        }
    }
}

fn keep(
    mut film: ResMut<Film>,
    mut taken: MessageReader<PictureTaken>,
    mut pictures: MessageWriter<TakePicture>,
    mut exports: MessageWriter<Export>,
    session: Res<Session>,
    time: Res<Time>,
) {
    let film = film.bypass_change_detection();
    for PictureTaken { purpose, pixels } in taken.read() {
        match purpose {
            Purpose::Film if film.on => film.push(pixels.clone()),
            Purpose::File => {
                if let Some(contents) = pixels.encode() {
                    exports.write(Export { file: file_name(&session, "png"), contents });
                }
            }
            _ => {}
        }
        film.waiting &= *purpose != Purpose::Film;
    }
    let now = time.elapsed_secs_f64();
    if !film.on {
        film.frames.clear();
        film.waiting = false;
    } else if now - film.taken_s >= f64::from(FRAME_CS) / 100.0 && (!film.waiting || now - film.taken_s > 1.0) {
        (film.taken_s, film.waiting) = (now, true);
        pictures.write(TakePicture(Purpose::Film));
    }
}

fn make(mut film: ResMut<Film>, mut exports: MessageWriter<Export>, session: Res<Session>) {
    let Some(making) = film.bypass_change_detection().making.as_mut() else { return };
    let began = Instant::now();
    while making.step() {
        if began.elapsed().as_millis() >= WORK_MS {
            return;
        }
    }
    if let Some(contents) = film.making.take().and_then(Making::end) {
        exports.write(Export { file: file_name(&session, "gif"), contents });
    }
}

fn file_name(session: &Session, ending: &str) -> String {
    format!("{}.{ending}", save_name(session.room().map_or("tidepool", String::as_str), seconds()))
}

/// A file that is being put together.
struct Making {
    frames: Vec<Pixels>,
    next: usize,
    palette: Palette,
    encoder: Encoder<Vec<u8>>,
    failed: bool,
}

impl Making {
    fn new(frames: Vec<Pixels>) -> Option<Self> {
        let first = frames.first()?;
        let (width, height) = (u16::try_from(first.width).ok()?, u16::try_from(first.height).ok()?);
        let palette = Palette::of(&frames);
        let mut encoder = Encoder::new(Vec::new(), width, height, &palette.bytes()).ok()?;
        encoder.set_repeat(Repeat::Infinite).ok()?;
        Some(Self { frames, next: 0, palette, encoder, failed: false })
    }

    /// Puts one frame in; false once there is none left.
    fn step(&mut self) -> bool {
        let Some(pixels) = self.frames.get(self.next).filter(|_| !self.failed) else { return false };
        let buffer = self.palette.indices(pixels);
        // The frame keeps to the sizes that the file began with.
        let (width, height) = (pixels.width as u16, pixels.height as u16);
        let frame = Frame { delay: FRAME_CS, width, height, buffer: buffer.into(), ..Frame::default() };
        self.failed = self.encoder.write_frame(&frame).is_err();
        self.next += 1;
        true
    }

    fn end(self) -> Option<Vec<u8>> {
        self.encoder.into_inner().ok().filter(|_| !self.failed)
    }
}

/// The colours of a file, and for each coarse colour which of them is nearest: found when it is first asked for.
struct Palette {
    colours: Vec<[u8; 3]>,
    nearest: Vec<u16>,
}

impl Palette {
    /// Chosen by median cut from some of the frames' pixels.
    fn of(frames: &[Pixels]) -> Self {
        let pixels = frames.iter().map(|frame| frame.rgba.len() / 4).sum::<usize>();
        let every = (pixels / SAMPLES_MAX).max(1);
        let all = frames.iter().flat_map(|frame| frame.rgba.chunks_exact(4));
        let samples: Vec<[u8; 3]> = all.step_by(every).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let mut boxes = vec![samples];
        while boxes.len() < COLOURS {
            // The one with most to lose: by its longest side and what is in it.
            let worth = |part: &Vec<[u8; 3]>| side(part).1 as usize * part.len();
            let Some((at, _)) = boxes.iter().enumerate().max_by_key(|(_, part)| worth(part)) else { break };
            let mut part = boxes.swap_remove(at);
            let (channel, length) = side(&part);
            if length == 0 {
                boxes.push(part);
                break;
            }
            part.sort_unstable_by_key(|colour| colour[channel]);
            let upper = part.split_off(part.len() / 2);
            boxes.extend([part, upper].into_iter().filter(|part| !part.is_empty()));
        }
        let mean = |part: &Vec<[u8; 3]>| {
            let sum = part.iter().fold([0u64; 3], |sum, colour| [0, 1, 2].map(|k| sum[k] + u64::from(colour[k])));
            sum.map(|sum| (sum / part.len().max(1) as u64) as u8)
        };
        Self { colours: boxes.iter().map(mean).collect(), nearest: vec![u16::MAX; 1 << (3 * BITS)] }
    }

    fn bytes(&self) -> Vec<u8> {
        self.colours.concat()
    }

    /// Of each pixel which colour it gets. A pattern of four by four pixels hides the steps in smooth skies.
    fn indices(&mut self, pixels: &Pixels) -> Vec<u8> {
        const PATTERN: [i32; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
        let width = pixels.width as usize;
        let shade = |value: u8, by: i32| (i32::from(value) + by).clamp(0, 255) as u8;
        let each = pixels.rgba.chunks_exact(4).enumerate().map(|(place, pixel)| {
            let (x, y) = (place % width, place / width);
            let by = (PATTERN[(y % 4) * 4 + x % 4] - 7) / 2;
            self.index([shade(pixel[0], by), shade(pixel[1], by), shade(pixel[2], by)])
        });
        each.collect()
    }

    fn index(&mut self, colour: [u8; 3]) -> u8 {
        let key = colour.iter().fold(0usize, |key, value| key << BITS | usize::from(value >> (8 - BITS)));
        if self.nearest[key] == u16::MAX {
            let middle = colour.map(|value| i32::from(value >> (8 - BITS) << (8 - BITS)) + (1 << (7 - BITS)));
            let distance = |known: &[u8; 3]| (0..3).map(|k| (i32::from(known[k]) - middle[k]).pow(2)).sum::<i32>();
            let best = self.colours.iter().enumerate().min_by_key(|(_, known)| distance(known));
            self.nearest[key] = best.map_or(0, |(index, _)| index as u16);
        }
        self.nearest[key] as u8
    }
}

/// The channel in which colours differ most, and by how much.
fn side(part: &[[u8; 3]]) -> (usize, u8) {
    let length = |channel: usize| {
        let values = part.iter().map(|colour| colour[channel]);
        values.clone().max().unwrap_or(0) - values.min().unwrap_or(0)
    };
    (0..3).map(|channel| (channel, length(channel))).max_by_key(|(_, length)| *length).unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(shift: u32) -> Pixels {
        let pixel = |i: u32| {
            let (x, y) = (i % 80 + shift, i / 80);
            [(x * 3) as u8, (y * 5) as u8, 90, 255]
        };
        Pixels { width: 80, height: 50, rgba: (0..80 * 50).flat_map(pixel).collect() }
    }

    #[test]
    fn a_file_has_the_frames_of_its_seconds_and_looks_like_them() {
        let mut film = Film { on: true, ..Film::default() };
        (0..200).for_each(|shift| film.push(frame(shift)));
        assert_eq!(film.frames.len(), FRAMES_MAX);
        film.begin(2);
        let mut making = film.making.take().unwrap();
        while making.step() {}
        let file = making.end().unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut read = options.read_info(&file[..]).unwrap();
        let (mut frames, mut off) = (0, 0u64);
        while let Some(shown) = read.read_next_frame().unwrap() {
            let meant = frame(200 - 25 + frames);
            let pairs = shown.buffer.iter().zip(&meant.rgba);
            off = off.max(pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / meant.rgba.len() as u64);
            assert_eq!((shown.delay, shown.width, shown.height), (FRAME_CS, 80, 50));
            frames += 1;
        }
        assert_eq!(frames, 25);
        assert!(off < 12, "{off} of 255 on average");
    }

    #[test]
    fn one_colour_and_no_frame_are_files_and_none() {
        let grey = Pixels { width: 4, height: 4, rgba: [9, 9, 9, 255].repeat(16) };
        let mut making = Making::new(vec![grey]).unwrap();
        while making.step() {}
        assert!(making.end().is_some_and(|file| file.starts_with(b"GIF89a")));
        assert!(Making::new(Vec::new()).is_none());
    }

    #[test]
    fn frames_are_of_one_size() {
        let mut film = Film::default();
        film.push(frame(0));
        film.push(Pixels { width: 2, height: 2, rgba: vec![0; 16] });
        assert_eq!(film.frames.len(), 1);
    }
}
