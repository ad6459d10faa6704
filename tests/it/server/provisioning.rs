//! Pools, clients, groups and users that the configuration declares.

use cognate::config::{Config, DeclaredUserPool};
use cognate::server::Application;
use serde_json::{Value, json};

use crate::support::{TestServer, TestStore, Tokens, both_stores};

const POOL: &str = "eu-central-1_Declared1";
const PASSWORD: &str = "Corr3ct-Horse!";
const CLIENT: &str = "declaredclient";
const SECRET: &str = "declared_secret_of_some_length";

fn declared(pools: Value) -> impl FnOnce(&mut Config) {
    let pools: Vec<DeclaredUserPool> = serde_json::from_value(pools).unwrap();
    move |config| config.user_pools = pools
}

fn one_pool(settings: &Value) -> Value {
    json!([{
        "id": POOL,
        "name": "Team",
        "settings": settings,
        "clients": [
            { "id": CLIENT, "name": "Web", "secret": SECRET,
              "settings": { "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] } },
            { "id": "publicclient", "name": "Public" },
        ],
        "groups": [{ "name": "admins", "description": "All of us", "precedence": 1 }],
        "users": [
            { "username": "ada", "password": "Corr3ct-Horse!", "groups": ["admins"],
              "attributes": { "email": "ada@example.com", "email_verified": "true" } },
            { "username": "grace", "password": "Corr3ct-Horse!", "confirmed": false },
        ],
    }])
}

fn settings() -> Value {
    json!({
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email"],
        "Schema": [{ "Name": "team", "AttributeDataType": "String" }],
    })
}

/// Everything that is described of the declared pool and its clients.
async fn described(server: &TestServer) -> Value {
    let admin = server.admin.in_region("eu-central-1");
    let input = json!({ "UserPoolId": POOL });
    let pool = admin.call("DescribeUserPool", input.clone()).await.ok()["UserPool"].clone();
    let list = admin.call("ListUserPoolClients", input).await.ok();
    let mut clients = Vec::new();
    for client in list["UserPoolClients"].as_array().unwrap() {
        let input = json!({ "UserPoolId": POOL, "ClientId": client["ClientId"] });
        let client = admin.call("DescribeUserPoolClient", input).await.ok();
        clients.push(client["UserPoolClient"].clone());
    }
    json!({ "pool": pool, "clients": clients })
}

/// Starts a server that declares this, looks, and stops it.
async fn look(store: &TestStore, pools: Value) -> Value {
    let server = TestServer::start(store, declared(pools)).await;
    let found = described(&server).await;
    server.stop().await;
    found
}

/// The text with which a server that declares this does not start.
async fn does_not_start(store: &TestStore, pools: Value) -> String {
    let mut config = crate::support::application::test_config(store);
    declared(pools)(&mut config);
    match Application::build(config).await {
        Ok(_) => panic!("the server starts"),
        Err(error) => format!("{error:#}"),
    }
}

both_stores! {
    /// What is declared exists after the first start, with its fixed ids.
    async fn the_first_start_makes_what_is_declared(store: TestStore) {
        let found = look(&store, one_pool(&settings())).await;
        let pool = &found["pool"];
        assert_eq!((&pool["Id"], &pool["Name"]), (&json!(POOL), &json!("Team")));
        assert_eq!(pool["AliasAttributes"], json!(["email"]));
        assert_eq!(pool["SchemaAttributes"][21]["Name"], "custom:team");
        assert_eq!(pool["EstimatedNumberOfUsers"], 2);
        let (web, public) = (&found["clients"][0], &found["clients"][1]);
        assert_eq!(web["ClientId"], CLIENT);
        assert_eq!(web["ClientSecret"], SECRET);
        assert_eq!(web["ExplicitAuthFlows"], json!(["ALLOW_USER_SRP_AUTH"]));
        assert_eq!(public["ClientName"], "Public");
        assert_eq!(public.get("ClientSecret"), None);
    }

    /// Applying the same twice changes nothing, dates included.
    async fn a_second_start_changes_nothing(store: TestStore) {
        let first = look(&store, one_pool(&settings())).await;
        assert_eq!(look(&store, one_pool(&settings())).await, first);
    }

    /// A declared client may name providers and scopes that are not there yet, or no more, so that neither an empty
    /// database nor a deletion keeps a server from starting.
    async fn a_declared_client_may_name_what_its_pool_lacks(store: TestStore) {
        let pools = json!([{
            "id": POOL,
            "name": "Team",
            "clients": [{ "id": CLIENT, "name": "Web", "settings": {
                "SupportedIdentityProviders": ["COGNITO", "Okta"],
                "AllowedOAuthScopes": ["openid", "orders/read"],
            } }],
        }]);
        let server = TestServer::start(&store, declared(pools.clone())).await;
        let first = described(&server).await;
        let client = &first["clients"][0];
        assert_eq!(client["SupportedIdentityProviders"], json!(["COGNITO", "Okta"]));
        assert_eq!(client["AllowedOAuthScopes"], json!(["openid", "orders/read"]));
        let admin = server.admin.in_region("eu-central-1");
        let details = json!({
            "client_id": "c",
            "client_secret": "s",
            "authorize_scopes": "openid",
            "oidc_issuer": "https://idp.example.com",
            "attributes_request_method": "GET",
        });
        let provider = json!({ "UserPoolId": POOL, "ProviderName": "Okta" });
        let mut create = provider.clone();
        create["ProviderType"] = json!("OIDC");
        create["ProviderDetails"] = details;
        admin.call("CreateIdentityProvider", create).await.ok();
        admin.call("DeleteIdentityProvider", provider).await.ok();
        server.stop().await;
        assert_eq!(look(&store, pools).await, first);
    }

    /// What can change follows the declaration; what the declaration does not name stays.
    async fn a_changed_declaration_is_applied(store: TestStore) {
        let server = TestServer::start(&store, declared(one_pool(&settings()))).await;
        let admin = server.admin.in_region("eu-central-1");
        let added = json!([{ "Name": "later", "AttributeDataType": "String" }]);
        let input = json!({ "UserPoolId": POOL, "CustomAttributes": added });
        admin.call("AddCustomAttributes", input).await.ok();
        let input = json!({ "UserPoolId": POOL, "ClientName": "by hand" });
        admin.call("CreateUserPoolClient", input).await.ok();
        server.stop().await;

        let mut changed = settings();
        changed["Schema"].as_array_mut().unwrap()
            .push(json!({ "Name": "rank", "AttributeDataType": "Number" }));
        changed["Policies"] = json!({ "PasswordPolicy": { "MinimumLength": 15 } });
        let mut pools = one_pool(&changed);
        pools[0]["name"] = json!("Renamed");
        pools[0]["clients"][0]["secret"] = json!("another_secret_of_some_length");
        let found = look(&store, pools).await;
        let pool = &found["pool"];
        assert_eq!(pool["Name"], "Renamed");
        assert_eq!(pool["Policies"]["PasswordPolicy"]["MinimumLength"], 15);
        let custom: Vec<&str> = pool["SchemaAttributes"].as_array().unwrap()[21..]
            .iter()
            .map(|attribute| attribute["Name"].as_str().unwrap())
            .collect();
        assert_eq!(custom, ["custom:team", "custom:later", "custom:rank"]);
        let clients = found["clients"].as_array().unwrap();
        assert_eq!(clients.len(), 3);
        let web = clients.iter().find(|client| client["ClientId"] == CLIENT).unwrap();
        assert_eq!(web["ClientSecret"], "another_secret_of_some_length");
        assert_eq!(pool["EstimatedNumberOfUsers"], 2);
    }

    /// A wrong declaration, or one that would change what cannot change, keeps the server from
    /// starting; the error names its place.
    async fn a_declaration_that_cannot_be_applied_stops_the_start(store: TestStore) {
        look(&store, one_pool(&settings())).await;
        let mut aliases = settings();
        aliases["AliasAttributes"] = json!(["phone_number"]);
        let mut schema = settings();
        schema["Schema"][0]["AttributeDataType"] = json!("Number");
        for (settings, text) in [
            (
                aliases,
                "user_pools[0].settings: AliasAttributes cannot change once the user pool is made.",
            ),
            (
                schema,
                "user_pools[0].settings: The attribute custom:team cannot change once it is in \
                 the schema.",
            ),
            (
                json!({ "AutoVerified": ["email"] }),
                "user_pools[0].settings.AutoVerified: unknown member `AutoVerified`; did you mean \
                 `AutoVerifiedAttributes`?",
            ),
            (
                json!({ "MfaConfiguration": "SOMETIMES" }),
                "user_pools[0].settings.MfaConfiguration: expected one of OFF, ON, OPTIONAL",
            ),
        ] {
            assert_eq!(does_not_start(&store, one_pool(&settings)).await, text);
        }
        let mut without_secret = one_pool(&settings());
        without_secret[0]["clients"][1] = json!({
            "id": "machine", "name": "Machine",
            "settings": { "AllowedOAuthFlows": ["client_credentials"] },
        });
        assert_eq!(
            does_not_start(&store, without_secret).await,
            "user_pools[0].clients[1].settings: client_credentials flow can not be selected if \
             client does not have a client secret."
        );
        let mut stolen = one_pool(&settings());
        stolen[0]["id"] = json!("eu-central-1_Declared2");
        assert_eq!(
            does_not_start(&store, stolen).await,
            "user_pools[0].clients[0]: Another user pool has an app client of this id."
        );
    }

    /// A pool whose id names no region is in the server's, also after that has changed.
    async fn a_pool_without_a_region_in_its_id_follows_the_server(store: TestStore) {
        const ID: &str = "my_team-x_local_Abc123";
        let pools = json!([{ "id": ID, "name": "Team" }]);
        for region in ["eu-central-1", "sa-east-1"] {
            let pools: Vec<DeclaredUserPool> = serde_json::from_value(pools.clone()).unwrap();
            let server = TestServer::start(&store, |config| {
                config.user_pools = pools;
                config.server.region = region.to_owned();
            })
            .await;
            let admin = server.admin.in_region(region);
            let input = json!({ "UserPoolId": ID });
            let pool = admin.call("DescribeUserPool", input).await.ok()["UserPool"].clone();
            let arn = format!("arn:aws:cognito-idp:{region}:000000000000:userpool/{ID}");
            assert_eq!(pool["Arn"], arn);
            let list = admin.call("ListUserPools", json!({ "MaxResults": 10 })).await.ok();
            assert_eq!(list["UserPools"][0]["Id"], ID);
            server.stop().await;
        }
    }

    /// Nodes that start at the same time on an empty store all start, with one pool.
    async fn nodes_that_start_together_make_one_pool(store: TestStore) {
        TestServer::start(&store, |_| {}).await.stop().await;
        let starts: Vec<_> = (0..3)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { look(&store, one_pool(&settings())).await })
            })
            .collect();
        for start in starts {
            let found = start.await.unwrap();
            assert_eq!(found["clients"].as_array().unwrap().len(), 2);
            assert_eq!(found["pool"]["Id"], POOL);
        }
        let found = look(&store, one_pool(&settings())).await;
        assert_eq!(found["pool"]["EstimatedNumberOfUsers"], 2);
    }

    /// Declared users sign in; their own changes outlive the next start.
    async fn declared_users_sign_in(store: TestStore) {
        let mut pools = one_pool(&settings());
        pools[0]["clients"][1]["settings"] =
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] });
        let server = TestServer::start(&store, declared(pools.clone())).await;
        let sign_in = async |server: &TestServer, name: &str, password: &str| {
            let parameters = json!({ "USERNAME": name, "PASSWORD": password });
            let input = json!({
                "ClientId": "publicclient",
                "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": parameters,
            });
            server.client.call("InitiateAuth", input).await
        };
        // By the username and by the verified address, which is an alias.
        sign_in(&server, "ada", PASSWORD).await.ok();
        let tokens = Tokens::from(&sign_in(&server, "ada@example.com", PASSWORD).await.ok());
        assert_eq!(tokens.access_claims()["cognito:groups"], json!(["admins"]));
        let grace = sign_in(&server, "grace", PASSWORD).await.ok();
        assert_eq!(grace["ChallengeName"], "NEW_PASSWORD_REQUIRED");

        let changed = json!({
            "AccessToken": tokens.access,
            "PreviousPassword": PASSWORD,
            "ProposedPassword": "An0ther-Horse!",
        });
        server.client.call("ChangePassword", changed).await.ok();
        let named = json!([{ "Name": "name", "Value": "Ada" }]);
        let input = json!({ "AccessToken": tokens.access, "UserAttributes": named });
        server.client.call("UpdateUserAttributes", input).await.ok();
        server.stop().await;

        let server = TestServer::start(&store, declared(pools)).await;
        let wrong = sign_in(&server, "ada", PASSWORD).await;
        wrong.fails("NotAuthorizedException", "Incorrect username or password.");
        let tokens = Tokens::from(&sign_in(&server, "ada", "An0ther-Horse!").await.ok());
        assert_eq!(tokens.id_claims()["name"], "Ada");
        server.stop().await;
    }
}
