//! What a server takes of the memory.

use super::process::ServerProcess;

/// 2^20 bytes.
pub const MIB: u64 = 1024 * 1024;

/// Watches the memory of `server`. The kernel does, so that no moment is missed.
pub struct Watch {
    server: ServerProcess,
    before: u64,
}

impl Watch {
    /// From now on.
    pub fn start(server: &ServerProcess) -> Self {
        server.forget_peak_memory();
        Self {
            server: server.clone(),
            before: server.memory(),
        }
    }

    /// Asserts that no more than `bound` bytes came to those it had before, at any moment.
    pub fn grew_less_than(self, bound: u64) {
        let grown = self.server.peak_memory().saturating_sub(self.before);
        assert!(
            grown < bound,
            "from {} MiB the memory grew by {} MiB",
            self.before / MIB,
            grown / MIB
        );
    }
}
