//! HTTP/2 clients that mean harm: they meet a bound, and others are served.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::http2::{
    self, CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, HEADERS,
    REFUSED_STREAM, RST_STREAM, RawConnection, WINDOW_UPDATE, field, frame, read_frame,
};
use crate::support::memory::{MIB, Watch};
use crate::support::process::assert_healthy;
use crate::support::server::Endpoint;
use crate::support::{ServerProcess, TestServer, TestStore, at_once, both_stores};

/// Streams that one connection may have.
const STREAMS: u32 = 100;
/// Streams that a flood opens and resets.
const RESETS: u32 = 50_000;

/// Opens streams and resets each at once. Returns the codes of the GOAWAYs before the connection ended.
async fn flood_with_resets(server: &Endpoint) -> Vec<u32> {
    let connection = RawConnection::open(server).await;
    let (mut reader, mut writer) = connection.stream.into_split();
    let writing = tokio::spawn(async move {
        let mut flood = Vec::new();
        for number in 0..RESETS {
            let stream = number * 2 + 1;
            flood.extend(frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                stream,
                &http2::get_user(),
            ));
            flood.extend(frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes()));
        }
        // It fails where the server has closed by then.
        let _ = writer.write_all(&flood).await;
        writer
    });
    let mut codes = Vec::new();
    while let Some(frame) = read_frame(&mut reader).await {
        if frame.kind == GOAWAY {
            codes.push(frame.error());
        }
    }
    drop(writing.await.unwrap());
    codes
}

