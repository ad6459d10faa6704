//! The region in a signature's scope decides where a pool is made and listed, as on AWS.

use serde_json::{Value, json};

use crate::support::{Admin, TestServer, TestStore, both_stores};

async fn create(admin: &Admin, name: &str) -> Value {
    let created = admin
        .call("CreateUserPool", json!({ "PoolName": name }))
        .await;
    created.ok()["UserPool"].clone()
}

/// The names of the pools that `admin` sees, but for the one that the first start makes.
async fn names(admin: &Admin) -> Vec<String> {
    let list = admin
        .call("ListUserPools", json!({ "MaxResults": 60 }))
        .await
        .ok();
    let pools = list["UserPools"].as_array().unwrap();
    let names = pools
        .iter()
        .map(|pool| pool["Name"].as_str().unwrap().to_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("test-")).collect();
    names.sort();
    names
}

both_stores! {
    /// Id and ARN bear the region, and each region lists its own.
    async fn pools_are_made_and_listed_where_the_scope_says(server: TestServer) {
        let (virginia, frankfurt) = (&server.admin, server.admin.in_region("eu-central-1"));
        let here = create(virginia, "test-here").await;
        let there = create(&frankfurt, "test-there").await;
        for (pool, region) in [(&here, "us-east-1"), (&there, "eu-central-1")] {
            let id = pool["Id"].as_str().unwrap();
            let (of_id, rest) = id.split_once('_').unwrap();
            assert_eq!(of_id, region);
            assert_eq!(rest.len(), 9, "{id}");
            let arn = format!("arn:aws:cognito-idp:{region}:000000000000:userpool/{id}");
            assert_eq!(pool["Arn"], json!(arn));
        }
        assert_eq!(names(virginia).await, ["test-here"]);
        assert_eq!(names(&frankfurt).await, ["test-there"]);
        assert_eq!(names(&server.admin.in_region("ap-south-1")).await, Vec::<String>::new());
    }

    /// An application of a pool in another region needs no more than the client's id.
    async fn open_operations_find_a_client_of_any_region(server: TestServer) {
        let frankfurt = server.admin.in_region("eu-central-1");
        let pool = create(&frankfurt, "test-there").await;
        let input = json!({ "UserPoolId": pool["Id"], "ClientName": "app" });
        let app = frankfurt.call("CreateUserPoolClient", input).await.ok();
        let input = json!({
            "ClientId": app["UserPoolClient"]["ClientId"],
            "Username": "ada",
            "Password": "Corr3ct-Horse!",
        });
        server.client.call("SignUp", input).await.ok();
        let input = json!({ "UserPoolId": pool["Id"], "Username": "ada" });
        assert_eq!(frankfurt.call("AdminGetUser", input).await.ok()["UserStatus"], "UNCONFIRMED");
    }

    /// The configured region may be made the only one, whatever the scope says.
    async fn other_regions_are_refused_where_configured(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.server.region = "eu-west-3".into();
            config.server.only_region = true;
        })
        .await;
        let elsewhere = server.admin.in_region("us-west-2");
        let pool = create(&elsewhere, "test-only").await;
        assert!(pool["Id"].as_str().unwrap().starts_with("eu-west-3_"), "{pool}");
        for region in ["us-west-2", "eu-west-3", "us-east-1"] {
            assert_eq!(names(&server.admin.in_region(region)).await, ["test-only"]);
        }
        server.stop().await;
    }
}
