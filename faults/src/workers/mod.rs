//! The load: each worker runs users of its own through the operations, one write after the other, and
//! records the expected state in the ledger.

mod admin_created;
mod codes;
mod factor_changes;
mod factor_codes;
mod factors;
mod profile;
mod registration;
mod sessions;

pub use factors::{FactorCaller, FactorWorker};
pub use sessions::{RefreshResult, is_revoked, refresh};

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Caller;
use crate::factor_ledger::FactorUser;
use crate::journal::Journal;
use crate::ledger::{Client, Profile, User};
use crate::mail_sink::MailSink;
use crate::outcome::{Outcome, Refusal};
use crate::rng::SeededRng;
use crate::settings::POOL;

/// The pause before a failed call is repeated.
const RETRY_DELAY: Duration = Duration::from_millis(30);

/// What workers and faults share. Clones share their state.
#[derive(Clone)]
pub struct TestContext {
    /// The address of the server, or of the load balancer.
    pub address: SocketAddr,
    /// The mail server.
    pub sink: MailSink,
    /// The counts and violations.
    pub journal: Journal,
    /// How often the servers' clock was moved.
    pub clock_moves: Arc<AtomicU64>,
    /// By how many seconds it is off.
    pub clock_seconds: Arc<AtomicI64>,
    /// How often recovery was tried.
    pub trials: Arc<AtomicU64>,
    stopping: Arc<AtomicBool>,
    finished: Arc<Mutex<Vec<User>>>,
    finished_with_factors: Arc<Mutex<Vec<FactorUser>>>,
}

impl TestContext {
    /// A context before the load begins.
    pub fn new(address: SocketAddr, sink: MailSink, journal: Journal) -> Self {
        Self {
            address,
            sink,
            journal,
            clock_moves: Arc::default(),
            clock_seconds: Arc::default(),
            trials: Arc::default(),
            stopping: Arc::default(),
            finished: Arc::default(),
            finished_with_factors: Arc::default(),
        }
    }

    /// Tells the workers to finish their current call.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether [`TestContext::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Takes out the users that workers have finished.
    pub fn take_users(&self) -> Vec<User> {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut finished)
    }

    /// Takes out the users with second factors and devices that workers have finished.
    pub fn take_users_with_factors(&self) -> Vec<FactorUser> {
        let finished = self.finished_with_factors.lock();
        std::mem::take(&mut finished.unwrap_or_else(PoisonError::into_inner))
    }

    fn add_finished_with_factors(&self, user: FactorUser) {
        let finished = self.finished_with_factors.lock();
        finished.unwrap_or_else(PoisonError::into_inner).push(user);
    }

    fn add_finished(&self, user: User) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.push(user);
    }
}

/// One worker.
pub struct Worker {
    context: TestContext,
    number: u64,
    rng: SeededRng,
    caller: Caller,
    /// Another connection, for what is done twice at the same time.
    other: Caller,
    /// The last number that was written; each write has a higher one.
    written: u64,
}

impl Worker {
    /// The worker of this number.
    pub fn new(context: &TestContext, seed: u64, number: u64) -> Self {
        Self {
            number,
            rng: SeededRng::new(seed, number),
            caller: Caller::new(context.address, &context.journal),
            other: Caller::new(context.address, &context.journal),
            context: context.clone(),
            written: 0,
        }
    }

    /// Runs one user after the other until the context stops.
    pub async fn run(mut self) {
        let mut count = 0;
        while !self.context.is_stopping() {
            let name = format!("w{}-{count}", self.number);
            count += 1;
            let user = if self.rng.chance(15) {
                self.run_admin_created_user(name).await
            } else {
                self.run_user(name).await
            };
            self.context.add_finished(user);
        }
    }

    /// Makes the worker record some writes as acknowledged without sending them.
    pub fn spoil(&mut self, seed: u64) {
        self.caller.spoil(SeededRng::new(seed, self.number + 1000));
        self.other.spoil(SeededRng::new(seed, self.number + 2000));
    }

    /// Whether the worker never waits for a mail, so that there is load while the mail server fails.
    fn works_without_mail(&self) -> bool {
        self.number % 4 == 3
    }

    async fn run_user(&mut self, name: String) -> User {
        let mut user = User::new(name);
        self.sign_up(&mut user).await;
        self.confirm(&mut user).await;
        let steps = 4 + self.rng.below(16);
        for _ in 0..steps {
            if self.context.is_stopping() || !user.profile.must(Option::is_some) {
                return user;
            }
            if user.profile.may(|profile| {
                profile
                    .as_ref()
                    .is_some_and(|profile| profile.status != "CONFIRMED")
            }) {
                return user;
            }
            if !self.has_session(&user) {
                let client = Client::ALL.get(usize::try_from(self.rng.below(3)).unwrap_or(0));
                self.sign_in(&mut user, client.copied().unwrap_or(Client::Plain))
                    .await;
                continue;
            }
            match self.rng.below(100) {
                0..35 => self.write_numbers(&mut user).await,
                35..42 => self.delete_numbers(&mut user).await,
                42..52 if !self.works_without_mail() => self.change_email(&mut user).await,
                42..77 => self.refresh(&mut user).await,
                77..82 => self.revoke(&mut user).await,
                82..86 => self.sign_out(&mut user).await,
                86..98 => self.look_as_user(&mut user).await,
                _ => self.delete(&mut user).await,
            }
        }
        user
    }

