//! Ten things that a newcomer does in the real window, with nothing but screen, mouse and keys: each thing is found by what it
//! is called there, pressed where it lies, and tried by what the program then shows. `tests/browser/tasks.mjs` does the same
//! in the page. Pictures of them are left in `tmp/window/pictures` of the target folder.

#![cfg(target_os = "linux")]

mod desk;
mod hand;
mod reader;

use desk::{Desk, wait};
use std::time::Instant;

/// Above the water, in the middle of what is seen.
const LEFT: [i16; 2] = [540, 190];
const RIGHT: [i16; 2] = [700, 190];

const fn lower([x, y]: [i16; 2], by: i16) -> [i16; 2] {
    [x, y + by]
}

fn opens(window: &'static str) -> impl Fn(&Desk) -> Option<()> {
    move |desk| desk.reader.tree().window(window).map(drop)
}

fn closes(window: &'static str) -> impl Fn(&Desk) -> Option<()> {
    // What changes while it is read may be read in part: the bar is last to go.
    move |desk| {
        let tree = desk.reader.tree();
        (tree.control("Pour").is_some() && tree.window(window).is_none()).then_some(())
    }
}

fn is_in_hand(tool: &'static str) -> impl Fn(&Desk) -> Option<()> {
    move |desk| desk.reader.tree().control(tool).filter(|tool| tool.is_marked()).map(drop)
}

fn count(desk: &Desk) -> u64 {
    wait("the count of particles", || desk.particles())
}

