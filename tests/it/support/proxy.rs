//! A way to the database that can be cut: what a server sees of a host that goes and comes back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::process::free_port;

/// What becomes of those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// Connections are taken and nothing passes, as if the host were gone without a word.
    Silent,
}

/// A loopback port that leads to another address, or not.
#[derive(Clone)]
pub struct Proxy {
    /// Where it listens while it is not closed.
    pub port: u16,
    to: SocketAddr,
    way: watch::Sender<Way>,
    listening: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Proxy {
    /// Leads to `to`, and refuses everybody until it is opened.
    pub fn closed(to: SocketAddr) -> Self {
        Self {
            port: free_port(),
            to,
            way: watch::Sender::new(Way::Open),
            listening: Arc::default(),
        }
    }

    /// Lets everybody through.
    pub async fn open(&self) {
        self.listen(Way::Open).await;
    }

    /// Takes connections, but nothing passes on them from now on, nor on those there are.
    pub async fn fall_silent(&self) {
        self.listen(Way::Silent).await;
    }

    async fn listen(&self, way: Way) {
        self.way.send_replace(way);
        if self.listening.lock().unwrap().is_some() {
            return;
        }
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (to, way) = (self.to, self.way.clone());
        let task = tokio::spawn(async move {
            // Dropped with this task, and the connections with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(pass(stream, to, way.subscribe()));
            }
        });
        *self.listening.lock().unwrap() = Some(task);
    }

    /// Breaks all connections off and refuses new ones.
    pub async fn close(&self) {
        let task = self.listening.lock().unwrap().take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }
}

async fn pass(mut from: TcpStream, to: SocketAddr, mut way: watch::Receiver<Way>) {
    if *way.borrow() == Way::Open {
        let Ok(mut to) = TcpStream::connect(to).await else {
            return;
        };
        tokio::select! {
            _ = copy_bidirectional(&mut from, &mut to) => return,
            _ = way.wait_for(|way| *way == Way::Silent) => {}
        }
    }
    std::future::pending::<()>().await;
}
