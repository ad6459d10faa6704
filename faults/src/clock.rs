//! The clock of the server processes, which libfaketime moves.

use std::path::{Path, PathBuf};

/// A clock that can be moved: libfaketime, and the file that it reads.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The library.
    pub library: PathBuf,
    /// The file.
    pub file: PathBuf,
}

impl Clock {
    /// libfaketime from its Debian package, with a file in `directory`; `None` if it is not installed.
    pub fn find(directory: &Path) -> Option<Self> {
        let libraries = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
            .map(|machine| PathBuf::from(format!("/usr/lib/{machine}/faketime/libfaketime.so.1")));
        let library = libraries.into_iter().find(|library| library.is_file())?;
        let clock = Self {
            library,
            file: directory.join("clock"),
        };
        clock.set(0).ok()?;
        Some(clock)
    }

    /// Moves the clock to `seconds` before or after the real time. The file is replaced in one step,
    /// since processes read it at any moment.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn set(&self, seconds: i32) -> std::io::Result<()> {
        let unfinished = self.file.with_extension("new");
        std::fs::write(&unfinished, format!("{seconds:+}"))?;
        std::fs::rename(unfinished, &self.file)
    }
}
