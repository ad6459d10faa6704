//! The open streams of an HTTP/2 connection: how many there are, and since when nothing happens on them.
//!
//! hyper does not close an HTTP/2 connection that is idle, and it waits forever for a client that does
//! not open its flow-control window. Both are watched from outside, by when requests come and how their
//! answers are taken.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Response, Version};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::http2::{MAX_STREAMS, SEND_BUFFER_BYTES};

/// How much of an answer is handed over at once. The rest is seen to be taken or not.
const PIECE_BYTES: usize = SEND_BUFFER_BYTES;

/// Why a connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// It has had no open stream for the given time.
    Idle,
    /// An answer is not being taken.
    Unread,
}

/// What the connections of a listener share, and what those of one peer: a permit of both for each stream
/// beyond the first of its connection.
pub type FurtherStreams = [Arc<Semaphore>; 2];

/// The open streams of one connection.
pub struct OpenStreams {
    idle_timeout: Duration,
    further: FurtherStreams,
    state: Mutex<State>,
}

struct State {
    /// Whether the connection turned out to speak HTTP/1.1, which has timeouts of its own.
    http1: bool,
    open: u32,
    idle_since: Instant,
    /// When the client last took a piece of each answer.
    unread: HashMap<u64, Instant>,
    next_id: u64,
}

