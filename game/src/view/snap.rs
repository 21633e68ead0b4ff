//! Pictures of the world as it is on the screen, without the interface: for files, and beside saves. They are read back from
//! the GPU, which takes some frames and holds none up. What is shown small is made small there, before it is read back: the
//! one that is taken each second, so that one finds a moment again, would be felt otherwise.

use super::target::{Picture, Small};
use crate::png_file::Pixels;
use crate::schedule::AppSystems;
use bevy::prelude::*;
use bevy::render::gpu_readback::{Readback, ReadbackComplete};

/// Rows in a GPU's buffer begin at multiples of this, in bytes.
const ROW_BYTES: usize = 256;

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To stand beside a save: small.
    Save,
    /// A file of its own.
    File,
    /// One of many that move: small.
    Film,
    /// To be found again when one goes back in time: small.
    Past,
}

/// A picture is to be taken of the next frame.
#[derive(Message, Clone, Copy, Debug)]
pub(crate) struct TakePicture(pub Purpose);

/// It is here.
#[derive(Message, Clone, Debug)]
pub(crate) struct PictureTaken {
    pub purpose: Purpose,
    pub pixels: Pixels,
}

/// A picture that is on its way.
#[derive(Component)]
struct OnItsWay {
    purpose: Purpose,
    size: UVec2,
    frames: u32,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<TakePicture>()
        .add_message::<PictureTaken>()
        .add_systems(Update, (once, take).chain().in_set(AppSystems::Draw))
        .add_observer(arrive);
}

/// It is read once, and not in each frame.
fn once(mut commands: Commands, mut all: Query<(Entity, &mut OnItsWay)>) {
    // A GPU that does not answer for so many frames is gone.
    const GONE_FRAMES: u32 = 600;
    for (entity, mut on_its_way) in &mut all {
        on_its_way.frames += 1;
        match on_its_way.frames {
            1 => drop(commands.entity(entity).remove::<Readback>()),
            GONE_FRAMES => commands.entity(entity).despawn(),
            _ => {}
        }
    }
}

fn take(
    mut commands: Commands,
    mut wanted: MessageReader<TakePicture>,
    (picture, small): (Option<Res<Picture>>, Option<ResMut<Small>>),
    images: Option<Res<Assets<Image>>>,
) {
    let (Some(picture), Some(mut small), Some(images)) = (picture, small, images) else { return wanted.clear() };
    for &TakePicture(purpose) in wanted.read() {
        let image = if purpose == Purpose::File {
            &picture.0
        } else {
            small.wanted = true;
            &small.image
        };
        let Some(size) = images.get(image).map(Image::size) else { continue };
        commands.spawn((Readback::texture(image.clone()), OnItsWay { purpose, size, frames: 0 }));
    }
}

fn arrive(
    came: On<ReadbackComplete>,
    mut commands: Commands,
    all: Query<&OnItsWay>,
    mut taken: MessageWriter<PictureTaken>,
) {
    let Ok(&OnItsWay { purpose, size, .. }) = all.get(came.entity) else { return };
    commands.entity(came.entity).despawn();
    let row = (size.x as usize * 4).next_multiple_of(ROW_BYTES);
    if let Some(pixels) = Pixels::of_rows(size.x, size.y, row, &came.data) {
        taken.write(PictureTaken { purpose, pixels });
    }
}
