//! Step-up authentication (administration 10.4): the factors that a user has proven, the levels of authentication that
//! they amount to, the names that a pool gives the levels (ACR), and the words for factors in tokens (AMR, RFC 8176).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::second_factor::SecondFactor;

/// A level of authentication, from the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// A password.
    #[serde(rename = "1")]
    One,
    /// A code that was sent, alone.
    #[serde(rename = "2")]
    Two,
    /// A passkey, or a password and a code that was sent.
    #[serde(rename = "3")]
    Three,
    /// A password and a code of an authenticator app.
    #[serde(rename = "4")]
    Four,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// The word for it in `AcrConfiguration`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "Level1",
            Self::Two => "Level2",
            Self::Three => "Level3",
            Self::Four => "Level4",
        }
    }

    /// The level with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }

    /// What it is called where the pool gives it no name.
    #[must_use]
    pub const fn default_value(self) -> &'static str {
        match self {
            Self::One => "urn:cognito:loa:1",
            Self::Two => "urn:cognito:loa:2",
            Self::Three => "urn:cognito:loa:3",
            Self::Four => "urn:cognito:loa:4",
        }
    }
}

/// The names that a pool gives the levels; a level that has none here has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AcrValues(BTreeMap<Level, String>);

impl AcrValues {
    /// The names as `AcrConfiguration` gives them; what is not the word for a level is left out. `None` if two of the
    /// four levels would then have one name.
    pub fn new(given: impl IntoIterator<Item = (String, String)>) -> Option<Self> {
        let named = |(word, name): (String, String)| Some((Level::named(&word)?, name));
        let names = Self(given.into_iter().filter_map(named).collect());
        let distinct: BTreeSet<&str> = Level::ALL.iter().map(|level| names.of(*level)).collect();
        (distinct.len() == Level::ALL.len()).then_some(names)
    }

    /// What the level is called.
    #[must_use]
    pub fn of(&self, level: Level) -> &str {
        self.0
            .get(&level)
            .map_or_else(|| level.default_value(), String::as_str)
    }

    /// The levels that are called so, in this order, without those that no level is called.
    #[must_use]
    pub fn levels(&self, names: &str) -> Levels {
        let named = |name: &str| Level::ALL.into_iter().find(|level| self.of(*level) == name);
        let mut levels = Levels::default();
        for level in names.split_ascii_whitespace().filter_map(named) {
            levels.add(level);
        }
        levels
    }
}

/// Levels in order of preference, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels([Option<Level>; Level::ALL.len()]);

impl Levels {
    fn add(&mut self, level: Level) {
        if self.iter().any(|other| other == level) {
            return;
        }
        if let Some(free) = self.0.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(level);
        }
    }

    /// Them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Level> {
        self.0.into_iter().flatten()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// Factors that a user has proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Factors {
    /// The password.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub password: bool,
    /// A code by SMS.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sms: bool,
    /// A code by e-mail.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub email: bool,
    /// A code of an authenticator app.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub software_token: bool,
    /// A passkey that can be copied to other machines.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub synced_passkey: bool,
    /// A passkey that cannot.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bound_passkey: bool,
    /// Whether one of them counts as two: a passkey whose authenticator has verified its user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_counts_as_two: bool,
}

impl Factors {
    /// The level that they amount to; `None` if there are none.
    #[must_use]
    pub const fn level(&self) -> Option<Level> {
        let code = self.sms || self.email;
        if self.password && self.software_token {
            Some(Level::Four)
        } else if self.synced_passkey || self.bound_passkey || (self.password && code) {
            Some(Level::Three)
        } else if code {
            Some(Level::Two)
        } else if self.password {
            Some(Level::One)
        } else {
            None
        }
    }

    /// Whether they amount to this level, or more.
    #[must_use]
    pub fn reach(&self, level: Level) -> bool {
        self.level().is_some_and(|reached| reached >= level)
    }