both_stores! {
    /// CVE-2023-44487.
    async fn a_flood_of_resets_closes_its_connection_and_others_are_served(store: TestStore) {
        let server = ServerProcess::start(&store, &[]).await;
        let watch = Watch::start(&server);
        let floods = {
            let server = server.clone();
            tokio::spawn(at_once(8, move |_| {
                let server = server.clone();
                async move { flood_with_resets(&server).await }
            }))
        };
        while !floods.is_finished() {
            assert_healthy(&server).await;
            let meanwhile = server.client.call("GetUser", json!({ "AccessToken": "abc" })).await;
            meanwhile.fails("NotAuthorizedException", "Invalid Access Token");
        }
        for codes in floods.await.unwrap() {
            assert_eq!(codes, [ENHANCE_YOUR_CALM]);
        }
        watch.grew_less_than(64 * MIB);
        server.kill();
    }

    /// The header list is never held: not as a few endless frames, and not as endlessly many.
    async fn a_flood_of_continuations_closes_its_connection(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let large = field("x", &[b'x'; 16_000]);
        let small = field("x", b"x");
        for more in [large, small, Vec::new()] {
            let connection = RawConnection::open(&server).await;
            let (mut reader, mut writer) = connection.stream.into_split();
            let writing = tokio::spawn(async move {
                let _ = writer.write_all(&frame(HEADERS, 0, 1, &http2::get())).await;
                let continuation = frame(CONTINUATION, 0, 1, &more);
                while writer.write_all(&continuation).await.is_ok() {}
            });
            let mut code = 0;
            while let Some(frame) = read_frame(&mut reader).await {
                if frame.kind == GOAWAY {
                    code = frame.error();
                }
            }
            assert_eq!(code, ENHANCE_YOUR_CALM);
            drop(reader);
            writing.await.unwrap();
        }
        server.stop().await;
    }

    /// 431 for the stream; the next one on the connection is answered.
    async fn a_header_list_beyond_the_bound_is_refused(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let mut connection = RawConnection::open(&server).await;
        for (stream, fields, refused) in [(1, 3, false), (3, 5, true), (5, 0, false)] {
            let flags = if fields == 0 { END_HEADERS } else { 0 };
            connection.send(&frame(HEADERS, flags | END_STREAM, stream, &http2::get())).await;
            for number in 1..=fields {
                let flags = if number == fields { END_HEADERS } else { 0 };
                let part = field("x", &[b'x'; 16_000]);
                connection.send(&frame(CONTINUATION, flags, stream, &part)).await;
            }
            let answer = connection.find(|frame| frame.stream == stream).await.unwrap();
            assert_eq!(answer.kind, HEADERS);
            // The 431 has no body; every answer of a handler has one.
            assert_eq!(answer.flags & END_STREAM != 0, refused, "{fields} fields");
        }
        server.stop().await;
    }

    /// REFUSED_STREAM, and the streams before it go on.
    async fn streams_beyond_the_bound_are_refused(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.body_timeout_seconds = 60;
            config.server.idle_timeout_seconds = 60;
        })
        .await;
        let mut connection = RawConnection::open(&server).await;
        for number in 0..=STREAMS {
            let head = frame(HEADERS, END_HEADERS, number * 2 + 1, &http2::get_user());
            connection.send(&head).await;
        }
        let reset = connection.find(|frame| frame.kind == RST_STREAM).await.unwrap();
        assert_eq!((reset.stream, reset.error()), (STREAMS * 2 + 1, REFUSED_STREAM));
        for number in 0..STREAMS {
            let stream = number * 2 + 1;
            connection.send(&frame(DATA, END_STREAM, stream, b"{}")).await;
            let answer = connection.find(|frame| frame.stream == stream).await.unwrap();
            assert_eq!(answer.kind, HEADERS);
        }
        let again = frame(HEADERS, END_HEADERS | END_STREAM, STREAMS * 2 + 3, &http2::get());
        connection.send(&again).await;
        let answer = connection.find(|frame| frame.stream == STREAMS * 2 + 3).await.unwrap();
        assert_eq!(answer.kind, HEADERS);
        server.stop().await;
    }

    /// A body that is too large or too slow is refused, and the connection goes on.
    async fn a_body_that_is_refused_does_not_end_the_connection(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.max_body_bytes = 65_536;
            config.server.body_timeout_seconds = 1;
        })
        .await;
        let mut connection = RawConnection::open(&server).await;
        let answer_to = async |connection: &mut RawConnection, stream: u32| {
            let answer = connection
                .find(|frame| frame.kind == DATA && frame.stream == stream)
                .await
                .unwrap();
            String::from_utf8(answer.payload).unwrap()
        };
        // Too slow.
        connection.send(&frame(HEADERS, END_HEADERS, 1, &http2::get_user())).await;
        connection.send(&frame(DATA, 0, 1, b"{")).await;
        let answer = answer_to(&mut connection, 1).await;
        assert!(answer.contains("did not arrive in time"), "{answer}");
        // Too large by its own account.
        let mut head = http2::get_user();
        head.extend(field("content-length", b"100000"));
        connection.send(&frame(HEADERS, END_HEADERS, 3, &head)).await;
        let answer = answer_to(&mut connection, 3).await;
        assert!(answer.contains("RequestEntityTooLargeException"), "{answer}");
        // Its rest is read, and does no harm.
        connection.send(&frame(DATA, 0, 3, &[b' '; 1000])).await;
        connection.send(&frame(RST_STREAM, 0, 3, &CANCEL.to_be_bytes())).await;
        // Found to be too large as it comes, within the windows.
        connection.send(&frame(HEADERS, END_HEADERS, 5, &http2::get_user())).await;
        for _ in 0..4 {
            connection.send(&frame(DATA, 0, 5, &[b' '; 16_000])).await;
        }
        // Those of the connection and of the stream are nearly used up.
        let mut awaited = vec![0, 5];
        while !awaited.is_empty() {
            let update = connection.find(|frame| frame.kind == WINDOW_UPDATE).await.unwrap();
            awaited.retain(|stream| *stream != update.stream);
        }
        connection.send(&frame(DATA, 0, 5, &[b' '; 16_000])).await;
        let answer = answer_to(&mut connection, 5).await;
        assert!(answer.contains("RequestEntityTooLargeException"), "{answer}");
        connection.send(&frame(HEADERS, END_HEADERS, 7, &http2::get_user())).await;
        connection.send(&frame(DATA, END_STREAM, 7, b"{}")).await;
        let answer = answer_to(&mut connection, 7).await;
        assert!(answer.contains("accessToken"), "{answer}");
        server.stop().await;
    }
}
