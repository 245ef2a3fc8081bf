//! `who`: the identity that the control plane gives a caller.

use std::fmt::Write as _;

use anstyle::Style;
use serde_json::{Value, json};

use crate::cli::args::{OutputFormat, WhoArgs};
use crate::cli::pipeline::manifest::{ManifestFile, place_in};
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};

use crate::aws_auth::{Caller, read};
use crate::cli::pipeline::each::{Told, each, known, lookings, places, status, table};
use crate::cli::pipeline::stage::Stage;
use crate::cli::screen::ui::{STRONG, Ui};
use crate::cli::world::connect::World;
use crate::cli::world::selected::{Opened, open_selected};
use crate::engine::{ClusterRef, Looking};
use crate::error::{Error, Result, one_line};
use crate::model::{AccessWish, AwsAuthMap, AwsAuthState, ClusterArn, Principal};
use crate::plan::{AccessChange, Answer, Became, Desired, Source, map_to_change, who as answer};

/// Placeholder for a session name that was not given.
const ANY_SESSION: &str = "{{SessionName}}";
/// Placeholder for the access key id, which an ARN does not include.
const ANY_KEY: &str = "{{AccessKeyID}}";

/// Runs it: 0 whenever there is an answer, also for a caller without access.
///
/// # Errors
/// Not an ARN; nothing could be read.
pub(crate) async fn who(context: &Context, ui: &Ui, args: &WhoArgs) -> Result<u8> {
    let principal: Principal = args.arn.trim().parse().map_err(|e: crate::model::ArnError| {
        Error::usage(e.to_string()).hint("name it in full: arn:aws:iam::ACCOUNT:role/NAME or …:user/NAME")
    })?;
    if args.session.is_some() && !principal.is_role() {
        return Err(Error::usage(format!("--session: {principal} is not a role, and only roles have sessions")));
    }
    let caller = caller(&principal, args.session.as_deref());
    let any_session = caller.session.as_deref() == Some(ANY_SESSION);
    let (answer, place) = if let Some(file) = &args.place.file {
        let file = ManifestFile::read(file).await?;
        let manifest = file.manifest()?;
        let found = answer(&caller, None, Some(&read(manifest.data())), place_in(&manifest));
        (found, json!({"file": file.name}))
    } else {
        let opened = open_selected(context, &args.place.clusters).await?;
        let machine = Machine { backups: Backups::None };
        let stage = opened.stage(context, ui, &machine);
        if opened.is_many() {
            return in_each(&stage, &opened, &principal, &caller).await;
        }
        let cluster = opened.only("who")?;
        let (world, desired) = (opened.world_of(cluster)?, desired(&principal));
        let looking = Looking::new(world, &desired)?;
        let (answer, arn) = in_cluster(&stage.at(world), &looking, cluster, &caller).await?;
        (answer, json!({"cluster": arn.to_string()}))
    };
    show(ui, &principal, &answer, any_session);
    if let (Answer::Refused(found), OutputFormat::Json) = (&answer, context.global.output) {
        ui.warn(&format!(
            "{principal} gets 401: {} matches but can't be rendered for this session",
            found.source.as_str()
        ));
    }
    let document = document(&principal, &answer, &place);
    ui.document(&document);
    Ok(0)
}

/// The identity in each of several clusters, one line each.
async fn in_each(stage: &Stage<'_, World>, opened: &Opened, principal: &Principal, caller: &Caller) -> Result<u8> {
    let desired = desired(principal);
    let lookings = lookings(opened, &desired)?;
    let look = async |stage: Stage<'_, World>, cluster: ClusterRef| {
        in_cluster(&stage, lookings.of(&cluster.account)?, &cluster, caller).await
    };
    let found = each(stage, opened, "looking at", look).await?;
    let told = |(answer, arn): &(Answer, ClusterArn)| {
        let (is_good, why) = match answer {
            Answer::Nobody => (false, None),
            Answer::Somebody(found) => (true, Some(in_one_line(found))),
            Answer::Refused(found) => (false, Some(in_one_line(found))),
            Answer::AtRandom(all) => (false, Some(all.iter().map(in_one_line).collect::<Vec<_>>().join("; or "))),
        };
        let document = known(arn, json!({"answer": document(principal, answer, &json!({}))}));
        Told { state: answer.outcome(), is_good, why, hint: None, document }
    };
    table(stage.ui, &found, told);
    let places = places(&found, told);
    stage.ui.document(
        &json!({"version": 1, "verb": "who", "outcome": "listed", "arn": principal.to_string(), "places": places}),
    );
    Ok(status(&found))
}

fn in_one_line(found: &Became) -> String {
    let groups = if found.groups.is_empty() { "no groups".to_owned() } else { found.groups.join(", ") };
    let line = found.line.map_or_else(String::new, |line| format!(" line {line}"));
    format!("{}, {groups}; by {}{line}", named(found), found.source.as_str())
}

