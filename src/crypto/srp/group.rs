//! The 3072-bit group of RFC 3526, section 4 (group 15), with the generator 2.

use std::sync::LazyLock;

use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{CtEq, CtSelect, U256, U3072, Uint, const_monty_params};
use zeroize::{Zeroize, Zeroizing};

const_monty_params!(
    Modulus,
    U3072,
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74\
     020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437\
     4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
     ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05\
     98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb\
     9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
     e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718\
     3995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33\
     a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
     abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864\
     d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e2\
     08e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff",
    "The prime of the group."
);

/// Length of an element of the group, in bytes.
pub const ELEMENT_LENGTH: usize = 384;

type Residue = ConstMontyForm<Modulus, { U3072::LIMBS }>;

/// The generator to the power of j·16^i in row i and column j, in Montgomery form: 384 KiB, computed at
/// first use within three milliseconds.
static GENERATOR_POWERS: LazyLock<Vec<[U3072; 16]>> = LazyLock::new(|| {
    let mut base = Residue::new(&U3072::from_u8(2));
    std::iter::repeat_with(|| {
        let mut power = Residue::ONE;
        let row = std::array::from_fn(|_| {
            let entry = power.to_montgomery();
            power *= base;
            entry
        });
        base = power;
        row
    })
    .take(64)
    .collect()
});

/// An element of the group, wiped on drop.
pub(super) struct Element(Residue);

impl Drop for Element {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Element {
    /// The big-endian `bytes`, modulo the prime.
    pub(super) fn from_bytes(bytes: &[u8; ELEMENT_LENGTH]) -> Self {
        let number = Zeroizing::new(U3072::from_be_slice(bytes));
        Self(Residue::new(&number))
    }

    /// A hash as a number.
    pub(super) fn from_hash(hash: &[u8; 32]) -> Self {
        let number = Zeroizing::new(U256::from_be_slice(hash));
        Self(Residue::new(&number.resize()))
    }

    /// The generator, 2, to the power of `exponent`, in constant time. Takes a quarter of the time
    /// of [`Element::pow`]: the squarings are in [`GENERATOR_POWERS`].
    pub(super) fn generator_pow(exponent: &[u8; 32]) -> Self {
        let mut power = Self(Residue::ONE);
        let digits = exponent
            .iter()
            .rev()
            .flat_map(|byte| [byte & 0x0f, byte >> 4]);
        for (row, digit) in GENERATOR_POWERS.iter().zip(digits) {
            // Every entry is read, so that memory accesses do not reveal the digit.
            let mut factor = Zeroizing::new(U3072::ZERO);
            for (entry, value) in row.iter().zip(0_u8..) {
                *factor = U3072::ct_select(&factor, entry, value.ct_eq(&digit));
            }
            power.0 *= Residue::from_montgomery(*factor);
        }
        power
    }

    /// This to the power of `exponent`, in constant time.
    pub(super) fn pow(&self, exponent: &[u8; 32]) -> Self {
        let exponent = Zeroizing::new(U256::from_be_slice(exponent));
        self.pow_wide(&exponent)
    }

    /// This to the power of `exponent`, in a time that depends only on the length of its type.
    pub(super) fn pow_wide<const LIMBS: usize>(&self, exponent: &Uint<LIMBS>) -> Self {
        Self(self.0.pow(exponent))
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        Self(self.0 * other.0)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.to_bytes().iter().all(|byte| *byte == 0)
    }

    /// The number in big-endian order, with leading zeros.
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; ELEMENT_LENGTH]> {
        let number = Zeroizing::new(self.0.retrieve());
        let encoded = Zeroizing::new(number.to_be_bytes());
        let mut bytes = Zeroizing::new([0; ELEMENT_LENGTH]);
        bytes
            .iter_mut()
            .zip(encoded.as_ref())
            .for_each(|(to, from)| *to = *from);
        bytes
    }
}

/// The prime in big-endian order.
pub(super) fn modulus_bytes() -> [u8; ELEMENT_LENGTH] {
    let encoded = Modulus::PARAMS.modulus().to_be_bytes();
    let mut bytes = [0; ELEMENT_LENGTH];
    bytes
        .iter_mut()
        .zip(encoded.as_ref())
        .for_each(|(to, from)| *to = *from);
    bytes
}

/// Parses a hexadecimal number of at most 3072 bits, with or without leading zeros.
pub(super) fn parse_hex(text: &str) -> Option<[u8; ELEMENT_LENGTH]> {
    let digits = text.trim_start_matches('0');
    // Clients send at most one byte of zeros before the number.
    if text.is_empty() || text.len() > 2 * ELEMENT_LENGTH + 2 || digits.len() > 2 * ELEMENT_LENGTH {
        return None;
    }
    let mut bytes = [0; ELEMENT_LENGTH];
    hex::decode_to_slice(format!("{digits:0>768}"), &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn powers_from_the_table_equal_those_by_exponentiation(exponent: [u8; 32]) {
            let plain = Element(Residue::new(&U3072::from_u8(2))).pow(&exponent);
            prop_assert_eq!(Element::generator_pow(&exponent).to_bytes(), plain.to_bytes());
        }
    }

    #[test]
    fn the_smallest_and_largest_exponents_are_correct() {
        assert_eq!(Element::generator_pow(&[0; 32]).to_bytes()[383], 1);
        let plain = Element(Residue::new(&U3072::from_u8(2))).pow(&[255; 32]);
        assert_eq!(
            Element::generator_pow(&[255; 32]).to_bytes(),
            plain.to_bytes()
        );
    }
}
