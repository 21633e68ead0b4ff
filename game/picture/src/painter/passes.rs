//! The passes of a frame as a table: each has a shader's entry point, what it reads and what it writes.

/// A texture that passes write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Made {
    Gathered,
    Dry,
    AcrossA,
    AcrossB,
    BlurredA,
    BlurredB,
    Body,
    PeakAcross,
    Peak,
    Shape,
    Slope,
    Kin,
    Gases,
    Parts,
    FarFilled,
    FarLight,
    FineAcross,
    FineAcrossLight,
    Fine,
    FineLight,
    Coarse,
    CoarseLight,
    WideAcross,
    WideAcrossLight,
    Wide,
    WideLight,
    Soaked,
    Swept,
    Backdrop,
}

/// How large a texture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A texel of the near part each.
    Near,
    /// The same of the far part.
    Far,
    /// A quarter of that a side.
    Quarter,
    /// A column a ray.
    Rays,
    /// About as large as the picture.
    Backdrop,
}

impl Made {
    pub(super) const ALL: [Self; 29] = [
        Self::Gathered,
        Self::Dry,
        Self::AcrossA,
        Self::AcrossB,
        Self::BlurredA,
        Self::BlurredB,
        Self::Body,
        Self::PeakAcross,
        Self::Peak,
        Self::Shape,
        Self::Slope,
        Self::Kin,
        Self::Gases,
        Self::Parts,
        Self::FarFilled,
        Self::FarLight,
        Self::FineAcross,
        Self::FineAcrossLight,
        Self::Fine,
        Self::FineLight,
        Self::Coarse,
        Self::CoarseLight,
        Self::WideAcross,
        Self::WideAcrossLight,
        Self::Wide,
        Self::WideLight,
        Self::Soaked,
        Self::Swept,
        Self::Backdrop,
    ];

    pub(super) fn extent(self) -> Extent {
        match self {
            Self::FarFilled
            | Self::FarLight
            | Self::FineAcross
            | Self::FineAcrossLight
            | Self::Fine
            | Self::FineLight => Extent::Far,
            Self::Coarse
            | Self::CoarseLight
            | Self::WideAcross
            | Self::WideAcrossLight
            | Self::Wide
            | Self::WideLight
            | Self::Soaked => Extent::Quarter,
            Self::Swept => Extent::Rays,
            Self::Backdrop => Extent::Backdrop,
            _ => Extent::Near,
        }
    }

    /// Bytes a texel.
    pub(super) fn bytes(self) -> u32 {
        match self {
            Self::Soaked => 1,
            Self::Dry | Self::PeakAcross | Self::Peak => 2,
            Self::Body | Self::Shape => 8,
            _ => 4,
        }
    }
}

/// What a pass reads besides [`Shot`](crate::shot::Shot).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Cells,
    Samples,
    Arrivals,
    Made(Made),
    Smoothly,
    Detail,
    Stones,
    Tiling,
    Finishes,
    /// Written, not read.
    Swept,
}

/// When a pass runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// The field has changed.
    Far,
    /// The same, or which part of it is near; only where it did.
    Near,
    /// As that, if there is anything but water.
    Mixed,
    /// The picture's size has changed.
    Resized,
}

/// A pass that draws into textures.
pub(super) struct Pass {
    pub(super) file: &'static str,
    pub(super) entry: &'static str,
    pub(super) when: When,
    /// By binding.
    pub(super) reads: &'static [(u32, Read)],
    pub(super) writes: &'static [Made],
}

impl Pass {
    /// It runs on parts of the near part.
    pub(super) fn is_near(&self) -> bool {
        matches!(self.when, When::Near | When::Mixed)
    }

    /// What it is called where passes are told apart.
    pub(super) fn label(&self) -> &'static str {
        match (self.file, self.entry) {
            ("blur", "across") => "blur_across",
            ("blur", _) => "blur_upwards",
            ("peak", "across") => "peak_across",
            ("peak", _) => "peak_upwards",
            ("spread" | "soak", entry) => entry,
            (file, _) => file,
        }
    }

    /// How it is put over what is there, where that stays.
    pub(super) fn blend(&self) -> Option<wgpu::BlendState> {
        let by = |operation| {
            let (src_factor, dst_factor) = (wgpu::BlendFactor::One, wgpu::BlendFactor::One);
            let component = wgpu::BlendComponent { src_factor, dst_factor, operation };
            Some(wgpu::BlendState { color: component, alpha: component })
        };
        match self.entry {
            "dries" => by(wgpu::BlendOperation::ReverseSubtract),
            "soaks" => by(wgpu::BlendOperation::Max),
            _ => None,
        }
    }
}

