//! What the test program knows of the server's state: what it must be, or may be.

use serde_json::Value;

/// The states that something may be in. One, until the outcome of a write is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible<T>(Vec<T>);

impl<T: Clone + PartialEq> Possible<T> {
    /// It is in this state.
    pub fn known(state: T) -> Self {
        Self(vec![state])
    }

    /// The states.
    pub fn states(&self) -> &[T] {
        &self.0
    }

    /// Whether it may be in a state like this.
    pub fn may(&self, like: impl Fn(&T) -> bool) -> bool {
        self.0.iter().any(like)
    }

    /// Whether it is in a state like this, for certain.
    pub fn must(&self, like: impl Fn(&T) -> bool) -> bool {
        self.0.iter().all(like)
    }

    /// A write was acknowledged: every state has become what the write makes of it.
    pub fn acknowledged(&mut self, write: impl Fn(&T) -> T) {
        let written = self.0.iter().map(write).collect();
        self.0 = written;
        self.unite();
    }

    /// A write may have happened: each state is as before or what the write makes of it.
    pub fn unknown(&mut self, write: impl Fn(&T) -> T) {
        let written: Vec<T> = self.0.iter().map(write).collect();
        self.0.extend(written);
        self.unite();
    }

    /// Only states like this are left; `false`, and nothing changes, if there was none.
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

/// What a user is, as an administrator sees it.
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
    /// That of AdminGetUser's answer.
    pub fn read(answer: &Value) -> Option<Self> {
        let status = answer.get("UserStatus")?.as_str()?.to_owned();
        let mut profile = Self::of_attributes(answer.get("UserAttributes")?)?;
        profile.status = status;
        Some(profile)
    }

    /// That of GetUser's answer, which does not tell the status: a confirmed user's.
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

/// A sign-in and what descends from it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The app client.
    pub client: Client,
    /// The newest access token.
    pub access: String,
    /// The newest refresh token that was acknowledged.
    pub refresh: String,
    /// Whether that one may have been replaced by a token that nobody received, and if so, the
    /// number of clock moves at that time.
    pub may_be_replaced: Option<u64>,
    /// A refresh token that was replaced for certain.
    pub replaced: Option<String>,
    /// Whether it was ended.
    pub revoked: Possible<bool>,
}

/// The app clients, which differ in how they rotate refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Does not.
    Plain,
    /// Does, and a replaced token is accepted for another minute.
    Graceful,
    /// Does, and a replaced token is worth nothing.
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
    /// What it may be; `None` is that there is no such user.
    pub profile: Possible<Option<Profile>>,
    /// Its sign-ins.
    pub sessions: Vec<Session>,
    /// Whether a code may have been asked for again, so that an older one is worth nothing.
    pub codes_replaced: bool,
    /// Whether each address was promised a message by an acknowledged call, and how many.
    pub promised: Vec<(String, usize)>,
}

impl User {
    /// One that does not exist yet.
    pub fn new(name: String) -> Self {
        Self {
            name,
            profile: Possible::known(None),
            sessions: Vec::new(),
            codes_replaced: false,
            promised: Vec::new(),
        }
    }

    /// An acknowledged call has promised another message to `address`.
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

    /// The ledger notices an acknowledged write that is gone, and one that is half there.
    #[test]
    fn a_lost_and_a_half_write_do_not_fit() {
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
