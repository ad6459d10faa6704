//! The one source of randomness of the server: the operating system's generator.

use rand::TryRng;
use rand::rngs::SysRng;

/// Hands out random values that reach the rules as arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entropy;

/// Lower-case letters and digits, the alphabet of app client ids.
pub const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// Letters and digits, the alphabet of user pool ids.
pub const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Digits, the alphabet of confirmation codes.
pub const DIGITS: &[u8] = b"0123456789";

impl Entropy {
    /// `N` random bytes. The operating system's generator does not fail once it is seeded; should
    /// it, there is nothing safe left to do and the process ends.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills `bytes` with random ones.
    pub fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the generator"
        )]
        if SysRng.try_fill_bytes(bytes).is_err() {
            std::process::abort();
        }
    }

    /// A random version 4 UUID, as Cognito's `sub`.
    #[must_use]
    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// `length` characters, each drawn evenly from `alphabet`, which has 1 to 256 ASCII characters.
    #[must_use]
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        // Bytes beyond the largest multiple of the alphabet's size are drawn again, else the
        // first characters would come up more often.
        let fair = 256 - 256 % alphabet.len().max(1);
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in self.bytes::<32>() {
                if text.len() < length && usize::from(byte) < fair {
                    let index = usize::from(byte) % alphabet.len().max(1);
                    text.push(char::from(alphabet.get(index).copied().unwrap_or(b'0')));
                }
            }
        }
        text
    }
}
