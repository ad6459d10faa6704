//! The data of every run: one pool, one client, its users, and the server's configuration.
//!
//! A user's data follows from the number of the user, so that no list is needed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use md5::{Digest, Md5};

/// The region of the pool and of signed requests.
pub const REGION: &str = "us-east-1";
/// The pool.
pub const POOL: &str = "us-east-1_Benchmark";
/// The part of the pool's id that enters an SRP exchange.
pub const POOL_NAME: &str = "Benchmark";
/// The app client, without a secret.
pub const CLIENT: &str = "benchmarkclient";
/// The app client that users sign in at on the domain's pages, without a secret.
pub const WEB_CLIENT: &str = "benchmarkweb";
/// The password of every user.
pub const PASSWORD: &str = "Correct-Horse-1";
/// The administrator's access key.
pub const KEY_ID: &str = "AKIDBENCHMARK000001";
/// Its secret.
pub const KEY_SECRET: &str = "not-a-secret-of-anybody";
/// What the ids of users are derived from, here and in pgbench's scripts.
pub const SEED: &str = "cognate-bench:";
/// The master key of the generated rows. It protects nothing.
const MASTER_KEY: &str =
    "6265 6e63 686d 6172 6b20 6b65 7920 6f66 206e 6f20 7661 6c75 6520 6865 7265 2121";

const GIVEN: [&str; 16] = [
    "Ada",
    "Alan",
    "Barbara",
    "Claude",
    "Donald",
    "Edsger",
    "Frances",
    "Grace",
    "Hedy",
    "John",
    "Katherine",
    "Leslie",
    "Margaret",
    "Niklaus",
    "Radia",
    "Sophie",
];
const FAMILY: [&str; 16] = [
    "Allen", "Dijkstra", "Hamilton", "Hopper", "Johnson", "Knuth", "Lamarr", "Lamport", "Liskov",
    "Lovelace", "Perlman", "Shannon", "Turing", "Neumann", "Wilson", "Wirth",
];

/// The splitmix64 hash: pseudo-random, and the same in every run.
pub const fn splitmix64(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `sub` of a user. In PostgreSQL: `md5(SEED || number)::uuid::text`.
pub fn user_id(number: u64) -> String {
    let hash = Md5::digest(format!("{SEED}{number}"));
    uuid::Uuid::from_bytes(hash.into()).to_string()
}

/// The username of a user.
pub fn username(number: u64) -> String {
    format!("user{number:07}")
}

/// The e-mail address of a user.
pub fn email(number: u64) -> String {
    format!("user{number:07}@example.com")
}

/// Ten standard attributes and two of the pool's own.
pub fn attributes(number: u64) -> BTreeMap<&'static str, String> {
    let chance = splitmix64(number);
    let pick = |list: &[&'static str; 16], shift: u32| {
        list.iter()
            .cycle()
            .nth(usize::try_from((chance >> shift) & 0x0f).unwrap_or(0))
            .copied()
            .unwrap_or_default()
    };
    let (given, family) = (pick(&GIVEN, 0), pick(&FAMILY, 4));
    BTreeMap::from([
        (
            "birthdate",
            format!(
                "19{:02}-{:02}-{:02}",
                chance % 100,
                chance % 12 + 1,
                chance % 28 + 1
            ),
        ),
        ("custom:plan", format!("plan-{}", chance % 7)),
        ("custom:tenant", format!("tenant-{:05}", chance % 50_000)),
        ("email", email(number)),
        ("email_verified", "true".to_owned()),
        ("family_name", family.to_owned()),
        ("given_name", given.to_owned()),
        ("locale", "en-GB".to_owned()),
        ("name", format!("{given} {family}")),
        ("phone_number", format!("+4420{:08}", number % 100_000_000)),
        ("phone_number_verified", "false".to_owned()),
        ("zoneinfo", "Europe/London".to_owned()),
    ])
}

/// The server's configuration file: the defaults, but without hourly limits, metrics port and a log line
/// per request, and with an access key, so that signatures are verified. `further_settings` are lines that the pool has
/// beside its own.
pub fn configuration(
    listen: SocketAddr,
    store: &str,
    data_dir: &Path,
    further_settings: &str,
) -> String {
    let master_key = MASTER_KEY.replace(' ', "");
    let data_dir = data_dir.display();
    let web_client = web_client_configuration();
    format!(
        r#"profile = "development"

[server]
listen = "{listen}"
starter_pool = false

[store]
url = "{store}"
data_dir = "{data_dir}"

[secrets]
master_key = "{master_key}"

[limits]
forgot_password_per_hour = 0
resend_confirmation_code_per_hour = 0
confirm_sign_up_per_hour = 0
change_password_per_hour = 0
get_attribute_code_per_hour = 0
verify_attribute_per_hour = 0
multiplier = 1000000

[limits.address]
messages_per_hour = 0
guesses_per_hour = 0

[[admin.access_keys]]
id = "{KEY_ID}"
secret = "{KEY_SECRET}"

[metrics]
listen = "off"

[logs]
level = "warn"

[[user_pools]]
id = "{POOL}"
name = "benchmark"

[user_pools.settings]
AutoVerifiedAttributes = ["email"]
{further_settings}Schema = [
  {{ Name = "plan", AttributeDataType = "String", Mutable = true }},
  {{ Name = "tenant", AttributeDataType = "String", Mutable = true }},
]

[[user_pools.clients]]
id = "{CLIENT}"
name = "benchmark"

[user_pools.clients.settings]
ExplicitAuthFlows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
AccessTokenValidity = 24
IdTokenValidity = 24
{web_client}"#
    )
}

/// The second app client's part of the configuration file, after the pool's own.
fn web_client_configuration() -> String {
    format!(
        r#"
[[user_pools.clients]]
id = "{WEB_CLIENT}"
name = "Benchmark"

[user_pools.clients.settings]
ExplicitAuthFlows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
SupportedIdentityProviders = ["COGNITO"]
AllowedOAuthFlowsUserPoolClient = true
AllowedOAuthFlows = ["code"]
AllowedOAuthScopes = ["openid", "email", "profile"]
CallbackURLs = ["https://app.example.com/callback"]
AccessTokenValidity = 24
"#
    )
}