impl OpenStreams {
    /// A connection that opens now.
    pub fn new(idle_timeout: Duration, further: FurtherStreams) -> Arc<Self> {
        Arc::new(Self {
            idle_timeout,
            further,
            state: Mutex::new(State {
                http1: false,
                open: 0,
                idle_since: Instant::now(),
                unread: HashMap::new(),
                next_id: 0,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a request to the connection. `None` if it has too many streams, or all connections of the
    /// listener or of the peer together have.
    pub fn admit(self: &Arc<Self>, version: Version) -> Option<Admitted> {
        let mut state = self.state();
        if version != Version::HTTP_2 {
            state.http1 = true;
            return Some(Admitted::Http1);
        }
        // A stream that the client has reset is open until its request has ended, so that there are
        // never more requests than streams.
        if state.open >= MAX_STREAMS {
            return None;
        }
        let permits = if state.open == 0 {
            None
        } else {
            let [of_all, of_peer] = self.further.each_ref().map(Arc::clone);
            Some([
                of_all.try_acquire_owned().ok()?,
                of_peer.try_acquire_owned().ok()?,
            ])
        };
        state.open += 1;
        state.next_id += 1;
        Some(Admitted::Http2(OpenStream {
            id: state.next_id,
            connection: Arc::clone(self),
            _permits: permits,
        }))
    }

    /// Waits until the connection is to be closed: because it has had no open stream for `idle`, counted
    /// from `since` at the earliest, or because an answer is not being taken.
    pub async fn overdue(&self, since: Instant, idle: Duration) -> Overdue {
        loop {
            match self.check(Instant::now(), since, idle) {
                Check::Overdue(overdue) => return overdue,
                Check::Again(at) => sleep_until(at).await,
                Check::Never => std::future::pending().await,
            }
        }
    }

    fn check(&self, now: Instant, since: Instant, idle: Duration) -> Check {
        let state = self.state();
        if state.http1 {
            return Check::Never;
        }
        // Nothing that begins from now on is overdue before this.
        let mut again = now + idle.min(self.idle_timeout);
        if let Some(taken) = state.unread.values().min() {
            let end = *taken + self.idle_timeout;
            if end <= now {
                return Check::Overdue(Overdue::Unread);
            }
            again = again.min(end);
        }
        if state.open == 0 {
            let end = state.idle_since.max(since) + idle;
            if end <= now {
                return Check::Overdue(Overdue::Idle);
            }
            again = again.min(end);
        }
        Check::Again(again)
    }
}

enum Check {
    Overdue(Overdue),
    Again(Instant),
    Never,
}

/// A request that a connection has admitted.
pub enum Admitted {
    /// Of HTTP/1.1, which has one request at a time.
    Http1,
    /// Of HTTP/2. The stream counts as open until this is dropped.
    Http2(OpenStream),
}

impl Admitted {
    /// The response, whose stream is open until the client has taken it.
    pub fn answer(self, response: Response<Body>) -> Response<Body> {
        match self {
            Self::Http1 => response,
            Self::Http2(stream) => {
                stream.taken();
                response.map(|body| {
                    Body::new(Answer {
                        body,
                        rest: Bytes::new(),
                        stream,
                    })
                })
            }
        }
    }
}

/// One open stream.
pub struct OpenStream {
    id: u64,
    connection: Arc<OpenStreams>,
    _permits: Option<[OwnedSemaphorePermit; 2]>,
}

impl OpenStream {
    /// Notes that the client takes the answer.
    fn taken(&self) {
        let mut state = self.connection.state();
        state.unread.insert(self.id, Instant::now());
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut state = self.connection.state();
        state.unread.remove(&self.id);
        state.open = state.open.saturating_sub(1);
        if state.open == 0 {
            state.idle_since = Instant::now();
        }
    }
}

/// The body of an answer, in pieces. hyper takes a piece, waits until the client's window has room for some of
/// it, and drops the body when the last is handed over or the stream is reset. The last byte is a piece of its
/// own, so that the stream counts as open until the client has taken all the others.
struct Answer {
    body: Body,
    rest: Bytes,
    stream: OpenStream,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        this.stream.taken();
        let before_last = this.rest.len().saturating_sub(1).max(1);
        let piece = this.rest.split_to(PIECE_BYTES.min(before_last));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    const IDLE: Duration = Duration::from_secs(30);

    fn streams(further: usize) -> Arc<OpenStreams> {
        OpenStreams::new(
            IDLE,
            [further, 100].map(|permits| Arc::new(Semaphore::new(permits))),
        )
    }

    impl OpenStreams {
        /// A time that extends no other.
        fn begun(&self) -> Instant {
            self.state().idle_since
        }
    }

    /// Why the connection is overdue at `now`, if it is.
    fn overdue(streams: &OpenStreams, now: Instant) -> Option<Overdue> {
        match streams.check(now, streams.begun(), IDLE) {
            Check::Overdue(overdue) => Some(overdue),
            Check::Again(at) => {
                assert!(at > now && at <= now + IDLE);
                None
            }
            Check::Never => None,
        }
    }

    #[test]
    fn a_connection_has_so_many_streams() {
        let streams = streams(1000);
        let open: Vec<_> = (0..MAX_STREAMS)
            .map(|_| streams.admit(Version::HTTP_2).unwrap())
            .collect();
        assert!(streams.admit(Version::HTTP_2).is_none());
        drop(open);
        assert!(streams.admit(Version::HTTP_2).is_some());
    }

    #[test]
    fn connections_share_the_further_streams_and_each_has_one() {
        shared_streams([1, 100]);
    }

    #[test]
    fn a_peer_has_further_streams_of_its_own_number() {
        shared_streams([100, 1]);
    }

    /// Two connections that have one further stream together.
    fn shared_streams(permits: [usize; 2]) {
        let further = permits.map(|permits| Arc::new(Semaphore::new(permits)));
        let greedy = OpenStreams::new(IDLE, further.clone());
        let open = [(); 2].map(|()| greedy.admit(Version::HTTP_2).unwrap());
        assert!(greedy.admit(Version::HTTP_2).is_none());
        let other = OpenStreams::new(IDLE, further);
        let first = other.admit(Version::HTTP_2).unwrap();
        assert!(other.admit(Version::HTTP_2).is_none());
        drop(open);
        assert!(other.admit(Version::HTTP_2).is_some());
        drop(first);
    }

    #[test]
    fn a_connection_is_idle_when_its_last_stream_has_ended() {
        let begun = Instant::now() + Duration::from_secs(3600);
        let streams = streams(1);
        assert_eq!(overdue(&streams, Instant::now()), None);
        assert_eq!(overdue(&streams, begun), Some(Overdue::Idle));
        let stream = streams.admit(Version::HTTP_2).unwrap();
        assert_eq!(overdue(&streams, begun), None);
        let before_its_end = Instant::now();
        drop(stream);
        let almost = before_its_end + IDLE - Duration::from_nanos(1);
        assert_eq!(overdue(&streams, almost), None);
        assert_eq!(
            overdue(&streams, Instant::now() + IDLE),
            Some(Overdue::Idle)
        );
    }

    #[test]
    fn a_connection_that_closes_gets_its_time_anew() {
        let streams = streams(1);
        let since = Instant::now() + IDLE * 10;
        let second = Duration::from_secs(1);
        let check = |now| streams.check(now, since, second);
        assert!(matches!(check(since), Check::Again(at) if at == since + second));
        assert!(matches!(
            check(since + second),
            Check::Overdue(Overdue::Idle)
        ));
    }

    #[tokio::test]
    async fn an_answer_that_is_not_taken_is_overdue_and_one_that_is_taken_slowly_is_not() {
        let streams = streams(1);
        let stream = streams.admit(Version::HTTP_2).unwrap();
        let response = Response::new(Body::from(vec![0; PIECE_BYTES * 2 + 1]));
        let mut body = stream.answer(response).into_body();
        for _ in 0..2 {
            let begun = Instant::now();
            assert_eq!(overdue(&streams, begun + IDLE), Some(Overdue::Unread));
            while Instant::now() <= begun {}
            body.frame().await.unwrap().unwrap();
            assert_eq!(overdue(&streams, begun + IDLE), None);
        }
        drop(body);
        assert_eq!(
            overdue(&streams, Instant::now() + IDLE),
            Some(Overdue::Idle)
        );
    }

    #[test]
    fn a_connection_of_http1_is_never_overdue() {
        let streams = streams(1);
        assert!(matches!(
            streams.admit(Version::HTTP_11),
            Some(Admitted::Http1)
        ));
        assert_eq!(overdue(&streams, Instant::now() + IDLE * 100), None);
    }

    #[tokio::test]
    async fn an_answer_is_whole_in_its_pieces() {
        let streams = streams(1);
        let bytes: Vec<u8> = (0..=255).cycle().take(PIECE_BYTES * 3 + 7).collect();
        let stream = streams.admit(Version::HTTP_2).unwrap();
        let response = stream.answer(Response::new(Body::from(bytes.clone())));
        let body = response.into_body();
        assert_eq!(body.size_hint().exact(), u64::try_from(bytes.len()).ok());
        assert_eq!(body.collect().await.unwrap().to_bytes(), bytes);
        let empty = streams.admit(Version::HTTP_2).unwrap();
        let empty = empty.answer(Response::new(Body::empty()));
        assert!(empty.body().is_end_stream());
    }
}
