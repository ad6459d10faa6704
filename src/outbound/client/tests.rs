use std::sync::Once;

use reqwest::dns::Resolve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn outbound(destinations: &[&str]) -> Outbound {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    let destinations: Vec<Url> = destinations
        .iter()
        .map(|url| url.parse().unwrap())
        .collect();
    Outbound::new(&destinations).unwrap()
}

fn to(url: &str) -> Outgoing {
    Outgoing {
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: b"{}".to_vec(),
        timeout: Duration::from_secs(20),
    }
}

/// A server that gives every connection this answer and closes it.
async fn server(answer: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let _ = connection.read(&mut [0; 4096]).await;
                let _ = connection.write_all(answer.as_bytes()).await;
            });
        }
    });
    port
}

fn answer_of(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn only_configured_destinations_are_called() {
    let port = server(answer_of("{}")).await;
    let client = outbound(&[&format!("http://127.0.0.1:{port}/hook")]);
    let answered = client
        .post(to(&format!("http://127.0.0.1:{port}/other?q")))
        .await;
    assert_eq!(answered.unwrap().status(), 200);
    for other in [
        format!("http://127.0.0.1:{}/hook", port ^ 1),
        format!("http://localhost:{port}/hook"),
        format!("https://127.0.0.1:{port}/hook"),
        format!("http://127.0.0.2:{port}/hook"),
    ] {
        let refused = client.post(to(&other)).await.err();
        assert!(matches!(refused, Some(CallError::Refused(_))), "{other}");
    }
}

#[tokio::test]
async fn a_name_is_looked_up_and_its_addresses_are_checked() {
    let port = server(answer_of("{}")).await;
    let url = format!("http://LOCALHOST:{port}/hook");
    assert!(outbound(&[&url]).post(to(&url)).await.is_ok());
    let resolver = CheckingResolver {
        hosts: ["localhost".to_owned()].into(),
    };
    let addresses = resolver
        .resolve("localhost".parse().unwrap())
        .await
        .unwrap();
    assert!(
        addresses
            .into_iter()
            .all(|address| address.ip().is_loopback())
    );
    let unknown = resolver
        .resolve("localhost.localdomain".parse().unwrap())
        .await;
    assert!(unknown.is_err());
}

#[tokio::test]
async fn an_address_that_is_no_machine_is_not_called_even_where_it_is_configured() {
    for url in ["http://0.0.0.0:9/", "http://[::]:9/", "http://224.0.0.1:9/"] {
        let refused = outbound(&[url]).post(to(url)).await.err();
        assert!(matches!(refused, Some(CallError::Refused(_))), "{url}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n";
    let port = server(redirect.to_owned()).await;
    let url = format!("http://127.0.0.1:{port}/");
    let answered = outbound(&[&url]).post(to(&url)).await;
    assert_eq!(answered.unwrap().status(), 307);
}

#[tokio::test]
async fn a_body_is_read_to_its_limit_and_no_further() {
    let port = server(answer_of(&"x".repeat(100))).await;
    let url = format!("http://127.0.0.1:{port}/");
    let client = outbound(&[&url]);
    let read = async |limit| client.post(to(&url)).await.unwrap().body(limit).await;
    assert_eq!(read(100).await.unwrap().len(), 100);
    assert!(matches!(read(99).await, Err(CallError::TooLong(99))));
}

#[tokio::test]
async fn the_time_covers_the_body() {
    let port = server("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_owned()).await;
    let url = format!("http://127.0.0.1:{port}/");
    // The connection is closed before the body ends.
    let cut_off = outbound(&[&url])
        .post(to(&url))
        .await
        .unwrap()
        .body(99)
        .await;
    assert!(matches!(cut_off, Err(CallError::Failed(_))));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 4096]).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx";
        connection.write_all(head).await.unwrap();
        std::future::pending::<()>().await;
    });
    let request = Outgoing {
        timeout: Duration::from_millis(200),
        ..to(&url)
    };
    let response = outbound(&[&url]).post(request).await.unwrap();
    assert!(matches!(response.body(99).await, Err(CallError::TimedOut)));
}

#[tokio::test]
async fn errors_do_not_repeat_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/k3y?t=k3y", listener.local_addr().unwrap());
    drop(listener);
    let error = outbound(&[&url]).post(to(&url)).await.err().unwrap();
    assert!(matches!(error, CallError::Failed(_)));
    assert!(!format!("{error} {error:?}").contains("k3y"), "{error}");
}
