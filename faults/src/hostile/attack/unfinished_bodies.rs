//! Bodies of the largest size that is taken, but for the last byte.

use std::time::Duration;

use cognate_bench::wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::hostile::target::Attacker;

/// An attacker that is refused tries again after this.
const PAUSE: Duration = Duration::from_millis(100);

pub async fn run(attacker: Attacker) {
    let body = " ".repeat(attacker.body_bytes);
    let mut request = wire::call("GetUser", &body);
    request.pop();
    drop(body);
    loop {
        attacker.budget.wait().await;
        // Whatever comes of it, the next one follows.
        let _ = send(&attacker, &request).await;
        attacker.budget.count_request();
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends the request and waits for its end.
async fn send(attacker: &Attacker, request: &[u8]) -> std::io::Result<()> {
    let mut stream = attacker.connect_raw().await?;
    stream.write_all(request).await?;
    let mut answer = [0; 512];
    // The first piece of the answer is its head.
    stream.read(&mut answer).await.map(drop)
}
