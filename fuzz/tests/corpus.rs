//! Replays the corpus of every target, so that each finding stays a test.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "all of this is a test"
)]

use std::path::Path;

use cognate_fuzz::{data_directory, target};

/// Runs every file of a target's corpus.
fn replay(name: &str) {
    data_directory::set(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
    let target = target(name).expect("a target of this name");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut files: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has a corpus");
    for file in files {
        // The harness shows this when the input fails.
        println!("{}", file.display());
        (target.run)(&std::fs::read(&file).unwrap());
    }
}

macro_rules! corpus {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                replay(stringify!($name));
            }
        )*

        /// No target is left out above.
        #[test]
        fn every_target_is_replayed() {
            let named = [$(stringify!($name)),*];
            assert_eq!(cognate_fuzz::TARGETS.map(|target| target.name), named);
        }
    };
}

corpus!(requests shapes sigv4 tokens srp passkeys challenges triggers cursors filters attributes domain http);
