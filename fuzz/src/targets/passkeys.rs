//! What browsers hand back of passkeys: made up, and honest responses with one part changed.

use std::sync::{LazyLock, Mutex, PoisonError};

use arbitrary::Unstructured;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cognate::crypto::passkeys::{Expected, verify_assertion, verify_registration};
use cognate::domain::passkey::{Passkey, is_within};
use cognate::domain::passkey_response::{self, AuthenticationResponse, RegistrationResponse};
use cognate::domain::sign_in_settings::UserVerification;
use cognate::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::authenticator::{Browser, SoftPasskey};
use crate::choice::{below, edited, text};
use crate::world::lock_world;

const DOMAIN: &str = "example.com";
const ORIGIN: &str = "https://login.example.com";
const CHALLENGE: &str = "BwcHBwcHBwcHBwcHBwcHBw";

/// A passkey that is registered, and its authenticator.
struct Registered {
    soft: SoftPasskey,
    passkey: Passkey,
    registration: Value,
}

static REGISTERED: LazyLock<Mutex<Registered>> = LazyLock::new(|| {
    let options = json!({
        "rp": {"id": DOMAIN}, "user": {"id": "YWRh"}, "challenge": CHALLENGE,
    });
    let (soft, registration) = Browser::at(ORIGIN).create(&options);
    let passkey = register(&registration).expect("an honest registration");
    Mutex::new(Registered {
        soft,
        passkey,
        registration,
    })
});

pub(crate) fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    match below(&mut input, 5) {
        0 => made_up(&text(&mut input)),
        1 => registration(&mut input),
        2 => origin(&mut input),
        3 => over_http(&mut input),
        _ => assertion(&mut input),
    }
}

/// As a flow does: the origin that the response names, if that is within the domain.
fn expected(origin: &str) -> Option<Expected<'_>> {
    is_within(origin, DOMAIN).then_some(Expected {
        relying_party_id: DOMAIN,
        origin,
        challenge: CHALLENGE,
        verification: UserVerification::Preferred,
    })
}

/// The passkey that the response registers, if it does.
fn register(document: &Value) -> Option<Passkey> {
    let response = RegistrationResponse::parse(document)?;
    let expected = expected(&response.client_data.origin)?;
    let made = verify_registration(&expected, &response).ok()?;
    assert_eq!(response.client_data.challenge_text(), CHALLENGE);
    Some(Passkey {
        credential_id: passkey_response::text(&response.credential_id),
        relying_party_id: DOMAIN.to_owned(),
        credential: made.document,
        counter: made.counter,
        transports: response.transports,
        attachment: response.attachment,
        friendly_name: String::new(),
        created_at: Timestamp::default(),
        last_used_at: None,
    })
}

/// Whether the passkey has signed the response.
fn is_signed(passkey: &Passkey, response: &str) -> bool {
    let Some(response) = AuthenticationResponse::parse(response) else {
        return false;
    };
    expected(&response.client_data.origin).is_some_and(|expected| {
        verify_assertion(&expected, passkey, &response)
            .expect("a credential that is readable")
            .is_some()
    })
}

/// Nobody has signed it.
fn made_up(text: &str) {
    let registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(!is_signed(&registered.passkey, text), "{text}");
    if let Ok(document) = serde_json::from_str(text) {
        let _ = register(&document);
    }
}

/// The response with one of its parts edited, as base64url or in the bytes behind it.
fn changed(input: &mut Unstructured<'_>, response: &Value, parts: &[&str]) -> Value {
    let mut response = response.clone();
    let name = parts[below(input, parts.len())];
    let part = &mut response["response"][name];
    let former = part.as_str().expect("a part").to_owned();
    *part = if below(input, 3) == 0 {
        json!(edited(input, &former))
    } else {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(former).expect("base64url");
        for _ in 0..=below(input, 3) {
            let at = below(input, bytes.len());
            let byte = input.arbitrary().unwrap_or_default();
            match below(input, 4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), byte),
                _ => {
                    if let Some(place) = bytes.get_mut(at) {
                        *place = byte;
                    }
                }
            }
        }
        json!(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    };
    response
}

/// An honest registration, changed: without an attestation nothing in it is signed, so that another key may be
/// registered. What is registered has the id that the response names, and can be read again.
fn registration(input: &mut Unstructured<'_>) {
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let parts = ["clientDataJSON", "attestationObject"];
    let changed = changed(input, &registered.registration, &parts);
    if let Some(passkey) = register(&changed) {
        assert_eq!(passkey.credential_id, registered.passkey.credential_id);
        let options = json!({"rpId": DOMAIN, "challenge": CHALLENGE});
        let response = Browser::at(ORIGIN).get(&mut registered.soft, &options);
        let _ = is_signed(&passkey, &response.to_string());
    }
}

/// An honest answer, changed: what is signed cannot be.
fn assertion(input: &mut Unstructured<'_>) {
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    registered.soft.counter = 1;
    let options = json!({"rpId": DOMAIN, "challenge": CHALLENGE});
    let good = Browser::at(ORIGIN).get(&mut registered.soft, &options);
    assert!(is_signed(&registered.passkey, &good.to_string()));
    let parts = ["clientDataJSON", "authenticatorData", "signature"];
    let changed = changed(input, &good, &parts);
    let bytes = |response: &Value| {
        parts.map(|name| {
            let text = response["response"][name].as_str().unwrap_or_default();
            BASE64_URL_SAFE_NO_PAD
                .decode(text.trim_end_matches('='))
                .ok()
        })
    };
    if is_signed(&registered.passkey, &changed.to_string()) {
        assert_eq!(bytes(&changed), bytes(&good), "{changed}");
    }
}

/// Any origin: one that is within a domain has the domain at its end.
fn origin(input: &mut Unstructured<'_>) {
    let origin = edited(input, ORIGIN);
    if is_within(&origin, DOMAIN) {
        let host = origin.strip_prefix("https://").expect("HTTPS");
        let host = host.split(':').next().unwrap_or_default();
        assert!(host == DOMAIN || host.ends_with(".example.com"), "{origin}");
    }
}

/// Nothing that no registration asked for is registered.
fn over_http(input: &mut Unstructured<'_>) {
    let document = {
        let registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = ["clientDataJSON", "attestationObject"];
        changed(input, &registered.registration, &parts)
    };
    let world = lock_world();
    let body = json!({"AccessToken": world.variables.get("Access"), "Credential": document});
    let answer = world.call(
        "CompleteWebAuthnRegistration",
        body.to_string().into_bytes(),
    );
    assert!(!answer.is_ok(), "{}", answer.body);
}
