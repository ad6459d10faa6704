//! PostgreSQL in a container, for a whole run of the tests. `tests/postgres-cluster` starts this
//! where a Docker engine answers and keeps its standard input open as long as it needs the
//! database.

use std::io::Read as _;

use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, ImageExt as _};

#[tokio::test]
#[ignore = "not a test: started by tests/postgres-cluster where a Docker engine answers"]
async fn hold() {
    let settings = std::env::var("COGNATE_TEST_POSTGRES_SETTINGS").unwrap_or_default();
    let options = settings.split(',').filter(|setting| !setting.is_empty());
    let command = std::iter::once("postgres").chain(options.flat_map(|setting| ["-c", setting]));
    let ready = "database system is ready to accept connections";
    let container = GenericImage::new("postgres", "17-alpine")
        .with_exposed_port(5432.tcp())
        // Once for the server that only sets the database up, and once for the real one.
        .with_wait_for(WaitFor::message_on_either_std(ready))
        .with_wait_for(WaitFor::message_on_stderr(ready))
        .with_env_var("POSTGRES_USER", "cognate")
        .with_env_var("POSTGRES_PASSWORD", "cognate")
        .with_cmd(command)
        .start()
        .await
        .unwrap();
    let host = container.get_host().await.unwrap();
    let port = container.get_host_port_ipv4(5432).await.unwrap();
    println!("postgres://cognate:cognate@{host}:{port}/cognate");
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await.unwrap().unwrap();
    container.rm().await.unwrap();
}
