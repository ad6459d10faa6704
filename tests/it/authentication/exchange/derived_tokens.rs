//! GetDerivedToken (administration 10.3).

use serde_json::{Value, json};

use super::{client_with, machine, pool_with_scopes};
use crate::support::answer::member_names;
use crate::support::pools::{Tokens, claims, laid_over};
use crate::support::refusals::{invalid_parameter, not_authorized};
use crate::support::tokens::{get_user, numeric_claim, tampered};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, Pool, TestServer, both_stores};

const USER_ADMIN: &str = "aws.cognito.signin.user.admin";
const IMPERSONATION: &str = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION";
const DELEGATION: &str = "ALLOW_TOKEN_EXCHANGE_DELEGATION";
const INVALID: &str = "Invalid Subject Token";
/// As long as the model asks for.
const WRONG_SECRET: &str = "aSecretThatIsNoClientsSecret";

/// A pool, a service that may exchange tokens in both ways, and the tokens of Ada, who has signed in elsewhere.
struct Scene {
    pool: Pool,
    service: AppClient,
    website: AppClient,
    ada: Tokens,
    sub: String,
}

async fn scene(server: &TestServer) -> Scene {
    let pool = pool_with_scopes(server, json!({})).await;
    let scopes = ["orders/read", USER_ADMIN];
    let service = client_with(&pool, &[IMPERSONATION, DELEGATION], &scopes).await;
    let website = pool.client(json!({})).await;
    let sub = confirmed_user(&pool, "ada", json!({ "name": "Ada" })).await;
    let ada = website.sign_in("ada").await;
    Scene {
        pool,
        service,
        website,
        ada,
        sub,
    }
}

async fn exchange(app: &AppClient, input: Value) -> Answer {
    let secret = json!({ "ClientSecret": app.secret, "SubjectTokenType": "ACCESS_TOKEN" });
    app.call("GetDerivedToken", laid_over(secret, input)).await
}

impl Scene {
    /// Exchanges Ada's access token.
    async fn derive(&self, input: Value) -> Answer {
        let subject = json!({ "SubjectToken": self.ada.access });
        exchange(&self.service, laid_over(subject, input)).await
    }

    /// The own token of a service.
    async fn actor(&self) -> (AppClient, String) {
        let app = machine(&self.pool, &["orders/read"]).await;
        let input = json!({ "Secret": app.secret });
        let answer = app.call("GetClientToken", input).await.ok();
        let token = &answer["ClientAuthenticationResult"]["AccessToken"];
        (app, token.as_str().unwrap().to_owned())
    }
}

fn issued(answer: &Value) -> String {
    answer["IssuedToken"].as_str().unwrap().to_owned()
}

