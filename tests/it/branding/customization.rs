//! SetUICustomization and GetUICustomization, and the logo's address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::pool_with_domain;
use crate::support::answer::member_names;
use crate::support::pools::laid_over;
use crate::support::refusals::invalid_parameter;
use crate::support::server::Endpoint;
use crate::support::{Answer, Pool, TestServer, TestStore, both_stores};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0not much of a picture either";
const CSS: &str = ".banner-customizable { background-color: #fff; }";

async fn set(pool: &Pool, input: Value) -> Answer {
    pool.admin("SetUICustomization", input).await
}

async fn get(pool: &Pool, input: Value) -> Value {
    let answer = pool.admin("GetUICustomization", input).await.ok();
    assert_eq!(member_names(&answer), ["UICustomization"]);
    answer["UICustomization"].clone()
}

/// Status, type and bytes at an address of this server.
async fn fetched(server: &Endpoint, url: &str) -> (u16, String, Vec<u8>) {
    let path = url
        .strip_prefix(server.url())
        .expect("an address of this server");
    let request = server.client.raw(reqwest::Method::GET, path);
    let response = request.send().await.unwrap();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    if response.status() == 200 {
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(
            header("content-security-policy"),
            "default-src 'none'; sandbox"
        );
    }
    let (status, kind) = (response.status().as_u16(), header("content-type"));
    (status, kind, response.bytes().await.unwrap().to_vec())
}

