//! The factors that a user can sign in with (administration 2.5).

use super::software_token;
use crate::app::App;
use crate::domain::first_factor::can_be_first;
use crate::domain::second_factor::SecondFactor;
use crate::domain::sign_in_settings::FirstFactor;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::Result;
use crate::store;

/// The factors that the user has: the password, a contact that codes go to as the first or the second factor, an
/// authenticator app.
///
/// # Errors
/// If the store fails.
pub async fn of_user(app: &App, pool: &UserPool, user: &User) -> Result<Vec<FirstFactor>> {
    let password = {
        let mut conn = app.db.read().await?;
        store::users::credentials(&mut conn, &pool.id, &user.id).await?
    };
    let sends = |first: FirstFactor, second: SecondFactor| {
        let has = second
            .contact()
            .is_some_and(|contact| contact.of(&user.attributes).is_some());
        has && (can_be_first(&pool.settings, first) || user.mfa.enabled.contains(&second))
    };
    let has = [
        (FirstFactor::Password, password.is_some()),
        (
            FirstFactor::EmailOtp,
            sends(FirstFactor::EmailOtp, SecondFactor::Email),
        ),
        (
            FirstFactor::SmsOtp,
            sends(FirstFactor::SmsOtp, SecondFactor::Sms),
        ),
        (
            FirstFactor::WebAuthn,
            store::passkeys::count(&mut app.db.read().await?, &pool.id, &user.id).await? > 0,
        ),
        (
            FirstFactor::SoftwareToken,
            software_token::has(app, user).await?,
        ),
    ];
    Ok(has
        .into_iter()
        .filter_map(|(factor, has)| has.then_some(factor))
        .collect())
}
