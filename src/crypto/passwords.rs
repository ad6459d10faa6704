//! Argon2id password hashes, computed on a bounded number of threads in reused memory.
//!
//! One hash costs tens of milliseconds and, by default, 19 MiB. Without a bound, a burst of sign-ins
//! would use up the machine's memory and processors. So `workers` hashes run at once, and some more wait.
//! A caller that wants a hash says in whose turn ([`Turn`]): turns go round between user pools and sources, and
//! what is too much is refused with [`HashingError::Busy`]
//! ([ADR 27](../../docs/adr/0027-hashing-is-shared-fairly.md)).

mod fair_queue;
mod fair_threads;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
pub use fair_queue::{QueueBounds, Turn};
use fair_threads::FairThreads;
use rayon_core::ThreadPoolBuildError;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::imported_hash::{ImportedHash, is_imported};

/// Length of a hash, in bytes.
const OUTPUT_LENGTH: usize = 32;
/// Most memory that a hash may ask for, 1 GiB, in KiB.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// Most passes that a hash may ask for.
const MAX_ITERATIONS: u32 = 64;
/// Most lanes that a hash may ask for.
const MAX_PARALLELISM: u32 = 16;
/// Most threads.
const MAX_WORKERS: usize = 1024;

/// The cost of one hash. The default is the first choice of OWASP's password storage advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Settings {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes. They are computed one after the other, since requests run in parallel already.
    pub parallelism: u32,
}

impl Default for Argon2Settings {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
        }
    }
}

/// Why passwords cannot be hashed at all.
#[derive(Debug, thiserror::Error)]
pub enum PasswordsError {
    /// The settings are outside of the limits of Argon2 or of this server.
    #[error(
        "Argon2id takes 1 to 64 iterations, 1 to 16 lanes, and from 8 KiB per lane up to 1048576 KiB of memory"
    )]
    Settings,
    /// The threads cannot be started.
    #[error("cannot start the threads that hash passwords: {0}")]
    Threads(#[from] ThreadPoolBuildError),
}

/// Why a password was not hashed or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// All workers are busy and too much waits, of this party or altogether.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The stored hash cannot be read, or memory ran out: an internal failure.
    #[error("the password could not be hashed")]
    Failed,
}

/// The result of checking a password against a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the one that was hashed.
    pub matches: bool,
    /// The hash was computed with other settings than the current ones, and should be replaced while the
    /// password is available.
    pub outdated: bool,
}

/// Hashes and checks passwords. Cheap to clone; clones share the workers.
#[derive(Clone)]
pub struct Passwords {
    hasher: Arc<Hasher>,
    hashing: FairThreads,
    /// Apart, since they take a tenth of the time of a hash: they neither wait behind hashes nor delay them.
    exponentiations: FairThreads,
}

/// The configured cost, and the memory of hashes that have ended.
struct Hasher {
    params: Params,
    /// Wiped buffers for the next hashes, at most one per worker. A hash in newly allocated memory spends
    /// a third of its time in page faults, and reuse keeps the server's memory constant.
    idle: Mutex<Vec<Vec<Block>>>,
}

impl Passwords {
    /// Hashes with `settings` on `workers` threads (at least one), and computes SRP exchanges on as many
    /// others. For either, callers within `bounds` may wait.
    ///
    /// # Errors
    /// If the settings are out of range, or there are no threads.
    pub fn new(
        settings: Argon2Settings,
        workers: usize,
        bounds: QueueBounds,
    ) -> Result<Self, PasswordsError> {
        let params = Params::new(
            settings.memory_kib,
            settings.iterations,
            settings.parallelism,
            Some(OUTPUT_LENGTH),
        )
        .ok()
        .filter(within_limits)
        .ok_or(PasswordsError::Settings)?;
        let workers = workers.clamp(1, MAX_WORKERS);
        Ok(Self {
            hasher: Arc::new(Hasher {
                params,
                idle: Mutex::default(),
            }),
            hashing: FairThreads::new("passwords", workers, bounds)?,
            exponentiations: FairThreads::new("srp", workers, bounds)?,
        })
    }

    /// Hashes `password` with a random `salt`. Returns a PHC string
    /// (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`).
    ///
    /// # Errors
    /// [`HashingError::Busy`] if there is no place in the queue.
    pub async fn hash(
        &self,
        turn: &Turn,
        password: &SecretString,
        salt: [u8; 16],
    ) -> Result<String, HashingError> {
        let (hash, ()) = self.hash_and(turn, password, salt, || ()).await?;
        Ok(hash)
    }

    /// [`Passwords::hash`], and `also` in the same place of the queue: a caller that needs both would
    /// otherwise queue twice, and could fail with [`HashingError::Busy`] after half of the work.
    ///
    /// # Errors
    /// [`HashingError::Busy`] if there is no place in the queue.
    pub async fn hash_and<T: Send + 'static>(
        &self,
        turn: &Turn,
        password: &SecretString,
        salt: [u8; 16],
        also: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(String, T), HashingError> {
        let password = password.clone();
        let hasher = Arc::clone(&self.hasher);
        self.hashing
            .run(turn, move || Ok((hasher.hash(&password, &salt)?, also())))
            .await?
    }

    /// Checks `password` against the PHC string of a stored hash, with the cost that the string
    /// names, or against the stored hash of another system ([`ImportedHash`]), which is always outdated.
    ///
    /// # Errors
    /// [`HashingError::Busy`] if there is no place in the queue; [`HashingError::Failed`] if the string
    /// is not an Argon2 hash or names a cost beyond the server's limits.
    pub async fn verify(
        &self,
        turn: &Turn,
        password: &SecretString,
        phc: &str,
    ) -> Result<Verdict, HashingError> {
        if is_imported(phc) {
            return self.verify_imported(turn, password, phc).await;
        }
        let stored: PasswordHash = phc.parse().map_err(|_| HashingError::Failed)?;
        let password = password.clone();
        let hasher = Arc::clone(&self.hasher);
        self.hashing
            .run(turn, move || hasher.verify(&password, &stored))
            .await?
    }

