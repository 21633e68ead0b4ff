//! The desktop program's command line.

use crate::app::AppPlugin;
use crate::session::Options;
use bevy::prelude::*;
use clap::Parser;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  tidepool                                  open a room of your own; friends join by its link
  tidepool --room tide                      open or find the room \"tide\" of your own server
  tidepool --signaling ws://192.168.1.20:3536 --room tide
                                            join a friend's room on the same network
  tidepool --solo --scene waterfall         play alone, with no network at all
  tidepool --scene my.tidepool              go on from a saved world

Keys are listed in the window: press ? there. Settings are kept in tidepool/settings.json of your
configuration folder. Without a screen, use tidepool-headless.

Environment:
  TIDEPOOL_WEB=FOLDER   the built page that friends are given, where it is not beside this program
  RUST_LOG=info         tell more on standard error
  VK_DRIVER_FILES=FILE  the Vulkan driver to draw with";

/// A physics sandbox that a room of people computes together.
#[derive(Parser, Debug)]
#[command(name = "tidepool", version, after_help = EXAMPLES)]
struct Args {
    /// Join (or found) the room of this name.
    #[arg(long, value_name = "NAME")]
    room: Option<String>,
    /// Signaling server, such as `ws://192.168.1.20:3536`; without it this program hosts one.
    #[arg(long, value_name = "URL")]
    signaling: Option<String>,
    /// With wss://: believe the server whose certificate has this SHA-256 (the server prints it).
    #[arg(long, value_name = "HEX", requires = "signaling")]
    fingerprint: Vec<String>,
    /// With wss://: believe the certificates of this PEM file (an authority's, or the server's own).
    #[arg(long, value_name = "FILE", requires = "signaling")]
    ca: Vec<std::path::PathBuf>,
    /// Play alone, without any network.
    #[arg(long, conflicts_with_all = ["room", "signaling"])]
    solo: bool,
    /// Open on this scene.
    #[arg(long, value_name = "SCENE", help = scene_help())]
    scene: Option<String>,
    /// What computes this device's share: a GPU if there is a real one, the CPU, or a GPU and nothing else.
    #[arg(long, default_value = "auto", value_parser = ["auto", "cpu", "gpu"])]
    backend: String,
    /// Lend so much of this device, in percent (10 to 100), as the slider in the room's window does; it is kept.
    #[arg(long, value_name = "PERCENT")]
    share: Option<driver::share::Share>,
    /// The name that others see.
    #[arg(long)]
    name: Option<String>,
}

fn scene_help() -> String {
    let names: Vec<&str> = driver::scene_file::BUILT_IN.iter().map(|(name, _)| *name).collect();
    format!(
        "Open on this scene: {}, stress:N (N particles), a path that ends in .ron, or a saved world (.tidepool)",
        names.join(", ")
    )
}

/// What `--scene` names.
#[derive(Debug, Default)]
struct Opening {
    scene: Option<String>,
    save: Option<Vec<u8>>,
}