    /// Records the outcome of a write to a profile in the ledger. `allowed` are the error types that the
    /// ledger can explain.
    async fn write(
        &mut self,
        user: &mut User,
        operation: &str,
        outcome: Outcome,
        allowed: &[&str],
        change: impl Fn(&Option<Profile>) -> Option<Profile>,
    ) -> Option<Value> {
        match outcome {
            Outcome::Acknowledged(answer) => {
                user.profile.acknowledged(change);
                Some(answer)
            }
            Outcome::Refused(refusal) => {
                if !self.check_refusal(user, operation, &refusal, allowed).await {
                    // The violation is reported once; the ledger continues from the actual state.
                    self.look(user).await;
                }
                None
            }
            Outcome::Unknown(_) => {
                user.profile.unknown(change);
                tokio::time::sleep(RETRY_DELAY).await;
                None
            }
        }
    }

    /// Checks that the ledger can explain a refusal; `false` if it cannot.
    async fn check_refusal(
        &self,
        user: &User,
        operation: &str,
        refusal: &Refusal,
        allowed: &[&str],
    ) -> bool {
        if refusal.is_busy() {
            tokio::time::sleep(RETRY_DELAY).await;
            return true;
        }
        let explained = allowed.contains(&refusal.code.as_str());
        let journal = &self.context.journal;
        journal.check("a refusal is true", explained, || {
            let Refusal { code, message } = refusal;
            format!(
                "{operation} of {}: {code}: {message}; {:?}",
                user.name, user.profile
            )
        })
    }

    /// Reads the user as an administrator until there is an answer, and narrows the ledger.
    async fn look(&mut self, user: &mut User) {
        look(&mut self.caller, &self.context, user).await;
    }
}

/// Reads the user as an administrator until there is an answer, and narrows the ledger.
pub async fn look(caller: &mut Caller, context: &TestContext, user: &mut User) {
    let input = json!({ "UserPoolId": POOL, "Username": user.name });
    loop {
        let seen = match caller.signed("AdminGetUser", &input).await {
            Outcome::Acknowledged(answer) => Profile::read(&answer),
            Outcome::Refused(refusal) if refusal.code == "UserNotFoundException" => None,
            Outcome::Refused(refusal) if !refusal.is_busy() => {
                let text = format!("AdminGetUser of {}: {refusal:?}", user.name);
                context.journal.violation("a refusal is true", text);
                return;
            }
            Outcome::Refused(_) | Outcome::Unknown(_) => {
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
        };
        observe(&context.journal, user, seen.as_ref());
        return;
    }
}

/// Checks that `seen` is a possible state, and removes the other states from the ledger.
pub fn observe(journal: &Journal, user: &mut User, seen: Option<&Profile>) {
    if let Some(profile) = seen {
        let (a, b) = profile.numbers;
        journal.check("no write is half there", a == b, || {
            format!("{}: a is {a:?} and b is {b:?}", user.name)
        });
    }
    let fits = user.profile.narrow(|state| state.as_ref() == seen);
    journal.check("what is read was written", fits, || {
        format!(
            "{} is {seen:?}, and should be {:?}",
            user.name, user.profile
        )
    });
    if !fits {
        // A lost write is reported once.
        user.profile.acknowledged(|_| seen.cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(a: u64, b: u64) -> Profile {
        Profile {
            status: "CONFIRMED".to_owned(),
            email: "ada@example.com".to_owned(),
            verified: true,
            numbers: (Some(a), Some(b)),
        }
    }

    /// How often a check was violated by what `seen` shows of a user that is known to be (7, 7).
    fn violated(check: &str, seen: Option<&Profile>) -> u64 {
        let journal = Journal::default();
        let mut user = User::new("ada".to_owned());
        user.profile.acknowledged(|_| Some(profile(7, 7)));
        observe(&journal, &mut user, seen);
        journal.entries().violated.get(check).copied().unwrap_or(0)
    }

    #[test]
    fn lost_and_partial_writes_are_found() {
        let (read, half) = ("what is read was written", "no write is half there");
        let (good, old, torn) = (profile(7, 7), profile(6, 6), profile(7, 6));
        assert_eq!(
            [violated(read, Some(&good)), violated(half, Some(&good))],
            [0, 0]
        );
        assert_eq!(
            [violated(read, Some(&old)), violated(half, Some(&old))],
            [1, 0]
        );
        assert_eq!(
            [violated(read, Some(&torn)), violated(half, Some(&torn))],
            [1, 1]
        );
        assert_eq!(violated(read, None), 1);
    }
}
