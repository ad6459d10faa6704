use super::*;

fn details(entries: &[(&str, &str)]) -> Details {
    let entry = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    entries.iter().map(entry).collect()
}

fn oidc(key: &str, value: &str) -> Result<Complete, DetailsFault> {
    let mut details = details(&[
        ("client_id", "c"),
        ("attributes_request_method", "GET"),
        ("authorize_scopes", "openid"),
        ("oidc_issuer", "https://idp.example.com"),
    ]);
    details.insert(key.to_owned(), value.to_owned());
    complete(ProviderType::Oidc, details)
}

#[test]
fn secrets_are_taken_out() {
    let complete = oidc("client_secret", "hidden").unwrap();
    assert!(!complete.details.contains_key("client_secret"));
    assert_eq!(complete.secrets.len(), 1);
    assert!(!format!("{complete:?}").contains("hidden"));
}

#[test]
fn addresses_are_protected_or_local() {
    for key in [
        "oidc_issuer",
        "authorize_url",
        "token_url",
        "attributes_url",
        "jwks_uri",
    ] {
        for good in [
            "https://idp.example.com/a",
            "http://localhost:8080",
            "http://127.0.0.1/",
            "http://[::1]:1/x",
        ] {
            assert!(oidc(key, good).is_ok(), "{key} {good}");
        }
        for bad in [
            "http://idp.example.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "idp.example.com",
        ] {
            let fault = oidc(key, bad).unwrap_err();
            assert_eq!(fault, DetailsFault::PlainHttp, "{key} {bad}");
        }
    }
}

#[test]
fn the_version_of_facebook_is_one() {
    let facebook = |version: &str| {
        complete(
            ProviderType::Facebook,
            details(&[
                ("client_id", "c"),
                ("client_secret", "s"),
                ("authorize_scopes", "public_profile"),
                ("api_version", version),
            ]),
        )
    };
    let complete = facebook("v12.0").unwrap().details;
    assert_eq!(
        complete.get("token_url").map(String::as_str),
        Some("https://graph.facebook.com/v12.0/oauth/access_token")
    );
    for bad in ["", "12.0", "v12", "v.0", "v1.", "v1.0/../..", "v1.2.3"] {
        let fault = facebook(bad).unwrap_err();
        assert_eq!(fault, DetailsFault::Value("api_version"), "{bad}");
    }
}

#[test]
fn details_are_bounded() {
    let long = "x".repeat(131_072);
    assert!(oidc("one", &long).is_ok());
    let mut details = details(&[("one", long.as_str()), ("two", long.as_str())]);
    details.insert("client_id".to_owned(), "c".to_owned());
    let fault = complete(ProviderType::Oidc, details).unwrap_err();
    assert_eq!(fault, DetailsFault::TooLong(262_144));
}
