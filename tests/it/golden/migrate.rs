//! What `migrate` shows of a manifest, without AWS and without a cluster.

use super::pinned::{coloured, desk, pin, piped, plain, wide};
use crate::support::cloud::AuthMode;

/// A line of each kind that a file alone can tell of.
pub const KINDS: &str = "kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/nodes
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
    - rolearn: arn:aws:iam::111122223333:role/Admin
      username: admin
      groups: [system:masters, ops]
    - rolearn: arn:aws:iam::111122223333:role/Dev
      username: dev-{{SessionName}}
      groups: [devs]
    - rolearn: arn:aws:iam::111122223333:role/team/Path
      username: path
      groups: [devs]
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev-{{SessionName}}
      groups: [devs]
    - rolearn: arn:aws:iam::111122223333:role/AWSServiceRoleForBatch
      username: aws-batch
    - sso: {permissionSetName: Admins, accountID: '111122223333'}
      username: sso
      groups: [devs]
    - hello
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/ann
      username: ann
      groups: [devs, 'system:ops']
    - userarn: arn:aws:iam::111122223333:user/bob
      groups: [devs, 'system:authenticated']
  mapAccounts: |
    - '444455556666'
";

const ANSWERS: &str = "--path-of Admin=/ --path-of Dev=/team/ --type-of arn:aws:iam::111122223333:role/nodes=EC2_LINUX \
     --path-of nodes=/ --username-of arn:aws:iam::111122223333:role/Dev=dev:{{SessionName}}";

#[test]
fn of_a_file() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("aws-auth.yaml", KINDS);
    let migrate = |more: &str| desk.keyless(&format!("migrate --aws-auth aws-auth.yaml {more}"));
    pin(
        "migrate",
        "file",
        [
            ("80 columns", plain(migrate(""))),
            ("120 columns, with answers", wide(migrate(ANSWERS))),
            ("80 columns, in colour", coloured(migrate(ANSWERS), 80)),
        ],
    );
    let json = migrate(&format!("{ANSWERS} --output json --report migration.md"));
    pin("migrate", "file-json", [("json", piped(json)), ("the report", desk.read("migration.md"))]);
}
