#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    (fuzz::targets::named("stamp").expect("a target of this name").run)(bytes);
});
