//! Files of the server are its user's alone, whatever the umask of the process.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::process::free_port;
use crate::support::wait;

const SOON: Duration = Duration::from_secs(60);

/// The real binary, started under a umask of 0, killed at the end.
struct Unmasked(Child);

impl Unmasked {
    fn serve(directory: &Path) -> Self {
        let log = std::fs::File::create(directory.join("server.log")).unwrap();
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                "umask 0; exec \"$0\" serve",
                env!("CARGO_BIN_EXE_cognate"),
            ])
            .env_clear()
            .env(
                "COGNATE__SERVER__LISTEN",
                format!("127.0.0.1:{}", free_port()),
            )
            .env("COGNATE__SERVER__STARTER_POOL", "false")
            .env("COGNATE__SERVER__TLS__GENERATE", "true")
            .env("COGNATE__METRICS__LISTEN", "off")
            .env("COGNATE__STORE__DATA_DIR", directory.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        Self(command.spawn().unwrap())
    }
}

impl Drop for Unmasked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn all_exist(paths: &[PathBuf]) {
    wait::until("the server's files", SOON, || async {
        paths.iter().all(|path| path.exists()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn files_of_the_store_and_generated_keys_are_private() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let of_store: Vec<PathBuf> = ["", "-wal", "-shm", ".lock", ".sock"]
        .iter()
        .map(|end| data.join(format!("cognate.db{end}")))
        .collect();
    let keys = [data.join("master.key"), data.join("tls/key.pem")];
    let server = Unmasked::serve(directory.path());
    // The master key is made after the schema.
    all_exist(&[of_store.as_slice(), &keys].concat()).await;
    for path in of_store.iter().chain(&keys) {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    for path in [&data, &data.join("tls")] {
        assert_eq!(mode(path), 0o700, "{}", path.display());
    }

    // As an earlier version left them, with a log that nobody has brought into the file.
    drop(server);
    for path in &of_store {
        if path.exists() {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
        }
    }
    let _server = Unmasked::serve(directory.path());
    wait::until("the modes", SOON, || async {
        let is_private = |path: &PathBuf| path.exists() && mode(path) == 0o600;
        of_store.iter().all(is_private).then_some(())
    })
    .await;
}
