//! `web`: the page, built and laid out for the server.
//!
//! `web/page/*` is copied with its placeholders filled in; programs get the hash of their contents into
//! their names, so that browsers may keep them for ever.

use crate::{binary, debian, place, step, wasm};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The release page's program must stay below this, brotli.
const APP_BROTLI_BYTES_MAX: usize = 8_000_000;

/// What to build.
#[derive(Args, Clone, Default)]
pub struct Options {
    /// Small and fast instead of quickly built: LTO, wasm-opt, brotli.
    #[arg(long)]
    pub release: bool,
}

/// Builds and lays out.
pub fn run(options: &Options) -> Result<ExitCode> {
    if options.release {
        debian::check(debian::For::ReleasePage, false)?;
    }
    let started = Instant::now();
    let toolchain = wasm::Toolchain::find()?;
    eprintln!("page: {}", toolchain.words);
    let profile = if options.release { "web-release" } else { "web-dev" };
    step::run(
        &format!("building the page ({profile})"),
        &mut toolchain.build("tidepool", &["--bin", "tidepool"], profile),
    )?;
    step::run(
        &format!("building the page's worker ({profile})"),
        &mut toolchain.build("web-worker", &["--lib"], profile),
    )?;
    step::run(
        &format!("building the page's sound ({profile})"),
        &mut toolchain.build("web-sound", &["--lib"], profile),
    )?;
    let bindgen = wasm::bindgen()?;
    let built = place::web_target().join(wasm::TARGET).join(profile);
    let work = place::target().join("web-work");
    let next = place::target().join("web-dist.next");
    for folder in [&work, &next] {
        empty(folder)?;
    }
    step::heading("laying out the page");
    // The app is made small, the kernels fast.
    let level = |level| options.release.then_some(level);
    let app = program(&bindgen, &built.join("tidepool.wasm"), "app", level("-Oz"), &work, &next)?;
    let worker = program(&bindgen, &built.join("web_worker.wasm"), "worker", level("-O3"), &work, &next)?;
    let sound = plain_program(&built.join("web_sound.wasm"), "sound", level("-O3"), &work, &next)?;
    let filled = [
        ("{{APP_JS}}", app.js.clone()),
        ("{{APP_WASM}}", app.wasm.clone()),
        ("{{APP_WASM_BYTES}}", app.wasm_bytes.to_string()),
        ("{{WORKER_JS}}", worker.js.clone()),
        ("{{WORKER_WASM}}", worker.wasm.clone()),
        ("{{SOUND_WASM}}", sound),
    ];
    copy_page(&place::root().join("web/page"), &next, &filled)?;
    if options.release {
        compress(&next)?;
    }
    // A server may be reading the old page: swap whole folders.
    let dist = place::web_dist();
    if dist.exists() {
        let old = place::target().join("web-dist.old");
        empty(&old)?;
        fs::remove_dir(&old)?;
        fs::rename(&dist, &old)?;
        fs::rename(&next, &dist)?;
        fs::remove_dir_all(&old)?;
    } else {
        fs::rename(&next, &dist)?;
    }
    eprintln!("   page: {} in {}", dist.display(), step::time(started.elapsed()));
    let rows = sizes(&dist)?;
    eprint!("{}", table(&rows));
    let app_brotli = rows.iter().find(|row| row.name == app.wasm).and_then(|row| row.brotli);
    if app_brotli.is_some_and(|bytes| bytes > APP_BROTLI_BYTES_MAX) {
        bail!("the page's program is larger than {} brotli", step::megabytes(APP_BROTLI_BYTES_MAX));
    }
    Ok(ExitCode::SUCCESS)
}

/// A program of the page as it lies in the folder: names with hashes.
struct Program {
    js: String,
    wasm: String,
    wasm_bytes: usize,
}

