//! Which sign-ins issue the keys of a new device (administration 12.4), and the access token's claim (section 4.1).

use serde_json::json;

use crate::support::answer::member_names;
use crate::support::devices::{Device, client_with_devices, confirmed_device};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::{PASSWORD, laid_over};
use crate::support::sign_in::{choose_password, initiate};
use crate::support::tokens::REFRESHES;
use crate::support::users::{client_with_ada, invited_user};
use crate::support::{SrpClient, TestServer, Tokens, both_stores};

both_stores! {
    /// Each way to sign in issues other keys, in the forms of section 5.9; the access token names the device, the
    /// ID token does not.
    async fn each_sign_in_without_a_key_issues_one(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        invited_user(&app.pool, "bob", PASSWORD, json!({})).await;
        let challenge = app.initiate("bob", PASSWORD).await.ok();
        assert!(challenge["AuthenticationResult"].is_null(), "{challenge}");
        let mut seen = Vec::new();
        for answer in [
            app.initiate("ada", PASSWORD).await,
            app.initiate("ada", PASSWORD).await,
            SrpClient::sign_in(&app, "ada", PASSWORD).await,
            choose_password(&app, &challenge, NEW_PASSWORD, json!({})).await,
        ] {
            let answer = answer.ok();
            let result = &answer["AuthenticationResult"];
            let expected = ["AccessToken", "ExpiresIn", "IdToken", "NewDeviceMetadata", "RefreshToken", "TokenType"];
            assert_eq!(member_names(result), expected);
            let metadata = &result["NewDeviceMetadata"];
            assert_eq!(member_names(metadata), ["DeviceGroupKey", "DeviceKey"]);
            let device = Device::issued(&answer);
            let (region, id) = device.key.rsplit_once('_').unwrap();
            assert_eq!(region, "us-east-1");
            assert_eq!(uuid::Uuid::parse_str(id).unwrap().hyphenated().to_string(), id);
            assert!(device.group_key.starts_with('-') && device.group_key.len() == 9, "{device:?}");
            let tokens = Tokens::from(&answer);
            assert_eq!(tokens.access_claims()["device_key"], json!(device.key));
            assert!(tokens.id_claims()["device_key"].is_null());
            assert!(!seen.contains(&device.key));
            seen.push(device.key);
        }
    }

    /// Any value of DeviceConfiguration switches it on, and a pool without one issues nothing, whatever the client
    /// sends.
    async fn only_pools_with_a_configuration_issue_keys(server: TestServer) {
        let app = client_with_ada(&server).await;
        for key in [json!(null), json!("us-east-1_00000000-0000-4000-8000-000000000000"), json!("no key")] {
            let parameters = json!({ "USERNAME": "ada", "PASSWORD": PASSWORD, "DEVICE_KEY": key });
            let parameters = laid_over(json!({}), parameters);
            let answer = initiate(&app, "USER_PASSWORD_AUTH", parameters).await.ok();
            assert!(answer["AuthenticationResult"]["NewDeviceMetadata"].is_null(), "{answer}");
            assert!(Tokens::from(&answer).access_claims()["device_key"].is_null());
        }
        let input = json!({ "DeviceConfiguration": {} });
        app.pool.admin("UpdateUserPool", input).await.ok();
        Device::issued(&app.initiate("ada", PASSWORD).await.ok());
        app.pool.admin("UpdateUserPool", json!({})).await.ok();
        let answer = app.initiate("ada", PASSWORD).await.ok();
        assert!(answer["AuthenticationResult"]["NewDeviceMetadata"].is_null(), "{answer}");
    }

    /// A refresh issues no keys, and its access token names the same device.
    async fn a_refresh_keeps_the_device(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        for way in REFRESHES {
            let answer = way.call_from(&app, &tokens.refresh, Some(&device.key)).await.ok();
            assert!(answer["AuthenticationResult"]["NewDeviceMetadata"].is_null(), "{answer}");
            assert_eq!(Tokens::from(&answer).access_claims()["device_key"], json!(device.key));
        }
    }

    /// A wrong password, and a step that leads to a challenge, issue nothing.
    async fn what_is_no_sign_in_issues_nothing(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let answer = app.initiate("ada", "Wr0ng-Donkey?").await;
        answer.fails("NotAuthorizedException", "Incorrect username or password.");
        let challenge = SrpClient::new().initiate(&app, "ada").await.ok();
        assert!(challenge["AuthenticationResult"].is_null(), "{challenge}");
    }
}
