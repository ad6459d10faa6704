//! The expected state of the server, as far as the outcomes of the calls determine it.

use serde_json::Value;

/// The possible states of something: one, until the outcome of a write is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible<T>(Vec<T>);

impl<T: Clone + PartialEq> Possible<T> {
    /// Known to be in this state.
    pub fn known(state: T) -> Self {
        Self(vec![state])
    }

    /// The states.
    pub fn states(&self) -> &[T] {
        &self.0
    }

    /// Whether a possible state fulfils the predicate.
    pub fn may(&self, like: impl Fn(&T) -> bool) -> bool {
        self.0.iter().any(like)
    }

    /// Whether every possible state fulfils the predicate.
    pub fn must(&self, like: impl Fn(&T) -> bool) -> bool {
        self.0.iter().all(like)
    }

    /// Records an acknowledged write: it has changed every possible state.
    pub fn acknowledged(&mut self, write: impl Fn(&T) -> T) {
        let written = self.0.iter().map(write).collect();
        self.0 = written;
        self.unite();
    }

    /// Records a write of unknown outcome: each possible state is unchanged or changed by it.
    pub fn unknown(&mut self, write: impl Fn(&T) -> T) {
        let written: Vec<T> = self.0.iter().map(write).collect();
        self.0.extend(written);
        self.unite();
    }

    /// Keeps only the states that fulfil the predicate. If there are none, keeps all and returns `false`.
    pub fn narrow(&mut self, like: impl Fn(&T) -> bool) -> bool {
        let left: Vec<T> = self.0.iter().filter(|state| like(state)).cloned().collect();
        if left.is_empty() {
            return false;
        }
        self.0 = left;
        true
    }

    fn unite(&mut self) {
        let mut states: Vec<T> = Vec::new();
        for state in self.0.drain(..) {
            if !states.contains(&state) {
                states.push(state);
            }
        }
        self.0 = states;
    }
}

/// The profile of a user, as AdminGetUser returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// CONFIRMED, UNCONFIRMED or FORCE_CHANGE_PASSWORD.
    pub status: String,
    /// The address.
    pub email: String,
    /// Whether it is verified.
    pub verified: bool,
    /// Two attributes that each write sets to the same number, or deletes.
    pub numbers: (Option<u64>, Option<u64>),
}

impl Profile {
    /// The profile in a response of AdminGetUser.
    pub fn read(answer: &Value) -> Option<Self> {
        let status = answer.get("UserStatus")?.as_str()?.to_owned();
        let mut profile = Self::of_attributes(answer.get("UserAttributes")?)?;
        profile.status = status;
        Some(profile)
    }

    /// The profile in a response of GetUser, which has no status: only confirmed users can call it.
    pub fn read_own(answer: &Value) -> Option<Self> {
        Self::of_attributes(answer.get("UserAttributes")?)
    }

    fn of_attributes(attributes: &Value) -> Option<Self> {
        let attributes = attributes.as_array()?;
        let value = |name: &str| {
            let found = attributes
                .iter()
                .find(|attribute| attribute.get("Name").and_then(Value::as_str) == Some(name));
            found?.get("Value")?.as_str()
        };
        let number = |name: &str| value(name).and_then(|text| text.parse().ok());
        Some(Self {
            status: "CONFIRMED".to_owned(),
            email: value("email")?.to_owned(),
            verified: value("email_verified") == Some("true"),
            numbers: (number("custom:a"), number("custom:b")),
        })
    }
}

/// A session and its newest tokens.
#[derive(Clone, Debug)]
pub struct Session {
    /// The app client.
    pub client: Client,
    /// The newest access token.
    pub access: String,
    /// The newest refresh token that was acknowledged.
    pub refresh: String,
    /// If that token may have been replaced by one that the client did not receive: the number of clock
    /// moves at that time.
    pub may_be_replaced: Option<u64>,
    /// A refresh token that is known to be replaced.
    pub replaced: Option<String>,
    /// Whether the session was revoked.
    pub revoked: Possible<bool>,
}

/// The app clients, which differ in how they rotate refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Does not rotate.
    Plain,
    /// Rotates, and accepts a replaced token for another minute.
    Graceful,
    /// Rotates, and refuses a replaced token at once.
    Strict,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Graceful, Self::Strict];

    /// Its id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Plain => "faultsplain",
            Self::Graceful => "faultsgraceful",
            Self::Strict => "faultsstrict",
        }
    }
}

/// A user of the ledger. Only one worker ever writes to it.
#[derive(Clone, Debug)]
pub struct User {
    /// The username.
    pub name: String,
    /// The possible profiles; `None` means that the user does not exist.
    pub profile: Possible<Option<Profile>>,
    /// Its sign-ins.
    pub sessions: Vec<Session>,
    /// Whether a newer code may have replaced an older one.
    pub codes_replaced: bool,
    /// The addresses to which acknowledged calls send messages, and how many.
    pub promised: Vec<(String, usize)>,
}

impl User {
    /// A user that does not exist yet.
    pub fn new(name: String) -> Self {
        Self {
            name,
            profile: Possible::known(None),
            sessions: Vec::new(),
            codes_replaced: false,
            promised: Vec::new(),
        }
    }

    /// Records that an acknowledged call sends a message to `address`.
    pub fn promise(&mut self, address: &str) {
        match self.promised.iter_mut().find(|(known, _)| known == address) {
            Some((_, count)) => *count += 1,
            None => self.promised.push((address.to_owned(), 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_write_and_a_partial_write_are_not_possible_states() {
        let profile = |a, b| Profile {
            status: "CONFIRMED".to_owned(),
            email: "a@example.com".to_owned(),
            verified: true,
            numbers: (Some(a), Some(b)),
        };
        let write = |number| move |_: &Profile| profile(number, number);
        let mut possible = Possible::known(profile(1, 1));
        possible.acknowledged(write(2));
        assert!(!possible.narrow(|state| *state == profile(1, 1)), "lost");
        possible.unknown(write(3));
        possible.unknown(write(4));
        assert_eq!(possible.states().len(), 3);
        assert!(!possible.narrow(|state| *state == profile(3, 2)), "half");
        assert!(possible.narrow(|state| *state == profile(3, 3)));
        assert!(!possible.narrow(|state| *state == profile(4, 4)), "late");
        assert!(possible.must(|state| *state == profile(3, 3)));
    }
}
