//! Whether this device runs on its battery: from the browser's battery where it tells of one, from the kernel on
//! Linux, and nowhere else.

pub(super) use source::Battery;

#[cfg(target_os = "linux")]
mod source {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    const ROOT: &str = "/sys/class/power_supply";
    /// Some machines take long to answer: never in a frame's time.
    const LOOK_EVERY: Duration = Duration::from_secs(5);

    /// Looks at the kernel's files from a thread of its own, for as long as this lives.
    pub(crate) struct Battery(Arc<AtomicBool>);

    impl Battery {
        pub(crate) fn watch() -> Self {
            let shared = Arc::new(AtomicBool::new(discharges(Path::new(ROOT))));
            let weak = Arc::downgrade(&shared);
            let look = move || {
                while let Some(shared) = weak.upgrade() {
                    shared.store(discharges(Path::new(ROOT)), Ordering::Relaxed);
                    drop(shared);
                    std::thread::sleep(LOOK_EVERY);
                }
            };
            // Without the thread the first look is the last.
            let _ = std::thread::Builder::new().name("tidepool-battery".into()).spawn(look);
            Self(shared)
        }

        pub(crate) fn discharges(&self) -> Option<bool> {
            Some(self.0.load(Ordering::Relaxed))
        }
    }

    /// Whether a battery of the machine itself, not one of its mouse, is being emptied.
    fn discharges(root: &Path) -> bool {
        let Ok(supplies) = std::fs::read_dir(root) else { return false };
        supplies.flatten().map(|supply| supply.path()).any(|supply| {
            let says = |file: &str| std::fs::read_to_string(supply.join(file)).unwrap_or_default();
            says("type").trim() == "Battery"
                && says("scope").trim() != "Device"
                && says("status").trim() == "Discharging"
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// A folder of supplies, each with its files.
        fn supplies(name: &str, all: &[(&str, &[(&str, &str)])]) -> bool {
            let root = std::env::temp_dir().join(format!("tidepool-power-{name}-{}", std::process::id()));
            for (supply, files) in all {
                std::fs::create_dir_all(root.join(supply)).unwrap();
                for (file, text) in *files {
                    std::fs::write(root.join(supply).join(file), format!("{text}\n")).unwrap();
                }
            }
            let found = discharges(&root);
            let _ = std::fs::remove_dir_all(&root);
            found
        }

        #[test]
        fn a_laptop_on_battery_is_told_from_all_else() {
            let mains = ("AC", [("type", "Mains"), ("online", "0")]);
            let battery = |status| [("type", "Battery"), ("scope", "System"), ("status", status)];
            let mouse = ("hid-mouse", [("type", "Battery"), ("scope", "Device"), ("status", "Discharging")]);
            assert!(supplies("on", &[(mains.0, &mains.1), ("BAT0", &battery("Discharging"))]));
            assert!(supplies("plain", &[("BAT1", &[("type", "Battery"), ("status", "Discharging")])]));
            assert!(supplies("two", &[("BAT0", &battery("Full")), ("BAT1", &battery("Discharging"))]));
            for status in ["Charging", "Full", "Not charging", "Unknown"] {
                assert!(!supplies("off", &[(mains.0, &mains.1), ("BAT0", &battery(status))]), "{status}");
            }
            assert!(!supplies("desktop", &[(mains.0, &mains.1), (mouse.0, &mouse.1)]));
            assert!(!discharges(Path::new("/nowhere/at/all")));
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod source {
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen::{JsCast, JsValue};

    /// The browser's `BatteryManager`, once it has given one; some browsers have none.
    pub(crate) struct Battery(Rc<RefCell<Option<JsValue>>>);

    impl Battery {
        pub(crate) fn watch() -> Self {
            let manager = Rc::new(RefCell::new(None));
            let to = manager.clone();
            if let Some(promise) = ask() {
                wasm_bindgen_futures::spawn_local(async move {
                    // A page that may not know is as one without a battery.
                    if let Ok(found) = wasm_bindgen_futures::JsFuture::from(promise).await {
                        *to.borrow_mut() = Some(found);
                    }
                });
            }
            Self(manager)
        }

        pub(crate) fn discharges(&self) -> Option<bool> {
            let manager = self.0.borrow();
            let charging = js_sys::Reflect::get(manager.as_ref()?, &"charging".into()).ok()?;
            charging.as_bool().map(|charging| !charging)
        }
    }

    fn ask() -> Option<js_sys::Promise> {
        let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
        let get: js_sys::Function = js_sys::Reflect::get(&navigator, &"getBattery".into()).ok()?.dyn_into().ok()?;
        get.call0(&navigator).ok()?.dyn_into().ok()
    }
}

#[cfg(not(any(target_os = "linux", target_arch = "wasm32")))]
mod source {
    /// Nothing is known here.
    pub(crate) struct Battery;

    impl Battery {
        pub(crate) fn watch() -> Self {
            Self
        }

        pub(crate) fn discharges(&self) -> Option<bool> {
            None
        }
    }
}
