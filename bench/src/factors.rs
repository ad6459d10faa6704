//! Pools beside the one that most cases use, each for one way to sign in: with an authenticator app, with a device,
//! with a code by e-mail, and with a function of the pool's. Their users are made past the server, as all are.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::{Context, ensure};
use aws_lc_rs::{digest, hmac};
use cognate::app::App;
use cognate::crypto::KeyPurpose;
use cognate::domain::device::{Device, DeviceKeys};
use cognate::domain::second_factor::{SecondFactor, UserMfa};
use cognate::domain::time::Timestamp;
use cognate::domain::user::{Credentials, User, UserStatus};
use cognate::store::{Conn, devices, software_tokens, users};
use serde_json::json;
use uuid::Uuid;

use crate::dataset::{REGION, SEED, email, user_id, username};
use crate::srp;
use crate::wire::{Signer, Wire};

/// When all users were made, 2025-01-01.
const CREATED_AT: i64 = 1_735_689_600_000;
/// When devices are forgotten, long after.
const FORGOTTEN_AFTER: i64 = 4 * CREATED_AT;
/// Seconds of a step of an authenticator app.
pub const STEP: i64 = 30;
/// What a pool's function answers: it adds a claim to the ID token.
pub const FUNCTION_ANSWER: &str = r#"{"response":{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"tenant":"t-1"}}}}}"#;
/// The ARN of that function.
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:benchmark";

/// A pool, by what its users sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorPool {
    /// A password, and a code of an authenticator app.
    App,
    /// A password, and a device that is remembered.
    Device,
    /// A code by e-mail.
    Code,
    /// A password, while a function takes part.
    Function,
}

impl FactorPool {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::App, Self::Device, Self::Code, Self::Function];

    /// The part of the pool's id that enters an SRP exchange.
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "BenchApp",
            Self::Device => "BenchDevice",
            Self::Code => "BenchCode",
            Self::Function => "BenchFunction",
        }
    }

    /// The pool's id.
    pub fn id(self) -> String {
        format!("{REGION}_{}", self.name())
    }

    /// Its app client, without a secret.
    pub const fn client(self) -> &'static str {
        match self {
            Self::App => "benchapp",
            Self::Device => "benchdevice",
            Self::Code => "benchcode",
            Self::Function => "benchfunction",
        }
    }

    /// How many users it has. A code of an app counts once, and so does each step of 30 seconds.
    pub const fn users(self) -> u64 {
        match self {
            Self::App => 4096,
            Self::Device | Self::Code | Self::Function => 1024,
        }
    }

    /// Its settings, as the configuration file has them.
    fn settings(self) -> String {
        match self {
            Self::App => String::new(),
            Self::Device => "DeviceConfiguration = { ChallengeRequiredOnNewDevice = true, \
                 DeviceOnlyRememberedOnUserPrompt = false }\n"
                .to_owned(),
            Self::Code => "Policies = { SignInPolicy = { \
                 AllowedFirstAuthFactors = [\"PASSWORD\", \"EMAIL_OTP\"] } }\n"
                .to_owned(),
            Self::Function => format!(
                "LambdaConfig = {{ PreTokenGenerationConfig = {{ LambdaArn = \"{FUNCTION}\", \
                 LambdaVersion = \"V2_0\" }} }}\n"
            ),
        }
    }
}

/// The pools' part of the configuration file; `function` is where the function is reached.
pub fn configuration(function: SocketAddr) -> String {
    let mut text = format!(
        "\n[[triggers.functions]]\narn = \"{FUNCTION}\"\nprotocol = \"http\"\n\
         url = \"http://{function}/\"\n"
    );
    for pool in FactorPool::ALL {
        let (id, client, settings) = (pool.id(), pool.client(), pool.settings());
        let _ = write!(
            text,
            "\n[[user_pools]]\nid = \"{id}\"\nname = \"{client}\"\n\n[user_pools.settings]\n\
             AutoVerifiedAttributes = [\"email\"]\n{settings}\n[[user_pools.clients]]\n\
             id = \"{client}\"\nname = \"{client}\"\n\n[user_pools.clients.settings]\n\
             ExplicitAuthFlows = [\"ALLOW_USER_SRP_AUTH\", \"ALLOW_USER_AUTH\", \
             \"ALLOW_REFRESH_TOKEN_AUTH\"]\n"
        );
    }
    text
}