/// wasm-bindgen, for a release wasm-opt at some level, and names.
fn program(bindgen: &Path, built: &Path, name: &str, level: Option<&str>, work: &Path, out: &Path) -> Result<Program> {
    let mut command = Command::new(bindgen);
    command.arg(built).args(["--target", "web", "--no-typescript", "--remove-name-section"]);
    command.args(["--remove-producers-section", "--out-name", name, "--out-dir"]).arg(work);
    run_quietly(&mut command)?;
    let plain = work.join(format!("{name}_bg.wasm"));
    if let Some(level) = level {
        optimise(&plain, level)?;
    }
    let wasm = fs::read(&plain).with_context(|| format!("reading {}", plain.display()))?;
    let wasm_name = format!("{name}-{}.wasm", hash(&wasm));
    fs::write(out.join(&wasm_name), &wasm)?;
    // The script's own default address of the program follows its new name.
    let script = work.join(format!("{name}.js"));
    let script = fs::read_to_string(&script).with_context(|| format!("reading {}", script.display()))?;
    let script = script.replace(&format!("{name}_bg.wasm"), &wasm_name);
    let js_name = format!("{name}-{}.js", hash(script.as_bytes()));
    fs::write(out.join(&js_name), script)?;
    let snippets = work.join("snippets");
    if snippets.is_dir() {
        copy_tree(&snippets, &out.join("snippets"))?;
    }
    Ok(Program { js: js_name, wasm: wasm_name, wasm_bytes: wasm.len() })
}

/// A program without glue, which calls nothing; its name.
fn plain_program(built: &Path, name: &str, level: Option<&str>, work: &Path, out: &Path) -> Result<String> {
    let plain = work.join(format!("{name}.wasm"));
    fs::copy(built, &plain).with_context(|| format!("copying {}", built.display()))?;
    if let Some(level) = level {
        optimise(&plain, level)?;
    }
    let wasm = fs::read(&plain)?;
    let wasm_name = format!("{name}-{}.wasm", hash(&wasm));
    fs::write(out.join(&wasm_name), &wasm)?;
    Ok(wasm_name)
}

fn optimise(file: &Path, level: &str) -> Result<()> {
    let mut command = Command::new("wasm-opt");
    // What today's compilers use without asking, and old versions of this tool do not assume.
    let features =
        ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext", "reference-types", "multivalue"];
    command.arg(level).args(["--strip-debug", "--strip-producers", "--strip-target-features"]);
    command.args(features.map(|f| format!("--enable-{f}"))).arg(file).arg("-o").arg(file);
    let before = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    if let Err(why) = run_quietly(&mut command) {
        // One that is older than an instruction of the compiler's cannot read the program, which runs without it, too.
        eprintln!(
            "   {} stays as it is, and larger than it could be: a newer wasm-opt (binaryen) helps\n{why:#}",
            file.display()
        );
        return Ok(fs::write(file, before)?);
    }
    let mut after = fs::read(file)?;
    binary::repair_tables(&before, &mut after)?;
    Ok(fs::write(file, after)?)
}

/// A file of the page: its bytes, plain and as brotli where that lies beside it.
struct Size {
    name: String,
    plain: usize,
    brotli: Option<usize>,
}

fn sizes(dist: &Path) -> Result<Vec<Size>> {
    let bytes = |file: &Path| fs::metadata(file).ok().map(|about| usize::try_from(about.len()).unwrap_or(usize::MAX));
    let mut rows = Vec::new();
    for file in files(dist)?.into_iter().filter(|file| file.extension().is_none_or(|e| e != "br")) {
        let name = file.strip_prefix(dist)?.display().to_string();
        let packed = dist.join(format!("{name}.br"));
        rows.push(Size { name, plain: bytes(&file).unwrap_or(0), brotli: bytes(&packed) });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.plain));
    Ok(rows)
}

