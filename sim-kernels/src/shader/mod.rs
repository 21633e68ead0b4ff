//! The shaders: which kernels there are, what they bind, and their texts put together. Built without wgpu, too,
//! because peers compare the texts (see [`crate::fingerprint`]).
//!
//! A shader is the generated header, the files of `shader/shared` that its `//! import` line names (`materials`, `traits`,
//! `carriage`, `heat`, `reactions` and parts of `words` and `initial` are generated), and the file itself. Bindings are numbered in the
//! order of [`KernelId::bindings`].
//!
//! What depends on the material is not in the texts but in a table that they read ([`Resource::Materials`]); the class of
//! water alone has its constants in its texts.
//!
//! Each class of materials has its own texts. What is only there where there are several materials stands in lines that
//! begin with `//+`, and in the files of `MIXED`; what is only there where there is one, in lines that end with `//-`. In
//! the same way `//+words` begins lines that are there where particles have words beyond their 16 bytes, `//+heat` those
//! that are there where heat flows, and `//-words` and `//-heat` end those that are there elsewhere.

pub(crate) mod layout;

use crate::materials::{self, Class, table};
pub use layout::Params;

/// A buffer that kernels work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// [`layout::Params`], by dynamic offset.
    Params,
    /// Counters, flags, digest and columns.
    State,
    /// The particles.
    Particles,
    /// Where a sort puts them.
    Sorted,
    /// Tiles that hold particles; all zero between sorts.
    Marks,
    /// Slot of each tile.
    Table,
    /// Tile of each slot.
    SlotTiles,
    /// Nodes of each slot: mass, momentum x and y, particles in the cell; where masses differ the volume, the crowd, and
    /// heat's two sums.
    Nodes,
    /// Nodes of each slot: velocity x and y, density, heft; with heat these two in a word, and the temperature.
    Velocities,
    /// Which of the 3 x 3 cells around each node of each slot are solid, and what lies in its cell and
    /// around it that others react to.
    Masks,
    /// Parcels of air of each slot: see [`crate::constants::AIR_WORDS`].
    Air,
    /// Where each cell's particles are.
    Offsets,
    /// Where each tile's particles begin.
    Sums,
    /// Solid cells.
    Terrain,
    /// The superstep's cell operations, and its grabs.
    Ops,
    /// Rectangles of the extraction.
    Rects,
    /// Extracted particles.
    Extract,
    /// What strokes took away: particles with their words, as they lie dormant.
    Taken,
    /// Tiles of the view.
    View,
    /// Each slot's digest.
    Digests,
    /// The particles' words beyond their 16 bytes.
    Words,
    /// Where a sort puts them.
    SortedWords,
    /// Those of extracted particles.
    ExtractWords,
    /// What the materials are: the table of [`crate::materials`].
    Materials,
}

impl Resource {
    /// All of them, in order.
    pub const ALL: [Self; 24] = [
        Self::Params,
        Self::State,
        Self::Particles,
        Self::Sorted,
        Self::Marks,
        Self::Table,
        Self::SlotTiles,
        Self::Nodes,
        Self::Velocities,
        Self::Masks,
        Self::Air,
        Self::Offsets,
        Self::Sums,
        Self::Terrain,
        Self::Ops,
        Self::Rects,
        Self::Extract,
        Self::Taken,
        Self::View,
        Self::Digests,
        Self::Words,
        Self::SortedWords,
        Self::ExtractWords,
        Self::Materials,
    ];

    /// Whether it is bound as a uniform buffer, not as one of the eight storage buffers that WebGPU guarantees.
    pub fn is_uniform(self) -> bool {
        matches!(self, Self::Params | Self::Materials)
    }

    /// Words of one element, where a backend computes with a class.
    pub fn words(self, class: Class) -> usize {
        match self {
            Self::Particles | Self::Sorted | Self::Velocities | Self::Rects | Self::Extract => 4,
            Self::Taken => 4 + class.words(),
            Self::Nodes => class.node_words(),
            Self::Words | Self::SortedWords | Self::ExtractWords => class.words(),
            Self::View => layout::VIEW_WORDS as usize,
            Self::Digests => layout::DIGEST_WORDS as usize,
            _ => 1,
        }
    }
}

