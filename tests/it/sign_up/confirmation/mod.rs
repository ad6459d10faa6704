//! ConfirmSignUp and ResendConfirmationCode: section 3.3, and what 3.6, 3.7, 5.3 and 8 say of them.

mod aliases;
mod codes;
mod limits;
mod resend;
mod secret_hash;
mod unknown_users;