    async fn verify_imported(
        &self,
        turn: &Turn,
        password: &SecretString,
        stored: &str,
    ) -> Result<Verdict, HashingError> {
        let imported = ImportedHash::of_stored(stored).ok_or(HashingError::Failed)?;
        let password = password.clone();
        let hasher = Arc::clone(&self.hasher);
        let matches = move || match imported.argon2id() {
            Some(hash) => Ok(hasher.verify(&password, hash)?.matches),
            None => imported
                .matches(password.expose_secret().as_bytes())
                .ok_or(HashingError::Failed),
        };
        let matches = self.hashing.run(turn, matches).await??;
        Ok(Verdict {
            matches,
            outdated: true,
        })
    }

    /// The work of [`Passwords::verify`] for a user that does not exist, so that neither the response time
    /// nor a full queue shows that the user does not exist. `salt` is the one that the user would have.
    ///
    /// # Errors
    /// [`HashingError::Busy`] if there is no place in the queue.
    pub async fn verify_nobody(
        &self,
        turn: &Turn,
        password: &SecretString,
        salt: [u8; 16],
    ) -> Result<(), HashingError> {
        let stored = self.hasher.phc(&salt, &[0; OUTPUT_LENGTH])?;
        let phc = stored.to_string();
        self.verify(turn, password, &phc).await.map(drop)
    }

    /// Runs another slow computation about a password, such as an SRP exchange, on bounded threads of its
    /// own.
    ///
    /// # Errors
    /// [`HashingError::Busy`] if there is no place in the queue; [`HashingError::Failed`] if the work
    /// panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        turn: &Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        self.exponentiations.run(turn, work).await
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (waiting, running) = self.hashing.load();
        f.debug_struct("Passwords")
            .field("waiting", &waiting)
            .field("running", &running)
            .finish_non_exhaustive()
    }
}

fn within_limits(params: &Params) -> bool {
    params.m_cost() <= MAX_MEMORY_KIB
        && params.t_cost() <= MAX_ITERATIONS
        && params.p_cost() <= MAX_PARALLELISM
}

impl Hasher {
    fn hash(&self, password: &SecretString, salt: &[u8; 16]) -> Result<String, HashingError> {
        let mut output = Zeroizing::new([0; OUTPUT_LENGTH]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        self.compute(&argon2, password, salt, output.as_mut_slice())?;
        Ok(self.phc(salt, &output)?.to_string())
    }

    /// A hash as it is stored.
    fn phc(
        &self,
        salt: &[u8; 16],
        output: &[u8; OUTPUT_LENGTH],
    ) -> Result<PasswordHash, HashingError> {
        Ok(PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(|_| HashingError::Failed)?,
            salt: Some(Salt::new(salt).map_err(|_| HashingError::Failed)?),
            hash: Some(Output::new(output).map_err(|_| HashingError::Failed)?),
        })
    }

    fn verify(
        &self,
        password: &SecretString,
        stored: &PasswordHash,
    ) -> Result<Verdict, HashingError> {
        let failed = |_| HashingError::Failed;
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(failed)?;
        let version = match stored.version {
            Some(version) => Version::try_from(version).map_err(|_| HashingError::Failed)?,
            // The format omits the number for the first version.
            None => Version::V0x10,
        };
        let params = Params::try_from(stored)
            .ok()
            .filter(within_limits)
            .ok_or(HashingError::Failed)?;
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
            return Err(HashingError::Failed);
        };
        let outdated = algorithm != Algorithm::Argon2id
            || version != Version::V0x13
            || expected.len() != OUTPUT_LENGTH
            || params.m_cost() != self.params.m_cost()
            || params.t_cost() != self.params.t_cost()
            || params.p_cost() != self.params.p_cost();
        let mut output = Zeroizing::new(vec![0; expected.len()]);
        let argon2 = Argon2::new(algorithm, version, params);
        self.compute(&argon2, password, salt.as_ref(), &mut output)?;
        Ok(Verdict {
            matches: output.as_slice().ct_eq(expected.as_bytes()).into(),
            outdated,
        })
    }

    fn compute(
        &self,
        argon2: &Argon2<'_>,
        password: &SecretString,
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), HashingError> {
        let needed = argon2.params().block_count();
        let mut memory = self.memory(needed)?;
        let result = argon2.hash_password_into_with_memory(
            password.expose_secret().as_bytes(),
            salt,
            output,
            memory.as_mut_slice(),
        );
        // The memory after the last pass would permit testing a guess more cheaply than with the hash.
        memory.iter_mut().take(needed).for_each(Zeroize::zeroize);
        // The buffer of a hash with other settings is not reused.
        if memory.len() == self.params.block_count() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(memory);
        }
        result.map_err(|_| HashingError::Failed)
    }

    /// A buffer of at least `needed` blocks, reused if possible.
    fn memory(&self, needed: usize) -> Result<Vec<Block>, HashingError> {
        let usual = self.params.block_count();
        if needed <= usual {
            let idle = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            if let Some(memory) = idle {
                return Ok(memory);
            }
        }
        let length = needed.max(usual);
        let mut memory = Vec::new();
        memory
            .try_reserve_exact(length)
            .map_err(|_| HashingError::Failed)?;
        memory.resize(length, Block::new());
        Ok(memory)
    }
}

#[cfg(test)]
mod tests;
