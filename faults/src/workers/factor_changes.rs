//! What users do to their authenticator apps and devices.

use cognate::crypto::totp::TotpSecret;
use cognate_bench::factors::{STEP, code};
use cognate_bench::srp;
use serde_json::{Value, json};

use super::RETRY_DELAY;
use super::factors::{FactorCaller, FactorWorker};
use crate::factor_ledger::{App, DeviceState, FactorUser};
use crate::ledger::Possible;
use crate::outcome::Outcome;

impl FactorWorker {
    /// Sets an app up, proves it, and turns it on.
    pub(super) async fn enrol(&mut self, user: &mut FactorUser) {
        let Some(access) = user.live().map(|session| session.access.clone()) else {
            return;
        };
        let calls = &mut self.calls;
        let input = json!({ "AccessToken": access });
        let outcome = calls.caller.call("AssociateSoftwareToken", &input).await;
        let Outcome::Acknowledged(answer) = outcome else {
            if let Outcome::Refused(refusal) = outcome {
                calls
                    .check_refusal(&user.name, "AssociateSoftwareToken", &refusal, &[])
                    .await;
            }
            return;
        };
        let Some(text) = answer.get("SecretCode").and_then(Value::as_str) else {
            return;
        };
        let Some(secret) = TotpSecret::from_base32(text) else {
            return;
        };
        let step = calls.now() / STEP;
        let input = json!({
            "AccessToken": access, "UserCode": code(secret.as_bytes(), step),
        });
        let proven = |app: &App| App {
            proven: Some(text.to_owned()),
            ..app.clone()
        };
        match calls.caller.call("VerifySoftwareToken", &input).await {
            Outcome::Acknowledged(_) => {
                user.app.acknowledged(proven);
                // The step counts for the new secret.
                user.last_step = step;
            }
            Outcome::Unknown(_) => {
                user.app.unknown(proven);
                user.last_step = user.last_step.max(step);
            }
            Outcome::Refused(refusal) => {
                calls
                    .check_refusal(&user.name, "VerifySoftwareToken", &refusal, &[])
                    .await;
            }
        }
        self.turn(user, &access, true).await;
    }

    /// Turns the app on or off.
    pub(super) async fn switch(&mut self, user: &mut FactorUser) {
        if let Some(access) = user.live().map(|session| session.access.clone()) {
            let on = self.rng.chance(50);
            self.turn(user, &access, on).await;
        }
    }

    async fn turn(&mut self, user: &mut FactorUser, access: &str, on: bool) {
        let input = json!({
            "AccessToken": access,
            "SoftwareTokenMfaSettings": { "Enabled": on, "PreferredMfa": on },
        });
        let turned = |app: &App| App {
            is_on: on && app.proven.is_some(),
            ..app.clone()
        };
        match self.calls.caller.call("SetUserMFAPreference", &input).await {
            Outcome::Acknowledged(_) => {
                let fits = !on || user.app.narrow(|app| app.proven.is_some());
                let journal = &self.calls.context.journal;
                journal.check("what is read was written", fits, || {
                    format!("{}: an app is on that nobody has proven", user.name)
                });
                user.app.acknowledged(turned);
            }
            Outcome::Unknown(_) => user.app.unknown(turned),
            Outcome::Refused(refusal) => {
                let may_have_none = user.app.may(|app| app.proven.is_none());
                let allowed: &[&str] = match on && may_have_none {
                    true => &["InvalidParameterException"],
                    false => &[],
                };
                let name = &user.name;
                self.calls
                    .check_refusal(name, "SetUserMFAPreference", &refusal, allowed)
                    .await;
                if refusal.code == "InvalidParameterException" {
                    user.app.narrow(|app| app.proven.is_none());
                }
            }
        }
        if user.app.states().len() > 1 {
            self.calls.look_at_app(user).await;
        }
    }

    /// An administrator deletes the app.
    pub(super) async fn delete_app(&mut self, user: &mut FactorUser) {
        let input = json!({ "UserPoolId": self.calls.pool.id, "Username": user.name });
        let outcome = self
            .calls
            .caller
            .signed("AdminDeleteSoftwareToken", &input)
            .await;
        match outcome {
            Outcome::Acknowledged(_) => user.app.acknowledged(|_| App::default()),
            Outcome::Unknown(_) => user.app.unknown(|_| App::default()),
            Outcome::Refused(refusal) => {
                let name = &user.name;
                self.calls
                    .check_refusal(name, "AdminDeleteSoftwareToken", &refusal, &[])
                    .await;
            }
        }
        self.calls.look_at_app(user).await;
    }

