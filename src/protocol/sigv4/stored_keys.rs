//! Access keys beside those of the configuration.

use secrecy::SecretString;

/// Access keys that come from elsewhere than the configuration.
pub trait StoredKeys {
    /// Whether there is none.
    fn is_empty(&self) -> bool;

    /// The secret of the key with this id, if it may sign.
    fn secret(&self, id: &str) -> Option<&SecretString>;
}

/// For a verifier that knows the keys of the configuration only.
#[derive(Clone, Copy, Debug)]
pub struct NoStoredKeys;

impl StoredKeys for NoStoredKeys {
    fn is_empty(&self) -> bool {
        true
    }

    fn secret(&self, _: &str) -> Option<&SecretString> {
        None
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method, Uri};

    use super::*;
    use crate::domain::time::Timestamp;
    use crate::protocol::SignedRequest;
    use crate::protocol::local_hosts::LocalHosts;
    use crate::protocol::sigv4::{
        AccessKey, AnyCredentials, Credentials, SigV4Verifier, SignatureError, Signer,
    };

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    const STORED: &str = "AKIASTORED";

    struct One(SecretString);

    impl StoredKeys for One {
        fn is_empty(&self) -> bool {
            false
        }

        fn secret(&self, id: &str) -> Option<&SecretString> {
            (id == STORED).then_some(&self.0)
        }
    }

    fn key(id: &str, secret: &str) -> AccessKey {
        AccessKey {
            id: id.to_owned(),
            secret: secret.into(),
        }
    }

    fn signed_by(key: AccessKey) -> HeaderMap {
        let signer = Signer {
            key,
            region: "us-east-1".to_owned(),
            service: "cognito-idp",
        };
        let uri = Uri::from_static("http://127.0.0.1:2646/");
        let mut headers = HeaderMap::new();
        signer
            .sign(&Method::POST, &uri, &mut headers, b"{}", NOW)
            .unwrap();
        headers
    }

    fn verified(
        credentials: Credentials,
        headers: &HeaderMap,
        stored: &impl StoredKeys,
    ) -> Result<String, SignatureError> {
        let verifier = SigV4Verifier {
            credentials,
            only_region: None,
        };
        let request = SignedRequest {
            method: &Method::POST,
            uri: &Uri::from_static("/"),
            headers,
            body: b"{}",
            now: NOW,
            source_address: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        };
        verifier
            .verify(&request, stored, NOW)
            .map(|caller| caller.access_key_id)
    }

    fn any() -> Credentials {
        Credentials::Any(AnyCredentials {
            networks: vec![std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST).into()],
            hosts: LocalHosts::default(),
        })
    }

    #[test]
    fn a_stored_key_signs_beside_those_of_the_configuration() {
        let configured = || Credentials::Keys(vec![key("AKIDCONFIGURED", "configured")]);
        let stored = One("stored".into());
        for (signer, expected) in [
            (key(STORED, "stored"), Ok(STORED)),
            (key(STORED, "configured"), Err(SignatureError::Mismatch)),
            (key("AKIDCONFIGURED", "configured"), Ok("AKIDCONFIGURED")),
            (key("AKIDOTHER", "stored"), Err(SignatureError::UnknownKey)),
        ] {
            let found = verified(configured(), &signed_by(signer), &stored);
            assert_eq!(found, expected.map(str::to_owned));
        }
        let none = verified(
            configured(),
            &signed_by(key(STORED, "stored")),
            &NoStoredKeys,
        );
        assert_eq!(none, Err(SignatureError::UnknownKey));
    }

    #[test]
    fn one_stored_key_ends_the_indifference_to_credentials() {
        let stored = One("stored".into());
        let stranger = signed_by(key("any", "any"));
        assert!(verified(any(), &stranger, &NoStoredKeys).is_ok());
        assert_eq!(
            verified(any(), &stranger, &stored),
            Err(SignatureError::UnknownKey)
        );
        assert!(verified(any(), &signed_by(key(STORED, "stored")), &stored).is_ok());
    }
}