    /// These and a second factor.
    #[must_use]
    pub const fn with(mut self, factor: SecondFactor) -> Self {
        match factor {
            SecondFactor::Sms => self.sms = true,
            SecondFactor::SoftwareToken => self.software_token = true,
            SecondFactor::Email => self.email = true,
        }
        self
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            password: self.password || other.password,
            sms: self.sms || other.sms,
            email: self.email || other.email,
            software_token: self.software_token || other.software_token,
            synced_passkey: self.synced_passkey || other.synced_passkey,
            bound_passkey: self.bound_passkey || other.bound_passkey,
            one_counts_as_two: self.one_counts_as_two || other.one_counts_as_two,
        }
    }

    /// Each factor with its word in `amr`.
    const fn words(&self) -> [(bool, &'static str); 6] {
        [
            (self.password, "pwd"),
            (self.software_token, "otp"),
            (self.sms, "sms"),
            (self.email, "email_otp"),
            (self.synced_passkey, "swk"),
            (self.bound_passkey, "hwk"),
        ]
    }

    /// The words for them in `amr`.
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        let words = self.words().into_iter().filter(|(is_proven, _)| *is_proven);
        let mut words: Vec<&str> = words.map(|(_, word)| word).collect();
        if words.len() >= 2 || self.one_counts_as_two {
            words.push("mfa");
        }
        words
    }

    /// The factors with these words of `amr`, separated by blanks; others are left out.
    #[must_use]
    pub fn of_amr(words: &str) -> Self {
        let has = |word: &str| words.split_ascii_whitespace().any(|other| other == word);
        let factors = Self {
            password: has("pwd"),
            software_token: has("otp"),
            sms: has("sms"),
            email: has("email_otp"),
            synced_passkey: has("swk"),
            bound_passkey: has("hwk"),
            one_counts_as_two: false,
        };
        let one = factors.words().iter().filter(|(is, _)| *is).count() == 1;
        Self {
            one_counts_as_two: one && has("mfa"),
            ..factors
        }
    }
}

/// What a sign-in was asked to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUp {
    /// The levels, the preferred one first. At least one.
    pub levels: Levels,
    /// What the user has proven before, in the sign-in whose access token came with the request.
    #[serde(default)]
    pub credited: Factors,
}

/// What a sign-in has to do for the levels that it was asked to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it has reached this one.
    Nothing(Level),
    /// To prove one of these.
    OneOf(Vec<SecondFactor>),
    /// It cannot reach any.
    OutOfReach,
}

impl StepUp {
    /// What is needed once `proven` is, in this sign-in, for the first level that is within reach of a user who can
    /// prove the second factors in `provable`.
    #[must_use]
    pub fn need(&self, proven: Factors, provable: &[SecondFactor]) -> Need {
        let proven = proven.and(self.credited);
        for level in self.levels.iter() {
            if proven.reach(level) {
                return Need::Nothing(level);
            }
            let reaches = |factor: &&SecondFactor| proven.with(**factor).reach(level);
            let factors: Vec<_> = provable.iter().filter(reaches).copied().collect();
            if !factors.is_empty() {
                return Need::OneOf(factors);
            }
        }
        Need::OutOfReach
    }

    /// The first level that `proven` reaches.
    #[must_use]
    pub fn reached(&self, proven: Factors) -> Option<Level> {
        let proven = proven.and(self.credited);
        self.levels.iter().find(|level| proven.reach(*level))
    }

    /// Whether a sign-in that proves `first`, and then at most one of the second factors in `provable`, can reach a
    /// level.
    #[must_use]
    pub fn may_begin_with(&self, first: Factors, provable: &[SecondFactor]) -> bool {
        self.need(first, provable) != Need::OutOfReach
    }
}

