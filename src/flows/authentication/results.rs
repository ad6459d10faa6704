//! What the answer to a challenge brings about, beside the step that follows.

use super::challenge_session::ChallengeState;
use super::standing::Standing;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::mfa::software_token::Acceptance;
use crate::flows::notices::Notices;
use crate::flows::passkeys::sign_in::Answered;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, passkeys};
use crate::store::Conn;

/// What an answer brings about, beside the next step.
pub(super) struct Results {
    /// The change of the user.
    pub update: UserUpdate,
    answered: Option<ChallengeState>,
    acceptance: Option<Acceptance>,
    passkey: Option<Answered>,
}

impl Results {
    /// The results of the answer that has led there.
    pub fn of(pool: &UserPool, standing: &Standing) -> Self {
        let before = standing.user.clone();
        let after = standing.changed.clone().unwrap_or_else(|| before.clone());
        Self {
            update: UserUpdate::new(&pool.settings, before, after),
            answered: standing.answered.clone(),
            acceptance: standing.acceptance.clone(),
            passkey: standing.passkey.clone(),
        }
    }

    /// Writes the results, and returns the notices to the user.
    ///
    /// # Errors
    /// [`Failure::SessionSpent`]; [`Error::Stale`] if what the answer changes was changed meanwhile.
    ///
    /// [`Error::Stale`]: crate::flows::Error::Stale
    pub async fn write(
        self,
        app: &App,
        context: &RequestContext,
        conn: &mut Conn,
        pool: &UserPool,
    ) -> Result<Notices> {
        // First, so that the later of two answers is refused for that, and not because the user has changed meanwhile.
        if let Some(answered) = self.answered {
            answered.spend(conn).await?;
        }
        let notices = if self.update.is_change() {
            let conflict = AliasConflict::Refuse;
            update_user::write(app, context, conn, pool, &self.update, conflict).await?
        } else {
            Notices::default()
        };
        if let Some(acceptance) = self.acceptance {
            acceptance.write(app, conn, &self.update.after).await?;
        }
        if let Some(passkey) = self.passkey {
            passkeys::sign_in::record_use(conn, context, &self.update.after, &passkey).await?;
        }
        Ok(notices)
    }
}