/// The programs by name, everything else as one line.
fn table(rows: &[Size]) -> String {
    let mut text = format!("   {:30} {:>10} {:>10}\n", "", "plain", "brotli");
    let mut line = |name: &str, plain: usize, brotli: Option<usize>| {
        let brotli = brotli.map_or("-".to_owned(), step::megabytes);
        text.push_str(&format!("   {name:30} {:>10} {brotli:>10}\n", step::megabytes(plain)));
    };
    let (programs, others): (Vec<&Size>, Vec<&Size>) = rows.iter().partition(|row| row.name.ends_with(".wasm"));
    programs.iter().for_each(|row| line(&row.name, row.plain, row.brotli));
    let is_packed = rows.iter().any(|row| row.brotli.is_some());
    let sent = |rows: &[&Size]| rows.iter().map(|row| row.brotli.unwrap_or(row.plain)).sum();
    line("the rest", others.iter().map(|row| row.plain).sum(), is_packed.then(|| sent(&others)));
    let all: Vec<&Size> = rows.iter().collect();
    line("in all", all.iter().map(|row| row.plain).sum(), is_packed.then(|| sent(&all)));
    text
}

/// Lays `web/page` out; text files get their placeholders filled, and an unknown one is an error.
fn copy_page(from: &Path, to: &Path, filled: &[(&str, String)]) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            fs::create_dir_all(&target)?;
            copy_page(&path, &target, filled)?;
            continue;
        }
        let is_text = path
            .extension()
            .is_some_and(|e| ["html", "js", "css", "svg", "webmanifest", "json"].iter().any(|t| e == *t));
        if !is_text {
            fs::copy(&path, &target)?;
            continue;
        }
        let text = fill(&fs::read_to_string(&path)?, filled).with_context(|| path.display().to_string())?;
        fs::write(&target, text)?;
    }
    Ok(())
}

fn fill(text: &str, filled: &[(&str, String)]) -> Result<String> {
    let mut text = text.to_owned();
    for (placeholder, value) in filled {
        text = text.replace(placeholder, value);
    }
    if let Some(at) = text.find("{{").filter(|at| text[at + 2..].starts_with(|c: char| c.is_ascii_uppercase())) {
        bail!("unknown placeholder: {}", text[at..].chars().take(24).collect::<String>());
    }
    Ok(text)
}

/// `name.br` beside every file that it makes smaller.
fn compress(folder: &Path) -> Result<()> {
    for file in files(folder)? {
        let bytes = fs::metadata(&file)?.len();
        let is_packed = file.extension().is_some_and(|e| ["png", "br", "woff2", "jpg"].iter().any(|t| e == *t));
        if is_packed || bytes < 1024 {
            continue;
        }
        eprintln!("   brotli {}", file.display());
        run_quietly(Command::new("brotli").args(["-q", "11", "-w", "24", "-f", "-k"]).arg(&file))?;
    }
    Ok(())
}

/// Runs a command whose output is shown only where it fails.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {}", step::show(command)))?;
    if !output.status.success() {
        bail!("{} failed:\n{}", step::show(command), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Makes a folder, or what is in it gone.
pub fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))
}

/// Copies a folder with all that is below it.
pub fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(&file, &target)?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// FNV-1a of 64 bits, as 16 hex digits: tells versions of a file apart, and guards against nothing.
fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        let values = [("{{APP_JS}}", "app-1.js".to_owned())];
        assert_eq!(fill("import '{{APP_JS}}'; `${{a: 1}}`", &values).unwrap(), "import 'app-1.js'; `${{a: 1}}`");
        assert!(fill("{{APP_JSX}}", &values).is_err());
    }

    #[test]
    fn the_table_adds_up() {
        let row = |name: &str, plain, brotli| Size { name: name.into(), plain, brotli };
        let rows = [
            row("app.wasm", 9_000_000, Some(2_000_000)),
            row("a.js", 40_000, Some(10_000)),
            row("b.png", 20_000, None),
        ];
        let text = table(&rows);
        let lines: Vec<Vec<&str>> = text.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["app.wasm", "9.00", "MB", "2.00", "MB"]);
        assert_eq!(lines[2], ["the", "rest", "0.06", "MB", "0.03", "MB"]);
        assert_eq!(lines[3], ["in", "all", "9.06", "MB", "2.03", "MB"]);
    }

    #[test]
    fn names() {
        assert_eq!(hash(b""), "cbf29ce484222325");
        assert_eq!(hash(b"a"), "af63dc4c8601ec8c");
    }
}