/// Makes the kernels from a list: identifier, file, and what it binds; behind a `*` what it binds where there are words, and
/// behind a `+` where there are several materials.
macro_rules! kernels {
    ($(
        $(#[$doc:meta])*
        $id:ident = $file:literal: $($resource:ident $access:ident),* $(, * $($words:ident $word_access:ident),*)? $(, + $($mixed:ident $mixed_access:ident),*)?;
    )*) => {
        /// A kernel.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum KernelId { $($(#[$doc])* $id,)* }

        impl KernelId {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The file's name without its ending.
            pub fn name(self) -> &'static str {
                match self { $(Self::$id => $file,)* }
            }

            fn source(self) -> &'static str {
                match self { $(Self::$id => include_str!(concat!("../../shader/", $file, ".wgsl")),)* }
            }

            /// What it binds after the parameters, and whether it writes there.
            pub fn bindings(self, class: Class) -> &'static [(Resource, bool)] {
                match self { $(
                    Self::$id if class.words() == 0 => &[$((Resource::$resource, kernels!(@ $access)),)*],
                    Self::$id if !class.is_mixed() => &[
                        $((Resource::$resource, kernels!(@ $access)),)*
                        $($((Resource::$words, kernels!(@ $word_access)),)*)?
                    ],
                    Self::$id => &[
                        $((Resource::$resource, kernels!(@ $access)),)*
                        $($((Resource::$words, kernels!(@ $word_access)),)*)?
                        $($((Resource::$mixed, kernels!(@ $mixed_access)),)*)?
                    ],
                )* }
            }
        }
    };
    (@ read) => { false };
    (@ write) => { true };
}

kernels! {
    /// Sort, 1.
    Mark = "mark": State read, Particles read, Marks write;
    /// Sort, 2.
    Slots = "slots": State write, Marks write, Table write, SlotTiles write;
    /// Sort, 3.
    Clear = "clear": State read, SlotTiles read, Terrain read, Nodes write, Masks write,
        + Air write;
    /// Sort, 4.
    Count = "count": State read, Particles read, Table read, Nodes write,
        + Materials read;
    /// Sort, 5.
    TileSums = "tile_sums": State read, Nodes read, Sums write;
    /// Sort, 6.
    TileScan = "tile_scan": State write, Sums write;
    /// Sort, 7.
    CellOffsets = "cell_offsets": State read, Nodes read, Sums read, Offsets write;
    /// Sort, 8.
    Scatter = "scatter": State read, Particles read, Table read, Offsets write, Sorted write,
        * Words read, SortedWords write;
    /// Commands.
    Ops = "ops": State write, Particles write, Table read, Nodes read, Offsets read, Ops read, Taken write,
        * Words write,
        + Materials read;
    /// Substep, 1.
    P2g = "p2g": State read, Particles read, Table read, Masks read, Nodes write,
        + Words read, Materials read;
    /// The same by runs of particles.
    P2gRun = "p2g_run": State read, Particles read, Table read, Masks read, Nodes write,
        + Words read, Materials read;
    /// The same by tiles.
    P2gTile = "p2g_tile": State read, Particles read, Table read, Masks read, SlotTiles read, Sums read, Nodes write,
        + Words read, Materials read;
    /// Substep, 2.
    Grid = "grid": State read, Masks read, Nodes write, Velocities write;
    /// Substep, 3.
    G2p = "g2p": State read, Particles write, Table read, Masks read, Velocities read, Ops read, Nodes write,
        + Words write, Materials read;
    /// With reactions, before a tick's first substep: what is where.
    Touch = "touch": State read, Particles read, Table read, Masks write,
        Terrain read,
        + Nodes read, Air write, Words read, Materials read;
    /// And after its last.
    React = "react": State read, Particles write, Table read, Masks read, Nodes write,
        + Air read, Words write, Materials read;
    /// What each cell shows, where there are several materials.
    ViewTags = "view_tags": State read, Particles read, Table read, Nodes write,
        + Words read, Materials read;
    /// What is drawn.
    View = "view": State write, SlotTiles read, Nodes read, Table read, View write,
        + Materials read;
    /// Drop, digest, extract.
    Finish = "finish": State write, Particles write, Rects read, Extract write,
        * Words read, ExtractWords write,
        + Materials read;
    /// Each tile's digest.
    TileDigests = "tile_digests": State read, Particles read, SlotTiles read, Sums read, Digests write,
        * Words read,
        + Materials read;
}

