//! How materials look. Their colours in pictures and in the window follow from it: see [`crate::shade`].

/// How a material is drawn: red, green, blue in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// At rest.
    pub body: [u8; 3],
    /// At the greatest speed that the view shows.
    pub fast: [u8; 3],
    /// What is seen on it from near.
    pub pattern: Pattern,
}

/// What makes a material's cells differ in brightness. Bodies carry theirs with them, and so does what has grains, by
/// [`crate::view::Sample::place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Nothing.
    Plain,
    /// Grains, by so many of 255 brighter and darker.
    Grains(u8),
    /// Sparse bright points.
    Sparks,
    /// Growth rings, along the body's x.
    Rings,
    /// Fine lines, along the body's x.
    Brushed,
    /// Specks of a rock.
    Specks,
    /// Cracks across.
    Cracks,
    /// Bubbles here and there.
    Bubbles,
    /// Points in rows.
    Studs,
    /// Bricks, of what stays where it is.
    Bricks,
    /// Stripes across, of what stays where it is.
    Stripes,
}