    /// The newest device that is not confirmed confirms itself, in the session that issued its key.
    pub(super) async fn confirm(&mut self, user: &mut FactorUser) {
        let waits = |state: &DeviceState| *state == DeviceState::Unknown;
        let Some((at, access)) = user
            .devices
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, device)| {
                let key = Some(&device.keys.key);
                let mut sessions = user.sessions.iter();
                let session = sessions.find(|it| it.is_live() && it.device_key.as_ref() == key)?;
                let waits = device.state.may(waits) && !device.was_forgotten;
                waits.then(|| (at, session.access.clone()))
            })
        else {
            return self.calls.sign_in(user, None).await;
        };
        let Some(device) = user.devices.get_mut(at) else {
            return;
        };
        let [verifier, salt] = srp::device_secret();
        let input = json!({
            "AccessToken": access, "DeviceKey": device.keys.key,
            "DeviceSecretVerifierConfig": { "PasswordVerifier": verifier, "Salt": salt },
        });
        let confirmed = |state: &DeviceState| match state {
            DeviceState::Unknown => DeviceState::Confirmed { remembered: false },
            DeviceState::Confirmed { .. } => *state,
        };
        match self.calls.caller.call("ConfirmDevice", &input).await {
            Outcome::Acknowledged(_) => device.state.acknowledged(confirmed),
            Outcome::Unknown(_) => device.state.unknown(confirmed),
            Outcome::Refused(refusal) => {
                let allowed: &[&str] = match device.state.may(|state| !waits(state)) {
                    true => &["DeviceKeyExistsException"],
                    false => &[],
                };
                self.calls
                    .check_refusal(&user.name, "ConfirmDevice", &refusal, allowed)
                    .await;
            }
        }
        self.calls.look_at_device(user, at).await;
    }

    /// A device is remembered, or not any more.
    pub(super) async fn remember(&mut self, user: &mut FactorUser) {
        let (Some(at), Some(access)) = (
            self.confirmed(user),
            user.live().map(|session| session.access.clone()),
        ) else {
            return;
        };
        let remembered = self.rng.chance(70);
        let status = if remembered {
            "remembered"
        } else {
            "not_remembered"
        };
        let Some(device) = user.devices.get_mut(at) else {
            return;
        };
        let input = json!({
            "AccessToken": access, "DeviceKey": device.keys.key, "DeviceRememberedStatus": status,
        });
        let changed = |_: &DeviceState| DeviceState::Confirmed { remembered };
        match self.calls.caller.call("UpdateDeviceStatus", &input).await {
            Outcome::Acknowledged(_) => device.state.acknowledged(changed),
            Outcome::Unknown(_) => device.state.unknown(changed),
            Outcome::Refused(refusal) => {
                self.calls
                    .check_refusal(&user.name, "UpdateDeviceStatus", &refusal, &[])
                    .await;
            }
        }
        self.calls.look_at_device(user, at).await;
    }

    /// A device is forgotten, and its sessions end with it.
    pub(super) async fn forget(&mut self, user: &mut FactorUser) {
        let (Some(at), Some(access)) = (
            self.confirmed(user),
            user.live().map(|session| session.access.clone()),
        ) else {
            return;
        };
        let Some(device) = user.devices.get_mut(at) else {
            return;
        };
        let key = device.keys.key.clone();
        let outcome = if self.rng.chance(50) {
            let input = json!({ "AccessToken": access, "DeviceKey": key });
            self.calls.caller.call("ForgetDevice", &input).await
        } else {
            let pool = &self.calls.pool.id;
            let input = json!({ "UserPoolId": pool, "Username": user.name, "DeviceKey": key });
            self.calls.caller.signed("AdminForgetDevice", &input).await
        };
        let of_device = user
            .sessions
            .iter_mut()
            .filter(|session| session.device_key.as_ref() == Some(&key));
        match outcome {
            Outcome::Acknowledged(_) => {
                device.was_forgotten = true;
                device.state.acknowledged(|_| DeviceState::Unknown);
                of_device.for_each(|session| session.revoked.acknowledged(|_| true));
            }
            Outcome::Unknown(_) => {
                device.was_forgotten = true;
                device.state.unknown(|_| DeviceState::Unknown);
                of_device.for_each(|session| session.revoked.unknown(|_| true));
            }
            Outcome::Refused(refusal) => {
                self.calls
                    .check_refusal(&user.name, "ForgetDevice", &refusal, &[])
                    .await;
            }
        }
        self.calls.look_at_device(user, at).await;
    }

    /// Where a device is in the list that is known to be confirmed.
    fn confirmed(&mut self, user: &FactorUser) -> Option<usize> {
        let is_confirmed = |state: &DeviceState| *state != DeviceState::Unknown;
        user.devices
            .iter()
            .rposition(|device| device.state.must(is_confirmed))
    }
}

