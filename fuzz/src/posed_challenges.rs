//! Challenges of sign-ins that wait for their answers: one of each kind, in a pool with second factors and devices.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cognate::crypto::SrpVerifier;
use cognate::crypto::srp::{claim_signature, client::Client};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

/// The device's password.
const DEVICE_PASSWORD: &str = "a device's password";
const SALT: [u8; 16] = [7; 16];

/// A challenge, and an answer that has its form.
#[derive(Clone, Debug)]
pub(crate) struct Posed {
    /// Its name.
    pub name: String,
    /// The pool.
    pub pool: String,
    /// The client.
    pub client: String,
    /// Its session, where it has one.
    pub session: Option<String>,
    /// The answer: the right one where it is a device's proof, or a new password.
    pub answers: BTreeMap<String, String>,
}

/// The pool with its client.
struct Guarded<'a> {
    world: &'a World,
    pool: String,
    client: String,
}

/// Makes the pool, its users, and a sign-in of each kind as far as its challenge.
pub(crate) fn pose(world: &World) -> Vec<Posed> {
    let guarded = Guarded::new(world);
    let mut posed = Vec::new();
    guarded.user("ada");
    guarded.user("bob");
    guarded.user("eve");
    guarded.invited("ivy");
    let code = "000000";
    for (user, factors, parameter) in [
        ("bob", &["SMSMfaSettings"][..], "SMS_MFA_CODE"),
        ("eve", &["EmailMfaSettings"][..], "EMAIL_OTP_CODE"),
        ("eve", &["SMSMfaSettings", "EmailMfaSettings"][..], "ANSWER"),
    ] {
        let mut input = json!({"UserPoolId": guarded.pool, "Username": user});
        for factor in factors {
            input[*factor] = json!({"Enabled": true});
        }
        world.expect_ok("AdminSetUserMFAPreference", &input);
        let challenge = guarded.sign_in(user, None);
        let value = if parameter == "ANSWER" { "TOTP" } else { code };
        posed.push(guarded.posed(&challenge, user, &[(parameter, value)]));
    }
    let challenge = guarded.sign_in("ivy", None);
    posed.push(guarded.posed(&challenge, "ivy", &[("NEW_PASSWORD", "An0ther-Horse!")]));
    let choice = guarded.begin("USER_AUTH", &json!({"USERNAME": "ada"}));
    posed.push(guarded.posed(&choice, "ada", &[("ANSWER", "EMAIL_OTP")]));
    let preferred = json!({"USERNAME": "ada", "PREFERRED_CHALLENGE": "EMAIL_OTP"});
    let sent = guarded.begin("USER_AUTH", &preferred);
    posed.push(guarded.posed(&sent, "ada", &[("EMAIL_OTP_CODE", code)]));
    let client = Client::new([9; 32]);
    let parameters = json!({"USERNAME": "ada", "SRP_A": client.public_hex()});
    let verifier = guarded.begin("USER_SRP_AUTH", &parameters);
    let block = verifier["ChallengeParameters"]["SECRET_BLOCK"].as_str();
    let answers = [
        ("PASSWORD_CLAIM_SECRET_BLOCK", block.expect("a block")),
        ("PASSWORD_CLAIM_SIGNATURE", "AAAA"),
        ("TIMESTAMP", "Tue Sep 5 09:04:01 UTC 2023"),
    ];
    posed.push(guarded.posed(&verifier, "ada", &answers));
    posed.extend(guarded.device());
    posed
}

