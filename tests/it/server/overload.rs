//! Abuse and overload of the real binary: it stays up, answers health checks, keeps its memory
//! within bounds, and says so when it is too much.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::memory::{MIB, Watch};
use crate::support::pools::PASSWORD;
use crate::support::process::{HEALTHY, assert_healthy};
use crate::support::{Answer, Client, ServerProcess, TestStore, at_once, both_stores, wait};

const SILENT: usize = 500;
const SIGN_INS: usize = 1000;

/// `127.0.0.1:port`.
fn address(server: &ServerProcess) -> &str {
    server.url().strip_prefix("http://").unwrap()
}

/// Permits this process as many descriptors as it may have: the callers of a thousand sign-ins need
/// one each, and many a shell gives no more than that.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

async fn connect(server: &ServerProcess) -> TcpStream {
    TcpStream::connect(address(server))
        .await
        .expect("the server takes connections")
}

/// Whether the server ends the connection.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    tokio::time::timeout(Duration::from_secs(30), read)
        .await
        .is_ok()
}

both_stores! {
    /// Connections that send nothing keep no client out, and are closed after a while.
    async fn silent_connections_are_closed_and_others_are_served(store: TestStore) {
        raise_descriptor_limit();
        let server =
            ServerProcess::start(&store, &[("COGNATE__SERVER__IDLE_TIMEOUT_SECONDS", "3")]).await;
        let watch = Watch::start(&server);
        let mut silent = Vec::with_capacity(SILENT);
        for number in 0..SILENT {
            let mut stream = connect(&server).await;
            if number % 2 == 0 {
                // Half of a head is no more than nothing.
                stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
            }
            silent.push(stream);
        }
        assert_healthy(&server).await;
        server.pool(json!({})).await;
        watch.grew_less_than(64 * MIB);
        let mut closings = tokio::task::JoinSet::new();
        for mut stream in silent {
            closings.spawn(async move { is_closed(&mut stream).await });
        }
        assert!(closings.join_all().await.into_iter().all(|closed| closed));
        assert_healthy(&server).await;
        server.kill();
    }

    /// At the limit of connections silent ones are closed after a while.
    async fn silent_connections_make_room_at_the_connection_limit(store: TestStore) {
        let server = ServerProcess::start(
            &store,
            &[
                // Longer than it takes to fill all places and to ask, also on a busy machine.
                ("COGNATE__SERVER__IDLE_TIMEOUT_SECONDS", "10"),
                ("COGNATE__SERVER__MAX_CONNECTIONS", "50"),
            ],
        )
        .await;
        let mut silent = Vec::new();
        for _ in 0..60 {
            silent.push(connect(&server).await);
        }
        let stranger = Client::new(server.url());
        let health = || stranger.raw(reqwest::Method::GET, "/health/live");
        let at_once = health().timeout(Duration::from_millis(500)).send().await;
        assert!(at_once.is_err(), "there are more places than were configured");
        wait::until("a place among the connections", Duration::from_secs(60), || async {
            health().timeout(HEALTHY).send().await.ok()
        })
        .await;
        server.kill();
    }

    /// Bodies of 100 MB, announced or not: refused, and never in memory.
    async fn large_bodies_are_refused_without_being_held_in_memory(store: TestStore) {
        let server = ServerProcess::start(&store, &[]).await;
        let watch = Watch::start(&server);
        let answers = at_once(16, |number| {
            let server = server.clone();
            async move { send_large_body(&server, number % 2 == 0).await }
        })
        .await;
        for answer in answers {
            assert!(
                answer.starts_with("HTTP/1.1 4") && answer.contains("\"__type\":\""),
                "unexpected {answer:?}"
            );
        }
        assert_healthy(&server).await;
        server.pool(json!({})).await;
        watch.grew_less_than(96 * MIB);
        server.kill();
    }

    /// Bodies that are announced and never sent delay no other client, and time out.
    async fn bodies_that_never_arrive_time_out(store: TestStore) {
        raise_descriptor_limit();
        let server =
            ServerProcess::start(&store, &[("COGNATE__SERVER__BODY_TIMEOUT_SECONDS", "5")]).await;
        let watch = Watch::start(&server);
        let mut stalled = Vec::with_capacity(SILENT);
        for _ in 0..SILENT {
            let mut stream = connect(&server).await;
            stream.write_all(head("content-length: 163840").as_bytes()).await.unwrap();
            stream.write_all(b"{").await.unwrap();
            stalled.push(stream);
        }
        assert_healthy(&server).await;
        let meanwhile = server.client.call("GetUser", json!({ "AccessToken": "abc" })).await;
        meanwhile.fails("NotAuthorizedException", "Invalid Access Token");
        for mut stream in stalled {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("\"__type\":\"SerializationException\""), "{answer}");
        }
        watch.grew_less_than(96 * MIB);
        assert_healthy(&server).await;
        server.kill();
    }

    /// Bodies that never end take no more memory than all bodies may, and free it.
    async fn endless_bodies_take_bounded_memory(store: TestStore) {
        raise_descriptor_limit();
        let server =
            ServerProcess::start(&store, &[("COGNATE__SERVER__BODY_TIMEOUT_SECONDS", "2")]).await;
        let watch = Watch::start(&server);
        let mut stalled = Vec::with_capacity(SILENT);
        for _ in 0..SILENT {
            let mut stream = connect(&server).await;
            stream.write_all(head("content-length: 262144").as_bytes()).await.unwrap();
            // A server that has turned it away by now reads on for a while, or has closed.
            let _ = stream.write_all(&[b' '; 262_143]).await;
            stalled.push(stream);
        }
        assert_healthy(&server).await;
        wait::until("the memory to be free again", Duration::from_secs(60), || async {
            let answer = server.client.call("GetUser", json!({ "AccessToken": "abc" })).await;
            (answer.type_.as_deref() == Some("NotAuthorizedException")).then_some(())
        })
        .await;
        watch.grew_less_than(192 * MIB);
        drop(stalled);
        assert_healthy(&server).await;
        server.kill();
    }

    /// Some of a thousand concurrent sign-ins are answered, the others refused as too many, and no
    /// more passwords are hashed at once than there are workers.
    async fn a_thousand_concurrent_sign_ins_are_answered_or_shed(store: TestStore) {
        raise_descriptor_limit();
        let server = ServerProcess::start(
            &store,
            &[
                ("COGNATE__PASSWORDS__WORKERS", "2"),
                ("COGNATE__PASSWORDS__QUEUE", "16"),
                // They are too much for the queue, and not for the listener.
                ("COGNATE__SERVER__MAX_CONNECTIONS_PER_PEER", "2000"),
            ],
        )
        .await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({})).await;
        app.sign_in("ada").await;
        let watch = Watch::start(&server);
        let ended = Arc::new(AtomicBool::new(false));
        let checks = {
            let (server, ended) = (server.clone(), Arc::clone(&ended));
            tokio::spawn(async move {
                let mut checks = 0;
                while !ended.load(Ordering::Relaxed) {
                    assert_healthy(&server).await;
                    checks += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                checks
            })
        };
        let answers = at_once(SIGN_INS, |_| {
            let app = app.clone();
            async move { app.initiate("ada", PASSWORD).await }
        })
        .await;
        ended.store(true, Ordering::Relaxed);
        assert!(checks.await.expect("every health check is answered") > 0);
        let (signed_in, others): (Vec<Answer>, Vec<Answer>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        assert!(!signed_in.is_empty(), "nobody was let in");
        assert!(!others.is_empty(), "{SIGN_INS} sign-ins were not too much for two workers");
        for answer in &others {
            assert_eq!(answer.status, 400);
            answer.fails_as("TooManyRequestsException");
        }
        // Two hashes of 19 MiB, a thousand connections, and what the allocator keeps.
        watch.grew_less_than(160 * MIB);
        // Nobody is locked out by what was never tried.
        app.sign_in("ada").await;
        server.kill();
    }

    /// The development profile shows every code, so it does not listen to other machines unless
    /// configured explicitly; and then it accepts unknown credentials from loopback only.
    async fn development_listens_on_loopback_unless_told_otherwise(store: TestStore) {
        let server = ServerProcess::prepare(&store, &[]);
        let port = address(&server).split_once(':').unwrap().1.to_owned();
        for host in ["0.0.0.0", "[::]"] {
            server.set("COGNATE__SERVER__LISTEN", &format!("{host}:{port}"));
            server.spawn();
            let status = server.ended().await;
            assert!(!status.success(), "it started on {host}");
            assert!(server.log().contains("development_listens_beyond_loopback"), "{}", server.log());
        }
        server.set("COGNATE__SERVER__LISTEN", &format!("0.0.0.0:{port}"));
        server.set("COGNATE__SERVER__DEVELOPMENT_LISTENS_BEYOND_LOOPBACK", "true");
        server.restart().await;
        server.admin.call("ListUserPools", json!({ "MaxResults": 1 })).await.ok();
        server.kill();
        server.set("COGNATE__ADMIN__ACCEPT_ANY_CREDENTIALS_FROM", "['10.0.0.0/8']");
        server.restart().await;
        let answer = server.admin.call("ListUserPools", json!({ "MaxResults": 1 })).await;
        answer.fails(
            "AccessDeniedException",
            "In the development profile any credentials are accepted, but only from the networks of \
             admin.accept_any_credentials_from, and this request comes from 127.0.0.1. List its network \
             there, or configure admin.access_keys.",
        );
        server.kill();
    }
}

