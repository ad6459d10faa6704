//! The limit of open files, which bounds the connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one, as shells commonly leave it at 1024 while
/// the system permits far more. Returns the limit now in force; `None` if there is none.
pub fn raise_limit() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        // Not being permitted leaves the limit as it is.
        let _ = setrlimit(Resource::Nofile, raised);
    }
    getrlimit(Resource::Nofile)
        .current
        .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}