/// Files of `shader/shared` by the names that imports have for them.
const SHARED: &[(&str, &str)] = &[
    ("index", include_str!("../../shader/shared/index.wgsl")),
    ("each_particle", include_str!("../../shader/shared/each_particle.wgsl")),
    ("each_node", include_str!("../../shader/shared/each_node.wgsl")),
    ("each_count", include_str!("../../shader/shared/each_count.wgsl")),
    ("tile_range", include_str!("../../shader/shared/tile_range.wgsl")),
    ("particle", include_str!("../../shader/shared/particle.wgsl")),
    ("tiles", include_str!("../../shader/shared/tiles.wgsl")),
    ("hash", include_str!("../../shader/shared/hash.wgsl")),
    ("chance", include_str!("../../shader/shared/chance.wgsl")),
    ("scan", include_str!("../../shader/shared/scan.wgsl")),
    ("fixed", include_str!("../../shader/shared/fixed.wgsl")),
    ("fields", include_str!("../../shader/shared/fields.wgsl")),
    ("crowd", include_str!("../../shader/shared/crowd.wgsl")),
    ("weights", include_str!("../../shader/shared/weights.wgsl")),
    ("scatter", include_str!("../../shader/shared/scatter.wgsl")),
    ("scatter_run", include_str!("../../shader/shared/scatter_run.wgsl")),
    ("node_sums", include_str!("../../shader/shared/node_sums.wgsl")),
    ("neighbours", include_str!("../../shader/shared/neighbours.wgsl")),
    ("walls", include_str!("../../shader/shared/walls.wgsl")),
    ("terrain", include_str!("../../shader/shared/terrain.wgsl")),
    ("air_index", include_str!("../../shader/shared/air_index.wgsl")),
    ("air", include_str!("../../shader/shared/air.wgsl")),
];

/// Files of `shader/shared` that are left out where a kernel binds no words beyond the particles' 16 bytes.
const WITH_WORDS: &[(&str, &str)] = &[
    ("words", include_str!("../../shader/shared/words.wgsl")),
    ("put_words", include_str!("../../shader/shared/put_words.wgsl")),
    ("hash_words", include_str!("../../shader/shared/hash_words.wgsl")),
];

/// Files of `shader/shared` that are left out where there is one material.
const MIXED: &[(&str, &str)] = &[
    ("initial", include_str!("../../shader/shared/initial.wgsl")),
    ("become", include_str!("../../shader/shared/become.wgsl")),
];

