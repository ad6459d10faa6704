//! The attacks. To add one: a variant with its name, and what one connection of it does.

mod code_guessing;
mod code_sending;
mod sign_in;
mod sign_up;
mod unfinished_bodies;

use std::pin::Pin;

use clap::ValueEnum;

use super::target::Attacker;

/// What strangers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Attack {
    /// Sign-ins with wrong passwords, each of which costs a hash
    SignIn,
    /// Sign-ups with addresses of strangers, each of which costs a hash and a mail
    SignUp,
    /// Requests for recovery codes
    CodeSending,
    /// Guesses of a recovery code
    CodeGuessing,
    /// Bodies that lack their last byte, so that their memory stays taken
    UnfinishedBodies,
}

impl Attack {
    /// Its name on the command line and in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::CodeSending => "code-sending",
            Self::CodeGuessing => "code-guessing",
            Self::UnfinishedBodies => "unfinished-bodies",
        }
    }

    /// One connection's part in the attack, which goes on until it is dropped. A connection that breaks is
    /// made anew.
    pub fn run(self, attacker: Attacker) -> Pin<Box<dyn Future<Output = ()>>> {
        match self {
            Self::SignIn => Box::pin(sign_in::run(attacker)),
            Self::SignUp => Box::pin(sign_up::run(attacker)),
            Self::CodeSending => Box::pin(code_sending::run(attacker)),
            Self::CodeGuessing => Box::pin(code_guessing::run(attacker)),
            Self::UnfinishedBodies => Box::pin(unfinished_bodies::run(attacker)),
        }
    }
}
