//! Which usernames an access entry can't hold.
//!
//! <https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html>

/// The template of a session's name, `@` turned into `-`.
pub(super) const SESSION_NAME: &str = "{{SessionName}}";
/// The template of a session's name as it is.
pub(super) const RAW_SESSION_NAME: &str = "{{SessionNameRaw}}";
/// The beginnings that EKS keeps for itself.
const PREFIXES: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// Why EKS refuses a username.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refused {
    /// It begins with this, which EKS keeps for itself.
    Prefix(&'static str),
    /// This template has no colon before it; with one it would be taken.
    NoColon {
        /// The template.
        template: &'static str,
        /// The name with the colon.
        better: String,
    },
}

impl Refused {
    /// Why EKS refuses a username; `None` for one that it takes.
    pub(super) fn of(name: &str) -> Option<Self> {
        if let Some(prefix) = PREFIXES.into_iter().find(|prefix| name.starts_with(prefix)) {
            return Some(Self::Prefix(prefix));
        }
        [SESSION_NAME, RAW_SESSION_NAME].into_iter().find_map(|template| {
            let at = name.find(template).filter(|at| !name[..*at].contains(':'))?;
            let before = name[..at].trim_end_matches(['-', '/']);
            let before = if before.is_empty() { "user" } else { before };
            Some(Self::NoColon { template, better: format!("{before}:{}", &name[at..]) })
        })
    }

    /// The rule, as the end of a sentence about the name.
    pub(super) fn rule(&self) -> String {
        match self {
            Self::Prefix(prefix) => format!("EKS refuses usernames that begin with {prefix}"),
            Self::NoColon { template, .. } => format!("EKS wants a colon before {template}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_eks_refuses_is_told_with_the_rule() {
        for (name, rule) in [
            ("admin", None),
            ("admin:{{SessionName}}", None),
            ("arn:aws:sts::111122223333:assumed-role/Dev/{{SessionName}}", None),
            ("system:admin", Some("begin with system:")),
            ("eks:x", Some("begin with eks:")),
            ("eksaccess:x", None),
            ("{{SessionName}}", Some("a colon before {{SessionName}}")),
            ("dev-{{SessionNameRaw}}", Some("a colon before {{SessionNameRaw}}")),
        ] {
            let found = Refused::of(name).map(|refused| refused.rule());
            assert_eq!(found.is_some(), rule.is_some(), "{name}: {found:?}");
            assert!(rule.is_none_or(|rule| found.unwrap().contains(rule)), "{name}");
        }
    }

    #[test]
    fn a_name_without_its_colon_is_proposed_with_one() {
        let better = |name: &str| match Refused::of(name) {
            Some(Refused::NoColon { better, .. }) => better,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(better("{{SessionName}}"), "user:{{SessionName}}");
        assert_eq!(better("dev-{{SessionName}}"), "dev:{{SessionName}}");
        assert_eq!(better("a/{{SessionNameRaw}}-x"), "a:{{SessionNameRaw}}-x");
    }
}
