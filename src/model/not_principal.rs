//! ARNs of things that can't sign.

/// Why this kind (for example `group` in `iam`) can't sign; `None` for one that can, and for an unknown one.
#[must_use]
pub fn why_not_principal(service: &str, kind: &str) -> Option<String> {
    match (service, kind) {
        ("iam", "group") => Some("a group is not a principal: its members sign as themselves".to_owned()),
        ("iam", "instance-profile") => Some("an instance profile is not a principal".to_owned()),
        ("iam", "policy" | "oidc-provider" | "saml-provider" | "mfa" | "server-certificate" | "access-key") => {
            Some(format!("`{kind}/` is not a principal: only roles and users sign"))
        }
        ("sso", "permissionSet" | "permissionset") => {
            Some("a permission set is not a principal: its role in the account is (AWSReservedSSO_…)".to_owned())
        }
        ("iam" | "sts", _) => None,
        _ => Some(format!("`{service}` is not `iam`: only roles and users sign")),
    }
}
