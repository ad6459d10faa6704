//! Who has signed a request, and whether the signer may do what it asks for.

use std::sync::Arc;

use secrecy::SecretString;

use crate::app::App;
use crate::cache::{StoredKey, StoredKeys};
use crate::domain::access_key::Authority;
use crate::domain::policy::{self, Decision, EVERYTHING};
use crate::domain::tags::PoolArn;
use crate::domain::time::Timestamp;
use crate::flows::access_keys;
use crate::model::ErrorCode;
use crate::protocol::sigv4::{SignatureError, StoredKeys as _};
use crate::protocol::{self, SignedCall, sigv4};

/// The longest id that a pool may have. What is longer is no pool's, and is not repeated in a message.
const MAX_POOL_ID: usize = 55;

/// The signer of a request.
pub enum Signer {
    /// Holds a key of the configuration.
    Configured(Arc<Authority>),
    /// Holds a key of the store.
    Stored(Arc<StoredKey>),
    /// Need not hold one, in the development profile.
    Anybody,
}

/// The access keys of the store that may sign at a moment; none where they were not read.
pub(super) struct LiveKeys {
    pub(super) keys: Option<Arc<StoredKeys>>,
    pub(super) now: Timestamp,
}

impl LiveKeys {
    fn find(&self, id: &str) -> Option<&Arc<StoredKey>> {
        self.keys.as_ref()?.live(id, self.now)
    }

    /// The signer with the access key `id`, whose signature is right.
    ///
    /// # Errors
    /// If nobody is known to hold the key, and somebody has to be.
    pub(super) fn signer(&self, app: &App, id: &str) -> Result<Signer, SignatureError> {
        if let Some(authority) = app.configured_authority(id) {
            Ok(Signer::Configured(Arc::clone(authority)))
        } else if let Some(key) = self.find(id) {
            Ok(Signer::Stored(Arc::clone(key)))
        } else if app.config.accepts_any_credentials() && self.is_empty() {
            Ok(Signer::Anybody)
        } else {
            Err(SignatureError::UnknownKey)
        }
    }
}

impl sigv4::StoredKeys for LiveKeys {
    fn is_empty(&self) -> bool {
        let keys = self.keys.as_ref();
        keys.is_none_or(|keys| keys.is_empty_at(self.now))
    }

    fn secret(&self, id: &str) -> Option<&SecretString> {
        self.find(id).map(|key| &key.secret)
    }
}

/// Checks that the signer's policy allows the call, and records that its key is used.
pub(super) fn authorize(
    app: &App,
    signer: &Signer,
    call: &SignedCall<'_>,
) -> Result<(), protocol::Error> {
    let (authority, stored) = match signer {
        Signer::Anybody => return Ok(()),
        Signer::Configured(authority) => (authority.as_ref(), None),
        Signer::Stored(key) => (&key.authority, Some(key)),
    };
    let account = &app.config.server.account_id;
    let (action, resource) = (policy::action(call.operation), resource(call, account));
    let reason = match authority.policy.decide(&action, &resource) {
        Decision::Allowed => {
            if let Some(key) = stored {
                access_keys::note_use(app, key);
            }
            return Ok(());
        }
        Decision::NotAllowed => {
            format!("because no identity-based policy allows the {action} action")
        }
        Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
    };
    Err(protocol::Error::new(
        ErrorCode::AccessDeniedException,
        format!(
            "User: arn:aws:iam::{account}:user/{} is not authorized to perform: {action} on resource: {resource} \
             {reason}",
            authority.user
        ),
    ))
}

/// What a call is about, as policies name it: the user pool that its input names by id or by ARN. A call that is about
/// none, or whose input does not say, is about everything.
fn resource(call: &SignedCall<'_>, account: &str) -> String {
    let pool_id = |id: &str| (1..=MAX_POOL_ID).contains(&id.len());
    if let Some(id) = call.text("UserPoolId").filter(|id| pool_id(id)) {
        return policy::pool_arn(call.region, account, id);
    }
    // Made anew from its parts, of which the partition is not heeded when the pool is looked for.
    let named = call.text("ResourceArn").and_then(PoolArn::read);
    match named.filter(|arn| pool_id(arn.pool_id) && is_short(arn.region) && is_short(arn.account))
    {
        Some(arn) => policy::pool_arn(arn.region, arn.account, arn.pool_id),
        None => EVERYTHING.to_owned(),
    }
}

