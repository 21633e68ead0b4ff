//! Pictures as PNG files: reading those that come from elsewhere, within bounds, and writing.

use std::io::Cursor;

/// The most pixels of a picture that this program makes.
const PIXELS_MAX: u32 = 1 << 22;

/// A picture in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue and alpha of each, row by row from the top, in sRGB.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// From what a GPU gave, whose rows have this many bytes: the picture is opaque.
    pub(crate) fn of_rows(width: u32, height: u32, row_bytes: usize, bytes: &[u8]) -> Option<Self> {
        let used = width as usize * 4;
        if used == 0 || height == 0 || row_bytes < used || bytes.len() < row_bytes * (height as usize - 1) + used {
            return None;
        }
        let mut rgba = Vec::with_capacity(used * height as usize);
        bytes.chunks(row_bytes).take(height as usize).for_each(|row| rgba.extend_from_slice(&row[..used]));
        rgba.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
        Some(Self { width, height, rgba })
    }

    /// The same, at most so large, in its own proportions: each pixel is the mean of those that it stands for.
    pub(crate) fn shrunk(&self, width_max: u32, height_max: u32) -> Self {
        let scale = (f64::from(width_max) / f64::from(self.width)).min(f64::from(height_max) / f64::from(self.height));
        if scale >= 1.0 {
            return self.clone();
        }
        let side = |of: u32| ((f64::from(of) * scale).round() as u32).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let from = |at: u32, of: u32, to: u32| (u64::from(at) * u64::from(of) / u64::from(to)) as usize;
        let mut rgba = Vec::with_capacity((width * height * 4) as usize);
        for y in 0..height {
            let (y0, y1) = (from(y, self.height, height), from(y + 1, self.height, height));
            for x in 0..width {
                let (x0, x1) = (from(x, self.width, width), from(x + 1, self.width, width));
                let mut sum = [0u32; 3];
                for row in y0..y1 {
                    let start = row * self.width as usize;
                    for pixel in self.rgba[(start + x0) * 4..(start + x1) * 4].chunks_exact(4) {
                        (0..3).for_each(|k| sum[k] += u32::from(pixel[k]));
                    }
                }
                let count = ((y1 - y0) * (x1 - x0)).max(1) as u32;
                rgba.extend(sum.map(|sum| (sum / count) as u8));
                rgba.push(255);
            }
        }
        Self { width, height, rgba }
    }

    /// As a PNG file.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.rgba).ok()?;
        writer.finish().ok()?;
        Some(file)
    }

    /// From a PNG file; nothing where it is none, or larger than any that this program makes.
    pub(crate) fn decode(file: &[u8]) -> Option<Self> {
        Self::decode_within(file, PIXELS_MAX)
    }

    /// From a PNG file of at most so many pixels; nothing where it is none.
    pub(crate) fn decode_within(file: &[u8], pixels_max: u32) -> Option<Self> {
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: 1 << 24 });
        decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().ok()?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width.checked_mul(height).is_none_or(|pixels| pixels > pixels_max) {
            return None;
        }
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut bytes).ok()?;
        bytes.truncate(frame.buffer_size());
        let rgba = match frame.color_type {
            png::ColorType::Rgba => bytes,
            png::ColorType::GrayscaleAlpha => {
                bytes.chunks_exact(2).flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect()
            }
            _ => return None,
        };
        (rgba.len() == (width * height * 4) as usize).then_some(Self { width, height, rgba })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Pixels {
        let pixel = |i: u32| [(i % 251) as u8, (i / 3 % 256) as u8, 7, 255];
        Pixels { width: 64, height: 40, rgba: (0..64 * 40).flat_map(pixel).collect() }
    }

    #[test]
    fn a_picture_comes_back_as_it_was() {
        assert_eq!(Pixels::decode(&picture().encode().unwrap()), Some(picture()));
    }

    #[test]
    fn what_is_no_picture_is_none_wherever_it_is_cut_or_changed() {
        let file = picture().encode().unwrap();
        for cut in 0..file.len() {
            let _ = Pixels::decode(&file[..cut]);
        }
        for at in 0..file.len() {
            let mut other = file.clone();
            other[at] ^= 0x55;
            let _ = Pixels::decode(&other);
        }
        assert_eq!(Pixels::decode(b"GIF89a"), None);
        // A header that claims more than there is memory for.
        let mut huge = file;
        huge[16..24].copy_from_slice(&[0x40, 0, 0, 0, 0x40, 0, 0, 0]);
        assert_eq!(Pixels::decode(&huge), None);
    }

    #[test]
    fn rows_of_a_gpu_are_longer_than_the_pictures() {
        let bytes: Vec<u8> = (0..3).flat_map(|y| [[y; 8].as_slice(), &[99; 248]].concat()).collect();
        let picture = Pixels::of_rows(2, 3, 256, &bytes).unwrap();
        assert_eq!(picture.rgba, [0, 0, 0, 255, 0, 0, 0, 255, 1, 1, 1, 255, 1, 1, 1, 255, 2, 2, 2, 255, 2, 2, 2, 255]);
        assert_eq!(Pixels::of_rows(2, 4, 256, &bytes), None);
    }

    #[test]
    fn a_shrunk_picture_keeps_its_proportions_and_its_mean() {
        let grey = Pixels { width: 640, height: 400, rgba: [100, 150, 200, 255].repeat(640 * 400) };
        let small = grey.shrunk(160, 160);
        assert_eq!((small.width, small.height), (160, 100));
        assert!(small.rgba.chunks(4).all(|pixel| pixel == [100, 150, 200, 255]));
        assert_eq!(small.shrunk(1000, 1000), small);
    }
}
