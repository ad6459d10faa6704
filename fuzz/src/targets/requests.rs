//! Requests as text: in each line an operation and its body. `$Pool` and the like stand for values
//! of the world, `$Code` for the newest message's code, `$Session` and every other member of an
//! answer for its text.

use crate::world::lock_world;

/// Requests of one input.
const MAX_REQUESTS: usize = 6;
/// A pool takes two RSA keys, so one per input must do.
const SLOW: &str = "CreateUserPool";

pub(crate) fn run(data: &[u8]) {
    let world = lock_world();
    let mut variables = world.variables.clone();
    let mut pools = 0;
    for line in data.split(|byte| *byte == b'\n').take(MAX_REQUESTS) {
        let end = line.iter().position(|byte| *byte == b' ');
        let (operation, body) = line.split_at(end.unwrap_or(line.len()));
        let Some(operation) = world
            .operations()
            .into_iter()
            .find(|known| known.as_bytes() == operation)
        else {
            continue;
        };
        pools += usize::from(operation == SLOW);
        if operation == SLOW && pools > 1 {
            continue;
        }
        if body.windows(5).any(|window| window == b"$Code") {
            variables.set("Code", world.newest_code());
        }
        let body = variables.fill(body.get(1..).unwrap_or_default());
        let answer = world.call(operation, body);
        if answer.is_ok() {
            variables.learn(&answer.body);
        }
    }
}
