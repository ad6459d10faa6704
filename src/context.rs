//! The facts of a request beside its input.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use uuid::Uuid;

use crate::domain::time::Timestamp;

/// The address of the client, an extension of every request that came over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAddress(pub IpAddr);

/// The facts of one request that flows need: they write them into tokens and sessions, decide by
/// them, and give them to triggers.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The id that the answer carries in `x-amzn-requestid`.
    pub request_id: Uuid,
    /// The time at which the request came, by the server's clock, which a test may have moved.
    pub now: Timestamp,
    /// The moment at which its input was read, by the machine's clock, which nobody moves.
    pub arrived: Instant,
    /// The region in the scope of the signature, or the server's own if the request is not signed.
    pub region: String,
    /// `ClientMetadata`, which the caller sends for triggers; empty if it sends none.
    pub client_metadata: BTreeMap<String, String>,
    /// The `ClientMetadata` of a request that begins a sign-in. Only the functions that are called before the
    /// credentials are checked get it, as `validationData`.
    pub validation_data: BTreeMap<String, String>,
    /// Where the request came from: the peer, or the client that a trusted proxy names. `None` if
    /// the transport does not know.
    pub source_address: Option<IpAddr>,
    /// The address in `UserContextData`, where the caller passes on that of the user's device. It counts only
    /// where the app client may do so. Of an administrator's request, that in `ContextData`.
    pub user_address: Option<IpAddr>,
    /// The `User-Agent` header, if there is one that is text.
    pub user_agent: Option<String>,
    /// The id of the access key that signed the request, which is no secret; `None` if the request
    /// is not signed.
    pub caller: Option<String>,
    /// Whether the request is made at the domain of a pool, where a sign-in ends with a browser's session in the place
    /// of tokens, and where functions are told so.
    pub at_domain: bool,
}

impl RequestContext {
    /// The context of what the server does by itself, without a request: applying declarations.
    #[must_use]
    pub fn internal(id: Uuid, region: &str, now: Timestamp) -> Self {
        Self {
            request_id: id,
            now,
            arrived: Instant::now(),
            region: region.to_owned(),
            client_metadata: BTreeMap::new(),
            validation_data: BTreeMap::new(),
            source_address: None,
            user_address: None,
            user_agent: None,
            caller: None,
            at_domain: false,
        }
    }

    /// The context of a request that begins a sign-in: its `ClientMetadata` are validation data (behaviour 6).
    #[must_use]
    pub fn of_sign_in(&self) -> Self {
        let mut context = self.clone();
        context.validation_data = std::mem::take(&mut context.client_metadata);
        context
    }
}
