//! What kind of refusal a failure is.

/// What kind of refusal a [`Failure`](super::failure::Failure) is, for protocols whose errors are coarser than AWS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// What the request names does not exist.
    NotFound,
    /// What the request would make, or the name it would give, exists already.
    AlreadyExists,
    /// The request itself is wrong: a value, a parameter, a password that breaks the policy.
    InvalidInput,
    /// The caller has not proven to be the user or the client.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// The user or the pool is in a state in which this cannot be done.
    WrongState,
    /// A code, token, session or temporary password was right once and is no more.
    Expired,
    /// A limit on tries or on the number of things is reached.
    LimitReached,
    /// The pool or the client is not set up for this.
    NotEnabled,
    /// The same thing was changed at the same time; the request may be repeated.
    Conflict,
    /// A function of the operator's, which takes part, failed.
    Dependency,
}
