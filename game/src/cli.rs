//! The desktop program's command line.

use crate::{AppPlugin, Options};
use bevy::prelude::*;
use clap::Parser;
use std::process::ExitCode;

/// A physics sandbox that a room of people computes together.
#[derive(Parser, Debug)]
#[command(name = "tidepool", version)]
struct Args {
    /// Join (or found) the room of this name.
    #[arg(long)]
    room: Option<String>,
    /// Signaling server, such as ws://192.168.1.20:3536; without it this program hosts one.
    #[arg(long, value_name = "URL")]
    signaling: Option<String>,
    /// Play alone, without any network.
    #[arg(long, conflicts_with_all = ["room", "signaling"])]
    solo: bool,
    /// Open on this scene.
    #[arg(long, value_name = "NAME")]
    scene: Option<String>,
    /// What computes this device's share.
    #[arg(long, default_value = "auto", value_parser = ["auto", "cpu", "gpu"])]
    backend: String,
    /// The name that others see.
    #[arg(long)]
    name: Option<String>,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let args = Args::parse();
    if !has_display() {
        eprintln!("tidepool: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).");
        eprintln!(
            "To lend this machine to a room without a window: tidepool-headless join --signaling URL --room NAME"
        );
        return ExitCode::FAILURE;
    }
    let options = Options {
        room: args.room,
        signaling: args.signaling,
        scene: args.scene,
        backend: Some(args.backend),
        name: args.name,
        solo: args.solo,
    };
    match App::new().add_plugins(AppPlugin(options)).run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

fn has_display() -> bool {
    let unix_without_windows = cfg!(all(unix, not(target_os = "macos"), not(target_os = "android")));
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !unix_without_windows || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Starts signaling, directory and page inside this program, so that friends can join.
pub(crate) fn host() -> Result<signaling::Running, String> {
    let config = signaling::Config { ports_may_move: true, web: page_folder(), ..signaling::Config::default() };
    signaling::Server::start(config).map_err(|error| error.to_string())
}

/// The built web page: named by `TIDEPOOL_WEB`, or beside this program, or where `cargo xtask web` puts it.
fn page_folder() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("TIDEPOOL_WEB").map(std::path::PathBuf::from);
    let program = std::env::current_exe().ok();
    let folder = program.as_deref().and_then(std::path::Path::parent);
    let beside = folder.map(|f| f.join("page"));
    let built = folder.and_then(std::path::Path::parent).map(|f| f.join("web-dist"));
    [named, beside, built].into_iter().flatten().find(|f| f.join("index.html").is_file())
}
