//! Pictures from files of any origin, PNG or JPEG: what a header claims is looked at before anything is decoded.

use crate::png_file::Pixels;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The largest file, in bytes.
const BYTES_MAX: usize = 16 << 20;
/// The most pixels, in millions: what cameras make; 64 MB in memory.
pub(crate) const MEGAPIXELS_MAX: u32 = 16;
const PIXELS_MAX: u32 = MEGAPIXELS_MAX << 20;
/// The longest side.
const SIDE_MAX: u32 = 16_384;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The file, or what it claims to hold, is too large.
    TooLarge,
    /// It is broken, or of a kind that is not known.
    Unreadable,
}

/// Whether a file says at its beginning that it is a picture of a kind that is known.
pub(crate) fn is_picture(file: &[u8]) -> bool {
    file.starts_with(PNG) || file.starts_with(JPEG)
}

/// A picture's pixels.
///
/// # Errors
///
/// When it is too large, or cannot be read.
pub(crate) fn read(file: &[u8]) -> Result<Pixels, Problem> {
    if file.len() > BYTES_MAX {
        return Err(Problem::TooLarge);
    }
    if file.starts_with(PNG) { read_png(file) } else { read_jpeg(file) }
}

fn read_png(file: &[u8]) -> Result<Pixels, Problem> {
    // The first chunk is the header, and begins with width and height.
    let number = |at: usize| file.get(at..at + 4).map(|bytes| bytes.iter().fold(0, |sum, &b| sum << 8 | u32::from(b)));
    let sides = number(16).zip(number(20)).ok_or(Problem::Unreadable)?;
    within(sides)?;
    Pixels::decode_within(file, PIXELS_MAX).ok_or(Problem::Unreadable)
}

fn read_jpeg(file: &[u8]) -> Result<Pixels, Problem> {
    let options = DecoderOptions::new_safe()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| Problem::Unreadable)?;
    let (width, height) = decoder.dimensions().ok_or(Problem::Unreadable)?;
    let (width, height) = (width as u32, height as u32);
    within((width, height))?;
    let rgb = decoder.decode().map_err(|_| Problem::Unreadable)?;
    if rgb.len() != (width * height * 3) as usize {
        return Err(Problem::Unreadable);
    }
    let rgba = rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    Ok(Pixels { width, height, rgba })
}

/// Whether a picture of these sides may be decoded.
fn within((width, height): (u32, u32)) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::Unreadable);
    }
    let is_small = width <= SIDE_MAX && height <= SIDE_MAX && width * height <= PIXELS_MAX;
    if is_small { Ok(()) } else { Err(Problem::TooLarge) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 8 x 8 red pixels.
    const RED: &[u8] = include_bytes!("../tests/data/red.jpg");

    fn png() -> Vec<u8> {
        Pixels { width: 3, height: 2, rgba: [10, 20, 30, 255].repeat(6) }.encode().unwrap()
    }

    #[test]
    fn both_kinds_are_read_and_others_are_not() {
        assert_eq!(read(&png()).map(|pixels| (pixels.width, pixels.height)), Ok((3, 2)));
        let red = read(RED).unwrap();
        assert_eq!((red.width, red.height), (8, 8));
        assert!(red.rgba.chunks(4).all(|p| p[0] > 240 && p[1] < 20 && p[2] < 20 && p[3] == 255), "{:?}", red.rgba);
        assert!(is_picture(&png()) && is_picture(RED) && !is_picture(b"GIF89a") && !is_picture(b""));
        assert_eq!(read(b"GIF89a"), Err(Problem::Unreadable));
    }

    /// What a header claims costs nothing before it was looked at.
    #[test]
    fn a_hostile_header_of_giant_sides_is_refused_before_it_is_decoded() {
        let claimed = |width: u32, height: u32| {
            let mut file = png();
            file[16..20].copy_from_slice(&width.to_be_bytes());
            file[20..24].copy_from_slice(&height.to_be_bytes());
            read(&file)
        };
        for (width, height) in
            [(u32::MAX, u32::MAX), (0x4000_0000, 4), (1, u32::MAX), (65_536, 65_536), (16_384, 2_000)]
        {
            assert_eq!(claimed(width, height), Err(Problem::TooLarge), "{width} x {height}");
        }
        // One that may be is not there.
        assert_eq!(claimed(4_000, 4_000), Err(Problem::Unreadable));
        assert_eq!([claimed(0, 4), claimed(4, 0)], [Err(Problem::Unreadable), Err(Problem::Unreadable)]);
        // The start of a frame of a JPEG, whose sides are 16 bits each.
        let frame = RED.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        let mut file = RED.to_vec();
        file[frame + 5..frame + 9].fill(0xff);
        assert_eq!(read(&file), Err(Problem::TooLarge));
        assert_eq!(read(&[PNG, &vec![0; BYTES_MAX]].concat()), Err(Problem::TooLarge));
    }

    #[test]
    fn what_is_cut_or_changed_never_panics() {
        for file in [png(), RED.to_vec()] {
            for at in 0..file.len() {
                let _ = read(&file[..at]);
                let mut other = file.clone();
                other[at] ^= 0x55;
                let _ = read(&other);
            }
        }
    }
}
