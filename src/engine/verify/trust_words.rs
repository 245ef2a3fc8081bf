//! The words of `verify` for a trust's verdict, and the command that helps. Pure.

use super::link::Link;
use crate::error::shell_word;
use crate::model::Principal;
use crate::model::trust_verdict::{ACCOUNT_ACCESS, Verdict, Wanted, WhyNot};

/// The command that shows the role's trust, for the principal that is to assume it.
pub(super) fn look(role: &Principal, who: &Principal) -> String {
    let name = shell_word(&role.name);
    format!("aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument{}", in_account_of(role, who))
}

/// An addition to a command on a role of another account: whose credentials it needs.
fn in_account_of(role: &Principal, who: &Principal) -> String {
    if role.account == who.account {
        return String::new();
    }
    format!("   (with credentials of account {})", role.account)
}

/// `trust`.
pub(super) fn trust_link(verdict: Option<&Verdict>, who: &Principal, role: &Principal) -> Link {
    let Some(verdict) = verdict else {
        return Link::unknown("trust", format!("the trust of {role} could not be read (iam:GetRole)"));
    };
    let text = verdict.told(who, role);
    match verdict {
        Verdict::Unclear { .. } => Link::unknown("trust", text).hint(look(role, who)),
        // Another statement for the same principal would bypass a condition that is there on purpose.
        Verdict::Denied | Verdict::NotNamed { why: WhyNot::Unmet { .. } } => {
            Link::broken("trust", text, look(role, who))
        }
        Verdict::NotNamed { why: WhyNot::OnlyServices(names) } if names.iter().any(|name| name == ACCOUNT_ACCESS) => {
            let sign_in = "aws configure list-profiles   (use --profile with one that signs in to this role through Identity Center)";
            Link::broken("trust", text, sign_in)
        }
        Verdict::NotNamed { .. } => {
            // The ARN ensures that a role of the same name in another account is not changed.
            let name = if role.account == who.account { role.name.clone() } else { role.to_string() };
            let of = in_account_of(role, who);
            let add = format!("eksaccess role --role {} --add-trust {}{of}", shell_word(&name), who.entity());
            Link::broken("trust", text, add)
        }
        _ => Link::ok("trust", text),
    }
}

/// `needs`, for a source identity.
pub(super) fn source_identity(wanted: &Wanted, who: &Principal, role: &Principal) -> Link {
    let text = format!(
        "the trust of {role} requires a source identity ({}), which neither this program nor any other exec tool sends",
        wanted.condition
    );
    let hint = match &wanted.value {
        Some(value) => format!(
            "aws sts assume-role --role-arn {} --role-session-name {} --source-identity {}   (if both sides also allow sts:SetSourceIdentity; then use these keys)",
            shell_word(&role.to_string()),
            shell_word(who.session().unwrap_or(&who.name)),
            shell_word(value)
        ),
        None => look(role, who),
    };
    Link::broken("needs", text, hint)
}

/// `needs`, for a session's name; `token` is the command that creates a session of the role, up to the name.
pub(super) fn session_name(
    wanted: &Wanted,
    sent: Option<&str>,
    (role, who): (&Principal, &Principal),
    token: &str,
    is_outside: bool,
) -> Link {
    let condition = &wanted.condition;
    let text = match sent {
        Some(sent) => format!("the trust of {role} requires a session name ({condition}) other than {sent}"),
        None => format!("the trust of {role} requires a session name ({condition})"),
    };
    let hint = match &wanted.value {
        Some(name) => format!(
            "{token} --role {} --session-name {}   (the kubeconfig's exec arguments need the option as well)",
            shell_word(&role.to_string()),
            shell_word(name)
        ),
        None => look(role, who),
    };
    if is_outside {
        return Link::unknown("needs", format!("{text}; the name it accepts can't be seen from here")).hint(hint);
    }
    Link::broken("needs", text, hint)
}
