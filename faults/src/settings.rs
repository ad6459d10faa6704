//! The server's configuration, and the pool that is loaded.

use std::net::SocketAddr;
use std::path::Path;

use crate::clock::Clock;

/// The settings of a server process.
pub struct NodeSettings<'a> {
    /// The server's executable.
    pub binary: &'a Path,
    /// Its directory.
    pub directory: &'a Path,
    /// `store.url`.
    pub store: &'a str,
    /// The mail server.
    pub mail: SocketAddr,
    /// The file that moves its clock, if that can be done.
    pub clock: Option<&'a Clock>,
    /// Further lines for its configuration's `[store]`.
    pub store_settings: &'a str,
}

/// The pool.
pub const POOL: &str = "us-east-1_Faults";
/// The password of every user.
pub const PASSWORD: &str = "Correct-Horse-1";
/// The master key of all nodes. It protects nothing.
const MASTER_KEY: &str = "6661756c74732e6661756c74732e6661756c74732e6661756c74732e6661756c";

/// The configuration file: cheap password hashes, since there are many; no limits; short pauses between
/// the attempts at a message, and no end of them; short timeouts towards the mail server; enough
/// concurrent deliveries for the load.
pub fn configuration(listen: SocketAddr, settings: &NodeSettings<'_>, data_dir: &Path) -> String {
    let (store, store_settings) = (settings.store, settings.store_settings);
    let (data_dir, mail_port) = (data_dir.display(), settings.mail.port());
    format!(
        r#"profile = "development"

[server]
listen = "{listen}"
public_url = "http://127.0.0.1"
starter_pool = false

[store]
url = "{store}"
data_dir = "{data_dir}"
{store_settings}

[secrets]
master_key = "{MASTER_KEY}"

[passwords]
memory_kib = 1024
iterations = 1

[limits]
forgot_password_per_hour = 0
confirm_forgot_password_per_hour = 0
update_attributes_codes_per_hour = 0
resend_confirmation_code_per_hour = 0
confirm_sign_up_per_hour = 0
change_password_per_hour = 0
get_attribute_code_per_hour = 0
verify_attribute_per_hour = 0

[mail]
transport = "smtp"
host = "127.0.0.1"
port = {mail_port}
tls = "none"
timeout_seconds = 2
acceptance_timeout_seconds = 3

[outbox]
attempts = 100000
backoff_base_seconds = 1
backoff_cap_seconds = 2
poll_interval_ms = 100
parallel = 16

[metrics]
listen = "off"

[logs]
level = "warn"

[[user_pools]]
id = "{POOL}"
name = "faults"

[user_pools.settings]
AutoVerifiedAttributes = ["email"]
Schema = [
  {{ Name = "a", AttributeDataType = "String", Mutable = true }},
  {{ Name = "b", AttributeDataType = "String", Mutable = true }},
]

[[user_pools.clients]]
id = "faultsplain"
name = "plain"

[user_pools.clients.settings]
ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
AccessTokenValidity = 24
IdTokenValidity = 24

[[user_pools.clients]]
id = "faultsgraceful"
name = "graceful"

[user_pools.clients.settings]
ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH"]
AccessTokenValidity = 24
IdTokenValidity = 24
RefreshTokenRotation = {{ Feature = "ENABLED", RetryGracePeriodSeconds = 60 }}

[[user_pools.clients]]
id = "faultsstrict"
name = "strict"

[user_pools.clients.settings]
ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH"]
AccessTokenValidity = 24
IdTokenValidity = 24
RefreshTokenRotation = {{ Feature = "ENABLED", RetryGracePeriodSeconds = 0 }}
"#
    )
}
