use super::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

/// A token with this header and these claims, signed by [`KEY`].
fn token(header: &str, claims: &str) -> String {
    let signed = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(header),
        BASE64_URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; 256];
    KEY.0
        .pair
        .sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn verify(token: &str) -> Result<Value, TokenFault> {
    KEY.verifying_key().unwrap().verify_jwt(token)
}

#[test]
fn a_signed_token_verifies_and_has_cognitos_header() {
    let claims = json!({"sub": "a", "exp": 1, "custom:x": "ü/"});
    let token = KEY.sign_jwt(&claims).unwrap();
    let header = token.split('.').next().unwrap();
    assert_eq!(
        String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap(),
        format!(r#"{{"kid":"{}","alg":"RS256"}}"#, KEY.kid())
    );
    assert_eq!(verify(&token), Ok(claims.clone()));
    assert_eq!(peek_claims(&token), Some(claims));
    let header = peek_header(&token).unwrap();
    assert_eq!(
        (header.kid.as_str(), header.alg.as_str()),
        (KEY.kid(), "RS256")
    );
}

#[test]
fn another_library_reads_the_token_through_the_jwk() {
    let jwk = serde_json::to_value(KEY.public_jwk()).unwrap();
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let token = KEY.sign_jwt(&json!({"sub": "a"})).unwrap();
    let read = jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap();
    assert_eq!(read.claims, json!({"sub": "a"}));
    assert_eq!(read.header.kid.as_deref(), Some(KEY.kid()));
    assert_eq!(read.header.typ, None);
}

/// The example of RFC 7515, appendix A.2, an RS256 signature of the standard's own. Its header has
/// no `kid`, so the signature alone is checked.
#[test]
fn the_example_of_the_standard_verifies() {
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx\
             HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs\
             D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH\
             SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV\
             MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8\
             NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let signed = "eyJhbGciOiJSUzI1NiJ9.\
                  eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
                  cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7\
                     AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4\
                     BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K\
                     0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv\
                     hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB\
                     p0igcN_IoypGlUPQGe77Rw";
    let key = VerifyingKey::from_components(n, "AQAB").unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(key.0.verify_sig(signed.as_bytes(), &signature).is_ok());
}

#[test]
fn a_changed_or_foreign_token_does_not_verify() {
    let token = KEY.sign_jwt(&json!({"sub": "a"})).unwrap();
    let foreign = SigningKey::generate().unwrap();
    assert_eq!(
        foreign.verifying_key().unwrap().verify_jwt::<Value>(&token),
        Err(TokenFault::Signature)
    );
    let parts: Vec<_> = token.split('.').collect();
    let claims = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"b"}"#);
    for changed in [
        format!("{}.{claims}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.AAAA", parts[0], parts[1]),
    ] {
        assert_eq!(verify(&changed), Err(TokenFault::Signature));
    }
}

#[test]
fn only_rs256_is_accepted() {
    let kid = KEY.kid();
    for header in [
        format!(r#"{{"kid":"{kid}","alg":"none"}}"#),
        format!(r#"{{"kid":"{kid}","alg":"HS256"}}"#),
        format!(r#"{{"kid":"{kid}","alg":"rs256"}}"#),
        format!(r#"{{"kid":"{kid}","alg":"RS512"}}"#),
        format!(r#"{{"kid":"{kid}"}}"#),
        format!(r#"{{"kid":"{kid}","alg":"RS256","alg":"RS256"}}"#),
        format!(r#"{{"kid":"{kid}","alg":"RS256","crit":["exp"]}}"#),
        r#"{"alg":"RS256"}"#.to_owned(),
        "[]".to_owned(),
        String::new(),
    ] {
        assert_eq!(
            verify(&token(&header, "{}")),
            Err(TokenFault::Malformed),
            "{header}"
        );
    }
    assert!(verify(&token(&format!(r#"{{"kid":"{kid}","alg":"RS256"}}"#), "{}")).is_ok());
}

#[test]
fn a_text_that_is_not_a_token_is_malformed() {
    let good = KEY.sign_jwt(&json!({"sub": "a"})).unwrap();
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{good}."),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}.x.y"),
        format!("{}.{good}", "A".repeat(MAX_TOKEN_LENGTH)),
    ] {
        assert_eq!(verify(&text), Err(TokenFault::Malformed), "{text:.40}");
        assert!(peek_header(&text).is_none() || text.starts_with(&good));
    }
    let header = format!(r#"{{"kid":"{}","alg":"RS256"}}"#, KEY.kid());
    assert_eq!(verify(&token(&header, "{")), Err(TokenFault::Malformed));
}

#[test]
fn a_stored_key_signs_as_before() {
    let stored = KEY.to_pkcs8().unwrap();
    let read = SigningKey::from_pkcs8(&stored).unwrap();
    assert_eq!(read.public_jwk(), KEY.public_jwk());
    assert!(verify(&read.sign_jwt(&json!({})).unwrap()).is_ok());
    assert_eq!(
        SigningKey::from_pkcs8(&stored[1..]).unwrap_err(),
        CryptoError::BadKey
    );
}

#[test]
fn the_public_key_has_the_form_of_cognitos_jwks() {
    let jwk = KEY.public_jwk();
    assert_eq!(
        serde_json::to_string(jwk).unwrap(),
        format!(
            r#"{{"alg":"RS256","e":"AQAB","kid":"{}","kty":"RSA","n":"{}","use":"sig"}}"#,
            jwk.kid, jwk.n
        )
    );
    assert!(jwk.kid.len() == 44 && jwk.kid.ends_with('='));
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(&jwk.n).unwrap().len(), 256);
}

#[test]
fn invalid_key_components_are_refused() {
    let n = &KEY.public_jwk().n;
    for (n, e) in [
        ("", "AQAB"),
        ("AQAB", "AQAB"),
        (n, ""),
        (n, "*"),
        ("=", "AQAB"),
    ] {
        assert!(VerifyingKey::from_components(n, e).is_err(), "{n:.10} {e}");
    }
}

#[test]
fn debug_shows_no_private_key() {
    let shown = format!("{:?}", *KEY);
    assert_eq!(
        shown,
        format!("SigningKey {{ kid: \"{}\", .. }}", KEY.kid())
    );
}
