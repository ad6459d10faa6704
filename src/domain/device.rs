//! Devices that users sign in from, and that a pool remembers (behaviour 5.9, administration 2.7 and 12.4).

use uuid::Uuid;

use super::sign_in_settings::DeviceSettings;
use super::time::Timestamp;

/// The most devices of a user; beyond it, those that signed in longest ago are forgotten.
pub const MOST: u32 = 100;
/// How long a device is remembered after its last sign-in, in seconds, if no session of it lasts longer: 400
/// days.
pub const MEMORY_SECONDS: i64 = 400 * 86_400;

/// The longest key, in characters: what the service model allows.
const MAX_KEY_LENGTH: usize = 55;
/// The length of a UUID in text form.
const UUID_LENGTH: usize = 36;
/// The most characters of a user agent that are stored.
const MAX_AGENT_LENGTH: usize = 512;

/// The two keys of a device, which a sign-in issues to it (`NewDeviceMetadata`). They identify the device, and are
/// the identity in its SRP exchanges; neither is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceKeys {
    /// `DeviceKey`: `<region>_<uuid>`.
    pub key: String,
    /// `DeviceGroupKey`: `-` and eight characters.
    pub group_key: String,
}

impl DeviceKeys {
    /// The keys of a new device in a pool of `region`; `id` is random.
    #[must_use]
    pub fn new(region: &str, id: Uuid) -> Self {
        // A region of the configuration may be longer than the service model has room for.
        let room = MAX_KEY_LENGTH - UUID_LENGTH - 1;
        let region: String = region.chars().take(room).collect();
        Self {
            key: format!("{region}_{id}"),
            group_key: group_key(id),
        }
    }

    /// The keys of the device with this key. `None` if no sign-in can have issued the key.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        let (_, id) = key.rsplit_once('_').filter(|_| is_key(key))?;
        let id = Uuid::try_parse(id).ok()?;
        Some(Self {
            key: key.to_owned(),
            group_key: group_key(id),
        })
    }
}

/// The group key follows from the key, so that it need not be stored before the device is confirmed. It may be
/// known: it is only hashed together with the key and the device's password.
fn group_key(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("-{}", digits.chars().take(8).collect::<String>())
}

/// Whether the text has the form of a device key (behaviour 1.4): `[\w-]+_[0-9a-f-]+`, 55 characters at most.
#[must_use]
pub fn is_key(text: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let is_id = |c: char| matches!(c, '0'..='9' | 'a'..='f' | '-');
    text.chars().count() <= MAX_KEY_LENGTH
        && text.rsplit_once('_').is_some_and(|(name, id)| {
            !name.is_empty() && name.chars().all(is_name) && !id.is_empty() && id.chars().all(is_id)
        })
}

/// A device that its user has confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its pool.
    pub pool_id: String,
    /// The `sub` of its user.
    pub user_id: String,
    /// Its keys.
    pub keys: DeviceKeys,
    /// Its name, as it was confirmed.
    pub name: Option<String>,
    /// Whether it is remembered, and not only known.
    pub remembered: bool,
    /// Whether the user has passed a second factor in a sign-in from it.
    pub second_factor: bool,
    /// The salt of its SRP verifier, as the device sent it.
    pub srp_salt: Vec<u8>,
    /// Its SRP verifier, sealed.
    pub srp_verifier: Vec<u8>,
    /// The IP address of its last sign-in, if that is known.
    pub last_address: Option<String>,
    /// The software that it signed in with last, if that has a name.
    pub user_agent: Option<String>,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When its name or status was last set.
    pub modified_at: Timestamp,
    /// When the user last signed in from it.
    pub authenticated_at: Timestamp,
}

impl Device {
    /// Whether a sign-in that names the device has to prove by SRP that it comes from it: a device that is not
    /// remembered is treated as if it were not there (administration 12.4).
    #[must_use]
    pub const fn has_to_prove_itself(&self) -> bool {
        self.remembered
    }

