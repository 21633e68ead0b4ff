//! Declarations that Rust and WGSL share: the WGSL text is generated from them, so that a number cannot be changed on
//! one side only.

/// Declares `u32` constants for Rust and the same for WGSL.
macro_rules! shared_consts {
    ($text:ident: $($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: u32 = $value;)*
        fn $text() -> String {
            let mut text = String::new();
            $(text.push_str(&format!("const {}: u32 = {}u;\n", stringify!($name), $name));)*
            text
        }
    };
}

/// Declares a struct of 32-bit integers for Rust, and how WGSL says the struct and a value of it.
macro_rules! shared_struct {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        $vis struct $name { $($(#[$doc])* $vis $field: $kind,)* }

        const _: () = assert!(size_of::<$name>() == 4 * [$(stringify!($field)),*].len());

        impl $name {
            /// The struct's declaration.
            pub(crate) fn wgsl_struct() -> String {
                let mut text = format!("struct {} {{\n", stringify!($name));
                $(text += &format!("    {}: {},\n", stringify!($field), stringify!($kind));)*
                text + "}\n"
            }

            /// This value.
            #[allow(dead_code, reason = "not every struct has constants")]
            pub(crate) fn wgsl_value(&self) -> String {
                let fields = [$(format!("{}({})", stringify!($kind), self.$field)),*];
                format!("{}({})", stringify!($name), fields.join(", "))
            }

            /// A function that reads such a value from columns: `columns` is an array of `vec4<i32>` that begins with it.
            #[allow(dead_code, reason = "not every struct is read from columns")]
            pub(crate) fn wgsl_reader(head: &str, columns: &str) -> String {
                $crate::shared::reader(stringify!($name), &[$(stringify!($kind)),*], head, columns)
            }
        }
    };
}

/// See `wgsl_reader` of [`shared_struct`]: the struct's name, and the kinds of its fields.
pub(crate) fn reader(name: &str, kinds: &[&str], head: &str, columns: &str) -> String {
    let mut text = format!("fn {head} -> {name} {{\n");
    for k in 0..kinds.len().div_ceil(4) {
        text += &format!("    let c{k} = {columns}[{k}];\n");
    }
    let field = |(i, kind): (usize, &&str)| format!("{kind}(c{}.{})", i / 4, ["x", "y", "z", "w"][i % 4]);
    let fields: Vec<String> = kinds.iter().enumerate().map(field).collect();
    text + &format!("    return {name}({});\n}}\n", fields.join(", "))
}

/// The columns of a value.
pub(crate) fn columns<T: bytemuck::NoUninit>(value: &T) -> Vec<i32> {
    bytemuck::cast_slice(std::slice::from_ref(value)).to_vec()
}

/// The value that begins some columns, as a kernel reads it.
#[cfg(test)]
pub(crate) fn read<T: bytemuck::AnyBitPattern>(columns: &[i32]) -> T {
    bytemuck::pod_read_unaligned(bytemuck::cast_slice(&columns[..size_of::<T>() / 4]))
}

pub(crate) use {shared_consts, shared_struct};
