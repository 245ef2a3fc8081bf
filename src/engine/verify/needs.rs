//! `needs`, if MFA may be what is missing: the session cached by `token`, else the code, else what to do.

use std::rc::Rc;

use super::link::Link;
use super::side::{NEVER_WITH_MFA, Side};
use super::walk::Walk;
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::{AssumeRequest, Connect};
use crate::error::shell_word;
use crate::model::PrincipalKind;

/// The outcome.
pub(super) enum Factor<S> {
    /// A session, and how it was obtained.
    Session(Rc<S>, String),
    /// MFA is not available.
    Lacks(Lacks),
    /// STS still refuses.
    Refused(CallError),
}

/// Why MFA is not available, and the command that helps.
pub(super) struct Lacks {
    why: String,
    hint: String,
    /// Whether it is known to be required.
    is_sure: bool,
}

impl Lacks {
    /// The link; `who_asks` is the side that requires MFA.
    pub(super) fn told(self, who_asks: &str) -> Link {
        if self.is_sure {
            let text = format!("MFA is required by {who_asks}, and {}", self.why);
            return Link::broken("needs", text, self.hint);
        }
        let text = "it could not be seen whether MFA or an external id is required";
        Link::unknown("needs", format!("{text}; {}", self.why)).hint(self.hint)
    }
}

/// Looks for an MFA session or code; `is_sure` if it is known to be required.
pub(super) async fn second_factor<C: Connect>(
    walk: &Walk<'_, C>,
    side: &Side<'_>,
    request: &AssumeRequest,
    is_sure: bool,
) -> Factor<C::Session> {
    let account = walk.account.base();
    let step = side.inquiry.role_step(side.role, request.external_id.clone());
    let (serial, kept_session) = account.second_factor(&step, &side.inquiry.cluster.region).await;
    if let Some(session) = kept_session {
        return Factor::Session(session, "MFA: uses the session that `eksaccess token` saved".to_owned());
    }
    let lacks = |why: String, hint: String| Factor::Lacks(Lacks { why, hint, is_sure });
    if side.who.kind != PrincipalKind::User {
        let why = format!("{} is not an IAM user, and only a user can have an MFA device: {NEVER_WITH_MFA}", side.who);
        return lacks(
            why,
            "aws configure list-profiles   (use --profile with the profile of an IAM user's keys)".to_owned(),
        );
    }
    let Some(serial) = serial else {
        let why =
            "no MFA device is known: neither --mfa-serial nor AWS_MFA_SERIAL nor the profile's mfa_serial names one";
        return lacks(why.to_owned(), named(side, &side.likely_serial()));
    };
    if walk.is_proof() {
        return lacks(format!("the MFA code from {serial} is not asked for here"), named(side, &serial));
    }
    let code = match account.mfa_code(&serial).await {
        Ok(code) => code,
        Err(why) => {
            return lacks(
                format!("the MFA code from {serial} can't be asked for: {why}"),
                kept(side, request, &serial),
            );
        }
    };
    let request = AssumeRequest { mfa: Some((serial.clone(), code)), ..request.clone() };
    match account.assume(&request).await {
        Ok(session) => Factor::Session(session, format!("the MFA code from {serial} was accepted")),
        // STS reports a device that is not the user's, and a wrong code, in the message only.
        Err(error) if error.is(K::AccessDenied) && error.message.contains("MultiFactorAuthentication") => {
            Factor::Lacks(Lacks {
                why: format!("STS rejected the MFA code from {serial}: {}", error.message),
                hint: format!(
                    "{}   (with the next code; `aws iam list-mfa-devices` names the devices)",
                    named(side, &serial)
                ),
                is_sure: true,
            })
        }
        Err(error) => Factor::Refused(error),
    }
}

/// The same command, with the device.
fn named(side: &Side<'_>, serial: &str) -> String {
    let verify = side.inquiry.command("verify");
    format!("{verify} --role {} --mfa-serial {}", shell_word(&side.role.to_string()), shell_word(serial))
}

/// The command that caches a session, which this one then finds.
fn kept(side: &Side<'_>, request: &AssumeRequest, serial: &str) -> String {
    let mut command = side.inquiry.command("token");
    let external_id = request.external_id.as_deref();
    let name = side.inquiry.session_name.as_deref();
    for (flag, value) in [
        ("--role", Some(request.role_arn.as_str())),
        ("--external-id", external_id),
        ("--session-name", name),
        ("--mfa-serial", Some(serial)),
    ] {
        if let Some(value) = value {
            command = format!("{command} {flag} {}", shell_word(value));
        }
    }
    command + " > /dev/null   (once, on a terminal: this saves the session, which this command then uses)"
}