    /// Whether the device, once it has proven by SRP that it is this one, replaces the second factor in a pool
    /// with these settings (administration 12.4). A device on which the user has never passed one replaces none:
    /// it may be that of a thief who had the password before the user set the second factor up.
    #[must_use]
    pub fn replaces_second_factor(&self, settings: Option<DeviceSettings>) -> bool {
        self.remembered
            && self.second_factor
            && settings.is_some_and(|settings| settings.challenge_required_on_new_device)
    }
}

/// A user agent as a device keeps it.
#[must_use]
pub fn stored_agent(agent: Option<&str>) -> Option<String> {
    let agent: String = agent?.chars().take(MAX_AGENT_LENGTH).collect();
    (!agent.is_empty()).then_some(agent)
}

/// When a device is forgotten whose user signs in from it now, to a session that ends at `session_ends`. It is
/// never before that, so that a session whose device is gone was ended on purpose.
#[must_use]
pub fn forgotten_after(now: Timestamp, session_ends: Timestamp) -> Timestamp {
    now.plus_seconds(MEMORY_SECONDS).max(session_ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0x1234_abcd_0000_4000_8000_0000_0000_0001);

    #[test]
    fn keys_have_the_forms_of_the_page() {
        let keys = DeviceKeys::new("us-east-1", ID);
        assert_eq!(keys.key, "us-east-1_1234abcd-0000-4000-8000-000000000001");
        assert_eq!(keys.group_key, "-1234abcd");
        assert_eq!(DeviceKeys::of(&keys.key), Some(keys));
    }

    #[test]
    fn a_key_is_never_longer_than_the_model_allows() {
        let keys = DeviceKeys::new(&"a".repeat(32), ID);
        assert_eq!(keys.key.len(), 55);
        assert!(is_key(&keys.key));
    }

    #[test]
    fn what_no_sign_in_issues_has_no_keys() {
        for text in [
            "",
            "us-east-1",
            "us-east-1_",
            "_1234abcd-0000-4000-8000-000000000001",
            "us-east-1_1234abcd-0000-4000-8000-00000000000g",
            "us-east-1_1234abcd",
            "us-east-1_1234ABCD-0000-4000-8000-000000000001",
            "us east_1234abcd-0000-4000-8000-000000000001",
            "abcdefghijklmnopqrs_1234abcd-0000-4000-8000-000000000001",
        ] {
            assert_eq!(DeviceKeys::of(text), None, "{text}");
        }
        assert!(is_key("us-east-1_1234abcd"));
        assert!(!is_key(&format!("a_{}", "0".repeat(54))));
    }

    #[test]
    fn only_a_remembered_device_that_has_seen_a_second_factor_replaces_it_and_only_where_the_pool_says_so()
     {
        let settings = |required| {
            Some(DeviceSettings {
                challenge_required_on_new_device: required,
                remembered_on_user_prompt: false,
            })
        };
        let device = |remembered, second_factor| Device {
            pool_id: String::new(),
            user_id: String::new(),
            keys: DeviceKeys::new("r", ID),
            name: None,
            remembered,
            second_factor,
            srp_salt: Vec::new(),
            srp_verifier: Vec::new(),
            last_address: None,
            user_agent: None,
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
            authenticated_at: Timestamp::default(),
        };
        for (remembered, second_factor, settings, replaces) in [
            (true, true, settings(true), true),
            (true, false, settings(true), false),
            (true, true, settings(false), false),
            (true, true, None, false),
            (false, true, settings(true), false),
        ] {
            let device = device(remembered, second_factor);
            assert_eq!(device.replaces_second_factor(settings), replaces);
            assert_eq!(device.has_to_prove_itself(), remembered);
        }
    }

    #[test]
    fn a_device_is_forgotten_after_its_sessions() {
        let now = Timestamp::from_millis(1_000);
        let later = now.plus_seconds(MEMORY_SECONDS + 1);
        assert_eq!(forgotten_after(now, later), later);
        assert_eq!(forgotten_after(now, now), now.plus_seconds(MEMORY_SECONDS));
    }

    #[test]
    fn a_long_user_agent_is_cut() {
        assert_eq!(stored_agent(Some(&"ä".repeat(600))), Some("ä".repeat(512)));
        assert_eq!(stored_agent(Some("")), None);
        assert_eq!(stored_agent(None), None);
    }
}
