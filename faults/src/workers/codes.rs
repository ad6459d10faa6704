//! Codes: waiting for them, and redeeming each twice at the same time.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{RETRY_DELAY, Worker};
use crate::ledger::{Profile, User};
use crate::outcome::Outcome;

/// How long to wait for a mail before another code is requested.
const DELIVERY: Duration = Duration::from_secs(20);
/// The rounds after which another code is requested: the last mail may have been refused.
pub const ROUNDS_PER_CODE: u64 = 20;
/// The pause between two rounds. Requests that are faster than the mails would replace every code
/// before it arrives.
const ROUND_DELAY: Duration = Duration::from_millis(150);
/// As [`DELIVERY`], if the mail server has refused a mail to the address.
const AFTER_REFUSAL: Duration = Duration::from_millis(500);

impl Worker {
    /// The address of a user, if it is known.
    pub(super) fn email_of(&self, user: &User) -> Option<String> {
        let first = user.profile.states().first()?.as_ref()?;
        let same = |profile: &Option<Profile>| {
            profile
                .as_ref()
                .is_some_and(|profile| profile.email == first.email)
        };
        user.profile.must(same).then(|| first.email.clone())
    }

    /// The codes in the mails to `address`, newest first; empty after the timeout.
    pub(super) async fn codes(&self, address: &str) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let mails = self.context.sink.mails(address);
            if !mails.is_empty() {
                let mut codes: Vec<String> = Vec::new();
                for code in mails.into_iter().rev().filter_map(|mail| mail.secret) {
                    if !codes.contains(&code) {
                        codes.push(code);
                    }
                }
                return codes;
            }
            let refused = self.context.sink.has_refused(address);
            let limit = if refused { AFTER_REFUSAL } else { DELIVERY };
            if begun.elapsed() > limit || self.context.is_stopping() {
                return Vec::new();
            }
            tokio::time::sleep(RETRY_DELAY / 3).await;
        }
    }

    /// Requests another code.
    pub(super) async fn send_again(
        &mut self,
        user: &mut User,
        address: &str,
        operation: &str,
        input: &Value,
    ) {
        let outcome = self.caller.call(operation, input).await;
        if matches!(outcome, Outcome::Acknowledged(_)) {
            user.promise(address);
        }
        user.codes_replaced |= !matches!(outcome, Outcome::Refused(_));
        self.write(user, operation, outcome, &[], Clone::clone)
            .await;
    }

    /// Redeems a code on two connections at the same time, and sometimes once more. At most one call
    /// may succeed, over all time.
    pub(super) async fn redeem(
        &mut self,
        user: &mut User,
        operation: &str,
        input: &Value,
        is_redeemed: impl Fn(&Option<Profile>) -> bool + Copy,
        redeemed: impl Fn(&Option<Profile>) -> Option<Profile>,
    ) {
        let may_be_redeemed = user.profile.may(is_redeemed);
        let outcomes = tokio::join!(
            self.caller.call(operation, input),
            self.other.call(operation, input)
        );
        let outcomes = [outcomes.0, outcomes.1];
        let acknowledged = count(&outcomes, |outcome| {
            matches!(outcome, Outcome::Acknowledged(_))
        });
        let unknown = count(&outcomes, |outcome| matches!(outcome, Outcome::Unknown(_)));
        self.at_most_once(user, operation, acknowledged);
        let several = user.codes_replaced;
        for outcome in &outcomes {
            let Outcome::Refused(refusal) = outcome else {
                continue;
            };
            let explained = may_be_redeemed || acknowledged + unknown > 0 || several;
            let allowed: &[&str] = match explained {
                true => &[
                    "ExpiredCodeException",
                    "CodeMismatchException",
                    "NotAuthorizedException",
                ],
                false => &[],
            };
            self.check_refusal(user, operation, refusal, allowed).await;
        }
        if acknowledged > 0 {
            user.profile.acknowledged(redeemed);
        } else if unknown > 0 {
            user.profile.unknown(redeemed);
        }
        if acknowledged == 0 {
            self.look(user).await;
            if !user.profile.must(is_redeemed) {
                tokio::time::sleep(ROUND_DELAY).await;
            }
        }
        if user.profile.must(is_redeemed) && self.rng.chance(30) {
            let again = self.caller.call(operation, input).await;
            let again = usize::from(matches!(again, Outcome::Acknowledged(_)));
            self.at_most_once(user, operation, 1 + again);
        }
    }

    fn at_most_once(&self, user: &User, operation: &str, times: usize) {
        self.context
            .journal
            .check("a code is redeemed at most once", times < 2, || {
                format!("{operation} of {} succeeded {times} times", user.name)
            });
    }
}

fn count(outcomes: &[Outcome], like: impl Fn(&Outcome) -> bool) -> usize {
    outcomes.iter().filter(|outcome| like(outcome)).count()
}
