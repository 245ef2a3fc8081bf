//! An emulator by another team with users and a cluster, and the real binary.

use aws_sdk_eks::config::Credentials;
use aws_sdk_eks::types::{AuthenticationMode, CreateAccessConfigRequest, VpcConfigRequest};
use aws_sdk_iam::config::{BehaviorVersion, Region};

use crate::support::cloud::World;
use crate::support::control_plane::ThirdParty;
use crate::support::desk::{Desk, Typed};

const REGION: &str = "us-east-1";

/// A user's access key.
#[derive(Clone, Debug)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A desk whose AWS is another team's emulator.
pub(crate) struct OtherCloud {
    cloud: ThirdParty,
    desk: Desk,
    runtime: tokio::runtime::Runtime,
    iam: aws_sdk_iam::Client,
    eks: aws_sdk_eks::Client,
}

impl OtherCloud {
    /// Opens it; `root` may set it up.
    pub(crate) fn new(cloud: ThirdParty, root: &AccessKey) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let credentials = Credentials::new(&root.id, &root.secret, None, None, "root");
        let iam = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(cloud.endpoint())
            .credentials_provider(credentials.clone());
        let eks = aws_sdk_eks::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(cloud.endpoint())
            .credentials_provider(credentials);
        let (iam, eks) = (aws_sdk_iam::Client::from_conf(iam.build()), aws_sdk_eks::Client::from_conf(eks.build()));
        // The desk's own cloud stays empty and unused.
        Self { cloud, desk: Desk::new(World::empty().start()), runtime, iam, eks }
    }

    /// Creates a user with an access key.
    pub(crate) fn user(&self, name: &str) -> AccessKey {
        let key = self.runtime.block_on(async {
            self.iam.create_user().user_name(name).send().await.expect("a user");
            self.iam.create_access_key().user_name(name).send().await.expect("an access key")
        });
        let key = key.access_key.expect("the key");
        AccessKey { id: key.access_key_id, secret: key.secret_access_key }
    }

    /// Gives a user an inline policy.
    pub(crate) fn allow(&self, user: &str, policy: &str) {
        let put = self.iam.put_user_policy().user_name(user).policy_name("inline").policy_document(policy);
        self.runtime.block_on(put.send()).expect("a policy");
    }

    /// Creates the cluster `dev` in mode API.
    pub(crate) fn cluster(&self) {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = self.iam.create_role().role_name("cluster").assume_role_policy_document(trust);
        let role = self.runtime.block_on(role.send()).expect("a role").role.expect("the role");
        let access = CreateAccessConfigRequest::builder().authentication_mode(AuthenticationMode::Api).build();
        let network = VpcConfigRequest::builder().subnet_ids("subnet-a").subnet_ids("subnet-b").build();
        let create = self.eks.create_cluster().name("dev").role_arn(role.arn());
        self.runtime.block_on(create.access_config(access).resources_vpc_config(network).send()).expect("a cluster");
    }

    /// The description of a role.
    pub(crate) fn description(&self, role: &str) -> Option<String> {
        let role = self.runtime.block_on(self.iam.get_role().role_name(role).send()).expect("the role");
        role.role.and_then(|role| role.description)
    }

    /// An access entry's username, its groups, and the access policies in force.
    pub(crate) fn entry(&self, principal: &str) -> (String, Vec<String>, Vec<String>) {
        let entry = self.eks.describe_access_entry().cluster_name("dev").principal_arn(principal);
        let policies = self.eks.list_associated_access_policies().cluster_name("dev").principal_arn(principal);
        let entry = self.runtime.block_on(entry.send()).expect("the entry").access_entry.expect("the entry");
        let policies = self.runtime.block_on(policies.send()).expect("the policies");
        let policies = policies.associated_access_policies().iter().filter_map(|p| p.policy_arn.clone()).collect();
        (entry.username.unwrap_or_default(), entry.kubernetes_groups.unwrap_or_default(), policies)
    }

    /// The real binary with a user's key.
    pub(crate) fn eksaccess(&self, key: &AccessKey, args: &str) -> Typed<'_> {
        self.desk
            .keyless(args)
            .env("AWS_ACCESS_KEY_ID", &key.id)
            .env("AWS_SECRET_ACCESS_KEY", &key.secret)
            .env("AWS_REGION", REGION)
            .env("AWS_ENDPOINT_URL", self.cloud.endpoint())
    }

    /// Checks that a second run of a command has nothing to do.
    pub(crate) fn does_nothing(&self, key: &AccessKey, args: &str) {
        let report = self.eksaccess(key, &format!("{args} --output json")).run().json();
        assert_eq!(report["outcome"], "nothing-to-do", "{report:#}");
    }
}
