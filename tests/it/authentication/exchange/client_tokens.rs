//! GetClientToken (administration 10.2).

use serde_json::{Value, json};

use super::{client_with, machine, pool_with_scopes};
use crate::support::answer::member_names;
use crate::support::pools::{claims, laid_over};
use crate::support::refusals::{invalid_parameter, not_authorized};
use crate::support::tokens::get_user;
use crate::support::{Answer, AppClient, TestServer, both_stores};

/// As long as the model asks for.
const WRONG_SECRET: &str = "aSecretThatIsNoClientsSecret";

async fn get(app: &AppClient, input: Value) -> Answer {
    let secret = json!({ "Secret": app.secret });
    app.call("GetClientToken", laid_over(secret, input)).await
}

fn token(answer: &Value) -> String {
    let token = &answer["ClientAuthenticationResult"]["AccessToken"];
    token.as_str().unwrap().to_owned()
}

both_stores! {
    /// The token has the claims of the client credentials grant, no more and no less, and all scopes of the client.
    async fn a_client_gets_a_token_of_its_own(server: TestServer) {
        let pool = pool_with_scopes(&server, json!({})).await;
        let app = machine(&pool, &["orders/read", "stock/write"]).await;
        let answer = get(&app, json!({})).await.ok();
        assert_eq!(member_names(&answer), ["ClientAuthenticationResult"]);
        let result = &answer["ClientAuthenticationResult"];
        assert_eq!(member_names(result), ["AccessToken", "ExpiresIn", "TokenType"]);
        assert_eq!(result["ExpiresIn"], 3600);
        assert_eq!(result["TokenType"], "Bearer");
        let claims = claims(&token(&answer));
        let now = claims["iat"].as_i64().unwrap();
        let expected = json!({
            "sub": app.id,
            "token_use": "access",
            "scope": "orders/read stock/write",
            "auth_time": now,
            "iss": claims["iss"],
            "exp": now + 3600,
            "iat": now,
            "version": 2,
            "jti": claims["jti"],
            "client_id": app.id,
        });
        assert_eq!(claims, expected);
        assert!(claims["iss"].as_str().unwrap().ends_with(&pool.id));
        let again = get(&app, json!({})).await.ok();
        assert_ne!(crate::support::pools::claims(&token(&again))["jti"], claims["jti"]);
    }

    /// Scopes that the client may not have are left out; where none is left there is no token.
    async fn a_token_has_the_scopes_that_the_client_may_have(server: TestServer) {
        let pool = pool_with_scopes(&server, json!({})).await;
        let app = machine(&pool, &["orders/read", "orders/write", "openid"]).await;
        for (requested, granted) in [
            (json!(["orders/write"]), "orders/write"),
            (json!([]), "orders/read orders/write"),
            (json!(["stock/read", "orders/read"]), "orders/read"),
            (json!(["openid", "orders/write", "orders/read"]), "orders/write orders/read"),
        ] {
            let answer = get(&app, json!({ "Scopes": requested })).await.ok();
            assert_eq!(claims(&token(&answer))["scope"], granted, "{requested}");
        }
        let none = "None of the requested scopes can be granted.";
        for requested in [json!(["stock/read"]), json!(["openid"])] {
            invalid_parameter(&get(&app, json!({ "Scopes": requested })).await, none);
        }
        let without = machine(&pool, &[]).await;
        invalid_parameter(&get(&without, json!({})).await, none);
    }

    /// Either of two secrets is good; a wrong one, and that of another client, is not.
    async fn the_client_proves_its_secret(server: TestServer) {
        let pool = pool_with_scopes(&server, json!({})).await;
        let app = machine(&pool, &["orders/read"]).await;
        let other = machine(&pool, &["orders/read"]).await;
        let wrong = format!("Unable to verify secret hash for client {}", app.id);
        for secret in [&json!(other.secret), &json!(WRONG_SECRET)] {
            not_authorized(&get(&app, json!({ "Secret": secret })).await, &wrong);
        }
        let input = json!({ "ClientId": app.id });
        let added = pool.admin("AddUserPoolClientSecret", input).await.ok();
        let second = &added["ClientSecretDescriptor"]["ClientSecretValue"];
        get(&app, json!({ "Secret": second })).await.ok();
        get(&app, json!({})).await.ok();
        let unknown = "1unknownunknownunknownunkn";
        get(&app, json!({ "ClientId": unknown })).await.fails(
            "ResourceNotFoundException",
            &format!("User pool client {unknown} does not exist."),
        );
    }

    /// A client has this flow alone, and a secret.
    async fn the_flow_has_to_be_the_clients_only_one(server: TestServer) {
        let pool = pool_with_scopes(&server, json!({})).await;
        let users = client_with(&pool, &["ALLOW_USER_SRP_AUTH"], &["orders/read"]).await;
        invalid_parameter(
            &get(&users, json!({})).await,
            "CLIENT_TOKEN_AUTH is not enabled for the client.",
        );
        let flows = ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let input = json!({ "ClientName": "both", "ExplicitAuthFlows": flows });
        invalid_parameter(
            &pool.admin("CreateUserPoolClient", input).await,
            "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.",
        );
        let public = json!({ "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"] });
        let public = pool.client(public).await;
        invalid_parameter(
            &get(&public, json!({ "Secret": WRONG_SECRET })).await,
            "User pool client does not have a client secret.",
        );
        let described = json!({ "ClientId": public.id });
        let described = pool.admin("DescribeUserPoolClient", described).await.ok();
        let flows = &described["UserPoolClient"]["ExplicitAuthFlows"];
        assert_eq!(flows, &json!(["ALLOW_CLIENT_TOKEN_AUTH"]));
    }

    /// No user signs in at such a client, and its token is good for no call of a user's.
    async fn the_token_is_no_users(server: TestServer) {
        let pool = pool_with_scopes(&server, json!({})).await;
        let app = machine(&pool, &["orders/read"]).await;
        let issued = token(&get(&app, json!({})).await.ok());
        let refused = get_user(&app, &issued).await;
        not_authorized(&refused, "Access Token does not have required scopes");
        invalid_parameter(
            &app.initiate("ada", "any").await,
            "USER_PASSWORD_AUTH flow not enabled for this client",
        );
    }

    /// A signature is not asked for and, where there is one, not looked at.
    async fn a_signature_makes_no_difference(server: TestServer) {
        let pool = pool_with_scopes(&server, json!({})).await;
        let app = machine(&pool, &["orders/read"]).await;
        let input = json!({ "ClientId": app.id, "Secret": app.secret });
        server.admin.call("GetClientToken", input.clone()).await.ok();
        let request = server.client.request("GetClientToken").body(input.to_string());
        let answer = server.client.send(request.header("authorization", "nonsense")).await;
        assert!(answer.ok()["ClientAuthenticationResult"].is_object());
    }
}