impl<'a> Guarded<'a> {
    fn new(world: &'a World) -> Self {
        let made = world.expect_ok(
            "CreateUserPool",
            &json!({
                "PoolName": "guarded",
                "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true},
                "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
                "AutoVerifiedAttributes": ["email", "phone_number"],
                "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"},
            }),
        );
        let pool = made["UserPool"]["Id"].as_str().expect("an id").to_owned();
        world.turn_on_second_factors(&pool);
        let made = world.expect_ok(
            "CreateUserPoolClient",
            &json!({
                "UserPoolId": pool,
                "ClientName": "guarded",
                "ExplicitAuthFlows": [
                    "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH",
                    "ALLOW_REFRESH_TOKEN_AUTH",
                ],
            }),
        );
        let client = made["UserPoolClient"]["ClientId"].as_str();
        let client = client.expect("an id").to_owned();
        Self {
            world,
            pool,
            client,
        }
    }

    fn invited(&self, name: &str) {
        let input = json!({
            "UserPoolId": self.pool, "Username": name, "TemporaryPassword": PASSWORD,
            "MessageAction": "SUPPRESS",
            "UserAttributes": [
                {"Name": "email", "Value": format!("{name}@example.com")},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "phone_number", "Value": "+15555550100"},
                {"Name": "phone_number_verified", "Value": "true"},
            ],
        });
        self.world.expect_ok("AdminCreateUser", &input);
    }

    fn user(&self, name: &str) {
        self.invited(name);
        let input = json!({
            "UserPoolId": self.pool, "Username": name, "Password": PASSWORD, "Permanent": true,
        });
        self.world.expect_ok("AdminSetUserPassword", &input);
    }

    fn begin(&self, flow: &str, parameters: &Value) -> Value {
        let input = json!({
            "ClientId": self.client, "AuthFlow": flow, "AuthParameters": parameters,
        });
        self.world.expect_ok("InitiateAuth", &input)
    }

    fn sign_in(&self, user: &str, device_key: Option<&str>) -> Value {
        let mut parameters = json!({"USERNAME": user, "PASSWORD": PASSWORD});
        if let Some(key) = device_key {
            parameters["DEVICE_KEY"] = json!(key);
        }
        self.begin("USER_PASSWORD_AUTH", &parameters)
    }

    fn posed(&self, challenge: &Value, user: &str, answers: &[(&str, &str)]) -> Posed {
        let name = challenge["ChallengeName"].as_str().expect("a challenge");
        let mut answers: BTreeMap<String, String> = answers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        answers.insert("USERNAME".to_owned(), user.to_owned());
        Posed {
            name: name.to_owned(),
            pool: self.pool.clone(),
            client: self.client.clone(),
            session: challenge["Session"].as_str().map(ToOwned::to_owned),
            answers,
        }
    }

    /// The two challenges of `ada`'s device, each of a sign-in of its own.
    fn device(&self) -> [Posed; 2] {
        let signed_in = self.sign_in("ada", None);
        let result = &signed_in["AuthenticationResult"];
        let metadata = &result["NewDeviceMetadata"];
        let key = metadata["DeviceKey"].as_str().expect("a key");
        let group = metadata["DeviceGroupKey"].as_str().expect("a group key");
        let password = SecretString::from(DEVICE_PASSWORD);
        let verifier = SrpVerifier::derive(group, key, &password, &SALT);
        self.world.expect_ok(
            "ConfirmDevice",
            &json!({
                "AccessToken": result["AccessToken"],
                "DeviceKey": key,
                "DeviceSecretVerifierConfig": {
                    "PasswordVerifier": BASE64_STANDARD.encode(verifier.as_bytes()),
                    "Salt": BASE64_STANDARD.encode(SALT),
                },
            }),
        );
        let client = Client::new([11; 32]);
        let srp_a = client.public_hex();
        let answers = [("DEVICE_KEY", key), ("SRP_A", srp_a.as_str())];
        let answered = self.posed(&self.sign_in("ada", Some(key)), "ada", &answers);
        let input = json!({
            "ClientId": self.client,
            "ChallengeName": "DEVICE_SRP_AUTH",
            "Session": answered.session,
            "ChallengeResponses": answered.answers,
        });
        let proof = self.world.expect_ok("RespondToAuthChallenge", &input);
        let parameter = |name: &str| {
            let value = proof["ChallengeParameters"][name].as_str();
            value.expect("a parameter of the challenge")
        };
        let shared = client
            .session_key(group, key, &password, parameter("SALT"), parameter("SRP_B"))
            .expect("the server's values are numbers");
        let block = parameter("SECRET_BLOCK");
        let decoded = BASE64_STANDARD.decode(block).expect("base64");
        let time = jiff::Timestamp::from_second(self.world.now.seconds())
            .expect("a time")
            .strftime("%a %b %-d %H:%M:%S UTC %Y")
            .to_string();
        let signature = claim_signature(&shared, group, key, &decoded, &time);
        let signature = BASE64_STANDARD.encode(signature);
        let proof_answers = [
            ("DEVICE_KEY", key),
            ("PASSWORD_CLAIM_SECRET_BLOCK", block),
            ("PASSWORD_CLAIM_SIGNATURE", &signature),
            ("TIMESTAMP", &time),
        ];
        let waiting = self.sign_in("ada", Some(key));
        [
            self.posed(&waiting, "ada", &answers),
            self.posed(&proof, "ada", &proof_answers),
        ]
    }
}
