//! Refuses a cluster of another account: EKS shows only the clusters of the account that signs.

use super::cluster_ref::ClusterRef;
use crate::error::{Error, Result};
use crate::model::{CallerIdentity, ClusterArn, ClusterDescription};

/// Whether a cluster belongs to the account that signs the calls to EKS.
pub(super) fn is_of_signer(arn: &ClusterArn, caller: &CallerIdentity) -> bool {
    let signer = caller.signs_as.as_ref().unwrap_or(&caller.arn);
    signer.account == arn.account && signer.partition == arn.partition
}

/// Refuses a description of a cluster in another account.
///
/// # Errors
/// The cluster belongs to another account.
pub(super) fn refuse_foreign(cluster: &ClusterRef, found: &ClusterDescription, caller: &CallerIdentity) -> Result<()> {
    if is_of_signer(&found.arn, caller) {
        return Ok(());
    }
    let signer = caller.signs_as.as_ref().unwrap_or(&caller.arn);
    Err(Error::failed(format!("describing cluster {} in {}", cluster.name, cluster.region))
        .because(format!("the answer describes {}, but the calls are signed by {signer}", found.arn))
        .because("EKS shows only the clusters of the caller's own account; nothing was changed")
        .hint("the server there does not answer as AWS does; check the connection: --endpoint-url, AWS_ENDPOINT_URL, HTTPS_PROXY"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AuthMode, ClusterFacts, Principal};

    fn description(arn: &str) -> ClusterDescription {
        ClusterDescription {
            arn: arn.parse().unwrap(),
            status: "ACTIVE".into(),
            endpoint: None,
            certificate_authority: None,
            mode: AuthMode::Api,
            private_only: false,
            of_kubeconfig: false,
            token_cluster_id: "dev".into(),
            facts: ClusterFacts::default(),
        }
    }

    #[test]
    fn a_cluster_of_another_account_or_partition_is_refused() {
        let arn = |text: &str| -> Principal { text.parse().unwrap() };
        let own =
            CallerIdentity { arn: arn("arn:aws:iam::111122223333:user/ann"), user_id: "a".into(), signs_as: None };
        let delegate = CallerIdentity { signs_as: Some(arn("arn:aws:iam::444455556666:role/Deploy")), ..own.clone() };
        let cluster = ClusterRef::named("dev", "eu-west-1");
        let judge = |of: &str, caller| refuse_foreign(&cluster, &description(of), caller).map_err(|e| e.render());
        let (here, there) =
            ("arn:aws:eks:eu-west-1:111122223333:cluster/dev", "arn:aws:eks:eu-west-1:444455556666:cluster/dev");
        assert!(judge(here, &own).is_ok() && judge(there, &delegate).is_ok());
        for (of, caller) in
            [(there, &own), (here, &delegate), ("arn:aws-cn:eks:eu-west-1:111122223333:cluster/dev", &own)]
        {
            let shown = judge(of, caller).unwrap_err();
            assert!(shown.contains(of) && shown.contains("hint: "), "{shown}");
        }
    }
}
