//! What an HTTP/2 connection may take.
//!
//! [ADR 24](../../docs/adr/0024-http2.md) says where each number comes from.

use std::time::Duration;

use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;

/// Streams that one connection may have open at once; further ones are refused. RFC 9113 (6.5.2) advises
/// against fewer.
pub const MAX_STREAMS: u32 = 100;
/// The bytes of request bodies that a client may send ahead of what the server has read, on one stream
/// and on all streams of a connection together. A connection always begins with this much.
const WINDOW_BYTES: u32 = 65_535;
/// The largest frame of a request, the smallest that the protocol permits. It also bounds what a header
/// list takes before it is decoded: h2 closes a connection whose list has more than five CONTINUATION
/// frames.
const MAX_FRAME_BYTES: u32 = 16 * 1024;
/// The most bytes of an answer that a stream hands to the connection before the client has taken them,
/// besides the piece that was handed over last.
pub const SEND_BUFFER_BYTES: usize = 4 * 1024;
/// Streams that a client resets before the server has looked at them; one more in a row, and the
/// connection is closed (CVE-2023-44487). A client that changes its mind does so for a few at once.
const MAX_PENDING_RESETS: usize = 20;
/// Streams that the server resets over the life of a connection because the client broke the protocol or
/// opened too many; one more, and the connection is closed. A client may open more than [`MAX_STREAMS`]
/// before it has read how many it may, which must not close its connection.
const MAX_ERROR_RESETS: usize = 1024;

/// Bounds the HTTP/2 connections of `builder`. The head of a request may take `max_head_bytes`.
pub fn bound<E>(builder: &mut auto::Builder<E>, max_head_bytes: u32, idle_timeout: Duration) {
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_ERROR_RESETS)
        .max_header_list_size(max_head_bytes)
        .max_frame_size(MAX_FRAME_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        // A client that is gone is noticed when it has been silent for the idle timeout, also while it
        // waits for an answer.
        .keep_alive_interval(idle_timeout / 2)
        .keep_alive_timeout(idle_timeout / 2);
}
