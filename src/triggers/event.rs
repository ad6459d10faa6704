//! What all events have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::attribute::{Contact, SUB};
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;

/// Names and values of text.
pub type Texts = BTreeMap<String, String>;

/// `clientMetadata` or `validationData`; left out where the caller sent none.
pub type Metadata<'a> = Option<&'a Texts>;

/// The app client of a call that comes from an administrator, who uses none.
const NO_CLIENT: &str = "CLIENT_ID_NOT_APPLICABLE";
/// The attribute of events that is the user's status.
const USER_STATUS: &str = "cognito:user_status";

/// What a trigger is called for.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// The app client; `None` for an administrator's call.
    pub client_id: Option<&'a str>,
    /// The user's username, or the name of a user that the pool does not have.
    pub username: &'a str,
    /// `ClientMetadata` of the request.
    pub client_metadata: &'a Texts,
}

impl<'a> Occasion<'a> {
    /// The request's metadata as an event has it.
    #[must_use]
    pub fn metadata(&self) -> Metadata<'a> {
        (!self.client_metadata.is_empty()).then_some(self.client_metadata)
    }

    /// The event of this occasion.
    pub(super) fn event<Q, R>(
        &self,
        version: &'static str,
        source: &'a str,
        request: Q,
        response: R,
    ) -> Event<'a, Q, R> {
        Event {
            version,
            trigger_source: source,
            region: &self.pool.region,
            user_pool_id: &self.pool.id,
            user_name: self.username,
            caller_context: CallerContext {
                aws_sdk_version: "aws-sdk-unknown-unknown",
                client_id: self.client_id.unwrap_or(NO_CLIENT),
            },
            request,
            response,
        }
    }
}

/// An event. It may carry a password or the answer to a challenge, so it has no `Debug`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a, Q, R> {
    version: &'static str,
    pub(super) trigger_source: &'a str,
    region: &'a str,
    pub(super) user_pool_id: &'a str,
    user_name: &'a str,
    caller_context: CallerContext<'a>,
    request: Q,
    response: R,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallerContext<'a> {
    aws_sdk_version: &'static str,
    client_id: &'a str,
}

/// A challenge of the sign-in that has been answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeResult {
    /// `CUSTOM_CHALLENGE`, `SRP_A`, `PASSWORD_VERIFIER` and so on.
    pub challenge_name: String,
    /// Whether the answer was right.
    pub challenge_result: bool,
    /// What CreateAuthChallenge said of a custom challenge.
    pub challenge_metadata: Option<String>,
}

/// The `userAttributes` of a user that the pool has: its attributes, `sub`, the status, and the contacts that it
/// signs in with.
#[must_use]
pub fn user_attributes(pool: &UserPool, user: &User) -> Texts {
    let mut attributes = user.attributes.clone();
    attributes.insert(SUB.to_owned(), user.id.clone());
    attributes.insert(USER_STATUS.to_owned(), user.status.as_str().to_owned());
    for contact in Contact::ALL {
        let Some((value, is_verified)) = contact.of(&user.attributes) else {
            continue;
        };
        let settings = &pool.settings;
        let is_alias = settings.alias_attributes.contains(&contact.into()) && is_verified;
        if is_alias || settings.username_attributes.contains(&contact) {
            let name = format!("cognito:{}_alias", contact.attribute());
            attributes.insert(name, value.to_owned());
        }
    }
    attributes
}