/// Why a sign-in cannot reach a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpFault {
    /// The pool has no level with any of the names.
    NoLevel,
    /// An access token came with the request, and no level to reach.
    TokenWithoutLevel,
    /// The access token is another user's.
    TokenOfAnotherUser,
    /// The greatest age of what the access token stands for is no number of seconds.
    MaxAge,
    /// What the access token stands for has reached the level.
    Reached,
    /// The user, or the pool, lacks the factors.
    OutOfReach,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: Factors = Factors {
        password: true,
        ..NONE
    };
    const NONE: Factors = Factors {
        password: false,
        sms: false,
        email: false,
        software_token: false,
        synced_passkey: false,
        bound_passkey: false,
        one_counts_as_two: false,
    };

    fn levels(names: &str) -> Levels {
        AcrValues::default().levels(names)
    }

    fn given(pairs: &[(&str, &str)]) -> Option<AcrValues> {
        let owned = |(level, name): &(&str, &str)| ((*level).to_owned(), (*name).to_owned());
        AcrValues::new(pairs.iter().map(owned))
    }

    #[test]
    fn what_factors_amount_to() {
        use SecondFactor::{Email, Sms, SoftwareToken};
        let passkey = Factors {
            bound_passkey: true,
            ..NONE
        };
        let rows = [
            (NONE, None, vec![]),
            (PASSWORD, Some(Level::One), vec!["pwd"]),
            (NONE.with(Sms), Some(Level::Two), vec!["sms"]),
            (NONE.with(Email), Some(Level::Two), vec!["email_otp"]),
            (
                PASSWORD.with(Sms),
                Some(Level::Three),
                vec!["pwd", "sms", "mfa"],
            ),
            (
                PASSWORD.with(Email),
                Some(Level::Three),
                vec!["pwd", "email_otp", "mfa"],
            ),
            (passkey, Some(Level::Three), vec!["hwk"]),
            (
                Factors {
                    synced_passkey: true,
                    one_counts_as_two: true,
                    ..NONE
                },
                Some(Level::Three),
                vec!["swk", "mfa"],
            ),
            (
                PASSWORD.with(SoftwareToken),
                Some(Level::Four),
                vec!["pwd", "otp", "mfa"],
            ),
            (
                passkey.with(SoftwareToken),
                Some(Level::Three),
                vec!["otp", "hwk", "mfa"],
            ),
        ];
        for (factors, level, amr) in rows {
            assert_eq!(factors.level(), level, "{factors:?}");
            assert_eq!(factors.amr(), amr, "{factors:?}");
            assert_eq!(Factors::of_amr(&amr.join(" ")), factors);
        }
    }

    #[test]
    fn names_are_unique_with_the_defaults() {
        assert!(given(&[]).is_some());
        assert!(given(&[("Level1", "low"), ("Level4", "high")]).is_some());
        assert_eq!(given(&[("Level1", "low"), ("Level4", "low")]), None);
        assert_eq!(given(&[("Level1", "urn:cognito:loa:4")]), None);
        let swapped = [
            ("Level1", "urn:cognito:loa:4"),
            ("Level4", "urn:cognito:loa:1"),
        ];
        let names = given(&swapped).unwrap();
        assert_eq!(names.of(Level::Four), "urn:cognito:loa:1");
        assert_eq!(names.of(Level::Two), "urn:cognito:loa:2");
    }

    #[test]
    fn names_are_read_in_order_and_unknown_ones_left_out() {
        let names = given(&[("Level4", "high")]).unwrap();
        let read = |text| names.levels(text).iter().collect::<Vec<_>>();
        let text = "high x urn:cognito:loa:4  urn:cognito:loa:2 high";
        assert_eq!(read(text), [Level::Four, Level::Two]);
        assert!(read("urn:cognito:loa:4 x").is_empty());
        assert!(names.levels("").is_empty());
    }

    #[test]
    fn the_first_level_within_reach_counts() {
        use SecondFactor::{Sms, SoftwareToken};
        let up = |names: &str, credited| StepUp {
            levels: levels(names),
            credited,
        };
        let four_or_one = up("urn:cognito:loa:4 urn:cognito:loa:1", NONE);
        let need = four_or_one.need(PASSWORD, &[Sms, SoftwareToken]);
        assert_eq!(need, Need::OneOf(vec![SoftwareToken]));
        assert_eq!(
            four_or_one.need(PASSWORD, &[Sms]),
            Need::Nothing(Level::One)
        );
        let three = up("urn:cognito:loa:3", NONE);
        let need = three.need(PASSWORD, &[Sms, SoftwareToken]);
        assert_eq!(need, Need::OneOf(vec![Sms, SoftwareToken]));
        assert_eq!(three.need(PASSWORD, &[]), Need::OutOfReach);
        let credited = up("urn:cognito:loa:3", PASSWORD);
        assert_eq!(
            credited.need(NONE.with(Sms), &[]),
            Need::Nothing(Level::Three)
        );
        assert!(!three.may_begin_with(NONE.with(Sms), &[SoftwareToken]));
        assert!(credited.may_begin_with(NONE.with(Sms), &[]));
    }
}
