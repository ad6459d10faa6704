//! Jobs: how they are made, described and listed, and in which states what is refused.

use serde_json::{Value, json};

use super::{
    COLUMNS, ROLE, STOPPED, SUCCEEDED, assert_ended, call, count, counts, create, created,
    described, ended, file, hold, imported, let_go, many, plain_row, started, upload,
    verifying_pool,
};
use crate::support::answer::member_names;
use crate::support::application::{open_app, run_job, test_config};
use crate::support::refusals::invalid_parameter;
use crate::support::users::assert_unknown;
use crate::support::{Answer, Pool, TestServer, TestStore, both_stores};

const PRECONDITION: &str = "PreconditionNotMetException";

#[track_caller]
fn no_such_job(answer: &Answer, id: &str) {
    let text = format!("User import job {id} does not exist.");
    answer.fails("ResourceNotFoundException", &text);
}

async fn list(pool: &Pool, input: Value) -> Answer {
    pool.admin("ListUserImportJobs", input).await
}

fn ids(list: &Value) -> Vec<&str> {
    let jobs = list["UserImportJobs"].as_array().unwrap();
    jobs.iter()
        .map(|job| job["JobId"].as_str().unwrap())
        .collect()
}

both_stores! {
    async fn the_csv_header_names_the_columns_of_the_pool(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answer = pool.admin("GetCSVHeader", json!({})).await.ok();
        assert_eq!(answer, json!({ "UserPoolId": pool.id, "CSVHeader": COLUMNS }));
        let custom = json!({ "CustomAttributes": [{ "Name": "team", "AttributeDataType": "String" }] });
        pool.admin("AddCustomAttributes", custom).await.ok();
        let answer = pool.admin("GetCSVHeader", json!({})).await.ok();
        let header: Vec<&str> = answer["CSVHeader"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(header[18..], ["updated_at", "custom:team", "cognito:mfa_enabled", "cognito:username"]);
        let unknown = json!({ "UserPoolId": "us-east-1_Nowhere" });
        let text = "User pool us-east-1_Nowhere does not exist.";
        pool.admin("GetCSVHeader", unknown).await.fails("ResourceNotFoundException", text);
    }

    async fn a_new_job_waits_for_its_file(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({ "JobName": "first job" })).await;
        assert_eq!(
            member_names(&job),
            ["CloudWatchLogsRoleArn", "CreationDate", "FailedUsers", "ImportedUsers", "JobId", "JobName",
             "PreSignedUrl", "SkippedUsers", "Status", "UserPoolId"]
        );
        assert_eq!(job["JobName"], "first job");
        assert_eq!(job["UserPoolId"], json!(pool.id));
        assert_eq!(job["CloudWatchLogsRoleArn"], ROLE);
        assert_eq!(job["Status"], "Created");
        assert_eq!(counts(&job), [0, 0, 0]);
        let id = job["JobId"].as_str().unwrap();
        let random = id.strip_prefix("import-").unwrap();
        assert!(random.len() == 10 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        let url = job["PreSignedUrl"].as_str().unwrap();
        let path = format!("{}/user-imports/000000000000/{}/{id}?X-Amz-Algorithm=AWS4-HMAC-SHA256&", server.url(), pool.id);
        assert!(url.starts_with(&path), "{url}");
        assert!(url.contains("&X-Amz-Expires=899&X-Amz-SignedHeaders=host%3Bx-amz-server-side-encryption&X-Amz-Signature="), "{url}");
        // Every operation answers the same.
        assert_eq!(described(&pool, &job).await, job);
        assert_eq!(list(&pool, json!({ "MaxResults": 1 })).await.ok()["UserImportJobs"], json!([job]));
        let hashed = created(&pool, json!({ "PasswordHashingAlgorithm": "BCRYPT" })).await;
        assert_eq!(described(&pool, &hashed).await["PasswordHashingAlgorithm"], "BCRYPT");
    }

    async fn what_is_not_there_is_not_found(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let other = verifying_pool(&server, json!({})).await;
        let job = created(&other, json!({})).await;
        for operation in ["DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob"] {
            no_such_job(&call(&pool, operation, &job).await, job["JobId"].as_str().unwrap());
            let input = json!({ "UserPoolId": "us-east-1_Nowhere", "JobId": job["JobId"] });
            let text = "User pool us-east-1_Nowhere does not exist.";
            pool.admin(operation, input).await.fails("ResourceNotFoundException", text);
        }
        let foreign = json!({ "CloudWatchLogsRoleArn": ROLE.replace("000000000000", "111111111111") });
        invalid_parameter(&create(&pool, foreign).await, "Cross-account pass role is not allowed.");
        assert_eq!(list(&pool, json!({ "MaxResults": 60 })).await.ok(), json!({ "UserImportJobs": [] }));
        let other_region = server.admin.in_region("eu-west-1");
        let input = json!({ "UserPoolId": other.id, "JobId": job["JobId"] });
        other_region.call("DescribeUserImportJob", input).await.fails_as("ResourceNotFoundException");
    }

    async fn jobs_are_listed_newest_first(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let other = verifying_pool(&server, json!({})).await;
        created(&other, json!({})).await;
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(created(&pool, json!({})).await["JobId"].as_str().unwrap().to_owned());
            server.advance(1).await;
        }
        made.reverse();
        let (mut found, mut input) = (Vec::new(), json!({ "MaxResults": 2 }));
        loop {
            let page = list(&pool, input.clone()).await.ok();
            assert!(ids(&page).len() <= 2);
            found.extend(ids(&page).into_iter().map(str::to_owned));
            if page["PaginationToken"].is_null() {
                break;
            }
            input["PaginationToken"] = page["PaginationToken"].clone();
        }
        assert_eq!(found, made);
        // A page of another pool's list is none of this one's.
        let first = list(&pool, json!({ "MaxResults": 1 })).await.ok();
        let input = json!({ "MaxResults": 1, "PaginationToken": first["PaginationToken"] });
        invalid_parameter(&list(&other, input).await, "Invalid pagination token");
    }

    async fn a_pool_has_a_bounded_number_of_waiting_jobs(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        for _ in 0..100 {
            created(&pool, json!({})).await;
        }
        let text = "Too many user import jobs wait to be started.";
        create(&pool, json!({})).await.fails("LimitExceededException", text);
        let page = list(&pool, json!({ "MaxResults": 60 })).await.ok();
        assert_eq!(ids(&page).len(), 50);
        created(&verifying_pool(&server, json!({})).await, json!({})).await;
    }

    async fn a_job_is_started_with_a_file_in_a_pool_that_verifies(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = created(&pool, json!({})).await;
        let id = job["JobId"].as_str().unwrap();
        let start = || call(&pool, "StartUserImportJob", &job);
        start().await.fails(PRECONDITION, &format!("No csv file was uploaded for {id}"));
        let text = "The user import job cannot be stopped. Current status is Created";
        call(&pool, "StopUserImportJob", &job).await.fails(PRECONDITION, text);
        upload(&pool, &job, many(1)).await;
        let begun = started(&pool, &job).await;
        assert_eq!(begun["Status"], "Pending");
        assert!(begun["StartDate"].is_number() && begun["PreSignedUrl"] == job["PreSignedUrl"], "{begun}");
        assert_ended(&ended(&pool, &job).await, "Succeeded", SUCCEEDED);
        let text = "The user import job cannot be started. Current status is Succeeded";
        start().await.fails(PRECONDITION, text);
        let text = "The user import job cannot be stopped. Current status is Succeeded";
        call(&pool, "StopUserImportJob", &job).await.fails(PRECONDITION, text);

        let pool = server.pool(json!({})).await;
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, many(1)).await;
        let text = "The user pool has no auto verified attributes.";
        call(&pool, "StartUserImportJob", &job).await.fails(PRECONDITION, text);
        assert_eq!(described(&pool, &job).await["Status"], "Created");
    }

    async fn a_pool_has_one_active_job_and_does_not_change_meanwhile(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let other = verifying_pool(&server, json!({})).await;
        let (first, second) = (created(&pool, json!({})).await, created(&pool, json!({})).await);
        let elsewhere = created(&other, json!({})).await;
        for (pool, job, name) in [(&pool, &first, "ada"), (&pool, &second, "bob"), (&other, &elsewhere, "carol")] {
            upload(pool, job, file(&[], &[plain_row(name)])).await;
        }
        hold(&server, &server.store).await;
        started(&pool, &first).await;
        let text = "Another user import job of the user pool is active.";
        call(&pool, "StartUserImportJob", &second).await.fails(PRECONDITION, text);
        started(&other, &elsewhere).await;
        let custom = json!({ "CustomAttributes": [{ "Name": "team", "AttributeDataType": "String" }] });
        let refused = |answer: Answer| {
            let text = "The user pool cannot be changed while a user import job is active.";
            answer.fails("UserImportInProgressException", text);
        };
        refused(pool.admin("UpdateUserPool", json!({})).await);
        refused(pool.admin("AddCustomAttributes", custom.clone()).await);
        refused(pool.admin("DeleteUserPool", json!({})).await);
        let pool_now = pool.admin("DescribeUserPool", json!({})).await.ok();
        assert_eq!(pool_now["UserPool"]["AutoVerifiedAttributes"], json!(["email"]));

        // Stopped before it has read anything, it never goes on.
        let stopping = call(&pool, "StopUserImportJob", &first).await.ok();
        assert_eq!(stopping["UserImportJob"]["Status"], "Stopping");
        let text = "The user import job cannot be stopped. Current status is Stopping";
        call(&pool, "StopUserImportJob", &first).await.fails(PRECONDITION, text);
        refused(pool.admin("AddCustomAttributes", custom.clone()).await);
        let_go(&server.store).await;
        let stopped = ended(&pool, &first).await;
        assert_ended(&stopped, "Stopped", STOPPED);
        assert_eq!(counts(&stopped), [0, 0, 0]);
        assert_unknown(&pool, "ada").await;
        let text = "The user import job cannot be started. Current status is Stopped";
        call(&pool, "StartUserImportJob", &first).await.fails(PRECONDITION, text);

        started(&pool, &second).await;
        assert_ended(&ended(&pool, &second).await, "Succeeded", SUCCEEDED);
        assert_ended(&ended(&other, &elsewhere).await, "Succeeded", SUCCEEDED);
        pool.user("bob").await.ok();
        other.user("carol").await.ok();
        assert_unknown(&pool, "carol").await;
        pool.admin("AddCustomAttributes", custom).await.ok();
        pool.admin("DeleteUserPool", json!({})).await.ok();
    }

    async fn a_job_that_is_never_started_expires(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = verifying_pool(&server, json!({})).await;
        let (job, done) = (created(&pool, json!({})).await, created(&pool, json!({})).await);
        upload(&pool, &job, many(1)).await;
        upload(&pool, &done, many(1)).await;
        started(&pool, &done).await;
        ended(&pool, &done).await;
        server.advance(86_402).await;
        let text = "The user import job cannot be started. Current status is Expired";
        call(&pool, "StartUserImportJob", &job).await.fails(PRECONDITION, text);
        server.stop().await;

        let node = open_app(test_config(&store)).await;
        node.clock.advance(86_402);
        run_job(&node, "delete-expired").await;
        assert_eq!(count(&store, "user_import_chunks").await, 0);
        assert_eq!(count(&store, "user_import_uploads").await, 0);
        assert_eq!(count(&store, "user_import_log").await, 1);
        // The log is kept for 90 days after the end, the job itself as long as the pool.
        node.clock.advance(89 * 86_400);
        run_job(&node, "delete-expired").await;
        assert_eq!(count(&store, "user_import_log").await, 0);
        node.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        let expired = described(&pool, &job).await;
        assert_ended(&expired, "Expired", "The user import job has expired.");
        assert!(expired["StartDate"].is_null(), "{expired}");
        assert_ended(&described(&pool, &done).await, "Succeeded", SUCCEEDED);
        server.stop().await;
    }

    async fn an_empty_list_of_users_succeeds(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let job = imported(&pool, json!({}), many(0)).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&job), [0, 0, 0]);
    }
}
