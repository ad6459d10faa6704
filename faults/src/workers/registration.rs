//! SignUp, ConfirmSignUp, and the end of a user.

use serde_json::json;

use super::codes::ROUNDS_PER_CODE;
use super::{RETRY_DELAY, Worker};
use crate::ledger::{Client, Profile, User};
use crate::outcome::Outcome;
use crate::settings::{PASSWORD, POOL};

impl Worker {
    pub(super) async fn sign_up(&mut self, user: &mut User) {
        let email = format!("{}@example.com", user.name);
        self.written += 1;
        let number = self.written;
        let attributes = json!([
            { "Name": "email", "Value": email },
            { "Name": "custom:a", "Value": number.to_string() },
            { "Name": "custom:b", "Value": number.to_string() },
        ]);
        let input = json!({
            "ClientId": Client::Plain.id(), "Username": user.name, "Password": PASSWORD,
            "UserAttributes": attributes,
        });
        let created = |_: &Option<Profile>| {
            Some(Profile {
                status: "UNCONFIRMED".to_owned(),
                email: email.clone(),
                verified: false,
                numbers: (Some(number), Some(number)),
            })
        };
        while !user.profile.must(Option::is_some) && !self.context.is_stopping() {
            let outcome = self.caller.call("SignUp", &input).await;
            // An SDK would try again without a look, and may hear that it happened.
            let may_exist = user.profile.may(Option::is_some);
            let allowed: &[&str] = if may_exist {
                &["UsernameExistsException"]
            } else {
                &[]
            };
            if let Outcome::Refused(refusal) = &outcome
                && may_exist
                && refusal.code == "UsernameExistsException"
            {
                user.profile.narrow(Option::is_some);
                self.look(user).await;
            }
            self.write(user, "SignUp", outcome, allowed, created).await;
            if user.profile.states().len() > 1 && self.rng.chance(50) {
                self.look(user).await;
            }
        }
        if user.profile.must(Option::is_some) {
            // The message is written with the user, so it is promised once the user is there.
            user.promise(&email);
        }
    }

    pub(super) async fn confirm(&mut self, user: &mut User) {
        let Some(email) = self.email_of(user) else {
            return;
        };
        let confirmed = |profile: &Option<Profile>| {
            profile.clone().map(|profile| Profile {
                status: "CONFIRMED".to_owned(),
                verified: true,
                ..profile
            })
        };
        let is_confirmed = |profile: &Option<Profile>| {
            profile
                .as_ref()
                .is_some_and(|profile| profile.status == "CONFIRMED")
        };
        if self.works_without_mail() {
            return self.confirm_as_administrator(user, is_confirmed).await;
        }
        for round in 1_u64.. {
            if user.profile.must(is_confirmed) || self.context.is_stopping() {
                return;
            }
            let codes = self.codes(&email).await;
            if codes.is_empty() || round % ROUNDS_PER_CODE == 0 {
                let input = json!({ "ClientId": Client::Plain.id(), "Username": user.name });
                self.send_again(user, &email, "ResendConfirmationCode", &input)
                    .await;
                continue;
            }
            for code in codes {
                let input = json!({
                    "ClientId": Client::Plain.id(), "Username": user.name, "ConfirmationCode": code,
                });
                self.redeem(user, "ConfirmSignUp", &input, is_confirmed, confirmed)
                    .await;
                if user.profile.must(is_confirmed) {
                    break;
                }
            }
        }
    }

    async fn confirm_as_administrator(
        &mut self,
        user: &mut User,
        is_confirmed: impl Fn(&Option<Profile>) -> bool + Copy,
    ) {
        let confirmed = |profile: &Option<Profile>| {
            profile.clone().map(|profile| Profile {
                status: "CONFIRMED".to_owned(),
                ..profile
            })
        };
        while !user.profile.must(is_confirmed) && !self.context.is_stopping() {
            let input = json!({ "UserPoolId": POOL, "Username": user.name });
            let outcome = self.caller.signed("AdminConfirmSignUp", &input).await;
            let may_be: &[&str] = match user.profile.may(is_confirmed) {
                true => &["NotAuthorizedException"],
                false => &[],
            };
            self.write(user, "AdminConfirmSignUp", outcome, may_be, confirmed)
                .await;
            if user.profile.states().len() > 1 {
                self.look(user).await;
            }
        }
    }

    pub(super) async fn delete(&mut self, user: &mut User) {
        let deleted = |_: &Option<Profile>| None;
        while !user.profile.must(Option::is_none) && !self.context.is_stopping() {
            let input = json!({ "UserPoolId": POOL, "Username": user.name });
            let outcome = self.caller.signed("AdminDeleteUser", &input).await;
            let may_be_gone = user.profile.may(Option::is_none);
            let allowed: &[&str] = if may_be_gone {
                &["UserNotFoundException"]
            } else {
                &[]
            };
            self.write(user, "AdminDeleteUser", outcome, allowed, deleted)
                .await;
            if user.profile.states().len() > 1 {
                self.look(user).await;
            }
            tokio::time::sleep(RETRY_DELAY / 10).await;
        }
    }
}
