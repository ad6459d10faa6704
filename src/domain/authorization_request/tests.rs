use super::*;
use crate::domain::acr::Level;
use crate::domain::oauth_settings::OAuthSettings;
use crate::domain::redirect::Place;

fn client() -> ClientSettings {
    let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    ClientSettings {
        identity_providers: texts(&[COGNITO]),
        oauth: OAuthSettings {
            enabled: true,
            flows: Some(vec![OAuthFlow::Code]),
            scopes: texts(&["openid", "email", "files/read"]),
            callback_urls: texts(&["https://app.example.com/cb"]),
            ..OAuthSettings::default()
        },
        ..ClientSettings::default()
    }
}

fn query(parameters: &[(&str, &str)]) -> Query {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Query::new(parameters.iter().map(owned).collect(), None)
}

fn obeyed(prompt: bool, acr_values: Option<&AcrValues>) -> Obeyed<'_> {
    Obeyed { prompt, acr_values }
}

fn read_with(further: &[(&str, &str)]) -> Result<AuthorizationRequest, RedirectFault> {
    let parameters = [&[("response_type", "code")], further].concat();
    read(&query(&parameters), &client(), obeyed(true, None))
}

fn invalid() -> RedirectFault {
    RedirectFault::ParameterInvalid
}

#[test]
fn a_response_type_is_one_that_the_client_has() {
    let read =
        |parameters: &[(&str, &str)]| read(&query(parameters), &client(), obeyed(true, None));
    assert_eq!(read(&[]), Err(invalid()));
    assert_eq!(read(&[("response_type", "token id_token")]), Err(invalid()));
    let implicit = read(&[("response_type", "token")]);
    assert_eq!(implicit, Err(RedirectFault::FlowNotAllowed));
    let code = read(&[("response_type", "code")]).unwrap();
    assert_eq!(code.response_type, ResponseType::Code);
    assert_eq!(code.scopes, None);
}

#[test]
fn oauth_has_to_be_on_before_anything_else_is_said() {
    let mut client = client();
    client.oauth.enabled = false;
    let refused = read(&query(&[]), &client, obeyed(true, None));
    assert_eq!(refused, Err(RedirectFault::OAuthOff));
}

#[test]
fn a_scope_is_one_that_the_client_has() {
    let read = |scope| read_with(&[("scope", scope)]);
    let scopes = read("openid  files/read openid").unwrap().scopes.unwrap();
    assert_eq!(scopes, ["openid", "files/read"]);
    assert_eq!(read(" ").unwrap().scopes, None);
    for wrong in ["openid offline_access", "OPENID", "files/write"] {
        let refused = RedirectFault::ScopeNotAllowed;
        assert_eq!(read(wrong), Err(refused), "{wrong}");
    }
}

#[test]
fn pkce_has_the_method_s256_alone() {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let read = |challenge, method| {
        read_with(&[
            ("code_challenge", challenge),
            ("code_challenge_method", method),
        ])
    };
    assert_eq!(
        read(challenge, "S256").unwrap().challenge.unwrap(),
        challenge
    );
    for (challenge, method) in [
        (challenge, "plain"),
        (challenge, ""),
        (challenge, "s256"),
        ("", "S256"),
        ("short", "S256"),
        ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "S256"),
    ] {
        assert_eq!(
            read(challenge, method),
            Err(invalid()),
            "{challenge} {method}"
        );
    }
}

#[test]
fn a_prompt_is_read_where_the_pages_know_it() {
    let prompt = |text| read_with(&[("prompt", text)]).map(|request| request.prompt);
    let (none, login) = (
        Prompt {
            none: true,
            login: false,
        },
        Prompt {
            none: false,
            login: true,
        },
    );
    assert_eq!(prompt("none"), Ok(none));
    assert_eq!(prompt("login consent"), Ok(login));
    assert_eq!(prompt("select_account"), Ok(Prompt::default()));
    assert_eq!(prompt("none login"), Err(invalid()));
    assert_eq!(prompt("create"), Err(invalid()));
    let parameters = [("response_type", "code"), ("prompt", "none login")];
    let ignored = read(&query(&parameters), &client(), obeyed(false, None)).unwrap();
    assert_eq!(ignored.prompt, Prompt::default());
}

