//! A compiler for the page, wherever it comes from. In this order:
//!
//! 1. `TIDEPOOL_WASM_CARGO` and `TIDEPOOL_WASM_RUSTC`: programs that the user names;
//! 2. the toolchain in use, when it has the target `wasm32-unknown-unknown`;
//! 3. the same after `rustup target add`;
//! 4. Debian's `rustc-web`, `cargo-web` and `rust-web-src` in /usr/bin.
//!
//! A compiler without a built standard library for the target builds it from source (`-Zbuild-std`), which
//! takes a minute more and needs the source beside the compiler.

use crate::{place, step};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The only target of the page.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How to build for the page.
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    build_std: bool,
    linker: Option<PathBuf>,
    /// For the user's eyes.
    pub words: String,
}

impl Toolchain {
    /// See the module.
    pub fn find() -> Result<Self> {
        let named = |variable: &str| std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
        if let Some(rustc) = named("TIDEPOOL_WASM_RUSTC") {
            let cargo = named("TIDEPOOL_WASM_CARGO").unwrap_or_else(|| rustc.with_file_name("cargo"));
            let toolchain = Self::of(cargo, rustc);
            if toolchain.build_std && !has_source(&toolchain.rustc) {
                bail!("TIDEPOOL_WASM_RUSTC has neither the target {TARGET} nor the library's source");
            }
            return Ok(toolchain);
        }
        let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let own = PathBuf::from("rustc");
        if has_target(&own) {
            return Ok(Self::of(cargo, own));
        }
        if place::on_path("rustup").is_some() {
            eprintln!("adding the target {TARGET} by rustup");
            let mut add = Command::new("rustup");
            add.args(["target", "add", TARGET]).current_dir(place::root());
            let added = add.output().is_ok_and(|o| o.status.success());
            if added && has_target(&own) {
                return Ok(Self::of(cargo, own));
            }
            eprintln!("rustup cannot fetch it here: looking for another compiler");
        }
        let debian = Path::new("/usr/bin/rustc");
        if debian.is_file() && Path::new("/usr/bin/cargo").is_file() && (has_target(debian) || has_source(debian)) {
            return Ok(Self::of("/usr/bin/cargo".into(), debian.to_owned()));
        }
        bail!(
            "no compiler for the page. One of these helps:\n\
             \x20   rustup target add {TARGET}\n\
             \x20   apt-get install -y --no-install-recommends rustc-web cargo-web rust-web-src   (Debian 12)\n\
             \x20   TIDEPOOL_WASM_CARGO=/path/to/cargo TIDEPOOL_WASM_RUSTC=/path/to/rustc"
        )
    }

    fn of(cargo: PathBuf, rustc: PathBuf) -> Self {
        let build_std = !has_target(&rustc);
        let linker = if build_std { linker() } else { None };
        let how = if build_std { ", with its own std" } else { "" };
        let version = step::answer(clean(&rustc).arg("--version")).unwrap_or_else(|| "unknown version".to_owned());
        let words = format!("{version} ({}{how})", rustc.display());
        Self { cargo, rustc, build_std, linker, words }
    }

    /// Whether clippy lies beside the compiler.
    pub fn has_clippy(&self) -> bool {
        let mut clippy = clean(&self.cargo);
        clippy.current_dir(place::root()).args(["clippy", "--version"]).env("RUSTC", &self.rustc);
        step::answer(&mut clippy).is_some()
    }

    /// `cargo build` of one package for the page.
    pub fn build(&self, package: &str, target_args: &[&str], profile: &str) -> Command {
        self.cargo("build", package, target_args, profile)
    }

    /// `cargo clippy` of one package for the page, with the page's own configuration.
    pub fn clippy(&self, package: &str, target_args: &[&str]) -> Command {
        let mut command = self.cargo("clippy", package, target_args, "web-dev");
        command.env("CLIPPY_CONF_DIR", place::root().join("web/clippy"));
        // The packages that it is built from are looked at, too.
        command.args(["--", "-D", "warnings"]);
        command
    }

    fn cargo(&self, task: &str, package: &str, target_args: &[&str], profile: &str) -> Command {
        let mut command = clean(&self.cargo);
        command.current_dir(place::root()).args([task, "--package", package]).args(target_args);
        command.args(["--target", TARGET, "--profile", profile]);
        command.arg("--config").arg(format!("target.{TARGET}.rustflags=[{}]", self.remapped().join(",")));
        command.env("CARGO_TARGET_DIR", place::web_target()).env("RUSTC", &self.rustc);
        if self.build_std {
            command.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
            if let Some(linker) = &self.linker {
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            }
        }
        command
    }