/// Turns authenticator apps on in the pool that has them, which no configuration file can.
///
/// # Errors
/// If the server refuses.
pub async fn turn_on(address: SocketAddr) -> anyhow::Result<()> {
    let input = json!({
        "UserPoolId": FactorPool::App.id(),
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    let request = Signer::new().call("SetUserPoolMfaConfig", &input.to_string());
    let mut wire = Wire::connect(address).await?;
    let answer = wire.exchange(&request).await?;
    let text = String::from_utf8_lossy(answer.body);
    ensure!(answer.status == 200, "no authenticator apps: {text}");
    Ok(())
}

/// Writes the users of the pools, which exist. All have the password whose hash this is.
///
/// # Errors
/// If the store cannot be written.
pub async fn fill(app: &App, password_hash: &str) -> anyhow::Result<()> {
    for pool in FactorPool::ALL {
        let mut tx = app.db.begin().await?;
        for number in 0..pool.users() {
            insert(app, &mut tx, pool, number, password_hash).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn insert(
    app: &App,
    conn: &mut Conn,
    pool: FactorPool,
    number: u64,
    password_hash: &str,
) -> anyhow::Result<()> {
    let (pool_id, id, at) = (
        pool.id(),
        user_id(number),
        Timestamp::from_millis(CREATED_AT),
    );
    let seal = |purpose, context: &[&str], value: &[u8]| app.vault.seal(purpose, context, value);
    let mfa = UserMfa {
        enabled: BTreeSet::from([SecondFactor::SoftwareToken]),
        preferred: Some(SecondFactor::SoftwareToken),
        ..UserMfa::default()
    };
    let user = User {
        pool_id: pool_id.clone(),
        id: id.clone(),
        username: username(number),
        status: UserStatus::Confirmed,
        enabled: true,
        attributes: [
            ("email".to_owned(), email(number)),
            ("email_verified".to_owned(), "true".to_owned()),
        ]
        .into(),
        mfa: match pool {
            FactorPool::App => mfa,
            FactorPool::Device | FactorPool::Code | FactorPool::Function => UserMfa::default(),
        },
        created_at: at,
        modified_at: at,
        credentials_version: 0,
        version: 1,
    };
    let credentials = Credentials {
        password_hash: password_hash.to_owned(),
        srp_salt: b"\x01ognate's benchm".to_vec(),
        srp_verifier: seal(KeyPurpose::SrpVerifier, &[&pool_id, &id], &srp::verifier())?,
        set_at: at,
        former: Vec::new(),
    };
    let key = &user.username;
    ensure!(users::insert(conn, &user, key, Some(&credentials)).await?);
    match pool {
        FactorPool::App => {
            let proof = software_tokens::Proof {
                secret: &seal(KeyPurpose::TotpSeed, &[&pool_id, &id], &secret(number))?,
                step: 0,
                name: None,
            };
            software_tokens::replace(conn, &pool_id, &id, &proof).await?;
        }
        FactorPool::Device => {
            let keys = device(number).context("a device's key")?;
            let row = format!("{id}/{}", keys.key);
            let device = Device {
                srp_verifier: seal(
                    KeyPurpose::DeviceVerifier,
                    &[&pool_id, &row],
                    &srp::verifier(),
                )?,
                pool_id,
                user_id: id,
                keys,
                name: None,
                remembered: true,
                second_factor: false,
                srp_salt: b"\x01ognate's benchm".to_vec(),
                last_address: None,
                user_agent: None,
                created_at: at,
                modified_at: at,
                authenticated_at: at,
            };
            let until = Timestamp::from_millis(FORGOTTEN_AFTER);
            ensure!(devices::insert(conn, &device, until).await?);
        }
        FactorPool::Code | FactorPool::Function => {}
    }
    Ok(())
}

/// The keys of a user's device.
pub fn device(number: u64) -> Option<DeviceKeys> {
    let id = Uuid::try_parse(&user_id(number)).ok()?;
    Some(DeviceKeys::new(REGION, id))
}

/// The secret of a user's authenticator app.
fn secret(number: u64) -> [u8; 32] {
    let mut secret = [0; 32];
    let hash = digest::digest(&digest::SHA256, format!("{SEED}app:{number}").as_bytes());
    for (to, from) in secret.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    secret
}

/// The code that a user's authenticator app shows in this step.
pub fn app_code(number: u64, step: i64) -> String {
    code(&secret(number), step)
}

/// The code that an authenticator app with this secret shows in this step (RFC 6238).
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let hash = hmac::sign(&key, &step.to_be_bytes());
    let hash = hash.as_ref();
    let at = usize::from(hash.last().copied().unwrap_or(0) & 0xf);
    let four = hash
        .get(at..at + 4)
        .and_then(|four| four.first_chunk::<4>());
    let number = four.map_or(0, |four| u32::from_be_bytes(*four) & 0x7fff_ffff);
    format!("{:06}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use cognate::crypto::totp::TotpSecret;

    use super::*;

    #[test]
    fn the_server_takes_the_codes_of_the_apps() {
        for number in 0..20 {
            let at = Timestamp::from_millis(CREATED_AT);
            let step = at.seconds() / STEP;
            let server = TotpSecret::from_bytes(secret(number));
            let matching = server.matching_step(&app_code(number, step), at);
            assert_eq!(matching, Some(step));
        }
    }
}
