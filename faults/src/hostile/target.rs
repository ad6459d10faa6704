//! The server under attack, with one user pool that is attacked and one that is not.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use cognate_bench::process::free_address;
use cognate_bench::wire::Wire;
use tokio::net::{TcpSocket, TcpStream};

use super::budget::Budget;
use crate::mail_sink::{MailBehaviour, MailSink};
use crate::node::Node;
use crate::settings::PASSWORD;

/// The app client of the pool that is attacked; it hides users.
pub const ATTACKED_CLIENT: &str = "attackedclient";
/// The app client of the other pool.
pub const QUIET_CLIENT: &str = "quietclient";
/// The user of either pool.
pub const USER: &str = "ada";
/// The user's address.
pub const ADDRESS: &str = "ada@example.com";

/// An attacker that is refused a connection tries again after this.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// The server.
pub struct Target {
    node: Node,
    // Its mail server serves as long as it lives.
    _mail: Option<MailSink>,
}

/// One connection of an attack.
pub struct Attacker {
    /// Which one it is.
    pub number: usize,
    /// Bytes of an unfinished body.
    pub body_bytes: usize,
    /// What all attackers may use of the processors.
    pub budget: Budget,
    source: SocketAddr,
    target: SocketAddr,
}

impl Target {
    /// Starts the server with the default cost of a hash.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(
        binary: &Path,
        directory: &Path,
        store: Option<&str>,
        production_limits: bool,
        slow_mail: Option<Duration>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let address = free_address()?;
        let sqlite = format!("sqlite://{}", directory.join("cognate.db").display());
        let mut text = configuration(address, store.unwrap_or(&sqlite), &directory.join("data"));
        let mail = match slow_mail {
            Some(pause) => {
                let sink = MailSink::start().await?;
                sink.set(MailBehaviour::Slow(pause));
                let port = sink.address.port();
                write!(
                    text,
                    "\n[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n"
                )?;
                Some(sink)
            }
            None => None,
        };
        if production_limits {
            text.push_str("\n[limits]\nmultiplier = 1\nwrong_tries_per_code = 5\n");
        }
        let mut node = Node::with_configuration(binary, directory, address, &text)?;
        node.start().await?;
        Ok(Self { node, _mail: mail })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.node.address
    }

    /// The attacker with this number, from one of `sources` addresses.
    ///
    /// # Errors
    /// If there are more sources than addresses.
    pub fn attacker(
        &self,
        number: usize,
        sources: usize,
        body_bytes: usize,
        budget: &Budget,
    ) -> anyhow::Result<Attacker> {
        // 127.0.0.1 is the legitimate user's.
        let source = u32::try_from(number % sources.max(1))?;
        let first = u32::from(Ipv4Addr::new(127, 1, 0, 1));
        let source = Ipv4Addr::from(first.checked_add(source).context("too many sources")?);
        Ok(Attacker {
            number,
            body_bytes,
            budget: budget.clone(),
            source: SocketAddr::new(IpAddr::V4(source), 0),
            target: self.address(),
        })
    }
}

impl Attacker {
    /// A connection from the attacker's source.
    ///
    /// # Errors
    /// If there is none to be had.
    pub async fn connect_raw(&self) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(self.source)?;
        socket.connect(self.target).await
    }

    /// Sends `requests` in turn, one after the other, for ever.
    pub async fn repeat(&self, requests: &[Vec<u8>]) {
        let mut requests = requests.iter().cycle();
        self.send(|| requests.next().cloned()).await;
    }

    /// Sends what `next` makes, one after the other, until it makes nothing. A connection that breaks is made anew.
    pub async fn send(&self, mut next: impl FnMut() -> Option<Vec<u8>>) {
        loop {
            if let Ok(stream) = self.connect_raw().await
                && let Ok(mut wire) = Wire::over(stream)
            {
                loop {
                    self.budget.wait().await;
                    let Some(request) = next() else {
                        return;
                    };
                    if wire.exchange(&request).await.is_err() {
                        break;
                    }
                    self.budget.count_request();
                }
            }
            tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
        }
    }
}

/// Only keys that earlier versions have too, so that these can be attacked for comparison.
fn configuration(listen: SocketAddr, store: &str, data_dir: &Path) -> String {
    let data_dir = data_dir.display();
    let pool = |id: &str, name: &str, client: &str| {
        format!(
            r#"
[[user_pools]]
id = "us-east-1_{id}"
name = "{name}"

[user_pools.settings]
AutoVerifiedAttributes = ["email"]

[[user_pools.clients]]
id = "{client}"
name = "{name}"

[user_pools.clients.settings]
ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
PreventUserExistenceErrors = "ENABLED"

[[user_pools.users]]
username = "{USER}"
password = "{PASSWORD}"
attributes = {{ email = "{ADDRESS}", email_verified = "true" }}
"#
        )
    };
    format!(
        r#"profile = "development"

[server]
listen = "{listen}"
public_url = "http://127.0.0.1"
starter_pool = false

[store]
url = "{store}"
data_dir = "{data_dir}"

[metrics]
listen = "off"

[logs]
level = "warn"
{}{}"#,
        pool("Attacked", "attacked", ATTACKED_CLIENT),
        pool("Quiet", "quiet", QUIET_CLIENT),
    )
}
