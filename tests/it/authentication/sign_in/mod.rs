//! InitiateAuth and RespondToAuthChallenge: sections 3.6, 3.7 and 5.

mod choice;
mod concurrent_administration;
mod existence;
mod flows;
mod lock_out;
mod lock_out_at_once;
mod names;
mod new_password;
mod new_password_attributes;
mod secret_hash;
mod sessions;
mod srp;
mod srp_answers;
mod step_up;
mod unconfirmed;