use Made::{
    AcrossA, AcrossB, Backdrop, BlurredA, BlurredB, Body, Coarse, CoarseLight, Dry, FarFilled, FarLight, Fine,
    FineAcross, FineAcrossLight, FineLight, Gases, Gathered, Kin, Parts, Peak, PeakAcross, Shape, Slope, Soaked, Swept,
    Wide, WideAcross, WideAcrossLight, WideLight,
};
use Read::{Arrivals, Cells, Finishes, Samples, Smoothly, Tiling};

const fn made(made: Made) -> Read {
    Read::Made(made)
}

/// All that draw into textures of a cell's or another resolution of their own, in order; after those of the far part comes
/// the sweep.
pub(super) const PASSES: &[Pass] = &[
    Pass { file: "sky", entry: "main", when: When::Resized, reads: &[], writes: &[Backdrop] },
    Pass {
        file: "far",
        entry: "gather",
        when: When::Far,
        reads: &[(1, Cells), (2, Samples), (3, Arrivals)],
        writes: &[FarFilled, FarLight],
    },
    Pass {
        file: "spread",
        entry: "fine_across",
        when: When::Far,
        reads: &[(4, made(FarFilled)), (5, made(FarLight))],
        writes: &[FineAcross, FineAcrossLight],
    },
    Pass {
        file: "spread",
        entry: "fine_upwards",
        when: When::Far,
        reads: &[(4, made(FineAcross)), (5, made(FineAcrossLight))],
        writes: &[Fine, FineLight],
    },
    Pass {
        file: "spread",
        entry: "coarse",
        when: When::Far,
        reads: &[(4, made(Fine)), (5, made(FineLight))],
        writes: &[Coarse, CoarseLight],
    },
    Pass {
        file: "spread",
        entry: "wide_across",
        when: When::Far,
        reads: &[(4, made(Coarse)), (5, made(CoarseLight))],
        writes: &[WideAcross, WideAcrossLight],
    },
    Pass {
        file: "spread",
        entry: "wide_upwards",
        when: When::Far,
        reads: &[(4, made(WideAcross)), (5, made(WideAcrossLight))],
        writes: &[Wide, WideLight],
    },
    Pass { file: "soak", entry: "dries", when: When::Far, reads: &[], writes: &[Soaked] },
    Pass { file: "soak", entry: "soaks", when: When::Far, reads: &[(4, made(Wide))], writes: &[Soaked] },
    Pass {
        file: "gather",
        entry: "main",
        when: When::Near,
        reads: &[(1, Cells), (2, Samples), (3, Arrivals)],
        writes: &[Gathered, Dry],
    },
    Pass {
        file: "blur",
        entry: "across",
        when: When::Near,
        reads: &[(4, made(Gathered))],
        writes: &[AcrossA, AcrossB],
    },
    Pass {
        file: "blur",
        entry: "upwards",
        when: When::Near,
        reads: &[(4, made(AcrossA)), (5, made(AcrossB))],
        writes: &[BlurredA, BlurredB],
    },
    Pass {
        file: "body",
        entry: "main",
        when: When::Near,
        reads: &[(4, made(Gathered)), (5, made(BlurredA)), (6, made(BlurredB))],
        writes: &[Body],
    },
    Pass { file: "peak", entry: "across", when: When::Near, reads: &[(4, made(Body))], writes: &[PeakAcross] },
    Pass { file: "peak", entry: "upwards", when: When::Near, reads: &[(4, made(PeakAcross))], writes: &[Peak] },
    Pass {
        file: "surface",
        entry: "main",
        when: When::Near,
        reads: &[
            (4, made(Body)),
            (5, made(BlurredA)),
            (6, made(BlurredB)),
            (7, made(Peak)),
            (8, Smoothly),
            (9, made(Dry)),
        ],
        writes: &[Shape, Slope],
    },
    Pass {
        file: "around",
        entry: "main",
        when: When::Mixed,
        reads: &[(2, Samples), (4, made(BlurredB)), (13, Finishes)],
        writes: &[Kin, Gases, Parts],
    },
];

/// What the sweep reads, and what it writes.
pub(super) const SWEEP: &[(u32, Read)] = &[(4, made(Fine)), (5, made(FarFilled)), (8, Smoothly), (9, Read::Swept)];

/// What the pass for each pixel reads.
pub(super) const PICTURE: &[(u32, Read)] = &[
    (1, Cells),
    (2, Samples),
    (4, made(Shape)),
    (5, made(Slope)),
    (6, made(Swept)),
    (7, made(Wide)),
    (8, Smoothly),
    (9, made(WideLight)),
    (10, made(Backdrop)),
    (11, Read::Detail),
    (12, Tiling),
    (13, Finishes),
    (14, made(Soaked)),
    (15, Read::Stones),
    (16, made(Kin)),
    (17, made(Gases)),
    (18, made(Parts)),
];