/// The identity with the place where it was looked up, or `null` for a 401. Of several chosen at random it is the
/// first; all are in `oneOf`.
fn document(principal: &Principal, answer: &Answer, place: &Value) -> Value {
    let found = match answer {
        Answer::Somebody(found) => Some(found),
        Answer::AtRandom(all) => all.first(),
        Answer::Nobody | Answer::Refused(_) => None,
    };
    let Some(found) = found else { return Value::Null };
    let mut document = json!({"version": 1, "verb": "who", "outcome": answer.outcome(), "arn": principal.to_string()});
    for part in [json!(found), place.clone()] {
        for (key, value) in part.as_object().into_iter().flatten() {
            document[key] = value.clone();
        }
    }
    if let Answer::AtRandom(all) = answer {
        document["oneOf"] = json!(all);
    }
    document
}

fn caller(principal: &Principal, session: Option<&str>) -> Caller {
    let caller = Caller { access_key_id: Some(ANY_KEY.to_owned()), ..Caller::new(principal.clone()) };
    match session {
        Some(session) => caller.with_session(session),
        None if principal.is_role() && principal.session().is_none() => caller.with_session(ANY_SESSION),
        None => caller,
    }
}

/// What has to be read to find the identity.
fn desired(principal: &Principal) -> Desired {
    let wish = AccessWish { principal: principal.to_string(), ..AccessWish::default() };
    Desired { access: Some(AccessChange::Bind(wish)), ..Desired::default() }
}

async fn in_cluster(
    stage: &Stage<'_, World>,
    looking: &Looking<'_, World>,
    cluster: &ClusterRef,
    caller: &Caller,
) -> Result<(Answer, ClusterArn)> {
    let ui = stage.ui;
    let seen = stage.in_place("reading the current state", looking.at(Some(cluster))).await?;
    for warning in &seen.warnings {
        ui.warn(warning);
    }
    let Some(found) = &seen.cluster else { return Err(Error::usage("no cluster was named")) };
    let reading = match (&found.aws_auth, &found.entry) {
        (AwsAuthState::NotLooked, _) if !found.description.mode.has_config_map() => None,
        (AwsAuthState::Unseen(why), Some(_)) => {
            ui.warn(&format!("aws-auth could not be read, so it is not known what the entry overrides: {why}"));
            None
        }
        _ => map_to_change(found)?.map(AwsAuthMap::data).as_ref().map(read),
    };
    if let (Some(entry), Some(role)) = (&found.entry, &seen.role)
        && entry.is_older_than(role.created_at)
    {
        ui.warn("the access entry is stale: it was created for an earlier role of this name and gives no access");
    }
    let arn = found.description.arn.clone();
    Ok((answer(caller, found.entry.as_ref(), reading.as_ref(), |_, at| at), arn))
}

fn show(ui: &Ui, principal: &Principal, answer: &Answer, any_session: bool) {
    match answer {
        Answer::Nobody => {
            let text = format!(
                "{principal} has no access: no mapping or access entry matches it (the control plane answers 401)"
            );
            ui.text(&ui.wrapped(Style::new(), &text, 0, 2));
        }
        Answer::Somebody(found) => {
            let head = format!("{principal} becomes {}", named(found));
            ui.text(&format!("{}\n{}", ui.styled(STRONG, &head), details(found)));
        }
        Answer::Refused(found) => {
            let why = if any_session {
                "it depends on the session's name: only an EC2 instance's session, named after the instance, gets access (--session i-…)"
            } else {
                "refused (401): the mapping needs an EC2 instance's session, named after the instance, and no other mapping is tried"
            };
            ui.text(&format!("{}\n{}", ui.styled(STRONG, &format!("{principal}: {why}")), details(found)));
        }
        Answer::AtRandom(all) => {
            let head = format!("{principal} becomes one of these at random, possibly another after each change:");
            let each: Vec<_> = all.iter().map(|f| format!("{}\n{}", named(f), details(f))).collect();
            ui.text(&format!("{}\n{}", ui.styled(STRONG, &head), each.join("\n")));
        }
    }
}

fn named(found: &Became) -> String {
    if found.username.is_empty() { "an identity with an empty username".to_owned() } else { one_line(&found.username) }
}

fn details(found: &Became) -> String {
    let lines: Vec<_> = found
        .shadowed
        .iter()
        .map(|hidden| (hidden.source, hidden.line))
        .chain(found.line.map(|line| (found.source, line)))
        .collect();
    let place = |source: Source, line: usize, column: usize| {
        let shared = lines.iter().filter(|other| **other == (source, line)).count() > 1;
        if shared { format!(" line {line}, column {column}") } else { format!(" line {line}") }
    };
    let line =
        found.line.zip(found.column).map_or_else(String::new, |(line, column)| place(found.source, line, column));
    let groups = if found.groups.is_empty() { "none".to_owned() } else { found.groups.join(", ") };
    let mut text = format!("  by         {}{line}\n  groups     {}", found.source.as_str(), one_line(&groups));
    if found.source == Source::AccessEntry {
        let policies = if found.policies.is_empty() { "none".to_owned() } else { found.policies.join(", ") };
        let _ = write!(text, "\n  policies   {}", one_line(&policies));
    }
    for hidden in &found.shadowed {
        let _ = write!(
            text,
            "\n  no effect  {}{}: {}",
            hidden.source.as_str(),
            place(hidden.source, hidden.line, hidden.column),
            hidden.why
        );
    }
    text
}