impl KernelId {
    /// The whole shader, for a class.
    pub(crate) fn resolved(self, class: Class) -> String {
        let source = self.source();
        let mut text = layout::wgsl_header();
        let stride = class.node_words();
        text += &format!("const NODE_STRIDE = {stride}u;\nconst NODE_VECTORS = {}u;\n", stride / 4);
        let binds_words = self.bindings(class).iter().any(|(resource, _)| *resource == Resource::Words);
        let imports = source.lines().find_map(|line| line.strip_prefix("//! import "));
        for name in imports.into_iter().flat_map(str::split_whitespace) {
            let generated = match name {
                "materials" => Some(materials::wgsl(class)),
                "traits" => Some(table::wgsl(class)),
                "heat" => Some(materials::heat_wgsl(class)),
                "carriage" => Some(materials::carriage_wgsl(class).to_owned()),
                "reactions" => Some(materials::reactions_wgsl(class)),
                "winds" => Some(materials::winds_wgsl(class)),
                _ => None,
            };
            if let Some(generated) = generated {
                text.push_str(&generated);
                continue;
            }
            match name {
                "words" => text.push_str(&materials::words_wgsl(class)),
                "initial" => text.push_str(&table::initial_words_wgsl(class)),
                _ => {}
            }
            let named = |files: &[(&str, &'static str)]| files.iter().find(|file| file.0 == name).map(|file| file.1);
            match (named(SHARED), named(WITH_WORDS), named(MIXED)) {
                (Some(part), ..) => push_lines(&mut text, part, class),
                (_, Some(part), _) if binds_words => push_lines(&mut text, part, class),
                (.., Some(part)) if class.is_mixed() => push_lines(&mut text, part, class),
                (None, None, None) => unreachable!("imports name shared files: {name}"),
                _ => {}
            }
        }
        push_lines(&mut text, source, class);
        text
    }
}

/// Adds a file's lines: see the module for those that depend on the class.
fn push_lines(text: &mut String, file: &str, class: Class) {
    let marks = [("words", class.words() > 0), ("heat", class.has_heat()), ("", class.is_mixed())];
    // Inner doc comments are not WGSL.
    for line in file.lines().filter(|line| !line.starts_with("//!")) {
        if marks.iter().any(|(mark, is_there)| *is_there && line.ends_with(&format!("//-{mark}"))) {
            continue;
        }
        let only = |&(mark, is_there): &(&str, bool)| {
            line.split_once(&format!("//+{mark} ")).map(|part| is_there.then_some(part))
        };
        match marks.iter().find_map(only) {
            Some(Some((indent, line))) => text.extend([indent, line]),
            Some(None) => continue,
            None => text.push_str(line),
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every resolved shader is valid, has no float of any width, stays within WebGPU's default limits, and
    /// declares exactly the bindings that the pipeline layout is made from.
    #[test]
    fn shaders_are_valid_and_integer_only() {
        for (class, &id) in Class::ALL.into_iter().flat_map(|class| KernelId::ALL.iter().map(move |id| (class, id))) {
            let source = id.resolved(class);
            let module = naga::front::wgsl::parse_str(&source)
                .unwrap_or_else(|e| panic!("{}: {}", id.name(), e.emit_to_string(&source)));
            let mut validator =
                naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
            validator.validate(&module).unwrap_or_else(|e| panic!("{}: {}", id.name(), e.emit_to_string(&source)));
            for (_, ty) in module.types.iter() {
                assert!(!has_float(&ty.inner), "{}: a float type: {:?}", id.name(), ty);
            }
            for word in ["f32", "f16", "dpdx", "dpdy", "fwidth", "fma("] {
                assert!(!source.contains(word), "{}: {word}", id.name());
            }
            let functions = module.functions.iter().map(|(_, function)| function);
            for function in functions.chain(module.entry_points.iter().map(|entry| &entry.function)) {
                for (_, expression) in function.expressions.iter() {
                    assert!(!is_banned(expression), "{}: {expression:?}", id.name());
                }
            }
            assert!(!module.global_expressions.iter().any(|(_, e)| is_banned(e)), "{}: a constant", id.name());
            let mut found: Vec<_> = module
                .global_variables
                .iter()
                .filter_map(|(_, v)| v.binding.as_ref().map(|b| (b.group, b.binding, v.space)))
                .collect();
            found.sort_by_key(|(_, binding, _)| *binding);
            let space = |resource: Resource, write: bool| {
                let load = naga::StorageAccess::LOAD;
                let access = if write { load | naga::StorageAccess::STORE } else { load };
                if resource.is_uniform() { naga::AddressSpace::Uniform } else { naga::AddressSpace::Storage { access } }
            };
            let expected = [(Resource::Params, false)].into_iter().chain(id.bindings(class).iter().copied());
            let expected = expected.enumerate().map(|(k, (resource, write))| (0, k as u32, space(resource, write)));
            assert_eq!(found, expected.collect::<Vec<_>>(), "{}", id.name());
            let storage = id.bindings(class).iter().filter(|(resource, _)| !resource.is_uniform());
            assert!(storage.count() <= 8, "{}: WebGPU guarantees 8 storage buffers", id.name());
            assert_eq!(module.entry_points[0].workgroup_size, [layout::LANES, 1, 1], "{}", id.name());
        }
    }

    /// What may differ between implementations: floats, by value or by conversion, and derivatives.
    fn is_banned(expression: &naga::Expression) -> bool {
        use naga::{Expression as E, Literal as L, ScalarKind};
        match expression {
            E::Literal(L::F64(_) | L::F32(_) | L::F16(_) | L::AbstractFloat(_)) | E::Derivative { .. } => true,
            E::As { kind, .. } => matches!(kind, ScalarKind::Float | ScalarKind::AbstractFloat),
            _ => false,
        }
    }

    #[test]
    fn a_float_in_a_shader_is_found() {
        for line in ["let x = 1.5;", "let x = f32(lane);", "let x = i32(2.5 * 2.0);", "let x = dpdx(1.0);"] {
            let source =
                format!("@compute @workgroup_size(1) fn main(@builtin(local_invocation_index) lane: u32) {{ {line} }}");
            // What does not even parse in a compute shader is found as well.
            let Ok(module) = naga::front::wgsl::parse_str(&source) else { continue };
            let all = module.entry_points[0].function.expressions.iter();
            let found = all.map(|(_, e)| e).any(is_banned) || module.types.iter().any(|(_, ty)| has_float(&ty.inner));
            // Arithmetic on literals alone is done by the front end, exactly; its result is an integer.
            assert!(found || line.contains("2.5"), "{line}");
        }
    }

    fn has_float(inner: &naga::TypeInner) -> bool {
        use naga::TypeInner as T;
        match inner {
            T::Scalar(s) | T::Atomic(s) | T::Vector { scalar: s, .. } | T::Matrix { scalar: s, .. } => {
                matches!(s.kind, naga::ScalarKind::Float | naga::ScalarKind::AbstractFloat)
            }
            _ => false,
        }
    }
}