impl Opening {
    /// A scene by name or file, or a saved world's file, which is looked through before a window opens.
    fn read(name: &str) -> Result<Self, String> {
        let path = std::path::Path::new(name);
        if driver::scene_file::is_path(name) || !path.is_file() {
            driver::scene_file::read(name).map_err(|error| error.to_string())?;
            return Ok(Self { scene: Some(name.to_owned()), save: None });
        }
        let bytes = crate::saves::read_path(path)?;
        room::save::decode(bytes.clone()).map_err(|why| words::english().file_not_opened(name, why))?;
        Ok(Self { scene: None, save: Some(bytes) })
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let headless = headless_command(&args);
    if !has_display() {
        eprintln!("tidepool: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).");
        eprintln!("{headless}");
        return ExitCode::FAILURE;
    }
    let opening = args.scene.as_deref().map(Opening::read).transpose();
    let opening = match opening {
        Ok(opening) => opening.unwrap_or_default(),
        Err(why) => {
            eprintln!("tidepool: {why}");
            return ExitCode::FAILURE;
        }
    };
    let trust = match driver::net::trust::Trust::read(&args.fingerprint, &args.ca) {
        Ok(trust) => trust,
        Err(why) => {
            eprintln!("tidepool: {why}");
            return ExitCode::FAILURE;
        }
    };
    let options = Options {
        trust,
        room: args.room,
        signaling: args.signaling,
        scene: opening.scene,
        save: opening.save,
        backend: Some(args.backend),
        share: args.share,
        name: args.name,
        solo: args.solo,
    };
    // Bevy and winit panic where no window can be opened or nothing can draw it. Until the first frame that
    // is the machine's state and no fault of the program, and it is told in words.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if crate::frames::any_drawn() {
            usual(info);
        }
    }));
    let run = std::panic::catch_unwind(|| App::new().add_plugins(AppPlugin(options)).run());
    driver::join_kernels(std::time::Duration::from_secs(5));
    if let Some(lost) = crate::gpu::lost() {
        return crate::again::start(&lost);
    }
    match run {
        Ok(AppExit::Success) => ExitCode::SUCCESS,
        Ok(AppExit::Error(code)) => ExitCode::from(code.get()),
        Err(cause) => {
            if !crate::frames::any_drawn() {
                eprintln!("{}", why_no_window(&panic_text(cause.as_ref())));
                eprintln!("{headless}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The command that does without a window what these arguments ask for.
fn headless_command(args: &Args) -> String {
    match (&args.signaling, &args.room) {
        (Some(signaling), room) => {
            let room = room.as_deref().unwrap_or("NAME");
            format!(
                "Without a window this machine can lend itself to the room:\n\n    tidepool-headless join --signaling {signaling} --room {room}\n"
            )
        }
        _ => {
            let scene = args.scene.as_deref().unwrap_or("fountain");
            format!(
                "Without a window, run a scene here, or lend this machine to a room:\n\n    \
                 tidepool-headless run --scene {scene} --ticks 600 --shards 1 --backend cpu --net none --png picture.png\n    \
                 tidepool-headless join --signaling ws://HOST:3536 --room NAME\n"
            )
        }
    }
}

fn panic_text(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason was given").to_owned()
}

/// What is missing, and what to do, from what Bevy or winit said.
fn why_no_window(said: &str) -> String {
    let first = said.lines().next().unwrap_or_default();
    if said.contains("find a GPU") || said.contains("RequestAdapter") || said.contains("adapter") {
        return "tidepool: the window cannot be drawn: no graphics driver was found (Vulkan, on Linux).\n\
                On Debian or Ubuntu, mesa-vulkan-drivers has those for AMD, Intel and, slowly, the CPU:\n\n    \
                sudo apt-get install mesa-vulkan-drivers\n\n\
                For NVIDIA install its own driver. If VK_DRIVER_FILES is set, it must name a driver's file."
            .into();
    }
    if said.contains("event loop") || said.contains("EventLoop") || said.contains("display") {
        let set = |name| std::env::var(name).map(|value| format!("{name}={value}")).ok();
        let named: Vec<String> = ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().filter_map(set).collect();
        return format!(
            "tidepool: no window can be opened on the display that is named here ({}): nothing answers there",
            named.join(", ")
        );
    }
    format!("tidepool: the window cannot be opened: {first}")
}

fn has_display() -> bool {
    let unix_without_windows = cfg!(all(unix, not(target_os = "macos"), not(target_os = "android")));
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !unix_without_windows || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn help_names_every_scene_and_all_options_are_explained() {
        let mut command = Args::command();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        for (name, _) in driver::scene_file::BUILT_IN {
            assert!(help.contains(name), "{name}");
        }
        assert!(command.get_arguments().all(|a| a.get_help().is_some()));
    }

    #[test]
    fn a_saved_world_opens_by_its_file_and_what_is_none_is_told() {
        let scene = driver::scene_file::named("dam-break").unwrap();
        let bytes = room::save::Save::of(&scene, &scene.globals(), &[(scene.world.tiles_x() as u16, Vec::new())]);
        let file = std::env::temp_dir().join(format!("opening-{}.tidepool", std::process::id()));
        let name = file.to_str().unwrap();
        std::fs::write(&file, bytes.as_ref().unwrap()).unwrap();
        assert_eq!(Opening::read(name).unwrap().save, bytes.ok());
        std::fs::write(&file, b"something else").unwrap();
        assert!(Opening::read(name).unwrap_err().contains("no saved world"));
        std::fs::remove_file(&file).unwrap();
        assert!(Opening::read(name).unwrap_err().contains("no such file"));
    }

    #[test]
    fn a_share_is_a_number_of_percent() {
        let share = |text| Args::try_parse_from(["tidepool", "--share", text]).map(|args| args.share);
        assert_eq!(share("40").unwrap(), Some(driver::share::Share::new(40)));
        assert!(share("5").unwrap_err().to_string().contains("from 10 to 100"));
    }

    #[test]
    fn the_headless_command_is_exact_where_it_can_be() {
        let args = Args::parse_from(["tidepool", "--signaling", "ws://10.0.0.2:3536", "--room", "tide"]);
        assert!(headless_command(&args).contains("tidepool-headless join --signaling ws://10.0.0.2:3536 --room tide"));
        let args = Args::parse_from(["tidepool", "--solo", "--scene", "u-tube"]);
        assert!(headless_command(&args).contains("run --scene u-tube "));
    }

    #[test]
    fn a_missing_driver_is_told_with_what_to_install() {
        let text = why_no_window("Unable to find a GPU! Make sure you have installed required drivers!");
        assert!(text.contains("mesa-vulkan-drivers"));
        assert!(why_no_window("Failed to build event loop: Os(..)").contains("no window can be opened"));
    }
}
