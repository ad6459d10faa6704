//! The link in a mail that confirms a sign-up at the pool's domain (domain 10.4).

use url::form_urlencoded;

use crate::app::App;
use crate::crypto::KeyPurpose;
use crate::domain::attribute::Contact;
use crate::domain::user::UserStatus;
use crate::domain::user_pool::UserPool;
use crate::flows::oauth::pool_domains;
use crate::flows::{Result, lookup};
use crate::messaging::{CODE_PLACEHOLDER, MessageKind};

/// What the hash of a link is of, beside pool and username.
const CONFIRMATION: &[u8] = b"confirmation link";

/// The address of the link that the message has in the place of its code, with what stands for the code; `None` if it has
/// none. Text messages have codes.
pub(super) fn address(
    app: &App,
    (pool, client_id, username): (&UserPool, Option<&str>, &str),
    (kind, contact): (MessageKind, Contact),
) -> Option<String> {
    let confirms = match kind {
        MessageKind::SignUpCode | MessageKind::ResendCode => true,
        MessageKind::AttributeCode
        | MessageKind::AttributeUpdateCode
        | MessageKind::ForgotPasswordCode
        | MessageKind::Invitation
        | MessageKind::SignInCode => false,
    };
    if !confirms || contact != Contact::Email || !pool.settings.verification_message.by_link {
        return None;
    }
    let base = pool_domains::base_url(app, pool)?;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client_id?)
        .append_pair("user_name", username)
        .finish();
    let parts = parts(&pool.id, username);
    let proof = hex::encode(app.vault.keyed_hash(KeyPurpose::Code, &parts));
    Some(format!(
        "{base}/confirmUser?{query}&confirmation_code={CODE_PLACEHOLDER}&proof={proof}"
    ))
}

fn parts<'a>(pool_id: &'a str, username: &'a str) -> [&'a [u8]; 3] {
    [CONFIRMATION, pool_id.as_bytes(), username.as_bytes()]
}

/// Whether a link with this proof was sent to the user, who has confirmed the sign-up. A proof that is not right is
/// refused without a look at the user: strangers learn nothing.
///
/// # Errors
/// If the store fails.
pub async fn is_done(app: &App, pool: &UserPool, username: &str, proof: &str) -> Result<bool> {
    let hash = hex::decode(proof).unwrap_or_default();
    let parts = parts(&pool.id, username);
    if !app.vault.verify_keyed_hash(KeyPurpose::Code, &parts, &hash) {
        return Ok(false);
    }
    let mut conn = app.db.read().await?;
    let user = lookup::by_sign_in_name(&mut conn, pool, username).await?;
    Ok(user.is_some_and(|user| user.status == UserStatus::Confirmed))
}
