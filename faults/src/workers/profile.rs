//! A user's own changes.

use serde_json::{Value, json};

use super::codes::ROUNDS_PER_CODE;
use super::{Worker, observe};
use crate::ledger::{Profile, User};
use crate::outcome::Outcome;

impl Worker {
    /// Two attributes become the next number, in one call.
    pub(super) async fn write_numbers(&mut self, user: &mut User) {
        self.written += 1;
        let number = self.written;
        let attributes = json!([
            { "Name": "custom:a", "Value": number.to_string() },
            { "Name": "custom:b", "Value": number.to_string() },
        ]);
        let input = json!({ "UserAttributes": attributes });
        self.change(user, "UpdateUserAttributes", input, |profile| Profile {
            numbers: (Some(number), Some(number)),
            ..profile.clone()
        })
        .await;
    }

    /// Both are deleted, in one call.
    pub(super) async fn delete_numbers(&mut self, user: &mut User) {
        let input = json!({ "UserAttributeNames": ["custom:a", "custom:b"] });
        self.change(user, "DeleteUserAttributes", input, |profile| Profile {
            numbers: (None, None),
            ..profile.clone()
        })
        .await;
    }

    /// A new address and the next number, in one call; then the address is verified.
    pub(super) async fn change_email(&mut self, user: &mut User) {
        self.written += 1;
        let number = self.written;
        let email = format!("{}-{number}@example.com", user.name);
        let attributes = json!([
            { "Name": "email", "Value": email },
            { "Name": "custom:a", "Value": number.to_string() },
            { "Name": "custom:b", "Value": number.to_string() },
        ]);
        let input = json!({ "UserAttributes": attributes });
        self.change(user, "UpdateUserAttributes", input, |profile| Profile {
            email: email.clone(),
            verified: false,
            numbers: (Some(number), Some(number)),
            ..profile.clone()
        })
        .await;
        if self.email_of(user).as_ref() != Some(&email) {
            return;
        }
        // The message is written with the change.
        user.promise(&email);
        let verified = |profile: &Option<Profile>| {
            profile.clone().map(|profile| Profile {
                verified: true,
                ..profile
            })
        };
        let is_verified =
            |profile: &Option<Profile>| profile.as_ref().is_some_and(|profile| profile.verified);
        for round in 1_u64.. {
            if user.profile.must(is_verified) || self.context.is_stopping() {
                return;
            }
            let Some(access) = self.access(user) else {
                return;
            };
            let codes = self.codes(&email).await;
            if codes.is_empty() || round % ROUNDS_PER_CODE == 0 {
                let input = json!({ "AccessToken": access, "AttributeName": "email" });
                self.send_again(user, &email, "GetUserAttributeVerificationCode", &input)
                    .await;
                continue;
            }
            for code in codes {
                let input = json!({
                    "AccessToken": access, "AttributeName": "email", "Code": code,
                });
                self.redeem(user, "VerifyUserAttribute", &input, is_verified, verified)
                    .await;
                if user.profile.must(is_verified) {
                    break;
                }
            }
        }
    }

    async fn change(
        &mut self,
        user: &mut User,
        operation: &str,
        mut input: Value,
        change: impl Fn(&Profile) -> Profile,
    ) {
        let Some(access) = self.access(user) else {
            return;
        };
        if let Some(members) = input.as_object_mut() {
            members.insert("AccessToken".to_owned(), json!(access));
        }
        let outcome = self.caller.call(operation, &input).await;
        let unknown = matches!(outcome, Outcome::Unknown(_));
        let change = |profile: &Option<Profile>| profile.as_ref().map(&change);
        self.write(user, operation, outcome, &[], change).await;
        if unknown {
            self.look(user).await;
        }
    }

    /// GetUser.
    pub(super) async fn look_as_user(&mut self, user: &mut User) {
        let Some(access) = self.access(user) else {
            return;
        };
        let outcome = self
            .caller
            .call("GetUser", &json!({ "AccessToken": access }))
            .await;
        let answer = self
            .write(user, "GetUser", outcome, &[], Clone::clone)
            .await;
        if let Some(answer) = answer {
            observe(
                &self.context.journal,
                user,
                Profile::read_own(&answer).as_ref(),
            );
        }
    }
}
