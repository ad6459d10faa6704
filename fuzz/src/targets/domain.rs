//! A browser and programs at a pool's domain: requests that are right, changed or made up, one after another. The server
//! never fails, leads to no address but its own and the client's, and no page has markup that the templates do not have.
//!
//! The first byte of an input says how many requests there are, and a byte each which ones. All further bytes change
//! them; an input that ends there has requests as they are right.

mod answer;
mod browser;
mod endpoints;
mod kind;
mod pages;
#[cfg(test)]
mod tests;
mod values;

use arbitrary::Unstructured;

use self::answer::Answer;
use self::browser::Browser;
use self::kind::Kind;
use crate::choice::{below, one_of};
use crate::world::lock_world;

/// The most requests of an input.
const MAX_REQUESTS: usize = 8;

pub(crate) fn run(data: &[u8]) {
    let world = lock_world();
    answers(&mut Browser::new(&world), data);
}

/// Sends the requests of an input, and checks what is answered.
fn answers(browser: &mut Browser<'_>, data: &[u8]) -> Vec<Answer> {
    let mut input = Unstructured::new(data);
    let all = kinds();
    let kinds: Vec<&Kind> = (0..=below(&mut input, MAX_REQUESTS))
        .map(|_| *one_of(&mut input, &all))
        .collect();
    let send = |kind| browser.send(kind, &mut input);
    kinds.into_iter().filter_map(send).collect()
}

/// Every kind of request. Inputs of the corpus name one by its place here.
fn kinds() -> Vec<&'static Kind> {
    endpoints::KINDS.iter().chain(&pages::KINDS).collect()
}