#[test]
fn a_nonce_is_short_and_without_control_characters() {
    let nonce = |text: &str| read_with(&[("nonce", text)]).map(|request| request.nonce);
    assert_eq!(
        nonce("n-0S6_WzA2Mj").unwrap().as_deref(),
        Some("n-0S6_WzA2Mj")
    );
    assert_eq!(nonce(&"n".repeat(1025)), Err(invalid()));
    assert_eq!(nonce("a\0b"), Err(invalid()));
}

#[test]
fn a_resource_is_an_address() {
    let resource = |text| read_with(&[("resource", text)]).map(|request| request.resource);
    for good in [
        "https://api.example.com",
        "http://localhost:3000/x",
        "myapi://v1",
    ] {
        assert_eq!(resource(good).unwrap().as_deref(), Some(good));
    }
    for wrong in [
        "api",
        "http://api.example.com",
        "http://localhost.example.com",
        "https://",
        "https://a b",
        "https://a#b",
        "://x",
        "1a://x",
    ] {
        assert_eq!(resource(wrong), Err(invalid()), "{wrong}");
    }
}

#[test]
fn a_repeated_parameter_is_refused() {
    let repeated = [("state", "a"), ("state", "b")];
    assert_eq!(read_with(&repeated), Err(invalid()));
    assert_eq!(read_with(&[("max_age", "-1")]), Err(invalid()));
    assert_eq!(read_with(&[("max_age", "60")]).unwrap().max_age, Some(60));
    let twice = query(&[("redirect_uri", "https://a"), ("redirect_uri", "https://a")]);
    assert_eq!(redirect_uri(&twice, None), Err(PageFault::RedirectMismatch));
}

#[test]
fn a_default_address_stands_in_for_a_client_with_one_provider() {
    let mut client = client();
    let empty = query(&[("redirect_uri", "")]);
    let missing = Err(PageFault::Missing("redirect_uri"));
    assert_eq!(redirect_uri(&empty, Some(&client)), missing);
    client.oauth.default_redirect_uri = Some("https://app.example.com/cb".to_owned());
    assert_eq!(
        redirect_uri(&empty, Some(&client)),
        Ok("https://app.example.com/cb")
    );
    client.identity_providers = Some(vec![COGNITO.to_owned(), "Okta".to_owned()]);
    assert_eq!(redirect_uri(&empty, Some(&client)), missing);
}

#[test]
fn the_pool_itself_signs_in_where_the_client_has_it() {
    let check = |parameters: &[(&str, &str)]| check_provider(&query(parameters), &client());
    assert_eq!(check(&[]), Ok(()));
    assert_eq!(check(&[("identity_provider", "COGNITO")]), Ok(()));
    for other in [
        ("identity_provider", "Google"),
        ("idp_identifier", "example.com"),
    ] {
        assert_eq!(check(&[other]), Err(PageFault::NoProvider));
    }
    let none = ClientSettings {
        identity_providers: None,
        ..client()
    };
    assert_eq!(
        check_provider(&query(&[]), &none),
        Err(PageFault::NoProvider)
    );
}

#[test]
fn a_refusal_goes_where_the_answer_would() {
    assert_eq!(
        fault_place(&query(&[("response_type", "token")])),
        Place::Fragment
    );
    assert_eq!(
        fault_place(&query(&[("response_type", "code")])),
        Place::Query
    );
    assert_eq!(fault_place(&query(&[])), Place::Query);
}

#[test]
fn levels_are_those_of_the_pool_in_the_order_that_is_asked_for() {
    let of_pool = AcrValues::new([("Level4".to_owned(), "strong".to_owned())]).unwrap();
    let read = |names, of_pool| {
        let parameters = [("response_type", "code"), ("acr_values", names)];
        let request = read(&query(&parameters), &client(), obeyed(true, of_pool));
        request.unwrap().levels.iter().collect::<Vec<_>>()
    };
    let named = |names| read(names, Some(&of_pool));
    let both = "other strong urn:cognito:loa:1 urn:cognito:loa:4 strong";
    assert_eq!(named(both), [Level::Four, Level::One]);
    assert_eq!(named("other"), []);
    assert_eq!(read("strong", None), []);
}
