//! An SMTP server that says what a test wants it to say, when the test wants it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the server says.
#[derive(Clone, Copy)]
pub enum Say {
    /// At once.
    Now(&'static str),
    /// Once [`Scripted::release`] was called.
    Late(&'static str),
}

/// Answers the `number`th time, from 1 and over all connections, that it comes to this step: the
/// verb of a command, `greeting`, or `.` for the end of a mail.
pub type Script = fn(step: &str, number: usize) -> Option<Say>;

/// The server; it ends with the test's runtime.
pub struct Scripted {
    /// Port on 127.0.0.1.
    pub port: u16,
    release: watch::Sender<bool>,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Scripted {
    /// Starts it. What `script` leaves open is answered as by a server that takes everything.
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (release, released) = watch::channel(false);
        let taken = Arc::<Mutex<BTreeMap<String, usize>>>::default();
        let steps = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (released, steps) = (released.clone(), Arc::clone(&steps));
                tokio::spawn(async move {
                    // A caller that hangs up is no failure of the test's.
                    let _ = converse(connection, script, released, steps).await;
                });
            }
        });
        Self {
            port,
            release,
            taken,
        }
    }

    /// Lets what was held back be said.
    pub fn release(&self) {
        self.release.send_replace(true);
    }

    /// How often it has come to `step`.
    pub fn count(&self, step: &str) -> usize {
        self.taken.lock().unwrap().get(step).copied().unwrap_or(0)
    }
}

async fn converse(
    connection: TcpStream,
    script: Script,
    mut released: watch::Receiver<bool>,
    steps: Arc<Mutex<BTreeMap<String, usize>>>,
) -> std::io::Result<()> {
    let (read, mut write) = connection.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut step = "greeting".to_owned();
    loop {
        let number = {
            let mut steps = steps.lock().unwrap();
            let number = steps.entry(step.clone()).or_default();
            *number += 1;
            *number
        };
        let usual = match step.as_str() {
            "greeting" => "220 localhost",
            "EHLO" => "250 localhost",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let text = match script(&step, number).unwrap_or(Say::Now(usual)) {
            Say::Now(text) => text,
            Say::Late(text) => {
                let _ = released.wait_for(|released| *released).await;
                text
            }
        };
        write.write_all(format!("{text}\r\n").as_bytes()).await?;
        if step == "QUIT" {
            return Ok(());
        }
        let in_mail = step == "DATA" && text.starts_with("354");
        step = loop {
            let Some(line) = lines.next_line().await? else {
                return Ok(());
            };
            if !in_mail {
                break line.split(' ').next().unwrap_or_default().to_uppercase();
            }
            if line == "." {
                break line;
            }
        };
    }
}