both_stores! {
    /// Without anything else asked for, the token is an access token of the same user, session and scopes for the
    /// client that asks.
    async fn a_users_token_is_exchanged(server: TestServer) {
        let scene = scene(&server).await;
        let answer = scene.derive(json!({})).await.ok();
        assert_eq!(
            member_names(&answer),
            ["ExpiresIn", "IssuedToken", "IssuedTokenType", "Scopes", "TokenType"]
        );
        assert_eq!(answer["IssuedTokenType"], "ACCESS_TOKEN");
        assert_eq!(answer["TokenType"], "Bearer");
        assert_eq!(answer["Scopes"], json!([USER_ADMIN]));
        let (derived, own) = (claims(&issued(&answer)), scene.ada.access_claims());
        let (id, jti, iat) = (&scene.service.id, &derived["jti"], &derived["iat"]);
        let differing = json!({ "client_id": id, "jti": jti, "iat": iat });
        assert_eq!(derived, laid_over(own.clone(), differing));
        assert_ne!(derived["jti"], own["jti"]);
        get_user(&scene.service, &issued(&answer)).await.ok();
    }

    /// A token never outlives the one that it is derived from.
    async fn a_derived_token_does_not_outlive_the_users(server: TestServer) {
        let scene = scene(&server).await;
        server.advance(1000).await;
        let answer = scene.derive(json!({})).await.ok();
        let derived = claims(&issued(&answer));
        assert_eq!(derived["exp"], scene.ada.access_claims()["exp"]);
        let left = numeric_claim(&derived, "exp") - numeric_claim(&derived, "iat");
        assert!(left <= 2600, "{left}");
        assert_eq!(answer["ExpiresIn"], left);
        server.advance(2600).await;
        not_authorized(&scene.derive(json!({})).await, INVALID);
    }

    /// An audience, or a resource server, is who the token is for, and this server is then not.
    async fn a_token_can_be_bound_to_an_audience(server: TestServer) {
        let scene = scene(&server).await;
        for (asked, audience) in [
            (json!({ "Audiences": ["https://billing.example.com"] }), "https://billing.example.com"),
            (json!({ "Resources": ["orders"] }), "orders"),
        ] {
            let answer = scene.derive(asked).await.ok();
            assert_eq!(claims(&issued(&answer))["aud"], audience);
            let answer = get_user(&scene.service, &issued(&answer)).await;
            not_authorized(&answer, "Invalid Access Token");
        }
        let both = json!({ "Audiences": ["a"], "Resources": ["orders"] });
        let text = "Audiences and Resources cannot be given together.";
        invalid_parameter(&scene.derive(both).await, text);
        scene.derive(json!({ "Resources": ["nothing"] })).await.fails(
            "ResourceNotFoundException",
            "Resource server nothing does not exist.",
        );
    }

    /// Of the scopes that are asked for those remain that the user's token has and the client may have.
    async fn scopes_only_become_fewer(server: TestServer) {
        let scene = scene(&server).await;
        let asked = json!({ "Scopes": ["orders/read", USER_ADMIN] });
        let answer = scene.derive(asked).await.ok();
        assert_eq!(answer["Scopes"], json!([USER_ADMIN]));
        assert_eq!(claims(&issued(&answer))["scope"], USER_ADMIN);
        let none = "None of the requested scopes can be granted.";
        invalid_parameter(&scene.derive(json!({ "Scopes": ["orders/read"] })).await, none);
        let narrow = client_with(&scene.pool, &[IMPERSONATION], &["orders/read"]).await;
        let input = json!({ "SubjectToken": scene.ada.access, "Scopes": [USER_ADMIN] });
        invalid_parameter(&exchange(&narrow, input).await, none);
    }

    /// An ID token is exchanged for an ID token or an access token, whose scopes are those of the session.
    async fn id_tokens_are_exchanged(server: TestServer) {
        let scene = scene(&server).await;
        let subject = json!({ "SubjectToken": scene.ada.id, "SubjectTokenType": "ID_TOKEN" });
        let asked = json!({ "RequestedTokenType": "ID_TOKEN" });
        let answer = exchange(&scene.service, laid_over(subject.clone(), asked)).await.ok();
        assert_eq!(
            member_names(&answer),
            ["ExpiresIn", "IssuedToken", "IssuedTokenType", "TokenType"]
        );
        assert_eq!(answer["IssuedTokenType"], "ID_TOKEN");
        assert_eq!(answer["TokenType"], "N_A");
        let (derived, own) = (claims(&issued(&answer)), scene.ada.id_claims());
        let (id, jti, iat) = (&scene.service.id, &derived["jti"], &derived["iat"]);
        let differing = json!({ "aud": id, "jti": jti, "iat": iat });
        assert_eq!(derived, laid_over(own, differing));
        let answer = exchange(&scene.service, subject).await.ok();
        assert_eq!(answer["Scopes"], json!([USER_ADMIN]));
        get_user(&scene.service, &issued(&answer)).await.ok();
    }

    /// An actor is named in the token, in front of those before it, and stays named in what is derived further.
    async fn actors_are_named(server: TestServer) {
        let scene = scene(&server).await;
        let (first, token) = scene.actor().await;
        let acting = json!({ "ActorToken": token, "ActorTokenType": "ACCESS_TOKEN" });
        let answer = scene.derive(acting).await.ok();
        let derived = claims(&issued(&answer));
        assert_eq!(derived["act"], json!({ "sub": first.id }));
        assert_eq!(derived["sub"], scene.sub.as_str());
        let (second, token) = scene.actor().await;
        let input = json!({
            "SubjectToken": issued(&answer),
            "ActorToken": token,
            "ActorTokenType": "ACCESS_TOKEN",
        });
        let further = exchange(&scene.service, input).await.ok();
        let chain = json!({ "sub": second.id, "act": { "sub": first.id } });
        assert_eq!(claims(&issued(&further))["act"], chain);
        let input = json!({ "SubjectToken": issued(&further) });
        let further = exchange(&scene.service, input).await.ok();
        assert_eq!(claims(&issued(&further))["act"], chain);
        let input = json!({ "ActorToken": scene.ada.id, "ActorTokenType": "ID_TOKEN" });
        let answer = scene.derive(input).await.ok();
        assert_eq!(claims(&issued(&answer))["act"], json!({ "sub": scene.sub }));
    }

    /// Each of the two ways is a flow of its own that the client has to allow.
    async fn each_way_has_to_be_enabled(server: TestServer) {
        let scene = scene(&server).await;
        let (_, token) = scene.actor().await;
        let plain = json!({ "SubjectToken": scene.ada.access });
        let acting = json!({ "ActorToken": token, "ActorTokenType": "ACCESS_TOKEN" });
        let acting = laid_over(plain.clone(), acting);
        let impersonating = client_with(&scene.pool, &[IMPERSONATION], &[]).await;
        let delegating = client_with(&scene.pool, &[DELEGATION], &[]).await;
        exchange(&impersonating, plain.clone()).await.ok();
        exchange(&delegating, acting.clone()).await.ok();
        not_authorized(
            &exchange(&impersonating, acting).await,
            "TOKEN_EXCHANGE_DELEGATION is not enabled for the client.",
        );
        not_authorized(
            &exchange(&delegating, plain).await,
            "TOKEN_EXCHANGE_IMPERSONATION is not enabled for the client.",
        );
    }

    /// The client proves its secret, or an administrator signs.
    async fn the_client_or_an_administrator_authenticates(server: TestServer) {
        let scene = scene(&server).await;
        let id = &scene.service.id;
        let without = json!({ "SubjectToken": scene.ada.access, "ClientSecret": null });
        not_authorized(
            &exchange(&scene.service, without).await,
            &format!("Client {id} is configured for secret but secret was not received"),
        );
        let wrong = format!("Unable to verify secret hash for client {id}");
        not_authorized(&scene.derive(json!({ "ClientSecret": WRONG_SECRET })).await, &wrong);
        let input = json!({
            "ClientId": id,
            "SubjectToken": scene.ada.access,
            "SubjectTokenType": "ACCESS_TOKEN",
        });
        server.admin.call("GetDerivedToken", input.clone()).await.ok();
        let input = laid_over(input, json!({ "ClientSecret": WRONG_SECRET }));
        not_authorized(&server.admin.call("GetDerivedToken", input).await, &wrong);
    }

    /// A token of another type, pool, or of nobody is refused, and one of an identity provider's.
    async fn other_tokens_are_refused(server: TestServer) {
        let scene = scene(&server).await;
        let (_, machines) = scene.actor().await;
        let elsewhere = scene_of_another_pool(&server).await;
        for token in [&scene.ada.id, &tampered(&scene.ada.access), &machines, &elsewhere, "abc"] {
            not_authorized(&scene.derive(json!({ "SubjectToken": token })).await, INVALID);
        }
        let foreign = "Tokens of identity providers are not accepted.";
        let provider = json!({ "SubjectTokenProviderName": "Google" });
        not_authorized(&scene.derive(provider).await, foreign);
        not_authorized(&scene.derive(json!({ "SubjectTokenType": "SAML2" })).await, foreign);
        for actor in [tampered(&machines).as_str(), &elsewhere] {
            let input = json!({ "ActorToken": actor, "ActorTokenType": "ACCESS_TOKEN" });
            not_authorized(&scene.derive(input).await, "Invalid Actor Token");
        }
        let incomplete = "ActorToken and ActorTokenType must be given together.";
        for input in [
            json!({ "ActorToken": machines }),
            json!({ "ActorTokenType": "ACCESS_TOKEN" }),
            json!({ "ActorTokenProviderName": "Google" }),
        ] {
            invalid_parameter(&scene.derive(input).await, incomplete);
        }
    }

    /// What ends the user's session ends what was derived from it; so does what ends the user.
    async fn a_derived_token_ends_with_its_session(server: TestServer) {
        let scene = scene(&server).await;
        let derived = issued(&scene.derive(json!({})).await.ok());
        get_user(&scene.service, &derived).await.ok();
        let input = json!({ "Token": scene.ada.refresh });
        scene.website.call("RevokeToken", input).await.ok();
        let revoked = "Access Token has been revoked";
        not_authorized(&get_user(&scene.service, &derived).await, revoked);
        not_authorized(&scene.derive(json!({})).await, INVALID);
        let again = scene.website.sign_in("ada").await;
        let input = json!({ "SubjectToken": again.access });
        let ada = json!({ "Username": "ada" });
        scene.pool.admin("AdminDisableUser", ada.clone()).await.ok();
        let answer = exchange(&scene.service, input.clone()).await;
        not_authorized(&answer, "User is disabled.");
        scene.pool.admin("AdminDeleteUser", ada).await.ok();
        let answer = exchange(&scene.service, input).await;
        answer.fails("UserNotFoundException", "User does not exist.");
    }
}

/// The access token of a user of another pool.
async fn scene_of_another_pool(server: &TestServer) -> String {
    scene(server).await.ada.access
}