both_stores! {
    /// What is set is answered and read again, after a restart too; the logo is where the answer says.
    async fn a_look_is_described_and_its_logo_served(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool_with_domain(&server, "team").await;
        assert_eq!(get(&pool, json!({})).await, json!({}));
        let input = json!({ "CSS": CSS, "ImageFile": STANDARD.encode(PNG) });
        let answer = set(&pool, input).await.ok();
        assert_eq!(member_names(&answer), ["UICustomization"]);
        let look = answer["UICustomization"].clone();
        assert_eq!(
            member_names(&look),
            ["CSS", "CSSVersion", "ClientId", "CreationDate", "ImageUrl", "LastModifiedDate", "UserPoolId"]
        );
        assert_eq!(look["ClientId"], "ALL");
        assert_eq!(look["UserPoolId"], json!(pool.id));
        assert_eq!(look["CSS"], CSS);
        assert_eq!(look["CreationDate"], look["LastModifiedDate"]);
        let version = look["CSSVersion"].as_str().unwrap();
        assert!(version.len() == 14 && version.bytes().all(|byte| byte.is_ascii_digit()), "{version}");
        let url = look["ImageUrl"].as_str().unwrap();
        let path = format!("{}/ALL/{version}/assets/images/image.jpg", pool.id);
        assert_eq!(url, format!("{}/{path}", server.url()));
        let expected = (200, "image/png".to_owned(), PNG.to_vec());
        assert_eq!(fetched(&server, url).await, expected);
        assert_eq!(get(&pool, json!({ "ClientId": "ALL" })).await, look);
        server.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        let again = get(&pool, json!({})).await;
        assert_eq!(again["CSS"], CSS);
        assert_eq!(again["CSSVersion"], look["CSSVersion"]);
        assert_eq!(fetched(&server, again["ImageUrl"].as_str().unwrap()).await, expected);
        server.stop().await;
    }

    /// An app client without a look of its own has that of `ALL`; what it has of its own is all that it has.
    async fn a_client_inherits(server: TestServer) {
        let pool = pool_with_domain(&server, "team").await;
        let app = pool.client(json!({})).await;
        let of_client = json!({ "ClientId": app.id });
        assert_eq!(get(&pool, of_client.clone()).await, json!({}));
        let all = set(&pool, json!({ "CSS": CSS, "ImageFile": STANDARD.encode(PNG) })).await.ok();
        assert_eq!(get(&pool, of_client.clone()).await, all["UICustomization"]);

        let own = laid_over(of_client.clone(), json!({ "ImageFile": STANDARD.encode(JPEG) }));
        let own = set(&pool, own).await.ok()["UICustomization"].clone();
        assert_eq!(own["ClientId"], json!(app.id));
        assert_eq!(own["CSS"], Value::Null);
        let (status, kind, bytes) = fetched(&server, own["ImageUrl"].as_str().unwrap()).await;
        assert_eq!((status, kind.as_str(), bytes.as_slice()), (200, "image/jpeg", JPEG));
        assert_eq!(get(&pool, of_client.clone()).await, own);
        assert_eq!(get(&pool, json!({})).await, all["UICustomization"]);

        // Nothing given takes away what the client has.
        let answer = set(&pool, of_client.clone()).await.ok();
        assert_eq!(answer, all);
        assert_eq!(get(&pool, of_client.clone()).await, all["UICustomization"]);
        let empty = json!({ "CSS": "", "ImageFile": "" });
        assert_eq!(set(&pool, empty).await.ok(), json!({ "UICustomization": {} }));
        assert_eq!(get(&pool, of_client).await, json!({}));
        let (status, ..) = fetched(&server, all["UICustomization"]["ImageUrl"].as_str().unwrap()).await;
        assert_eq!(status, 404);
    }

    /// A new look replaces the former one whole, and keeps when the first was set.
    async fn setting_replaces(server: TestServer) {
        let pool = pool_with_domain(&server, "team").await;
        let both = json!({ "CSS": CSS, "ImageFile": STANDARD.encode(PNG) });
        let first = set(&pool, both).await.ok()["UICustomization"].clone();
        server.advance(5).await;
        let other = ".label-customizable { color: red }";
        let second = set(&pool, json!({ "CSS": other })).await.ok()["UICustomization"].clone();
        assert_eq!(second["CSS"], other);
        assert_eq!(second["ImageUrl"], Value::Null);
        assert_eq!(second["CreationDate"], first["CreationDate"]);
        assert!(second["LastModifiedDate"].as_f64() > first["LastModifiedDate"].as_f64());
        assert!(second["CSSVersion"].as_str() > first["CSSVersion"].as_str());
        assert_eq!(get(&pool, json!({})).await, second);
    }

    /// Style sheets and pictures that are refused change nothing.
    async fn what_is_wrong_is_refused(server: TestServer) {
        let pool = pool_with_domain(&server, "team").await;
        set(&pool, json!({ "CSS": CSS })).await.ok();
        let before = get(&pool, json!({})).await;
        let css = |text: &str| json!({ "CSS": text });
        for (input, text) in [
            (css(".body { color: red }"), "The CSS class .body is not in the list of allowed classes."),
            (css("@import url(https://example.com/a.css);"), "The CSS rule @import is not allowed."),
            (css("@media print { .label-customizable {} }"), "The CSS rule @media is not allowed."),
            (css(".label-customizable { } </style><script>"), "The CSS must not contain scripts."),
            (css(".label-customizable { color: red"), "The CSS is not well-formed."),
            (json!({ "ImageFile": STANDARD.encode(b"GIF89a") }), "The image file must be a PNG or JPEG."),
        ] {
            invalid_parameter(&set(&pool, input).await, text);
        }
        assert_eq!(get(&pool, json!({})).await, before);
    }

    /// The largest style sheet with the largest picture is taken, and one byte more of either is not.
    async fn sizes_are_bounded(server: TestServer) {
        let pool = pool_with_domain(&server, "team").await;
        let mut css = CSS.to_owned();
        css.extend(std::iter::repeat_n(' ', 131_072 - CSS.len()));
        let mut image = PNG.to_vec();
        image.resize(131_072, 0);
        let input = |css: &str, image: &[u8]| json!({ "CSS": css, "ImageFile": STANDARD.encode(image) });
        let look = set(&pool, input(&css, &image)).await.ok()["UICustomization"].clone();
        let (_, _, bytes) = fetched(&server, look["ImageUrl"].as_str().unwrap()).await;
        assert_eq!(bytes, image);
        css.push(' ');
        set(&pool, json!({ "CSS": css })).await.fails_as("InvalidParameterException");
        image.push(0);
        let answer = set(&pool, json!({ "ImageFile": STANDARD.encode(&image) })).await;
        answer.fails_as("InvalidParameterException");
        assert_eq!(get(&pool, json!({})).await, look);
    }

    /// Without a domain there are no pages; and pools have nothing in common.
    async fn a_pool_without_a_domain_has_no_look(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let text = "A domain must be associated with this user pool.";
        invalid_parameter(&set(&pool, json!({ "CSS": CSS })).await, text);
        let answer = pool.admin("GetUICustomization", json!({})).await;
        let text = "There has to be an existing domain associated with this user pool";
        invalid_parameter(&answer, text);

        let (pool, other) =
            (pool_with_domain(&server, "team").await, pool_with_domain(&server, "other").await);
        set(&pool, json!({ "CSS": CSS })).await.ok();
        assert_eq!(get(&other, json!({})).await, json!({}));
        let foreign = pool.client(json!({})).await;
        let text = format!("User pool client {} does not exist.", foreign.id);
        for operation in ["SetUICustomization", "GetUICustomization"] {
            let answer = other.admin(operation, json!({ "ClientId": foreign.id })).await;
            answer.fails("ResourceNotFoundException", &text);
            let nowhere = json!({ "UserPoolId": "us-east-1_Nowhere12" });
            let gone = "User pool us-east-1_Nowhere12 does not exist.";
            pool.admin(operation, nowhere).await.fails("ResourceNotFoundException", gone);
        }
        // A deleted client's look is gone with it.
        let own = json!({ "ClientId": foreign.id, "ImageFile": STANDARD.encode(PNG) });
        let look = set(&pool, own).await.ok()["UICustomization"].clone();
        pool.admin("DeleteUserPoolClient", json!({ "ClientId": foreign.id })).await.ok();
        let (status, ..) = fetched(&server, look["ImageUrl"].as_str().unwrap()).await;
        assert_eq!(status, 404);
    }
}