/// Whether this can be the region or the account of an ARN.
const fn is_short(part: &str) -> bool {
    part.len() <= 32
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::shapes::MODEL;

    const POOL: &str = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc";

    fn resource_of(operation: &str, input: Option<&Value>) -> String {
        let call = SignedCall {
            operation,
            region: "eu-west-1",
            shape: &MODEL.operations[operation].input,
            input,
        };
        resource(&call, "000000000000")
    }

    #[test]
    fn a_call_is_about_the_pool_that_its_input_names() {
        let input = json!({ "UserPoolId": "eu-west-1_Abc" });
        assert_eq!(resource_of("GetGroup", Some(&input)), POOL);
        let of_arn = |arn: &str| resource_of("TagResource", Some(&json!({ "ResourceArn": arn })));
        assert_eq!(of_arn(POOL), POOL);
        // The partition does not count when the pool is looked for, so it must not lead around a policy.
        assert_eq!(of_arn(&POOL.replace("arn:aws:", "arn:other:")), POOL);
        let elsewhere = POOL.replace("eu-west-1:000000000000", "us-east-1:123456789012");
        assert_eq!(of_arn(&elsewhere), elsewhere);
    }

    #[test]
    fn a_call_that_names_no_pool_is_about_everything() {
        for (operation, input) in [
            ("GetGroup", json!({})),
            ("GetGroup", json!({ "UserPoolId": 5 })),
            ("GetGroup", json!({ "UserPoolId": null })),
            ("GetGroup", json!({ "UserPoolId": ["eu-west-1_Abc"] })),
            ("GetGroup", json!({ "UserPoolId": "" })),
            ("GetGroup", json!({ "UserPoolId": "x".repeat(56) })),
            ("GetGroup", json!(["UserPoolId"])),
            ("GetGroup", json!("UserPoolId")),
            (
                "TagResource",
                json!({ "ResourceArn": POOL.replace("userpool", "client") }),
            ),
            (
                "TagResource",
                json!({ "ResourceArn": POOL.replace("eu-west-1:", &"r".repeat(33)) }),
            ),
            ("ListUserPools", json!({})),
            ("DescribeUserPoolDomain", json!({ "Domain": "example" })),
        ] {
            assert_eq!(
                resource_of(operation, Some(&input)),
                EVERYTHING,
                "{operation} {input}"
            );
        }
        assert_eq!(resource_of("GetGroup", None), EVERYTHING);
    }

    /// A member that the operation does not read must not stand for what it does.
    #[test]
    fn a_member_that_the_operation_does_not_have_says_nothing() {
        let own = json!({ "UserPoolId": "eu-west-1_Abc" });
        assert_eq!(resource_of("ListUserPools", Some(&own)), EVERYTHING);
        assert_eq!(
            resource_of("DescribeUserPoolDomain", Some(&own)),
            EVERYTHING
        );
        let other = POOL.replace("eu-west-1_Abc", "eu-west-1_Xyz");
        let both = json!({ "UserPoolId": "eu-west-1_Abc", "ResourceArn": other });
        assert_eq!(resource_of("TagResource", Some(&both)), other);
        assert_eq!(resource_of("GetGroup", Some(&both)), POOL);
    }

    /// Each signed operation is about a pool or about everything, and which is decided here for those without an id.
    #[test]
    fn the_operations_that_are_about_everything_are_known() {
        let input = json!({ "UserPoolId": "eu-west-1_Abc", "ResourceArn": POOL });
        let signed = MODEL.operations.iter().filter(|(_, shape)| shape.signed);
        let about_everything: Vec<&str> = signed
            .map(|(operation, _)| operation.as_str())
            .filter(|operation| resource_of(operation, Some(&input)) == EVERYTHING)
            .collect();
        assert_eq!(
            about_everything,
            [
                "CreateUserPool",
                "DescribeUserPoolDomain",
                "GetClientToken",
                "GetDerivedToken",
                "GetProvisionedLimit",
                "ListUserPools",
                "UpdateProvisionedLimit",
            ]
        );
    }
}
