//! The load: workers that each lead users of their own through life, one write after the other, and
//! keep the ledger.

mod codes;
mod guests;
mod profile;
mod registration;
mod sessions;

pub use sessions::{Fared, is_revoked, refresh};

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Caller;
use crate::dice::Dice;
use crate::journal::Journal;
use crate::ledger::{Client, Profile, User};
use crate::outcome::{Outcome, Refusal};
use crate::settings::POOL;
use crate::sink::Sink;

/// Before a call that failed is tried again.
const AGAIN: Duration = Duration::from_millis(30);

/// What workers and faults share. Clones are the same one.
#[derive(Clone)]
pub struct Stage {
    /// Where calls go: a server, or what stands before several.
    pub address: SocketAddr,
    /// The mail server.
    pub sink: Sink,
    /// What is counted.
    pub journal: Journal,
    /// How often the servers' clock was moved.
    pub clock_moves: Arc<AtomicU64>,
    /// How often recovery was tried.
    pub trials: Arc<AtomicU64>,
    stopping: Arc<AtomicBool>,
    finished: Arc<Mutex<Vec<User>>>,
}

impl Stage {
    /// Before the load begins.
    pub fn new(address: SocketAddr, sink: Sink, journal: Journal) -> Self {
        Self {
            address,
            sink,
            journal,
            clock_moves: Arc::default(),
            trials: Arc::default(),
            stopping: Arc::default(),
            finished: Arc::default(),
        }
    }

    /// Workers are to finish what they are at.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether [`Stage::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The users whose life was led so far, taken out.
    pub fn take_users(&self) -> Vec<User> {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut finished)
    }

    fn keep(&self, user: User) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.push(user);
    }
}

/// One worker.
pub struct Worker {
    stage: Stage,
    number: u64,
    dice: Dice,
    caller: Caller,
    /// Another connection, for what is done twice at the same time.
    other: Caller,
    /// The last number that was written; each write has a higher one.
    written: u64,
}

impl Worker {
    /// The worker of this number.
    pub fn new(stage: &Stage, seed: u64, number: u64) -> Self {
        Self {
            number,
            dice: Dice::new(seed, number),
            caller: Caller::new(stage.address, &stage.journal),
            other: Caller::new(stage.address, &stage.journal),
            stage: stage.clone(),
            written: 0,
        }
    }

    /// Leads one user after the other through life until the stage stops.
    pub async fn run(mut self) {
        let mut lives = 0;
        while !self.stage.is_stopping() {
            let name = format!("w{}-{lives}", self.number);
            lives += 1;
            let user = if self.dice.chance(15) {
                self.guest(name).await
            } else {
                self.life(name).await
            };
            self.stage.keep(user);
        }
    }

    /// Loses some writes that it notes as acknowledged.
    pub fn spoil(&mut self, seed: u64) {
        self.caller.spoil(Dice::new(seed, self.number + 1000));
        self.other.spoil(Dice::new(seed, self.number + 2000));
    }

    /// Some never wait for a mail, so that there is load while there is none.
    fn works_without_mail(&self) -> bool {
        self.number % 4 == 3
    }

    async fn life(&mut self, name: String) -> User {
        let mut user = User::new(name);
        self.sign_up(&mut user).await;
        self.confirm(&mut user).await;
        let steps = 4 + self.dice.below(16);
        for _ in 0..steps {
            if self.stage.is_stopping() || !user.profile.must(Option::is_some) {
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
                let client = Client::ALL.get(usize::try_from(self.dice.below(3)).unwrap_or(0));
                self.sign_in(&mut user, client.copied().unwrap_or(Client::Plain))
                    .await;
                continue;
            }
            match self.dice.below(100) {
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

    /// Writes to a profile: the ledger follows the outcome, and after an unknown one a look shows what
    /// became of it. `allowed` are the refusals that the ledger can explain.
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
                if !self.explain(user, operation, &refusal, allowed).await {
                    // What is wrong is found once, and the ledger goes on from what there is.
                    self.look(user).await;
                }
                None
            }
            Outcome::Unknown(_) => {
                user.profile.unknown(change);
                tokio::time::sleep(AGAIN).await;
                None
            }
        }
    }

    /// A refusal must be one that the ledger can explain; `false` if it is not.
    async fn explain(
        &self,
        user: &User,
        operation: &str,
        refusal: &Refusal,
        allowed: &[&str],
    ) -> bool {
        if refusal.is_busy() {
            tokio::time::sleep(AGAIN).await;
            return true;
        }
        let explained = allowed.contains(&refusal.code.as_str());
        let journal = &self.stage.journal;
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
        look(&mut self.caller, &self.stage, user).await;
    }
}

/// Reads the user as an administrator until there is an answer, and narrows the ledger.
pub async fn look(caller: &mut Caller, stage: &Stage, user: &mut User) {
    let input = json!({ "UserPoolId": POOL, "Username": user.name });
    loop {
        let seen = match caller.signed("AdminGetUser", &input).await {
            Outcome::Acknowledged(answer) => Profile::read(&answer),
            Outcome::Refused(refusal) if refusal.code == "UserNotFoundException" => None,
            Outcome::Refused(refusal) if !refusal.is_busy() => {
                let text = format!("AdminGetUser of {}: {refusal:?}", user.name);
                stage.journal.violation("a refusal is true", text);
                return;
            }
            Outcome::Refused(_) | Outcome::Unknown(_) => {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        };
        observe(&stage.journal, user, seen.as_ref());
        return;
    }
}

/// What was seen must be a state that the ledger knows; all others are out from now on.
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
        // One lost write is reported once.
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
    fn lost_and_half_writes_are_found() {
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
