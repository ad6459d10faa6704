//! Signing in, refreshing, and the end of sessions.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::{RETRY_DELAY, Worker};
use crate::ledger::{Client, Possible, Session, User};
use crate::outcome::{Outcome, Refusal};
use crate::settings::PASSWORD;

/// What the exchange of the newest refresh token of a session showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshResult {
    /// The server issued new tokens.
    Succeeded,
    /// The token was replaced by one that the client did not receive, and is invalid.
    Replaced,
    /// Its session is over.
    Revoked,
    /// There was no response, or the server was busy.
    Unexplained,
}

impl Worker {
    pub(super) fn has_session(&self, user: &User) -> bool {
        user.sessions
            .iter()
            .any(|session| session.revoked.must(|revoked| !revoked))
    }

    /// The access token of a session that is not over.
    pub(super) fn access(&self, user: &User) -> Option<String> {
        let mut live = user.sessions.iter().rev();
        let live = live.find(|session| session.revoked.must(|revoked| !revoked));
        live.map(|session| session.access.clone())
    }

    pub(super) async fn sign_in(&mut self, user: &mut User, client: Client) {
        let input = json!({
            "ClientId": client.id(), "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": user.name, "PASSWORD": PASSWORD },
        });
        let outcome = self.caller.call("InitiateAuth", &input).await;
        let answer = self
            .write(user, "InitiateAuth", outcome, &[], Clone::clone)
            .await;
        if let Some(session) = answer.and_then(|answer| session(client, &answer)) {
            user.sessions.push(session);
        }
    }

    /// The newest live session's tokens are exchanged, until it is known what became of it.
    pub(super) async fn refresh(&mut self, user: &mut User) {
        let live = |session: &Session| session.revoked.must(|revoked| !revoked);
        let Some(at) = user.sessions.iter().rposition(live) else {
            return;
        };
        let mut session = user.sessions.remove(at);
        let by_auth = session.client == Client::Plain && self.rng.chance(50);
        loop {
            let moves = &self.context.clock_moves;
            match refresh(&mut self.caller, &mut session, by_auth, moves).await {
                Ok(RefreshResult::Succeeded) => break,
                Ok(RefreshResult::Replaced) => {
                    self.context
                        .journal
                        .note("a rotation's answer was lost, and the token with it");
                    return;
                }
                Ok(RefreshResult::Revoked) => {
                    session.revoked.narrow(|revoked| *revoked);
                    user.sessions.push(session);
                    return;
                }
                Ok(RefreshResult::Unexplained) => {
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                Err(refusal) => {
                    let text = format!(
                        "refresh for {}: {refusal:?} {:?}, replaced perhaps when the clock had been \
                         moved {:?} times, now {}",
                        user.name,
                        session.client,
                        session.may_be_replaced,
                        moves.load(Ordering::SeqCst)
                    );
                    self.context
                        .journal
                        .violation("sequences of refresh tokens are unbroken", text);
                    return;
                }
            }
            if self.context.is_stopping() {
                break;
            }
        }
        if session.client == Client::Strict && self.rng.chance(30) {
            self.old_token_is_worth_nothing(user, &mut session).await;
        }
        user.sessions.push(session);
    }

    /// Presents a replaced token, which is refused and ends the session.
    async fn old_token_is_worth_nothing(&mut self, user: &User, session: &mut Session) {
        let Some(old) = &session.replaced else {
            return;
        };
        let input = json!({ "ClientId": session.client.id(), "RefreshToken": old });
        let outcome = self.caller.call("GetTokensFromRefreshToken", &input).await;
        let accepted = matches!(outcome, Outcome::Acknowledged(_));
        self.context
            .journal
            .check("a replaced refresh token is refused", !accepted, || {
                format!("one of {} was accepted", user.name)
            });
        match &outcome {
            Outcome::Refused(refusal) if refusal.code == "RefreshTokenReuseException" => {
                session.revoked.acknowledged(|_| true);
            }
            Outcome::Unknown(_) => session.revoked.unknown(|_| true),
            Outcome::Acknowledged(_) | Outcome::Refused(_) => {}
        }
        if let Outcome::Refused(refusal) = outcome {
            let allowed = ["RefreshTokenReuseException"];
            self.check_refusal(user, "GetTokensFromRefreshToken", &refusal, &allowed)
                .await;
        }
    }

    /// RevokeToken for the newest live session.
    pub(super) async fn revoke(&mut self, user: &mut User) {
        let live = |session: &Session| session.revoked.must(|revoked| !revoked);
        let Some(at) = user.sessions.iter().rposition(live) else {
            return;
        };
        let mut session = user.sessions.remove(at);
        let input = json!({ "ClientId": session.client.id(), "Token": session.refresh });
        let outcome = self.caller.call("RevokeToken", &input).await;
        end(&mut session, &outcome);
        self.write(user, "RevokeToken", outcome, &[], Clone::clone)
            .await;
        self.check_end(user, &mut session).await;
        user.sessions.push(session);
    }

    /// GlobalSignOut.
    pub(super) async fn sign_out(&mut self, user: &mut User) {
        let Some(access) = self.access(user) else {
            return;
        };
        let outcome = self
            .caller
            .call("GlobalSignOut", &json!({ "AccessToken": access }))
            .await;
        for session in &mut user.sessions {
            end(session, &outcome);
        }
        self.write(user, "GlobalSignOut", outcome, &[], Clone::clone)
            .await;
        let mut sessions = std::mem::take(&mut user.sessions);
        for session in &mut sessions {
            self.check_end(user, session).await;
        }
        // The oldest tell nothing new.
        sessions.drain(..sessions.len().saturating_sub(3));
        user.sessions = sessions;
    }

    async fn check_end(&mut self, user: &User, session: &mut Session) {
        loop {
            let input = json!({ "AccessToken": session.access });
            let outcome = self.caller.call("GetUser", &input).await;
            if let Some(revoked) = is_revoked(&outcome) {
                let fits = session.revoked.narrow(|state| *state == revoked);
                self.context
                    .journal
                    .check("a revoked session is over, and no other", fits, || {
                        format!(
                            "{}: {revoked}, and should be {:?}",
                            user.name, session.revoked
                        )
                    });
                return;
            }
            if let Outcome::Refused(refusal) = &outcome {
                self.check_refusal(user, "GetUser", refusal, &[]).await;
                if !refusal.is_busy() {
                    return;
                }
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }
}

/// Whether GetUser says that the session is over; `None` if it says something else.
pub fn is_revoked(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Acknowledged(_) => Some(false),
        Outcome::Refused(refusal) if refusal.message == "Access Token has been revoked" => {
            Some(true)
        }
        Outcome::Refused(_) | Outcome::Unknown(_) => None,
    }
}

fn end(session: &mut Session, outcome: &Outcome) {
    match outcome {
        Outcome::Acknowledged(_) => session.revoked.acknowledged(|_| true),
        Outcome::Unknown(_) => session.revoked.unknown(|_| true),
        Outcome::Refused(_) => {}
    }
}

/// Exchanges the newest refresh token once.
///
/// # Errors
/// A refusal that the ledger cannot explain.
pub async fn refresh(
    caller: &mut crate::api::Caller,
    session: &mut Session,
    by_auth: bool,
    clock_moves: &AtomicU64,
) -> Result<RefreshResult, Refusal> {
    let begun = clock_moves.load(Ordering::SeqCst);
    let client = session.client.id();
    let outcome = if by_auth {
        let input = json!({
            "ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
            "AuthParameters": { "REFRESH_TOKEN": session.refresh },
        });
        caller.call("InitiateAuth", &input).await
    } else {
        let input = json!({ "ClientId": client, "RefreshToken": session.refresh });
        caller.call("GetTokensFromRefreshToken", &input).await
    };
    // A replacement of unknown outcome happened during the call at the earliest; a refusal takes into
    // account every move of the clock until it came.
    let moves = match outcome {
        Outcome::Unknown(_) => begun,
        Outcome::Acknowledged(_) | Outcome::Refused(_) => clock_moves.load(Ordering::SeqCst),
    };
    refresh_result(session, &outcome, moves)
}

/// Updates the ledger with the response to a refresh.
///
/// # Errors
/// A refusal that the ledger cannot explain.
pub fn refresh_result(
    session: &mut Session,
    outcome: &Outcome,
    clock_moves: u64,
) -> Result<RefreshResult, Refusal> {
    let rotates = session.client != Client::Plain;
    // A replaced token is valid for a minute, unless the clock was moved meanwhile. After that its use
    // ends the session, which the client may not have been told.
    let may_be_reused = session
        .may_be_replaced
        .is_some_and(|moves| session.client == Client::Strict || moves != clock_moves);
    match outcome {
        Outcome::Acknowledged(answer) => {
            let token = |name: &str| {
                let result = answer.get("AuthenticationResult")?;
                result.get(name)?.as_str().map(str::to_owned)
            };
            if let Some(access) = token("AccessToken") {
                session.access = access;
            }
            match (rotates, token("RefreshToken")) {
                (true, Some(new)) => {
                    session.replaced = Some(std::mem::replace(&mut session.refresh, new));
                    session.may_be_replaced = None;
                }
                (false, None) => {}
                (_, token) => {
                    return Err(Refusal {
                        code: "a refresh token where none belongs, or none".to_owned(),
                        message: format!("{}", token.is_some()),
                    });
                }
            }
            Ok(RefreshResult::Succeeded)
        }
        Outcome::Unknown(_) => {
            if rotates {
                session.may_be_replaced.get_or_insert(clock_moves);
            }
            if may_be_reused {
                session.revoked.unknown(|_| true);
            }
            Ok(RefreshResult::Unexplained)
        }
        Outcome::Refused(refusal) if refusal.is_busy() => Ok(RefreshResult::Unexplained),
        Outcome::Refused(refusal) if refusal.message == "Refresh Token has been revoked" => {
            if session.revoked.may(|revoked| *revoked) {
                Ok(RefreshResult::Revoked)
            } else {
                Err(refusal.clone())
            }
        }
        Outcome::Refused(refusal) if refusal.code == "RefreshTokenReuseException" => {
            if may_be_reused {
                Ok(RefreshResult::Replaced)
            } else {
                Err(refusal.clone())
            }
        }
        Outcome::Refused(refusal) => Err(refusal.clone()),
    }
}

fn session(client: Client, answer: &Value) -> Option<Session> {
    let result = answer.get("AuthenticationResult")?;
    let token = |name: &str| result.get(name)?.as_str().map(str::to_owned);
    Some(Session {
        client,
        access: token("AccessToken")?,
        refresh: token("RefreshToken")?,
        may_be_replaced: None,
        replaced: None,
        revoked: Possible::known(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(client: Client) -> Session {
        Session {
            client,
            access: "a".to_owned(),
            refresh: "r".to_owned(),
            may_be_replaced: None,
            replaced: None,
            revoked: Possible::known(false),
        }
    }

    fn refused(code: &str, message: &str) -> Outcome {
        Outcome::Refused(Refusal {
            code: code.to_owned(),
            message: message.to_owned(),
        })
    }

    #[test]
    fn a_broken_sequence_of_refresh_tokens_is_found() {
        let reused = refused("RefreshTokenReuseException", "");
        let revoked = refused("NotAuthorizedException", "Refresh Token has been revoked");
        let rotated =
            Outcome::Acknowledged(json!({ "AuthenticationResult": { "AccessToken": "b" } }));
        for client in Client::ALL {
            let mut session = session(client);
            assert!(
                refresh_result(&mut session, &reused, 0).is_err(),
                "never replaced"
            );
            assert!(
                refresh_result(&mut session, &revoked, 0).is_err(),
                "never revoked"
            );
            let without_token = refresh_result(&mut session, &rotated, 0);
            assert_eq!(without_token.is_ok(), client == Client::Plain);
            let lost = refresh_result(&mut session, &Outcome::Unknown(String::new()), 0);
            assert_eq!(lost.ok(), Some(RefreshResult::Unexplained));
            // Only the strict client loses its token with the answer, unless the clock jumped.
            assert_eq!(
                refresh_result(&mut session, &reused, 0).is_ok(),
                client == Client::Strict
            );
            assert_eq!(
                refresh_result(&mut session, &reused, 1).is_ok(),
                client != Client::Plain
            );
            session.revoked.unknown(|_| true);
            assert_eq!(
                refresh_result(&mut session, &revoked, 0).ok(),
                Some(RefreshResult::Revoked)
            );
        }
    }
}
