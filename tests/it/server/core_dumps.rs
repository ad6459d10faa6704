//! The server's memory holds keys and passwords; no core dump may write it to a file.

use crate::support::{ServerProcess, StoreKind, TestStore};

/// Soft and hard limit of a process's core file, as the kernel has them.
fn core_limits(process: &str) -> Vec<String> {
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    line.split_whitespace()
        .skip(4)
        .take(2)
        .map(str::to_owned)
        .collect()
}

/// The hard limit is 0, too, so that nothing in the process can raise it again.
#[test]
fn the_server_cannot_dump_core() {
    crate::support::fixture::run(StoreKind::Sqlite, |store: TestStore| async move {
        let server = ServerProcess::start(&store, &[]).await;
        let id = server.id().unwrap().to_string();
        assert_eq!(core_limits(&id), ["0", "0"]);
        assert_ne!(core_limits("self")[1], "0", "the test must be able to fail");
        server.kill();
    });
}
