//! The upload: who may, when, how much, and what is refused as Amazon S3 refuses it.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{
    SUCCEEDED, assert_ended, call, count, counts, created, ended, file, imported, many, plain_row,
    put, put_to, row, started, target, upload, verifying_pool,
};
use crate::support::users::assert_unknown;
use crate::support::{Answer, Pool, TestServer, both_stores};

const WRONG_SIGNATURE: &str = "<Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated \
    does not match the signature you provided. Check your key and signing method.</Message>";
const DENIED: &str = "<Code>AccessDenied</Code><Message>Access Denied</Message>";

/// Asserts an error in the form of Amazon S3, and that its request id is that of the header.
#[track_caller]
fn refused(answer: &Answer, status: u16, content: &str) {
    let id = answer.header("x-amz-request-id").unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{answer}");
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{content}<RequestId>{id}</RequestId></Error>"
    );
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (status, text.as_str())
    );
    assert_eq!(answer.header("content-type"), Some("application/xml"));
}

/// A request as it goes over the wire, for one that is cut off or promises more than it sends.
async fn connection(pool: &Pool, job: &Value, length: u64) -> TcpStream {
    let address = pool
        .endpoint()
        .url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: {address}\r\nx-amz-server-side-encryption: aws:kms\r\n\
         content-length: {length}\r\n\r\n",
        target(pool, job)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

both_stores! {
    async fn a_file_is_taken_only_with_the_signature_and_the_header(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let other = verifying_pool(&server, json!({})).await;
        let (job, others) = (created(&pool, json!({})).await, created(&other, json!({})).await);
        let send = |request| server.client.send(request);
        let signed = |target: &str| {
            put_to(&pool, target, many(1)).header("x-amz-server-side-encryption", "aws:kms")
        };
        let own = target(&pool, &job);

        refused(&send(put_to(&pool, &own, many(1))).await, 403, WRONG_SIGNATURE);
        let another = put_to(&pool, &own, many(1)).header("x-amz-server-side-encryption", "AES256");
        refused(&send(another).await, 403, WRONG_SIGNATURE);
        let (path, query) = own.split_once('?').unwrap();
        refused(&send(signed(path)).await, 403, DENIED);
        let (start, last) = own.split_at(own.len() - 1);
        let changed = if last == "0" { "1" } else { "0" };
        refused(&send(signed(&format!("{start}{changed}"))).await, 403, WRONG_SIGNATURE);
        let of_other = format!("{}?{query}", target(&other, &others).split_once('?').unwrap().0);
        refused(&send(signed(&of_other)).await, 403, WRONG_SIGNATURE);
        for (from, to) in [
            ("000000000000/", "111111111111/"), ("Expires=899", "Expires=999999"), ("host%3B", ""),
            ("X-Amz-Date=2", "X-Amz-Date=3"), ("X-Amz-Signature=", "X-Amz-Signature=00"),
        ] {
            assert!(own.contains(from), "{from} is not in {own}");
            refused(&send(signed(&own.replace(from, to))).await, 403, WRONG_SIGNATURE);
        }
        let get = server.client.raw(reqwest::Method::GET, &own).header("x-amz-server-side-encryption", "aws:kms");
        assert_eq!(send(get).await.status, 405);
        assert_eq!(count(&server.store, "user_import_uploads").await, 0);
        assert_eq!(count(&server.store, "user_import_chunks").await, 0);

        // Another spelling of the same query is the same.
        let spelt = own.replace("%3B", ";").replace("%2F", "/");
        assert_eq!(send(signed(&spelt)).await.status, 200);
        assert_eq!(count(&server.store, "user_import_chunks").await, 1);
    }

    async fn a_file_is_taken_for_899_seconds(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        server.advance(890).await;
        upload(&pool, &job, many(1)).await;
        server.advance(12).await;
        let answer = server.client.send(put(&pool, &job, many(2))).await;
        let between = |name: &str| {
            let rest = answer.text.split_once(&format!("<{name}>")).unwrap().1;
            rest.split_once(&format!("</{name}>")).unwrap().0.to_owned()
        };
        let (expires, now) = (between("Expires"), between("ServerTime"));
        let content = format!(
            "<Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>899</X-Amz-Expires>\
             <Expires>{expires}</Expires><ServerTime>{now}</ServerTime>"
        );
        refused(&answer, 403, &content);
        let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
        let made = job["CreationDate"].as_f64().unwrap().floor();
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
        let made = made as i64;
        assert_eq!(time(&expires), made + 899);
        assert!((902..=920).contains(&(time(&now) - made)), "{now}");
        // The job goes on with the file that came in time.
        started(&pool, &job).await;
        let done = ended(&pool, &job).await;
        assert_ended(&done, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&done), [1, 0, 0]);
    }

    async fn the_last_whole_file_before_the_start_counts(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, file(&[], &[plain_row("ada")])).await;
        upload(&pool, &job, file(&[], &[plain_row("bob")])).await;
        // One that is cut off does not count.
        let mut cut = connection(&pool, &job, 1_000_000).await;
        cut.write_all(&[b'x'; 300_000]).await.unwrap();
        cut.shutdown().await.unwrap();
        let mut answer = String::new();
        let _ = cut.read_to_string(&mut answer).await;
        drop(cut);
        started(&pool, &job).await;
        let done = ended(&pool, &job).await;
        assert_ended(&done, "Succeeded", SUCCEEDED);
        pool.user("bob").await.ok();
        assert_unknown(&pool, "ada").await;
        let late = server.client.send(put(&pool, &job, many(1))).await;
        refused(&late, 403, DENIED);
    }

    async fn a_file_that_is_cut_off_is_no_file(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        let mut cut = connection(&pool, &job, 1_000_000).await;
        cut.write_all(many(5).as_bytes()).await.unwrap();
        drop(cut);
        let text = format!("No csv file was uploaded for {}", job["JobId"].as_str().unwrap());
        call(&pool, "StartUserImportJob", &job).await.fails("PreconditionNotMetException", &text);
    }

    async fn a_file_above_100_mib_is_refused_unread(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        let mut stream = connection(&pool, &job, 104_857_601).await;
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while !String::from_utf8_lossy(&answer).contains("</Error>") {
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..read]);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let content = "<Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed \
            size</Message><ProposedSize>104857601</ProposedSize><MaxSizeAllowed>104857600</MaxSizeAllowed><RequestId>";
        assert!(answer.contains(content), "{answer}");
        assert_eq!(count(&server.store, "user_import_uploads").await, 0);
    }

    /// A file is stored in pieces of 256 KiB, whose ends fall into rows.
    async fn a_file_of_several_pieces_is_read_as_one(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let address = "Ä".repeat(1_000);
        let rows: Vec<String> = (0..300)
            .map(|number| {
                let (name, email) = (format!("user{number}"), format!("user{number}@example.com"));
                row(&[], &[
                    ("cognito:username", &name), ("email", &email), ("email_verified", "TRUE"), ("address", &address),
                ])
            })
            .collect();
        let text = file(&[], &rows);
        assert!(text.len() > 2 * 256 * 1024);
        let job = imported(&pool, json!({}), text).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&job), [300, 0, 0]);
        for number in [0, 128, 129, 130, 299] {
            let found = pool.attribute(&format!("user{number}"), "address").await;
            assert_eq!(found.as_deref(), Some(address.as_str()));
        }
    }

    /// What is stored of a file is sealed, since it has addresses and hashes of passwords.
    async fn a_stored_file_cannot_be_read(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, file(&[], &[plain_row("visible-in-the-dump")])).await;
        let dump = server.store.dump().await;
        let needle = b"visible-in-the-dump";
        assert!(!dump.windows(needle.len()).any(|bytes| bytes == needle));
    }
}
