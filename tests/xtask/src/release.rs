//! `release`: archives of the app, the server, the headless program and the page, each with licences and a README.
//!
//! An archive holds one folder, named after what, version and target. The app and the server bring the page along where it
//! is packed in the same call. Archives of one commit are equal byte for byte when their programs are: names are in order,
//! times are the commit's, owners are nobody.

use crate::{dist, licences, place, step};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What can be packed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The desktop program.
    App,
    /// The signaling server.
    Server,
    /// The program without a screen.
    Headless,
    /// The web page, for any web server.
    Page,
}

/// What to pack.
#[derive(Args)]
pub struct Options {
    /// What to pack; everything unless named.
    #[arg(value_enum)]
    what: Vec<What>,
    /// Quick builds instead of small and fast ones, to try the packing.
    #[arg(long)]
    dev: bool,
    /// Only lay the folders out, by short names, and pack nothing.
    #[arg(long)]
    folders: bool,
}

/// Files of the checkout that go into every archive.
const COMMON: [&str; 4] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md"];

impl What {
    /// Name in archives, package, program.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::App => ("app", "tidepool", "tidepool"),
            Self::Server => ("server", "signaling", "tidepool-signaling"),
            Self::Headless => ("headless", "tidepool-headless", "tidepool-headless"),
            Self::Page => ("page", "tidepool", "tidepool"),
        }
    }
}

/// Builds and packs.
pub fn run(options: &Options) -> Result<ExitCode> {
    let all = [What::App, What::Server, What::Headless, What::Page];
    let wanted: Vec<What> = all.into_iter().filter(|w| options.what.is_empty() || options.what.contains(w)).collect();
    for what in &wanted {
        build(*what, options.dev)?;
    }
    let out = place::target().join("release-archives");
    dist::empty(&out)?;
    let has_page = wanted.contains(&What::Page);
    let mut made = Vec::new();
    for what in &wanted {
        let name = if options.folders { what.names().0.to_owned() } else { full_name(*what)? };
        let folder = out.join(&name);
        lay_out(*what, &folder, options.dev, has_page)?;
        made.push(if options.folders { folder } else { pack(&out, &name)? });
    }
    if !options.folders {
        sums(&out, &made)?;
    }
    for file in &made {
        let size = fs::metadata(file).map_or(0, |about| about.len());
        eprintln!("   {} ({})", file.display(), step::megabytes(usize::try_from(size).unwrap_or(usize::MAX)));
    }
    Ok(ExitCode::SUCCESS)
}

fn build(what: What, is_dev: bool) -> Result<()> {
    let (_, package, program) = what.names();
    if what == What::Page {
        return dist::run(&dist::Options { release: !is_dev }).map(drop);
    }
    let mut cargo = place::cargo();
    cargo.args(["build", "--package", package, "--bin", program]).args((!is_dev).then_some("--release"));
    step::run(&format!("building {program}"), &mut cargo)
}

/// `tidepool-server-0.1.0-x86_64-unknown-linux-gnu`.
fn full_name(what: What) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let name = what.names().0;
    if what == What::Page {
        return Ok(format!("tidepool-{name}-{version}"));
    }
    Ok(format!("tidepool-{name}-{version}-{}", host()?))
}

/// The target that programs are built for.
fn host() -> Result<String> {
    let about =
        step::answer(Command::new("rustc").current_dir(place::root()).arg("-vV")).context("rustc does not run")?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    Ok(host.to_owned())
}

fn lay_out(what: What, folder: &Path, is_dev: bool, has_page: bool) -> Result<()> {
    fs::create_dir_all(folder)?;
    let (_, package, program) = what.names();
    if what == What::Page {
        dist::copy_tree(&place::web_dist(), &folder.join("web"))?;
    } else {
        let built = place::program(program, !is_dev);
        let name = built.file_name().context("a program has a name")?;
        fs::copy(&built, folder.join(name)).with_context(|| format!("copying {}", built.display()))?;
    }
    if has_page && matches!(what, What::App | What::Server) {
        dist::copy_tree(&place::web_dist(), &folder.join("page"))?;
    }
    for name in COMMON {
        fs::copy(place::root().join(name), folder.join(name)).with_context(|| format!("copying {name}"))?;
    }
    // A page that lies beside a program is built from the same crates as that of the page's own archive.
    let target = if what == What::Page { crate::wasm::TARGET.to_owned() } else { host()? };
    let mut text = licences::of(package, &target)?;
    if has_page && what == What::Server {
        text += &licences::of(What::Page.names().1, crate::wasm::TARGET)?;
    }
    Ok(fs::write(folder.join("LICENCES-OF-OTHERS.txt"), text)?)
}

