//! Other users of the machine, whom neither server nor command line trusts. Only root can try: run by others, these tests
//! do nothing.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Run, run, runs, socket_of, sqlite, succeeded};
use crate::support::ServerProcess;

/// A user that is not the server's.
const NOBODY: u32 = 65_534;

/// A command that root runs leaves no lock that the server, which is another user, could not open.
#[tokio::test]
async fn a_lock_that_root_makes_belongs_to_the_owner_of_the_store() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    server.stop().await;
    let lock = store.directory().join("store.db.lock");
    std::fs::remove_file(&lock).unwrap();
    let database = store.directory().join("store.db");
    std::os::unix::fs::chown(database, Some(NOBODY), Some(NOBODY)).unwrap();
    succeeded(&run(&store, &["keys", "status"]).await);
    assert_eq!(std::fs::metadata(&lock).unwrap().uid(), NOBODY);
    // Nor does it give away, or change, what a link leads to.
    let other = store.directory().join("other");
    for (is_symbolic, content) in [(true, ""), (false, ""), (false, "something")] {
        let _ = std::fs::remove_file(&other);
        std::fs::write(&other, content).unwrap();
        std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::fs::remove_file(&lock).unwrap();
        if is_symbolic {
            std::os::unix::fs::symlink(&other, &lock).unwrap();
        } else {
            std::fs::hard_link(&other, &lock).unwrap();
        }
        assert_eq!(run(&store, &["keys", "status"]).await.status, 1);
        let other = std::fs::metadata(&other).unwrap();
        assert_eq!((other.uid(), other.mode() & 0o777), (0, 0o644));
    }
}

/// Who can write to the directory could listen in the server's place. The command hangs up at once, at times before the
/// impostor has said that it is ready: its write may then fail as its read does.
#[tokio::test]
async fn a_command_is_given_to_no_other_user() {
    const IMPOSTOR: &str = "import socket, sys\n\
        listener = socket.socket(socket.AF_UNIX)\n\
        listener.bind(sys.argv[1])\n\
        listener.listen()\n\
        print('listens', flush=True)\n\
        client = listener.accept()[0]\n\
        given = b''\n\
        try:\n\
        \x20   client.sendall(b'+')\n\
        \x20   given = client.recv(1000)\n\
        except ConnectionError: pass\n\
        print(len(given), flush=True)\n";
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    server.stop().await;
    let everybodys = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(store.directory(), everybodys).unwrap();
    let mut impostor = Command::new("python3")
        .args(["-c", IMPOSTOR, socket_of(&store).to_str().unwrap()])
        .uid(NOBODY)
        .current_dir("/")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(impostor.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "listens");
    let refused = run(&store, &["keys", "status"]).await;
    assert_eq!(refused.status, 1, "{}", refused.out);
    assert!(
        refused
            .error
            .contains("another user than the store's listens at"),
        "{}",
        refused.error
    );
    assert_eq!(said.next().unwrap().unwrap(), "0");
    assert!(impostor.wait().unwrap().success());
}

/// The mode keeps other users out, and where somebody has changed it, the server does.
#[tokio::test]
async fn another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let store = sqlite().await;
    let server = ServerProcess::start(&store, &[]).await;
    let all_may = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    all_may(&store.directory(), 0o777);
    let status = || Run {
        user: Some(NOBODY),
        ..Run::of(&["keys", "status"])
    };
    let said = status().on(&store).await;
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(
        said.error.contains("only its own user and root may"),
        "{}",
        said.error
    );
    all_may(&socket_of(&store), 0o666);
    let said = status().on(&store).await;
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(
        said.error.contains("only its own user and root may"),
        "{}",
        said.error
    );
    assert_eq!(runs(&server, "keys status"), 0);
    assert!(server.log().contains("another user"), "{}", server.log());
    succeeded(&run(&store, &["keys", "status"]).await);
    server.stop().await;
}
