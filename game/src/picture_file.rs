//! Pictures from files of any origin, PNG or JPEG: what a header claims is looked at before anything is decoded. Cameras that
//! were held on their side say so in a JPEG's header, and the picture is turned as it was seen.

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
    let orientation = decoder.exif().map_or(1, |exif| orientation(exif));
    Ok(turned(&rgb, [width, height], orientation))
}

/// How a picture lies, 1 to 8, by what Exif says of it (tag 0x112 of the first directory); 1, as it is seen, where it says
/// nothing of the kind.
fn orientation(exif: &[u8]) -> u16 {
    const TAG: u16 = 0x112;
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_big = tiff.starts_with(b"MM\0*");
    if !is_big && !tiff.starts_with(b"II*\0") {
        return 1;
    }
    let short = |at: usize| {
        let two: [u8; 2] = tiff.get(at..)?.first_chunk().copied()?;
        Some(if is_big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    };
    let long = |at: usize| {
        let (first, second) = (u32::from(short(at)?), u32::from(short(at + 2)?));
        Some(if is_big { first << 16 | second } else { second << 16 | first })
    };
    // An entry is a tag, a type, a count and, of a single short number, that number: 12 bytes.
    let found = || {
        let directory = long(4)? as usize;
        let entries = (0..usize::from(short(directory)?)).map(|k| directory + 2 + 12 * k);
        let entry = entries.take_while(|at| at + 12 <= tiff.len()).find(|&at| short(at) == Some(TAG))?;
        short(entry + 8)
    };
    found().filter(|number| (1..=8).contains(number)).unwrap_or(1)
}

/// A picture of three bytes a pixel, turned and mirrored to how it was seen.
fn turned(rgb: &[u8], [width, height]: [u32; 2], orientation: u16) -> Pixels {
    let (right, bottom) = (width - 1, height - 1);
    // Where the pixel of a column and a row comes from.
    let from = |x: u32, y: u32| match orientation {
        2 => (right - x, y),
        3 => (right - x, bottom - y),
        4 => (x, bottom - y),
        5 => (y, x),
        6 => (y, bottom - x),
        7 => (right - y, bottom - x),
        8 => (right - y, x),
        _ => (x, y),
    };
    let (across, down) = if orientation >= 5 { (height, width) } else { (width, height) };
    let mut rgba = Vec::with_capacity(rgb.len() / 3 * 4);
    for y in 0..down {
        for x in 0..across {
            let (x, y) = from(x, y);
            let at = (y * width + x) as usize * 3;
            rgba.extend([rgb[at], rgb[at + 1], rgb[at + 2], 255]);
        }
    }
    Pixels { width: across, height: down, rgba }
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

    /// What cameras say, in both orders of bytes: an entry of another kind first, and then how the picture lies.
    fn exif(is_big: bool, orientation: u16) -> Vec<u8> {
        let short = |n: u16| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let long = |n: u32| if is_big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut all = if is_big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        all.extend(long(8));
        all.extend(short(2));
        for (tag, number) in [(0x10f, 7), (0x112, orientation)] {
            all.extend([short(tag), short(3)].concat());
            all.extend(long(1));
            all.extend([short(number), short(0)].concat());
        }
        all.extend(long(0));
        all
    }

    #[test]
    fn a_camera_that_was_held_on_its_side_took_an_upright_picture() {
        for (is_big, lies) in [(true, 6), (false, 6), (true, 1), (false, 8)] {
            assert_eq!(orientation(&exif(is_big, lies)), lies);
            assert_eq!(orientation(&[b"Exif\0\0", &exif(is_big, lies)[..]].concat()), lies);
        }
        assert_eq!([orientation(&exif(true, 9)), orientation(&exif(false, 0)), orientation(b"MM")], [1; 3]);
        let far = [b"II*\0", &u32::MAX.to_le_bytes()[..], &[0; 40]].concat();
        assert_eq!(orientation(&far), 1);
        // Six pixels, a letter each: what is seen of `abc` above `def`.
        let rgb: Vec<u8> = "abcdef".bytes().flat_map(|letter| [letter; 3]).collect();
        let seen = |orientation: u16| {
            let Pixels { width, rgba, .. } = turned(&rgb, [3, 2], orientation);
            let letters: String = rgba.chunks(4).map(|pixel| char::from(pixel[0])).collect();
            (width, letters)
        };
        let all: Vec<(u32, String)> = (1..=8).map(seen).collect();
        let expected = ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"];
        assert!(all.iter().zip(expected).all(|((_, letters), expected)| letters == expected), "{all:?}");
        assert_eq!([all[0].0, all[2].0, all[4].0, all[7].0], [3, 3, 2, 2]);
        // The file itself, with that in front.
        let segment = [b"Exif\0\0", &exif(true, 6)[..]].concat();
        let length = (segment.len() as u16 + 2).to_be_bytes();
        let file = [&RED[..2], &[0xff, 0xe1], &length, &segment, &RED[2..]].concat();
        assert!(read(&file).is_ok_and(|pixels| pixels.width == 8));
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
