//! `play`: from a fresh checkout to a window in a room, and a link for friends.

use crate::children::{Running, Stop, run_or_stop};
use crate::{debian, dist, place, step};
use anyhow::{Result, bail};
use clap::Args;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// How to play.
#[derive(Args)]
pub struct Options {
    /// Install missing Debian packages (asks for sudo where needed).
    #[arg(long)]
    yes: bool,
    /// Build everything for speed; takes much longer.
    #[arg(long)]
    release: bool,
    /// The room to open.
    #[arg(long, default_value = "tide")]
    room: String,
    /// Build no web page: native players only.
    #[arg(long)]
    no_page: bool,
}

/// Builds, starts, waits, ends.
pub fn run(options: &Options) -> Result<ExitCode> {
    let started = Instant::now();
    debian::check(debian::For::Play, options.yes)?;
    let stop = Stop::listen()?;
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some_and(|v| !v.is_empty()))
        || !cfg!(target_os = "linux");
    build("building the server", "signaling", "tidepool-signaling", options.release, &stop)?;
    if stop.asked() {
        return Ok(ExitCode::SUCCESS);
    }
    if !options.no_page {
        dist::run(&dist::Options { release: options.release })?;
    }
    if stop.asked() {
        return Ok(ExitCode::SUCCESS);
    }
    let (mut server, links) = start_server(options)?;
    step::heading(&format!("the room is open (after {})", step::time(started.elapsed())));
    for line in &links {
        eprintln!("   {line}");
    }
    let (package, program) =
        if has_display { ("tidepool", "tidepool") } else { ("tidepool-headless", "tidepool-headless") };
    build(&format!("building {program}"), package, program, options.release, &stop)?;
    if stop.asked() {
        return Ok(ExitCode::SUCCESS);
    }
    let url = signaling_url(&links);
    let mut command = Command::new(place::program(program, options.release));
    command.current_dir(place::root());
    if has_display {
        step::heading("opening the window (Ctrl-C here ends everything)");
        command.args(["--signaling", &url, "--room", &options.room]);
    } else {
        step::heading("there is no display here: this machine joins the room without a window");
        eprintln!("   Open one of the links above in a browser. From elsewhere without a way to this machine's");
        eprintln!(
            "   network: ssh -L 3536:localhost:{} THIS-MACHINE, then http://localhost:3536/?room={}",
            port(&url),
            options.room
        );
        eprintln!("   Ctrl-C ends everything.");
        command.args(["join", "--signaling", &url, "--room", &options.room]);
    }
    let ended = run_or_stop(program, &mut command, &stop)?;
    if stop.asked_by_now() {
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(status) = server.ended() {
        bail!("the server ended by itself ({status})");
    }
    Ok(match ended {
        Some(status) if !status.success() => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

fn build(what: &str, package: &str, program: &str, release: bool, stop: &Stop) -> Result<()> {
    let mut command = place::cargo();
    command.args(["build", "--package", package, "--bin", program]);
    if release {
        command.arg("--release");
    }
    step::heading(what);
    let started = Instant::now();
    match run_or_stop("cargo", &mut command, stop)? {
        Some(status) if !status.success() && !stop.asked_by_now() => bail!("{what}: failed"),
        Some(_) => eprintln!("   done in {}", step::time(started.elapsed())),
        None => {}
    }
    Ok(())
}

/// Starts the server and returns the lines that it prints once it takes connections.
fn start_server(options: &Options) -> Result<(Running, Vec<String>)> {
    let mut command = Command::new(place::program("tidepool-signaling", options.release));
    command.args(["--room", &options.room]).stdout(Stdio::piped());
    if !options.no_page {
        command.arg("--web").arg(place::web_dist());
    }
    let mut server = Running::start("the server", &mut command)?;
    let mut links = Vec::new();
    if let Some(out) = server.output() {
        // It prints its links at once or ends with an error; the pipe closes then.
        for line in BufReader::new(out).lines() {
            let line = line?;
            let is_last = line.starts_with("ready");
            if is_last {
                break;
            }
            links.push(line);
        }
    }
    if links.is_empty() {
        bail!("the server did not start (see above)");
    }
    Ok((server, links))
}

/// `ws://127.0.0.1:PORT`, from the link for this machine.
fn signaling_url(links: &[String]) -> String {
    let local = links.iter().find_map(|line| line.split("http://localhost:").nth(1));
    let port: String = local.unwrap_or("3536").chars().take_while(char::is_ascii_digit).collect();
    format!("ws://127.0.0.1:{port}")
}

fn port(url: &str) -> &str {
    url.rsplit(':').next().unwrap_or("3536")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address() {
        let links = [
            "here:   http://localhost:4000/?room=tide".to_owned(),
            "invite: https://192.168.1.7:4001/?room=tide".to_owned(),
        ];
        assert_eq!(signaling_url(&links), "ws://127.0.0.1:4000");
        assert_eq!(port(&signaling_url(&links)), "4000");
    }
}