    /// Compiler flags that keep this machine's folders out of the page: panics name files as
    /// `crate-1.2.3/src/lib.rs` wherever they were built.
    fn remapped(&self) -> Vec<String> {
        let sysroot = step::answer(clean(&self.rustc).current_dir(place::root()).args(["--print", "sysroot"]));
        // The last that fits counts, so the general ones come first.
        let mut pairs = vec![(place::root(), "tidepool")];
        pairs.extend(cargo_home().into_iter().map(|home| (home, "cargo")));
        pairs.extend(registries().into_iter().map(|folder| (folder, "")));
        pairs.extend(sysroot.map(|s| (Path::new(&s).join("lib/rustlib/src/rust"), "rust")));
        let canonical = |path: PathBuf| path.canonicalize().unwrap_or(path);
        let flags = pairs.into_iter().flat_map(|(from, to)| {
            let both = [from.clone(), canonical(from)];
            both.map(|from| format!("--remap-path-prefix={}={to}", from.display()))
        });
        let mut flags: Vec<String> = flags.collect();
        flags.dedup();
        // As TOML: a debug-printed string is a basic one for all paths that do not hold control characters.
        flags.iter().map(|flag| format!("{flag:?}")).collect()
    }
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|v| !v.is_empty()).map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// The folders that hold unpacked crates, one a registry.
pub fn registries() -> Vec<PathBuf> {
    let Some(sources) = cargo_home().map(|home| home.join("registry/src")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(sources).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// A command without what `cargo run` and rustup's proxies set for their own toolchain.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    place::forget_this_package(&mut command);
    let is_rustups = program == Path::new("rustc") || std::env::var_os("CARGO").is_some_and(|c| c == program);
    if !is_rustups {
        for variable in ["LD_LIBRARY_PATH", "CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC"] {
            command.env_remove(variable);
        }
    }
    command
}

fn has_target(rustc: &Path) -> bool {
    let folder =
        step::answer(clean(rustc).current_dir(place::root()).args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_some_and(|f| {
        std::fs::read_dir(f)
            .is_ok_and(|files| files.flatten().any(|f| f.file_name().to_string_lossy().starts_with("libcore")))
    })
}

fn has_source(rustc: &Path) -> bool {
    let sysroot = step::answer(clean(rustc).current_dir(place::root()).args(["--print", "sysroot"]));
    sysroot.is_some_and(|s| Path::new(&s).join("lib/rustlib/src/rust/library/Cargo.toml").is_file())
}

/// The linker that rustup's toolchain brings, or one of the system's.
fn linker() -> Option<PathBuf> {
    let sysroot = step::answer(Command::new("rustc").current_dir(place::root()).args(["--print", "sysroot"]));
    let host = format!("lib/rustlib/{}-unknown-linux-gnu/bin/rust-lld", std::env::consts::ARCH);
    let own = sysroot.map(|s| Path::new(&s).join(host)).filter(|p| p.is_file());
    own.or_else(|| ["wasm-ld", "wasm-ld-14", "wasm-ld-16"].iter().find_map(|name| place::on_path(name)))
}

/// `wasm-bindgen`, of exactly the version that the page is built with; installed where it is missing.
pub fn bindgen() -> Result<PathBuf> {
    let Some(version) = place::locked_version("wasm-bindgen") else { bail!("Cargo.lock knows no wasm-bindgen") };
    let wanted = format!("wasm-bindgen {version}");
    let is_it =
        |program: &Path| step::answer(Command::new(program).arg("--version")).as_deref() == Some(wanted.as_str());
    if let Some(found) = place::on_path("wasm-bindgen").filter(|p| is_it(p)) {
        return Ok(found);
    }
    let tools = place::target().join("tools");
    let own = tools.join("bin").join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    if !is_it(&own) {
        // Built quickly, and well enough: unoptimised it would take half a minute for each page.
        let mut install = place::cargo();
        install
            .args(["install", "wasm-bindgen-cli", "--version", &version, "--force", "--debug", "--root"])
            .arg(&tools);
        install.env("CARGO_TARGET_DIR", place::target().join("tools-build"));
        install.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
        step::run(&format!("installing wasm-bindgen {version} (once)"), &mut install)?;
    }
    Ok(own)
}
