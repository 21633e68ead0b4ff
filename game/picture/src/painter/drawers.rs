//! The shaders of the pass a pixel: one text, of which each part of the picture gets what is in it and no more. There may be
//! some hundred, so that each is made when it is needed first. That takes up to a tenth of a second, for which no picture
//! waits: until it is there one draws that can draw everything. In the browser, where there are no threads for it, one is made
//! a picture.

use super::pipelines::pipeline;
use super::regions::Content;
use crate::shot::Spared;
use std::collections::HashMap;

/// What a shader of the picture can draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Drawer {
    pub(super) content: Content,
    /// Colours are measures, or strips are shown.
    pub(super) measured: bool,
    /// What lies between texels is seen.
    pub(super) near: bool,
    pub(super) spared: Spared,
}

impl Drawer {
    /// Draws all that there can be, whatever is spared.
    const OF_EVERYTHING: Self = Self {
        content: Content {
            fluid: true,
            water: true,
            rock: true,
            air: true,
            gas: true,
            still: true,
            more: true,
            beyond: true,
            lamp: true,
        },
        measured: true,
        near: false,
        spared: Spared::Nothing,
    };

    /// The same from near.
    const NEAR: Self = Self { near: true, ..Self::OF_EVERYTHING };

    /// What the shader is told.
    fn constants(self) -> [(&'static str, f64); 16] {
        let Self { content, measured, near, spared } = self;
        let ground = Content { beyond: true, rock: true, lamp: content.lamp, ..Content::default() };
        let all = [
            ("has_fluid", content.fluid),
            ("has_water", content.water),
            ("has_rock", content.rock),
            ("has_air", content.air),
            ("has_gas", content.gas),
            ("has_still", content.still),
            ("has_more", content.more),
            ("has_lamp", content.lamp),
            ("is_measured", measured),
            ("is_beyond", content.beyond),
            ("is_within", content != ground),
            // Gas has no border that one could see it at.
            ("is_near", near && spared < Spared::Detail && (content.fluid || content.rock)),
            ("has_fine", spared < Spared::Detail),
            ("has_foam", spared < Spared::Foam),
            ("has_gathered", spared < Spared::Gathered),
            ("has_bend", spared < Spared::Bend),
        ];
        all.map(|(name, on)| (name, f64::from(u8::from(on))))
    }
}

/// What a pipeline is made of.
#[derive(Clone)]
struct Maker {
    device: wgpu::Device,
    text: wgpu::ShaderModule,
    groups: wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
}

impl Maker {
    fn make(&self, drawer: Drawer) -> wgpu::RenderPipeline {
        let entries = ["picture", "picture_runs", "main"];
        pipeline(&self.device, &self.groups, &self.text, entries, &[self.format], None, &drawer.constants())
    }
}

/// See the module.
pub(super) struct Drawers {
    maker: Maker,
    /// None as long as it is being made.
    made: HashMap<Drawer, Option<wgpu::RenderPipeline>>,
    whole: wgpu::RenderPipeline,
    workshop: Workshop,
}

impl Drawers {
    pub(super) fn new(
        device: &wgpu::Device,
        text: wgpu::ShaderModule,
        groups: &wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
    ) -> Self {
        let maker = Maker { device: device.clone(), text, groups: groups.clone(), format };
        let whole = maker.make(Drawer::OF_EVERYTHING);
        let mut drawers = Self { workshop: Workshop::new(&maker), maker, made: HashMap::new(), whole };
        drawers.ask(std::iter::once(Drawer::NEAR));
        drawers
    }

    /// These are needed now; those that are not there are ordered.
    pub(super) fn ask(&mut self, drawers: impl Iterator<Item = Drawer>) {
        for drawer in drawers {
            if !self.made.contains_key(&drawer) && self.workshop.order(drawer) {
                self.made.insert(drawer, None);
            }
        }
    }

    /// Takes in what is finished; says whether anything is, and so whether a picture would be drawn by other shaders now.
    pub(super) fn collect(&mut self) -> bool {
        let finished = self.workshop.finished(&self.maker);
        let any = !finished.is_empty();
        self.made.extend(finished.into_iter().map(|(drawer, pipeline)| (drawer, Some(pipeline))));
        any
    }

    /// Waits for all that is ordered; says whether anything was.
    pub(super) fn settle(&mut self) -> bool {
        let waited = self.made.values().any(Option::is_none);
        while self.made.values().any(Option::is_none) {
            self.collect();
            #[cfg(not(target_arch = "wasm32"))]
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        waited
    }

    /// What draws that best, of what is there.
    pub(super) fn get(&self, drawer: &Drawer) -> &wgpu::RenderPipeline {
        let made = |drawer: &Drawer| self.made.get(drawer).and_then(Option::as_ref);
        made(drawer).or_else(|| made(&Drawer::NEAR).filter(|_| drawer.near)).unwrap_or(&self.whole)
    }
}

/// Where they are made: by a thread beside the one that draws.
#[cfg(not(target_arch = "wasm32"))]
struct Workshop {
    orders: std::sync::mpsc::Sender<Drawer>,
    done: std::sync::Mutex<std::sync::mpsc::Receiver<(Drawer, wgpu::RenderPipeline)>>,
}

#[cfg(not(target_arch = "wasm32"))]
impl Workshop {
    fn new(maker: &Maker) -> Self {
        let (orders, ordered) = std::sync::mpsc::channel();
        let (finish, done) = std::sync::mpsc::channel();
        let maker = maker.clone();
        // It ends when the painter is gone.
        let work = move || ordered.into_iter().all(|drawer| finish.send((drawer, maker.make(drawer))).is_ok());
        let started = std::thread::Builder::new().name("shaders".to_owned()).spawn(move || _ = work());
        drop(started);
        Self { orders, done: std::sync::Mutex::new(done) }
    }

    /// Says whether it will be made.
    fn order(&self, drawer: Drawer) -> bool {
        self.orders.send(drawer).is_ok()
    }

    fn finished(&self, _: &Maker) -> Vec<(Drawer, wgpu::RenderPipeline)> {
        self.done.lock().map_or_else(|_| Vec::new(), |done| done.try_iter().collect())
    }
}

/// The same without threads.
#[cfg(target_arch = "wasm32")]
struct Workshop {
    orders: std::collections::VecDeque<Drawer>,
}

#[cfg(target_arch = "wasm32")]
impl Workshop {
    fn new(_: &Maker) -> Self {
        Self { orders: std::collections::VecDeque::new() }
    }

    fn order(&mut self, drawer: Drawer) -> bool {
        self.orders.push_back(drawer);
        true
    }

    fn finished(&mut self, maker: &Maker) -> Vec<(Drawer, wgpu::RenderPipeline)> {
        self.orders.pop_front().map(|drawer| (drawer, maker.make(drawer))).into_iter().collect()
    }
}