/// One archive of a folder, which is then gone: `.zip` on Windows, whose own tar writes that, `.tar.gz` elsewhere.
fn pack(out: &Path, name: &str) -> Result<PathBuf> {
    let is_zip = cfg!(windows);
    let archive = out.join(format!("{name}{}", if is_zip { ".zip" } else { ".tar.gz" }));
    let mut tar = Command::new("tar");
    tar.current_dir(out);
    if is_zip {
        tar.args(["-a", "-c", "-f"]).arg(&archive).arg(name);
        dist::run_quietly(&mut tar)?;
    } else {
        let plain = out.join(format!("{name}.tar"));
        let is_gnu = step::answer(Command::new("tar").arg("--version")).is_some_and(|v| v.contains("GNU"));
        if is_gnu {
            tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar"]);
            tar.arg(format!("--mtime=@{}", commit_time()));
        } else {
            tar.args(["--uid", "0", "--gid", "0", "--format", "ustar"]);
        }
        dist::run_quietly(tar.arg("-c").arg("-f").arg(&plain).arg(name))?;
        // Without the name and the time that gzip would write into it.
        dist::run_quietly(Command::new("gzip").args(["-9", "-n", "-f"]).arg(&plain))?;
    }
    if !archive.is_file() {
        bail!("{} was not made", archive.display());
    }
    fs::remove_dir_all(out.join(name))?;
    Ok(archive)
}

/// When the commit was made, in seconds; 0 where there is none.
fn commit_time() -> u64 {
    let mut git = Command::new("git");
    git.current_dir(place::root()).args(["log", "-1", "--format=%ct"]);
    step::answer(&mut git).and_then(|time| time.parse().ok()).unwrap_or(0)
}

/// `SHA256SUMS`, by a program that the system has; without one there is none.
fn sums(out: &Path, files: &[PathBuf]) -> Result<()> {
    let names: Vec<&Path> = files.iter().filter_map(|f| f.file_name().map(Path::new)).collect();
    let text = [("sha256sum", &[][..]), ("shasum", &["-a", "256"][..])]
        .into_iter()
        .find_map(|(program, options)| step::answer(Command::new(program).current_dir(out).args(options).args(&names)));
    match text {
        Some(text) => Ok(fs::write(out.join("SHA256SUMS"), text + "\n")?),
        None => {
            eprintln!("SKIPPED: SHA256SUMS (neither sha256sum nor shasum runs here)");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs a folder and looks inside, twice.
    #[cfg(unix)]
    #[test]
    fn an_archive_holds_one_folder_and_is_the_same_again() {
        let out = std::env::temp_dir().join(format!("tidepool-release-{}", std::process::id()));
        let mut archives = Vec::new();
        for _ in 0..2 {
            dist::empty(&out).unwrap();
            fs::create_dir_all(out.join("it/page")).unwrap();
            fs::write(out.join("it/program"), "program").unwrap();
            fs::write(out.join("it/page/index.html"), "page").unwrap();
            let archive = pack(&out, "it").unwrap();
            sums(&out, std::slice::from_ref(&archive)).unwrap();
            let inside = step::answer(Command::new("tar").arg("-tzf").arg(&archive)).unwrap();
            let mut inside: Vec<&str> = inside.lines().collect();
            inside.sort_unstable();
            assert_eq!(inside, ["it/", "it/page/", "it/page/index.html", "it/program"]);
            assert!(fs::read_to_string(out.join("SHA256SUMS")).unwrap().ends_with("  it.tar.gz\n"));
            assert!(!out.join("it").exists());
            archives.push(fs::read(archive).unwrap());
        }
        assert!(cfg!(target_os = "macos") || archives[0] == archives[1]);
        fs::remove_dir_all(out).unwrap();
    }

    #[test]
    fn names_tell_what_version_and_target() {
        let name = full_name(What::Server).unwrap();
        assert!(name.starts_with("tidepool-server-") && name.ends_with(&host().unwrap()), "{name}");
        assert!(full_name(What::Page).unwrap().starts_with("tidepool-page-"));
    }
}