impl FactorCaller {
    /// Reads as an administrator whether the app is on.
    pub async fn look_at_app(&mut self, user: &mut FactorUser) {
        let input = json!({ "UserPoolId": self.pool.id, "Username": user.name });
        let answer = loop {
            match self.caller.signed("AdminGetUser", &input).await {
                Outcome::Acknowledged(answer) => break answer,
                Outcome::Refused(refusal) if !refusal.is_busy() => {
                    self.check_refusal(&user.name, "AdminGetUser", &refusal, &[])
                        .await;
                    return;
                }
                Outcome::Refused(_) | Outcome::Unknown(_) => tokio::time::sleep(RETRY_DELAY).await,
            }
        };
        let list = answer.get("UserMFASettingList").and_then(Value::as_array);
        let is_on = list.is_some_and(|list| list.contains(&json!("SOFTWARE_TOKEN_MFA")));
        let preferred = answer.get("PreferredMfaSetting").is_some();
        let journal = &self.context.journal;
        journal.check("no write is half there", is_on == preferred, || {
            format!("{}: on {is_on}, preferred {preferred}", user.name)
        });
        let fits = user.app.narrow(|app| app.is_on == is_on);
        journal.check("what is read was written", fits, || {
            format!(
                "{}: the app is on: {is_on}, and should be {:?}",
                user.name, user.app
            )
        });
        if !fits {
            user.app.acknowledged(|app| App {
                is_on,
                ..app.clone()
            });
        }
    }

    /// Reads a device as an administrator.
    pub async fn look_at_device(&mut self, user: &mut FactorUser, at: usize) {
        let Some(key) = user.devices.get(at).map(|device| device.keys.key.clone()) else {
            return;
        };
        let input = json!({
            "UserPoolId": self.pool.id, "Username": user.name, "DeviceKey": key,
        });
        let seen = loop {
            match self.caller.signed("AdminGetDevice", &input).await {
                Outcome::Acknowledged(answer) => {
                    let attributes = answer.pointer("/Device/DeviceAttributes");
                    let attributes = attributes.and_then(Value::as_array);
                    let remembered = json!({
                        "Name": "dev:device_remembered_status", "Value": "remembered",
                    });
                    let remembered = attributes.is_some_and(|list| list.contains(&remembered));
                    break DeviceState::Confirmed { remembered };
                }
                Outcome::Refused(refusal) if refusal.code == "ResourceNotFoundException" => {
                    break DeviceState::Unknown;
                }
                Outcome::Refused(refusal) if !refusal.is_busy() => {
                    self.check_refusal(&user.name, "AdminGetDevice", &refusal, &[])
                        .await;
                    return;
                }
                Outcome::Refused(_) | Outcome::Unknown(_) => tokio::time::sleep(RETRY_DELAY).await,
            }
        };
        self.observe_device(user, &key, seen);
        // Whether the sessions of a device that was perhaps forgotten are over follows from it.
        if let Some(device) = user.devices.get(at)
            && device.was_forgotten
            && seen != DeviceState::Unknown
        {
            let of_device = |session: &&mut crate::factor_ledger::Session| {
                session.device_key.as_ref() == Some(&key) && session.revoked.states().len() > 1
            };
            let sessions = user.sessions.iter_mut().filter(of_device);
            sessions.for_each(|session| session.revoked = Possible::known(false));
            if let Some(device) = user.devices.get_mut(at) {
                device.was_forgotten = false;
            }
        }
    }
}