#[test]
fn ten_tasks_with_nothing_but_the_screen() {
    let Some(mut desk) = Desk::new("window", [1240, 640]) else { return };
    let alone = ["--solo", "--scene", "dam-break", "--backend", "cpu", "--name", "TESS"];
    desk.start(&alone, "Pour");
    assert!(desk.reader.tree().window("Tidepool").is_some(), "{}", desk.reader.tree());
    let mut began = Instant::now();
    let mut done = |desk: &Desk, what: &str| {
        println!("{what}: {:.1} s", began.elapsed().as_secs_f64());
        desk.picture(what);
        began = Instant::now();
    };

    desk.press("", "Pour", is_in_hand("Pour"));
    let before = count(&desk);
    desk.stroke(LEFT, RIGHT, |desk| count(desk) > before);
    done(&desk, "1-pour");

    let built = |desk: &Desk| {
        desk.press("", "Wall", is_in_hand("Wall"));
        desk.hand.drag(lower(LEFT, -40), lower(RIGHT, -40));
        desk.press("", "Probe", is_in_hand("Probe"));
    };
    desk.act(built, |desk| {
        desk.hand.move_to(lower(LEFT, -40));
        desk.hand.move_to([(LEFT[0] + RIGHT[0]) / 2, LEFT[1] - 40]);
        desk.reader.tree().label("Wall").map(drop)
    });
    done(&desk, "2-wall");

    // The wall first, and then what was poured.
    let back = wait("the button", || desk.reader.tree().control("Take back").map(|back| back.middle()));
    desk.hand.click(back);
    desk.press("", "Take back", |desk| (count(desk) == before).then_some(()));
    wait("the probe to find no wall", || {
        desk.hand.move_to(lower(LEFT, -40));
        desk.hand.move_to([(LEFT[0] + RIGHT[0]) / 2, LEFT[1] - 40]);
        desk.reader.tree().label("Nothing").map(drop)
    });
    done(&desk, "3-undo");

    desk.press("", "Do again", |desk| (count(desk) > before).then_some(()));
    let had = count(&desk);
    // A moment is kept every five seconds.
    std::thread::sleep(std::time::Duration::from_secs(8));
    desk.press("", "Pour", is_in_hand("Pour"));
    desk.stroke(LEFT, RIGHT, |desk| count(desk) > had);
    let poured = count(&desk);
    desk.press("", "Back in time", opens("Back in time"));
    // The first moment that is kept.
    wait("that moment", || {
        let tree = desk.reader.tree().within("Back in time");
        let slider = tree.nodes.iter().find(|node| node.name.starts_with("When: "))?;
        if slider.value() == Some(0.0) {
            return Some(());
        }
        desk.hand.drag(slider.middle(), slider.left());
        None
    });
    desk.picture("4-rewind-choosing");
    desk.press("Back in time", "Go on from here", closes("Back in time"));
    wait("the world as it was", || (count(&desk) < poured).then_some(()));
    wait("that it is read out", || {
        desk.reader.said().iter().any(|line| line.contains("took the world back")).then_some(())
    });
    done(&desk, "4-rewind");

    desk.press("", "Stamp", is_in_hand("Stamp"));
    let before = count(&desk);
    desk.stroke([300, 380], [420, 470], |desk| desk.reader.tree().control("Turn (R)").is_some());
    desk.picture("5-stamp-copied");
    desk.hand.move_to([620, 200]);
    desk.picture("5-stamp-in-hand");
    desk.act(|desk| desk.hand.click([620, 200]), |desk| (count(desk) > before).then_some(()));
    done(&desk, "5-stamp");

    desk.press("", "Materials", opens("Materials"));
    wait("the field to have the keys", || desk.reader.tree().nodes.iter().any(|node| node.has_keys()).then_some(()));
    desk.hand.write("lava");
    wait("nothing else", || desk.reader.tree().within("Materials").control("Water").is_none().then_some(()));
    desk.press("Materials", "Lava", |desk| {
        desk.reader.tree().within("Materials").control("Lava").filter(|lava| lava.is_marked()).map(drop)
    });
    desk.picture("6-lava-found");
    desk.press("Materials", "Close", closes("Materials"));
    let before = count(&desk);
    desk.press("", "Pour", is_in_hand("Pour"));
    desk.stroke(LEFT, RIGHT, |desk| count(desk) > before);
    done(&desk, "6-lava");

    desk.press("", "Scenes", opens("Scenes"));
    desk.press("Scenes", "Yours", |desk| desk.reader.tree().within("Scenes").control("Save").map(drop));
    desk.press("Scenes", "Save", |desk| (!desk.files("saves", "tidepool").is_empty()).then_some(()));
    wait("that it is told, and read out", || {
        desk.reader.said().iter().any(|line| line.starts_with("Saved: ")).then_some(())
    });
    done(&desk, "7-save");

    desk.press("", "Picture", opens("Picture and sound"));
    let keeps = "Keep the last 10 seconds for a film (GIF)";
    desk.press("Picture and sound", keeps, |desk| {
        desk.reader.tree().control(keeps).filter(|keeps| keeps.is_marked()).map(drop)
    });
    wait("two seconds", || desk.reader.tree().control("2 s").filter(|two| two.is_on()).map(drop));
    let film = desk.press("Picture and sound", "2 s", |desk| desk.files("exports", "gif").pop());
    let film = std::fs::read(film).unwrap();
    assert!(film.starts_with(b"GIF89a") && film.len() > 1000, "{} bytes", film.len());
    done(&desk, "8-film");
    desk.press("", "Picture", closes("Picture and sound"));

    // The world is kept a while after a stroke.
    desk.press("", "Pour", is_in_hand("Pour"));
    let before = count(&desk);
    desk.stroke(LEFT, RIGHT, |desk| count(desk) > before);
    std::thread::sleep(std::time::Duration::from_secs(25));
    let last = count(&desk);
    desk.close();
    desk.start(&alone, "Restore");
    assert_ne!(count(&desk), last, "the new world is another");
    done(&desk, "9-restore-offered");
    desk.press("", "Restore", |desk| (desk.particles() == Some(last)).then_some(()));
    done(&desk, "9-restored");
    desk.close();

    let config =
        signaling::Config { http: Some(([127, 0, 0, 1], 0).into()), https: None, ..signaling::Config::default() };
    let server = signaling::Server::start(config).unwrap();
    let url = server.ws_url().unwrap();
    desk.start(&["--signaling", &url, "--room", "friends", "--backend", "cpu", "--name", "TESS"], "Room");
    desk.press("", "Room", opens("Room"));
    let link = desk.press("Room", "Copy link", |desk| desk.hand.clipboard());
    assert!(link.contains("room=friends"), "{link}");
    done(&desk, "10-share");
    desk.close();
}
