//! Core dumps, which would write every key and password in the server's memory to a file.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids core dumps of this process. Where the system has it (Linux), other processes of the same account then
/// can neither trace it nor read its memory or environment; root can. A failure is logged, and the server goes on.
pub fn forbid() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps cannot be forbidden by RLIMIT_CORE");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "core dumps cannot be forbidden by PR_SET_DUMPABLE");
        }
    }
}
