//! Imports of users from CSV files: section 9 of the administrator's page.

mod hashes;
mod jobs;
mod progress;
mod rows;
mod upload;

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::pools::laid_over;
use crate::support::server::Endpoint;
use crate::support::{Answer, Pool, TestStore, wait};

const ROLE: &str = "arn:aws:iam::000000000000:role/CloudWatchLogs";
/// Longer than an import takes on a busy machine.
const IMPORT: Duration = Duration::from_secs(120);
const FINAL: [&str; 4] = ["Succeeded", "Failed", "Stopped", "Expired"];
/// The columns of a pool without attributes of its own.
const COLUMNS: [&str; 21] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "cognito:mfa_enabled",
    "cognito:username",
];

/// A pool that verifies e-mail addresses.
async fn verifying_pool(server: &Endpoint, overrides: Value) -> Pool {
    let base = json!({ "AutoVerifiedAttributes": ["email"] });
    server.pool(laid_over(base, overrides)).await
}

async fn create(pool: &Pool, overrides: Value) -> Answer {
    let base = json!({ "JobName": "import", "CloudWatchLogsRoleArn": ROLE });
    pool.admin("CreateUserImportJob", laid_over(base, overrides))
        .await
}

/// A new job.
async fn created(pool: &Pool, overrides: Value) -> Value {
    create(pool, overrides).await.ok()["UserImportJob"].clone()
}

/// An operation whose only input is the job.
async fn call(pool: &Pool, operation: &str, job: &Value) -> Answer {
    pool.admin(operation, json!({ "JobId": job["JobId"] }))
        .await
}

async fn described(pool: &Pool, job: &Value) -> Value {
    call(pool, "DescribeUserImportJob", job).await.ok()["UserImportJob"].clone()
}

async fn started(pool: &Pool, job: &Value) -> Value {
    call(pool, "StartUserImportJob", job).await.ok()["UserImportJob"].clone()
}

/// The job once it has ended.
async fn ended(pool: &Pool, job: &Value) -> Value {
    wait::until("the end of the import", IMPORT, || async {
        let job = described(pool, job).await;
        FINAL
            .contains(&job["Status"].as_str().unwrap())
            .then_some(job)
    })
    .await
}

/// The path and query of the URL that the job's file is uploaded to.
fn target(pool: &Pool, job: &Value) -> String {
    let url = job["PreSignedUrl"].as_str().unwrap();
    url.strip_prefix(pool.endpoint().url()).unwrap().to_owned()
}

/// The request that uploads a file as AWS's scripts do.
fn put(pool: &Pool, job: &Value, file: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    put_to(pool, &target(pool, job), file).header("x-amz-server-side-encryption", "aws:kms")
}

fn put_to(pool: &Pool, target: &str, file: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    let client = &pool.endpoint().client;
    client.raw(reqwest::Method::PUT, target).body(file)
}

async fn upload(pool: &Pool, job: &Value, file: impl Into<reqwest::Body>) {
    let answer = pool.endpoint().client.send(put(pool, job, file)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{answer}");
}

/// Imports a file to the end, and returns the job.
async fn imported(pool: &Pool, overrides: Value, file: String) -> Value {
    let job = created(pool, overrides).await;
    upload(pool, &job, file).await;
    started(pool, &job).await;
    ended(pool, &job).await
}

/// A row with these values, in the order of [`COLUMNS`] and what follows them. Nothing is escaped.
fn row(further: &[&str], values: &[(&str, &str)]) -> String {
    let of = |column: &&str| {
        let named = values.iter().find(|(name, _)| name == column);
        named.map_or("", |(_, value)| *value)
    };
    let columns = COLUMNS.iter().chain(further);
    columns.map(of).collect::<Vec<_>>().join(",")
}

/// A row of a user with a verified e-mail address.
fn plain_row(name: &str) -> String {
    let email = format!("{name}@example.com");
    row(
        &[],
        &[
            ("cognito:username", name),
            ("email", &email),
            ("email_verified", "true"),
        ],
    )
}

/// A file of these rows.
fn file(further: &[&str], rows: &[String]) -> String {
    let header = COLUMNS.iter().chain(further).copied();
    let header = header.collect::<Vec<_>>().join(",");
    let lines = std::iter::once(&header).chain(rows);
    lines.map(|line| format!("{line}\n")).collect()
}

/// A file of as many users.
fn many(count: usize) -> String {
    let rows: Vec<String> = (0..count)
        .map(|number| plain_row(&format!("user{number}")))
        .collect();
    file(&[], &rows)
}

/// The counts of a job: imported, skipped, failed.
fn counts(job: &Value) -> [i64; 3] {
    ["ImportedUsers", "SkippedUsers", "FailedUsers"].map(|member| job[member].as_i64().unwrap())
}

/// Asserts how a job has ended.
#[track_caller]
fn assert_ended(job: &Value, status: &str, message: &str) {
    let found = (job["Status"].as_str(), job["CompletionMessage"].as_str());
    assert_eq!(found, (Some(status), Some(message)), "{job}");
    assert!(job["CompletionDate"].is_number(), "{job}");
}

const SUCCEEDED: &str = "Import Job Completed Successfully.";
const STOPPED: &str = "The Import Job was stopped by the developer.";
const TOO_MANY_FAILED: &str = "Too many users have failed or been skipped during the import.";

/// What `cognate import log` prints, line by line, beside whatever server has the store.
async fn log(store: &TestStore, job: &Value) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command
        .args(["import", "log", job["JobId"].as_str().unwrap()])
        .current_dir(store.directory())
        .env_clear()
        .env("COGNATE__STORE__URL", &store.url);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Keeps the server from importing for some seconds: another node, which does nothing, has the job's lease.
async fn hold(server: &Endpoint, store: &TestStore) {
    let until = server.now().as_millisecond() + 15_000;
    let take = format!(
        "UPDATE job_leases SET holder = 'another node', held_until = {until} \
         WHERE name LIKE 'import-users/%' RETURNING name"
    );
    wait::until("the lease of imports", IMPORT, || async {
        (!store.ask(&take).await.is_empty()).then_some(())
    })
    .await;
}

/// Ends what [`hold`] began.
async fn let_go(store: &TestStore) {
    let end =
        "UPDATE job_leases SET held_until = 1 WHERE name LIKE 'import-users/%' RETURNING name";
    assert_eq!(store.ask(end).await.len(), 1);
}

/// The number of rows of a table.
async fn count(store: &TestStore, table: &str) -> usize {
    let rows = store
        .ask(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}"))
        .await;
    rows[0].parse().unwrap()
}
