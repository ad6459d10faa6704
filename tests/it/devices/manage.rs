//! GetDevice, ListDevices, UpdateDeviceStatus and their Admin forms (administration 2.7).

use serde_json::{Value, json};

use super::{NO_SUCH_DEVICE, UNKNOWN_KEY};
use crate::support::answer::member_names;
use crate::support::devices::{
    Device, client_with_devices, confirmed_device, devices_of_ada, keys_in, sign_in_from,
};
use crate::support::pools::{PASSWORD, attribute, laid_over};
use crate::support::refusals::{NO_SUCH_USER, invalid_parameter, not_authorized, refused};
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{Answer, AppClient, TestServer, TestStore, Tokens, both_stores};

const AGENT: &str = "aws-sdk-test/1.0";
const HOME: &str = "192.0.2.1";

/// A server behind a proxy that it trusts.
async fn behind_a_proxy(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| {
        config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await
}

async fn admin(app: &AppClient, operation: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "Username": "ada" }), input);
    app.pool.admin(operation, input).await
}

#[track_caller]
fn date(device: &Value, member: &str) -> i64 {
    let date = &device[member];
    date.as_i64()
        .unwrap_or_else(|| panic!("{member} is {date}, not whole seconds"))
}

both_stores! {
    /// The attributes in the order of the page, those that begin with `dev:` for the administrator only, and dates
    /// in whole seconds.
    async fn a_device_is_described_in_both_forms(store: TestStore) {
        let server = behind_a_proxy(&store).await;
        let app = client_with_devices(&server, true).await.on_device(HOME, AGENT);
        let answer = app.initiate("ada", PASSWORD).await.ok();
        let device = Device::issued(&answer);
        let access = Tokens::from(&answer).access;
        let before = server.now().as_second();
        device.confirm(&app, &access, json!({ "DeviceName": "Ada's phone" })).await.ok();

        let (key, pool) = (&device.key, &app.pool.id);
        let input = json!({ "DeviceKey": key });
        let own = app.with_token("GetDevice", &access, input.clone()).await.ok();
        let of_admin = admin(&app, "AdminGetDevice", input).await.ok();
        for answer in [&own, &of_admin] {
            assert_eq!(member_names(answer), ["Device"]);
            let device = &answer["Device"];
            assert_eq!(
                member_names(device),
                [
                    "DeviceAttributes", "DeviceCreateDate", "DeviceKey", "DeviceLastAuthenticatedDate",
                    "DeviceLastModifiedDate",
                ]
            );
            assert_eq!(device["DeviceKey"], json!(key));
            let created = date(device, "DeviceCreateDate");
            assert!((before - 1..=before + 60).contains(&created), "{created}");
            assert_eq!(date(device, "DeviceLastModifiedDate"), created);
            assert_eq!(date(device, "DeviceLastAuthenticatedDate"), created);
        }
        assert_eq!(
            own["Device"]["DeviceAttributes"],
            json!([
                { "Name": "device_status", "Value": "valid" },
                { "Name": "device_name", "Value": "Ada's phone" },
                { "Name": "last_ip_used", "Value": HOME },
            ])
        );
        assert_eq!(
            of_admin["Device"]["DeviceAttributes"],
            json!([
                { "Name": "device_status", "Value": "valid" },
                { "Name": "device_name", "Value": "Ada's phone" },
                {
                    "Name": "dev:device_arn",
                    "Value": format!("arn:aws:cognito-idp:us-east-1:000000000000:owner/ada.{pool}/device/{key}"),
                },
                { "Name": "dev:device_owner", "Value": format!("ada.{pool}") },
                { "Name": "last_ip_used", "Value": HOME },
                { "Name": "dev:device_remembered_status", "Value": "not_remembered" },
                { "Name": "dev:device_sdk", "Value": AGENT },
            ])
        );
        let list = app.with_token("ListDevices", &access, json!({})).await.ok();
        assert_eq!(list, json!({ "Devices": [own["Device"]] }));
        let list = admin(&app, "AdminListDevices", json!({})).await.ok();
        assert_eq!(list, json!({ "Devices": [of_admin["Device"]] }));
        server.stop().await;
    }

    /// What a device has not is left out.
    async fn a_device_without_name_and_agent_has_no_such_attributes(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        let answer = admin(&app, "AdminGetDevice", json!({ "DeviceKey": device.key })).await.ok();
        let attributes = answer["Device"]["DeviceAttributes"].as_array().unwrap();
        let names: Vec<_> = attributes.iter().map(|a| a["Name"].as_str().unwrap()).collect();
        let expected = [
            "device_status", "dev:device_arn", "dev:device_owner", "last_ip_used",
            "dev:device_remembered_status",
        ];
        assert_eq!(names, expected);
    }

    /// Both forms set the status, which moves DeviceLastModifiedDate; without one nothing changes.
    async fn a_status_is_set_in_both_forms(server: TestServer) {
        let app = client_with_devices(&server, true).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let described = || async {
            let input = json!({ "DeviceKey": device.key });
            admin(&app, "AdminGetDevice", input).await.ok()["Device"].clone()
        };
        let status = |device: &Value| {
            attribute(&device["DeviceAttributes"], "dev:device_remembered_status").unwrap()
        };
        let created = date(&described().await, "DeviceCreateDate");
        for (step, (by_admin, given, expected)) in [
            (false, Some("remembered"), "remembered"),
            (false, None, "remembered"),
            (true, None, "remembered"),
            (true, Some("not_remembered"), "not_remembered"),
            (true, Some("remembered"), "remembered"),
            (false, Some("not_remembered"), "not_remembered"),
        ].into_iter().enumerate() {
            server.advance(10).await;
            let before = described().await;
            let mut input = json!({ "DeviceKey": device.key });
            if let Some(given) = given {
                input["DeviceRememberedStatus"] = json!(given);
            }
            let answer = match by_admin {
                true => admin(&app, "AdminUpdateDeviceStatus", input).await,
                false => app.with_token("UpdateDeviceStatus", &tokens.access, input).await,
            };
            assert_eq!(answer.ok(), json!({}), "{step}");
            let after = described().await;
            assert_eq!(status(&after), expected, "{step}");
            let moved = date(&after, "DeviceLastModifiedDate") > date(&before, "DeviceLastModifiedDate");
            assert_eq!(moved, given.is_some(), "{step}");
            assert_eq!(date(&after, "DeviceCreateDate"), created, "{step}");
            assert_eq!(date(&after, "DeviceLastAuthenticatedDate"), created, "{step}");
        }
    }

    /// A key that the user has no device with, in every operation and both forms.
    async fn an_unknown_device_does_not_exist(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let (bobs, _) = confirmed_device(&app, "bob").await;
        for key in [UNKNOWN_KEY, &bobs.key] {
            let input = json!({ "DeviceKey": key });
            for operation in ["GetDevice", "UpdateDeviceStatus", "ForgetDevice"] {
                refused(&app.with_token(operation, &tokens.access, input.clone()).await, NO_SUCH_DEVICE);
                let by_admin = admin(&app, &format!("Admin{operation}"), input.clone()).await;
                refused(&by_admin, NO_SUCH_DEVICE);
            }
        }
        let input = json!({ "Username": "bob" });
        let list = app.pool.admin("AdminListDevices", input).await.ok();
        assert_eq!(keys_in(&list), [bobs.key]);
    }

    /// Administration 0: the pool first, then the user, then the device.
    async fn pool_and_user_are_looked_for_first(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        for (operation, mut input) in [
            ("AdminGetDevice", json!({ "DeviceKey": UNKNOWN_KEY })),
            ("AdminForgetDevice", json!({ "DeviceKey": UNKNOWN_KEY })),
            ("AdminUpdateDeviceStatus", json!({ "DeviceKey": UNKNOWN_KEY })),
            ("AdminListDevices", json!({})),
        ] {
            input["Username"] = json!("nobody");
            refused(&app.pool.admin(operation, input.clone()).await, NO_SUCH_USER);
            input["UserPoolId"] = json!("us-east-1_Unknown00");
            let answer = app.pool.admin(operation, input).await;
            answer.fails("ResourceNotFoundException", "User pool us-east-1_Unknown00 does not exist.");
        }
        // By an alias of the username: the `sub`.
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let sub = tokens.access_claims()["sub"].clone();
        let input = json!({ "Username": sub, "DeviceKey": device.key });
        app.pool.admin("AdminGetDevice", input).await.ok();
    }

    /// Section 1.6 for each operation that takes a token. Where the model does not require one, none is as good as
    /// a wrong one.
    async fn each_operation_checks_the_token(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let key = json!({ "DeviceKey": device.key });
        for operation in ["GetDevice", "UpdateDeviceStatus", "ForgetDevice", "ListDevices"] {
            let input = if operation == "ListDevices" { json!({}) } else { key.clone() };
            let answer = app.with_token(operation, &tokens.id, input.clone()).await;
            not_authorized(&answer, "Invalid Access Token");
            let input = laid_over(input, json!({ "AccessToken": null }));
            let answer = server.client.call(operation, input).await;
            match operation {
                "GetDevice" | "ForgetDevice" => not_authorized(&answer, "Invalid Access Token"),
                _ => invalid_parameter(
                    &answer,
                    "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must \
                     not be null",
                ),
            }
        }
        assert_eq!(devices_of_ada(&app.pool).await, [device.key]);
    }

    /// Pages of each size in the order in which the devices were confirmed; no token on the last.
    async fn lists_have_pages(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let mut keys = Vec::new();
        let mut access = String::new();
        for _ in 0..5 {
            let (device, tokens) = confirmed_device(&app, "ada").await;
            keys.push(device.key);
            access = tokens.access;
            server.advance(1).await;
        }
        for limit in 1..=6_usize {
            for by_admin in [false, true] {
                let (mut seen, mut token, mut pages) = (Vec::new(), Value::Null, 0);
                loop {
                    let input = json!({ "Limit": limit, "PaginationToken": token });
                    let page = match by_admin {
                        true => admin(&app, "AdminListDevices", input).await,
                        false => app.with_token("ListDevices", &access, input).await,
                    }
                    .ok();
                    seen.extend(keys_in(&page));
                    pages += 1;
                    token = page["PaginationToken"].clone();
                    if token.is_null() {
                        break;
                    }
                }
                assert_eq!(seen, keys, "{limit}");
                assert_eq!(pages, 5_usize.div_ceil(limit), "{limit}");
            }
        }
        for input in [json!({}), json!({ "Limit": 0 }), json!({ "Limit": 60 })] {
            let page = app.with_token("ListDevices", &access, input).await.ok();
            assert_eq!(keys_in(&page), keys);
            assert_eq!(member_names(&page), ["Devices"]);
        }
    }

    /// A token of another list, of another user, or made up.
    async fn a_foreign_page_token_is_refused(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let mut access = Vec::new();
        for name in ["ada", "ada", "bob", "bob"] {
            access.push(confirmed_device(&app, name).await.1.access);
        }
        let page = json!({ "Limit": 1 });
        let adas = app.with_token("ListDevices", &access[0], page.clone()).await.ok();
        let bobs = app.with_token("ListDevices", &access[2], page.clone()).await.ok();
        let of_admin = admin(&app, "AdminListDevices", page).await.ok();
        let invalid = "Invalid pagination token";
        for token in [&bobs["PaginationToken"], &of_admin["PaginationToken"], &json!("made-up")] {
            let input = json!({ "PaginationToken": token });
            invalid_parameter(&app.with_token("ListDevices", &access[0], input).await, invalid);
        }
        for token in [&bobs["PaginationToken"], &adas["PaginationToken"], &json!("made-up")] {
            let input = json!({ "PaginationToken": token });
            invalid_parameter(&admin(&app, "AdminListDevices", input).await, invalid);
        }
        for input in [json!({ "Limit": 61 }), json!({ "Limit": -1 })] {
            app.with_token("ListDevices", &access[0], input).await.fails_as("InvalidParameterException");
        }
    }

    /// Where the pool remembers none (any more): an empty list, and no device.
    async fn a_pool_without_devices_has_an_empty_list(server: TestServer) {
        let app = client_with_ada(&server).await;
        let access = app.sign_in("ada").await.access;
        let list = app.with_token("ListDevices", &access, json!({})).await.ok();
        assert_eq!(list, json!({ "Devices": [] }));

        let app = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        app.pool.admin("UpdateUserPool", json!({})).await.ok();
        let list = admin(&app, "AdminListDevices", json!({})).await.ok();
        assert_eq!(list, json!({ "Devices": [] }));
        let input = json!({ "DeviceKey": device.key });
        for operation in ["GetDevice", "UpdateDeviceStatus", "ForgetDevice"] {
            refused(&app.with_token(operation, &tokens.access, input.clone()).await, NO_SUCH_DEVICE);
            refused(&admin(&app, &format!("Admin{operation}"), input.clone()).await, NO_SUCH_DEVICE);
        }
        // It is there again once the pool remembers devices again.
        app.pool.admin("UpdateUserPool", json!({ "DeviceConfiguration": {} })).await.ok();
        assert_eq!(devices_of_ada(&app.pool).await, [device.key]);
    }

    /// A sign-in from a known device that need not prove itself is its last one, from where it comes.
    async fn a_sign_in_from_a_device_is_shown(store: TestStore) {
        let server = behind_a_proxy(&store).await;
        let home = client_with_devices(&server, true).await.on_device(HOME, AGENT);
        let (device, _) = confirmed_device(&home, "ada").await;
        let input = json!({ "DeviceKey": device.key });
        let before = admin(&home, "AdminGetDevice", input.clone()).await.ok()["Device"].clone();
        server.advance(100).await;
        let away = home.on_device("198.51.100.7", "aws-sdk-test/2.0");
        sign_in_from(&away, "ada", &device.key).await.ok();
        let after = admin(&home, "AdminGetDevice", input).await.ok()["Device"].clone();
        let moved = |member: &str| date(&after, member) - date(&before, member);
        assert!((100..160).contains(&moved("DeviceLastAuthenticatedDate")));
        assert_eq!(moved("DeviceLastModifiedDate"), 0);
        assert_eq!(moved("DeviceCreateDate"), 0);
        let shown = |name: &str| attribute(&after["DeviceAttributes"], name).unwrap();
        assert_eq!(shown("last_ip_used"), "198.51.100.7");
        assert_eq!(shown("dev:device_sdk"), "aws-sdk-test/2.0");
        server.stop().await;
    }
}
