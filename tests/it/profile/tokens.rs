//! Section 1.6: which access tokens open a profile, for every operation that takes one.

use serde_json::{Value, json};

use crate::support::refusals::{NO_SUCH_USER, Refusal, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

const INVALID: Refusal = ("NotAuthorizedException", "Invalid Access Token");
const EXPIRED: Refusal = ("NotAuthorizedException", "Access Token has expired");
const REVOKED: Refusal = ("NotAuthorizedException", "Access Token has been revoked");
const FORGED: Refusal = (
    "NotAuthorizedException",
    "Could not verify signature for Access Token",
);

/// Each operation with an input that the operation would refuse, so that it shows that the token is
/// looked at first; DeleteUser has none.
fn calls() -> [(&'static str, Value); 6] {
    [
        ("GetUser", json!({})),
        (
            "UpdateUserAttributes",
            json!({"UserAttributes": [{"Name": "sub", "Value": "x"}]}),
        ),
        (
            "VerifyUserAttribute",
            json!({"AttributeName": "name", "Code": "123456"}),
        ),
        (
            "GetUserAttributeVerificationCode",
            json!({"AttributeName": "name"}),
        ),
        (
            "DeleteUserAttributes",
            json!({"UserAttributeNames": ["sub"]}),
        ),
        ("DeleteUser", json!({})),
    ]
}

async fn ada(server: &TestServer) -> SignedInUser {
    let app = server.pool(json!({})).await.client(json!({})).await;
    SignedInUser::join(&app, "ada", json!({"name": "Ada"})).await
}

/// Asserts that no operation accepts `token`.
async fn opens_nothing(person: &SignedInUser, token: &str, expected: Refusal) {
    for (operation, input) in calls() {
        refused(
            &person.app.with_token(operation, token, input).await,
            expected,
        );
    }
}

both_stores! {
    /// A text with the right characters that is no token, and an ID token.
    async fn what_is_no_access_token_is_invalid(server: TestServer) {
        let person = ada(&server).await;

        opens_nothing(&person, "not-a-token", INVALID).await;
        opens_nothing(&person, "e30.e30.e30", INVALID).await;
        opens_nothing(&person, &person.tokens.id, INVALID).await;

        assert_eq!(person.own().await, json!({"name": "Ada"}));
    }

    /// Section 1.4: a text that cannot be a token is not repeated in the answer.
    async fn a_malformed_token_is_not_repeated(server: TestServer) {
        let person = ada(&server).await;
        opens_nothing(&person, "not a token!", (
            "InvalidParameterException",
            "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+",
        )).await;
    }

    /// A token with another key's signature.
    async fn a_forged_token_is_refused(server: TestServer) {
        let person = ada(&server).await;
        let (signed, signature) = person.tokens.access.rsplit_once('.').unwrap();
        let start = if signature.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{signed}.{start}{}", &signature[1..]);

        opens_nothing(&person, &forged, FORGED).await;

        assert_eq!(person.own().await, json!({"name": "Ada"}));
    }

    /// Section 4.5: an access token lives for an hour.
    async fn an_expired_token_is_refused(server: TestServer) {
        let person = ada(&server).await;
        server.advance(59 * 60).await;
        person.own().await;

        server.advance(61).await;

        opens_nothing(&person, &person.tokens.access, EXPIRED).await;
        assert_eq!(person.again().await.own().await, json!({"name": "Ada"}));
    }

    /// Revoking the refresh token ends its access tokens at once.
    async fn a_revoked_token_is_refused(server: TestServer) {
        let person = ada(&server).await;
        let other = person.app.sign_in("ada").await;
        let input = json!({"Token": person.tokens.refresh});
        person.app.call("RevokeToken", input).await.ok();

        opens_nothing(&person, &person.tokens.access, REVOKED).await;

        // Another sign-in of the same user is not concerned.
        person.app.with_token("GetUser", &other.access, json!({})).await.ok();
    }

    /// GlobalSignOut ends every token.
    async fn a_global_sign_out_revokes_all(server: TestServer) {
        let person = ada(&server).await;
        let other = person.app.sign_in("ada").await;
        person.call("GlobalSignOut", json!({})).await.ok();

        for token in [&person.tokens.access, &other.access] {
            opens_nothing(&person, token, REVOKED).await;
        }

        assert_eq!(person.again().await.own().await, json!({"name": "Ada"}));
    }

    /// A deleted user's tokens are refused from the next call on.
    async fn a_deleted_user_has_no_profile(server: TestServer) {
        let person = ada(&server).await;
        person.app.pool.admin("AdminDeleteUser", json!({"Username": "ada"})).await.ok();

        opens_nothing(&person, &person.tokens.access, NO_SUCH_USER).await;
        // GlobalSignOut says the same, although the model does not list the type for it.
        let answer = person.call("GlobalSignOut", json!({})).await;
        answer.fails(NO_SUCH_USER.0, NO_SUCH_USER.1);
    }

    /// A disabled user's tokens are refused from the next call on.
    async fn a_disabled_user_has_no_access(server: TestServer) {
        let person = ada(&server).await;
        let pool = &person.app.pool;
        pool.admin("AdminDisableUser", json!({"Username": "ada"})).await.ok();
        for (operation, input) in calls() {
            let answer = person.call(operation, input).await;
            answer.fails_as("NotAuthorizedException");
            let message = answer.message.as_deref().unwrap_or_default();
            assert!([REVOKED.1, "User is disabled."].contains(&message), "{answer}");
        }
        assert_eq!(person.stored().await, json!({"name": "Ada"}));
    }
}
