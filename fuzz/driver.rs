//! The coverage-guided driver: libFuzzer around the target that `COGNATE_FUZZ_TARGET` variables.

#![no_main]

use std::sync::OnceLock;

use cognate_fuzz::{Target, data_directory, target};
use libfuzzer_sys::fuzz_target;

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn chosen() -> &'static Target {
    CHOSEN.get_or_init(|| {
        let name = std::env::var("COGNATE_FUZZ_TARGET").unwrap_or_default();
        if let Ok(directory) = std::env::var("COGNATE_FUZZ_DIRECTORY") {
            data_directory::set(directory.into());
        }
        let Some(target) = target(&name) else {
            // Nothing has run yet, so there is nothing that this end could cut short.
            std::process::exit(2);
        };
        target
    })
}

fuzz_target!(init: { chosen(); }, |data: &[u8]| {
    (chosen().run)(data);
});
