//! HTTP/2 connections on which nothing happens are closed after the idle timeout.

use crate::support::http2::{
    self, ACK, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RawConnection, SETTINGS,
    frame,
};
use crate::support::{TestServer, TestStore, both_stores};

async fn start(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| config.server.idle_timeout_seconds = 1).await
}

both_stores! {
    /// It is told so.
    async fn a_connection_without_a_request_is_closed(store: TestStore) {
        let server = start(&store).await;
        let mut connection = RawConnection::open(&server).await;
        let codes = connection.until_closed().await;
        assert!(!codes.is_empty() && codes.iter().all(|code| *code == 0), "{codes:?}");
        server.stop().await;
    }

    async fn a_connection_is_closed_some_time_after_its_last_request(store: TestStore) {
        let server = start(&store).await;
        let mut connection = loop {
            let mut connection = RawConnection::open(&server).await;
            let flags = END_HEADERS | END_STREAM;
            connection.send(&frame(HEADERS, flags, 1, &http2::get())).await;
            let answer = connection.find(|frame| frame.kind == HEADERS && frame.stream == 1);
            // On a machine that stands still for a second it is closed before it asks.
            if answer.await.is_some() {
                break connection;
            }
        };
        let codes = connection.until_closed().await;
        assert!(!codes.is_empty() && codes.iter().all(|code| *code == 0), "{codes:?}");
        server.stop().await;
    }

    /// Pings are no requests.
    async fn a_connection_with_pings_only_is_closed(store: TestStore) {
        let server = start(&store).await;
        let mut connection = RawConnection::open(&server).await;
        let mut told = false;
        loop {
            // Always one under way: the server's answer brings the next.
            let ping = frame(PING, 0, 0, b"no idler");
            connection.send(&ping).await;
            let answer = connection.find(|frame| {
                frame.kind == GOAWAY || (frame.kind == PING && frame.flags & ACK != 0)
            });
            let Some(answer) = answer.await else { break };
            told |= answer.kind == GOAWAY;
        }
        assert!(told, "it was closed without a GOAWAY");
        server.stop().await;
    }

    async fn a_connection_that_does_not_finish_its_greeting_is_closed(store: TestStore) {
        let server = start(&store).await;
        let mut half = RawConnection::silent(&server).await;
        half.send(&PREFACE[..PREFACE.len() / 2]).await;
        let mut without_settings = RawConnection::silent(&server).await;
        without_settings.send(PREFACE).await;
        let mut within_a_frame = RawConnection::silent(&server).await;
        within_a_frame.send(PREFACE).await;
        within_a_frame.send(&frame(SETTINGS, 0, 0, &[0; 6])[..12]).await;
        for mut connection in [half, without_settings, within_a_frame] {
            connection.until_closed().await;
        }
        server.stop().await;
    }

    async fn a_connection_that_does_not_finish_its_headers_is_closed(store: TestStore) {
        let server = start(&store).await;
        let mut connection = RawConnection::open(&server).await;
        connection.send(&frame(HEADERS, END_STREAM, 1, &http2::get())).await;
        // A ping would have to wait for the rest of the headers, so none is answered.
        while connection.next().await.is_some() {}
        server.stop().await;
    }

    /// Its window stays shut.
    async fn a_connection_that_does_not_take_an_answer_is_closed(store: TestStore) {
        let server = start(&store).await;
        // SETTINGS_INITIAL_WINDOW_SIZE is 0.
        let mut connection = RawConnection::open_with(&server, &[0, 4, 0, 0, 0, 0]).await;
        // Fewer than are permitted at once.
        for number in 0..50 {
            let flags = END_HEADERS | END_STREAM;
            let request = frame(HEADERS, flags, number * 2 + 1, &http2::get());
            connection.send(&request).await;
        }
        connection.until_closed().await;
        server.stop().await;
    }
}
