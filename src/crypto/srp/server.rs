//! The server's side of an exchange.

use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::group::{self, ELEMENT_LENGTH, Element};
use super::{SessionKey, derive_session_key, multiplier, private_exponent, scrambler};

/// v = g^x, the verifier that the server stores for SRP. It does not reveal the password, but permits
/// testing guesses and impersonating the server, so it is sealed at rest.
#[derive(Clone)]
pub struct SrpVerifier(Zeroizing<[u8; ELEMENT_LENGTH]>);

impl SrpVerifier {
    /// The verifier of `password`. `pool_name` is the part of the pool's id after `_`, `user_id`
    /// the name in `USER_ID_FOR_SRP`. Costs one power of g.
    #[must_use]
    pub fn derive(pool_name: &str, user_id: &str, password: &SecretString, salt: &[u8]) -> Self {
        let x = private_exponent(pool_name, user_id, password, salt);
        Self(Element::generator_pow(&x).to_bytes())
    }

    /// A verifier from at most 384 big-endian bytes (one more if it is zero), as the store has them or a
    /// client sends them for its device. `None` if the number is zero or not below the prime.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = match bytes {
            [0, rest @ ..] if bytes.len() == ELEMENT_LENGTH + 1 => rest,
            _ => bytes,
        };
        let start = ELEMENT_LENGTH.checked_sub(bytes.len())?;
        let mut verifier = Zeroizing::new([0; ELEMENT_LENGTH]);
        verifier.get_mut(start..)?.copy_from_slice(bytes);
        let reduced = Element::from_bytes(&verifier);
        (!reduced.is_zero() && *reduced.to_bytes() == *verifier).then_some(Self(verifier))
    }

    /// Its 384 big-endian bytes, to be sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; ELEMENT_LENGTH] {
        &self.0
    }
}

impl fmt::Debug for SrpVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SrpVerifier(..)")
    }
}

/// A, the client's public value.
#[derive(Clone)]
pub struct ClientPublic([u8; ELEMENT_LENGTH]);

impl ClientPublic {
    /// Parses `SRP_A`: hexadecimal, at most 3072 bits. `None` for other texts, and if A mod N is 0, since
    /// the session key would not depend on the password.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = group::parse_hex(text)?;
        (!Element::from_bytes(&bytes).is_zero()).then_some(Self(bytes))
    }
}

impl fmt::Debug for ClientPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientPublic({})", hex::encode(self.0))
    }
}

/// The server's part of one exchange: its secret b, and B = k·v + g^b.
pub struct ServerChallenge {
    secret: Zeroizing<[u8; 32]>,
    verifier: Element,
    public: [u8; ELEMENT_LENGTH],
}

impl ServerChallenge {
    /// A challenge with the `secret` exponent b, 32 random bytes used once. 256 bits are twice the
    /// strength of the group and what RFC 5054 asks for. Costs one power of g.
    #[must_use]
    pub fn new(verifier: &SrpVerifier, secret: [u8; 32]) -> Self {
        let secret = Zeroizing::new(secret);
        let verifier = Element::from_bytes(verifier.as_bytes());
        let public = multiplier()
            .mul(&verifier)
            .add(&Element::generator_pow(&secret));
        Self {
            public: *public.to_bytes(),
            secret,
            verifier,
        }
    }

    /// B in hexadecimal, as `SRP_B` carries it.
    #[must_use]
    pub fn public_hex(&self) -> String {
        hex::encode(self.public)
    }

    /// K, from S = (A·v^u)^b. Costs two exponentiations. `None` if u is 0, which a client cannot cause. A
    /// is known when the challenge is created, so the caller may compute the key at once and seal only
    /// these 16 bytes in the secret block.
    #[must_use]
    pub fn session_key(&self, client: &ClientPublic) -> Option<SessionKey> {
        let u = scrambler(&client.0, &self.public)?;
        let s = Element::from_bytes(&client.0)
            .mul(&self.verifier.pow(&u))
            .pow(&self.secret);
        derive_session_key(&s, u.as_slice()).ok()
    }
}

impl fmt::Debug for ServerChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerChallenge(..)")
    }
}
