//! The client's side of an exchange. The server does not use it. The tests and benchmarks need a client,
//! and test both sides against each other.

use std::fmt;

use crypto_bigint::{U256, U576};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::group::{self, ELEMENT_LENGTH, Element};
use super::{SessionKey, derive_session_key, multiplier, private_exponent, scrambler};

/// A client with its secret a.
pub struct Client {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; ELEMENT_LENGTH],
}

impl Client {
    /// A client with the `secret` exponent a, 32 random bytes. Costs one power of g.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self {
            public: *Element::generator_pow(&secret).to_bytes(),
            secret: Zeroizing::new(secret),
        }
    }

    /// A in hexadecimal, for `SRP_A`.
    #[must_use]
    pub fn public_hex(&self) -> String {
        hex::encode(self.public)
    }

    /// K, from S = (B − k·g^x)^(a + u·x), with `salt` and `b_public` in hexadecimal as `SALT` and
    /// `SRP_B` have them. Costs one exponentiation of double length. `None` if they are not
    /// numbers, or B mod N or u is 0.
    #[must_use]
    pub fn session_key(
        &self,
        pool_name: &str,
        user_id: &str,
        password: &SecretString,
        salt: &str,
        b_public: &str,
    ) -> Option<SessionKey> {
        let salt = group::parse_hex(salt)?;
        let b_bytes = group::parse_hex(b_public)?;
        let b_public = Element::from_bytes(&b_bytes);
        if b_public.is_zero() {
            return None;
        }
        let u = scrambler(&self.public, &b_bytes)?;
        let x = private_exponent(pool_name, user_id, password, &salt);
        let base = b_public.sub(&multiplier().mul(&Element::generator_pow(&x)));

        let number = |bytes: &[u8; 32]| Zeroizing::new(U256::from_be_slice(bytes).resize::<9>());
        let exponent: Zeroizing<U576> = Zeroizing::new(
            number(&self.secret).wrapping_add(&number(&u).wrapping_mul(&*number(&x))),
        );
        derive_session_key(&base.pow_wide(&exponent), u.as_slice()).ok()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client(..)")
    }
}
