//! Where a scape goes: in the page to the loader's worklet, elsewhere to a thread that has the device.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::Out;
#[cfg(target_arch = "wasm32")]
pub(super) use page::Out;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::super::player::{Link, link};
    use sound::scape::Scape;

    /// The thread with the device: begun with the first that is to be heard, ended when sound is switched off.
    #[derive(Default)]
    pub(in super::super) enum Out {
        /// Nothing was to be heard yet.
        #[default]
        Closed,
        /// It plays.
        Open(Link),
        /// There is no device, or it went away: silent until sound is switched off and on again.
        Failed,
    }

    impl Out {
        pub(in super::super) fn tell(&mut self, scape: &Scape) {
            if scape.gain <= 0.0 {
                *self = Self::Closed;
            } else if matches!(self, Self::Closed) && !scape.is_silent() {
                *self = open();
            }
            if let Self::Open(link) = self
                && !link.tell(*scape)
            {
                *self = Self::Failed;
            }
        }
    }

    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    fn open() -> Out {
        use super::super::device;
        let (link, player, ends) = link();
        let thread = std::thread::Builder::new().name("sound".into()).spawn(move || {
            if let Err(error) = device::play(player, &ends) {
                log::info!("no sound: {error}");
            }
        });
        thread.map_or(Out::Failed, |_| Out::Open(link))
    }

    /// Nobody has written it for this system.
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    fn open() -> Out {
        drop(link());
        Out::Failed
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use sound::scape::Scape;
    use wasm_bindgen::prelude::*;

    /// The loader's `tidepoolSound()`, which begins to play with the first press.
    #[derive(Default)]
    pub(in super::super) struct Out;

    impl Out {
        pub(in super::super) fn tell(&mut self, scape: &Scape) {
            let named = js_sys::Reflect::get(&js_sys::global(), &"tidepoolSound".into());
            if let Some(sound) = named.ok().and_then(|function| function.dyn_into::<js_sys::Function>().ok()) {
                let levels = js_sys::Float32Array::from(&scape.to_floats()[..]);
                // Where it fails the page says so itself, once.
                let _ = sound.call1(&JsValue::NULL, &levels);
            }
        }
    }
}
