//! The code flow of applications at the pool's domain, as the cases walk it.

use std::io;

use serde::Deserialize;

use crate::cases::{Workload, error_kind};
use crate::pool_domain::{BROWSERS, authorization, exchange};
use crate::wire::{Answer, Wire};

/// The code in an answer that sends the browser back to the application.
fn code_of(answer: &Answer<'_>) -> Result<String, String> {
    let location = answer.header("location").unwrap_or_default();
    let code = location
        .split_once("?code=")
        .map(|(_, rest)| rest.split('&').next().unwrap_or_default());
    match code {
        Some(code) if answer.status == 302 => Ok(code.to_owned()),
        _ => Err(format!("HTTP {} and no code", answer.status)),
    }
}

#[derive(Deserialize)]
struct Issued {
    id_token: String,
    access_token: String,
    refresh_token: String,
}

impl Workload {
    /// A code for the user who is signed in at a browser, one browser after the other.
    pub(crate) async fn authorize(
        &self,
        number: u64,
        wire: &mut Wire,
    ) -> io::Result<Result<String, String>> {
        let request = authorization(number % BROWSERS);
        Ok(code_of(&wire.exchange(&request).await?))
    }

    /// The exchange of one of the codes that were asked for ahead, each of which counts once; returns the access token.
    pub(crate) async fn exchange_code(
        &self,
        wire: &mut Wire,
    ) -> io::Result<Result<String, String>> {
        let next = self.codes.borrow_mut().pop();
        let Some(code) = next else {
            return Ok(Err("every code is used up".to_owned()));
        };
        let answer = wire.exchange(&exchange(&code)).await?;
        if answer.status != 200 {
            return Ok(Err(error_kind(answer.status, answer.body)));
        }
        let issued: Option<Issued> = serde_json::from_slice(answer.body).ok();
        let issued =
            issued.filter(|issued| !issued.id_token.is_empty() && !issued.refresh_token.is_empty());
        let token = issued.map(|issued| issued.access_token);
        Ok(token.ok_or_else(|| "no tokens in the answer".to_owned()))
    }
}