fn head(framing: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: AWSCognitoIdentityProviderService.GetUser\r\n{framing}\r\n\r\n"
    )
}

/// Sends 100 MB, or as much of it as the server takes, and returns what it answers.
async fn send_large_body(server: &ServerProcess, announced: bool) -> String {
    const CHUNK: usize = 100_000;
    const CHUNKS: usize = 1_000;
    let (mut reader, mut writer) = connect(server).await.into_split();
    let framing = if announced {
        format!("content-length: {}", CHUNK * CHUNKS)
    } else {
        "transfer-encoding: chunked".to_owned()
    };
    let sending = tokio::spawn(async move {
        let spaces = vec![b' '; CHUNK];
        writer.write_all(head(&framing).as_bytes()).await?;
        for _ in 0..CHUNKS {
            if !announced {
                writer
                    .write_all(format!("{CHUNK:x}\r\n").as_bytes())
                    .await?;
            }
            writer.write_all(&spaces).await?;
            if !announced {
                writer.write_all(b"\r\n").await?;
            }
        }
        if !announced {
            writer.write_all(b"0\r\n\r\n").await?;
        }
        Ok::<_, std::io::Error>(())
    });
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let reading = async {
        while !String::from_utf8_lossy(&answer).contains("\"__type\"") {
            match reader.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(length) => answer.extend_from_slice(&buffer[..length]),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading)
        .await
        .expect("an answer in time");
    // That the server stops reading is its right.
    let _ = tokio::time::timeout(Duration::from_secs(60), sending)
        .await
        .expect("an end in time");
    String::from_utf8_lossy(&answer).into_owned()
}
