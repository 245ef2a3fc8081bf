//! `lint`: the traps in an `aws-auth`, each with its effect today and what was probably meant; `--fix` corrects the
//! safe ones.

use serde_json::{Value, json};

use crate::aws_auth::{self, Circumstances, DataKey, Finding, Named, Reading, Severity, read};
use crate::cli::args::LintArgs;
use crate::cli::pipeline::cloud::{self, InCloud};
use crate::cli::pipeline::each::{Told, each, known, per_account, places, status, table};
use crate::cli::pipeline::in_file::InFile;
use crate::cli::pipeline::kept;
use crate::cli::pipeline::manifest::ManifestFile;
use crate::cli::pipeline::per_account::looking;
use crate::cli::pipeline::run::{Site as _, go_on};
use crate::cli::pipeline::stage::{Job, Stage};
use crate::cli::screen::ui::{BAD, CHANGED, FAINT, STRONG, Ui};
use crate::cli::verbs::history::written_trusts;
use crate::cli::world::connect::World;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::open::open;
use crate::cli::world::selected::{Opened, open_selected};
use crate::engine::principals::known_principals;
use crate::engine::read_map::read_aws_auth;
use crate::engine::{CallErrorKind, ClusterRef, Connect as _, EksRead as _, Known, Looking, explain, observe};
use crate::error::{Error, Result, one_line};
use crate::model::{AwsAuthMap, ClusterArn, ClusterDescription, ClusterState, Observed, Principal};
use crate::plan::{AccessChange, Desired, map_to_change};

/// Runs it: 0, or with `--detailed-exitcode` 3 where there are findings.
///
/// # Errors
/// Nothing could be read; with `--fix`, whatever ended the change.
pub(crate) async fn lint(context: &Context, ui: &Ui, args: &LintArgs) -> Result<u8> {
    match &args.place.file {
        Some(file) => lint_file(context, ui, args, file).await,
        None => lint_cluster(context, ui, args).await,
    }
}

async fn lint_file(context: &Context, ui: &Ui, args: &LintArgs, name: &str) -> Result<u8> {
    let file = ManifestFile::read(name).await?;
    let manifest = file.lenient_manifest()?;
    let mut circumstances = Circumstances { places: manifest.places(), ..Circumstances::default() };
    if args.check_iam {
        let (world, _) = open(context, None).await?;
        let machine = Machine { backups: Backups::None };
        let stage = Stage::new(context, ui, &world, &machine);
        let nothing = Desired::default();
        let looking = observe(&world, &nothing, None);
        let seen = stage.within("finding out who signs", looking).await?;
        circumstances = with_iam((&stage, &Known::new(&world)), &seen, &read(manifest.data()), circumstances).await?;
    }
    let mut findings = manifest.findings();
    findings.extend(aws_auth::lint(manifest.data(), &circumstances));
    let found = Found { findings: &findings, place: json!({"file": file.name}) };
    if !args.fix {
        return Ok(found.tell(context, ui));
    }
    let on_stderr = ui.on_stderr();
    on_stderr.aside(&found.text(&on_stderr));
    let site = InFile { context, ui, verb: "lint", name, desired: &fix() };
    let looked = site.planned(file)?;
    go_on(&site, looked).await
}

/// What `--fix` desires.
fn fix() -> Desired {
    Desired { access: Some(AccessChange::Fix), ..Desired::default() }
}

async fn lint_cluster(context: &Context, ui: &Ui, args: &LintArgs) -> Result<u8> {
    let opened = open_selected(context, &args.place.clusters).await?;
    let machine = Machine { backups: Backups::choose(&args.backup, &context.env) };
    let whole = opened.stage(context, ui, &machine);
    if opened.is_many() {
        return if args.fix {
            cloud::run(&whole, &opened.job("lint", fix())?).await
        } else {
            lint_each(&whole, &opened, args).await
        };
    }
    let cluster = opened.only("lint")?.clone();
    let stage = whole.at(opened.world_of(&cluster)?);
    let nothing = Desired::default();
    let account = (Looking::new(stage.world, &nothing)?, Known::new(stage.world));
    if args.fix {
        let job = Job::at("lint", fix(), Some(cluster.clone()));
        let site = InCloud { stage: &stage, job: &job };
        let looked = match site.look().await {
            Ok(looked) => looked,
            Err(error) => {
                // What can't be fixed is still reported.
                if let Ok((findings, arn)) = look_in(&stage, args, &account, &cluster).await {
                    ui.text(&format!(
                        "{}\n",
                        Found { findings: &findings, place: json!({"cluster": arn.to_string()}) }.text(ui)
                    ));
                }
                return Err(error);
            }
        };
        let seen = looked.0.only();
        let Some((seen, cluster)) = seen.and_then(|seen| Some((seen, seen.cluster.as_ref()?))) else {
            return Err(Error::usage("no cluster was named"));
        };
        let everyone = cluster.entries().iter().filter_map(|entry| entry.principal.parse().ok()).collect();
        let (findings, arn) = findings(&stage, (args, &account.1), seen, (cluster, everyone)).await?;
        ui.text(&format!("{}\n", Found { findings: &findings, place: json!({"cluster": arn.to_string()}) }.text(ui)));
        return go_on(&site, looked).await;
    }
    let (findings, arn) = look_in(&stage, args, &account, &cluster).await?;
    Ok(Found { findings: &findings, place: json!({"cluster": arn.to_string()}) }.tell(context, ui))
}

/// The reader of an account's clusters.
type Account<'a> = (Looking<'a, World>, Known<'a, World>);

/// The findings of each of several clusters, under its name.
async fn lint_each(stage: &Stage<'_, World>, opened: &Opened, args: &LintArgs) -> Result<u8> {
    let nothing = Desired::default();
    let accounts = per_account(opened, |account, world| Ok((looking(account, world, &nothing)?, Known::new(world))))?;
    let look = async |stage: Stage<'_, World>, cluster: ClusterRef| {
        let account = accounts.of(&cluster.account)?;
        let (seen, found) = described(&stage, account, &cluster).await?;
        if !found.description.mode.has_config_map() {
            return Ok((None, found.description.arn));
        }
        let (findings, arn) = found_in(&stage, (args, account), &seen, found).await?;
        Ok((Some(findings), arn))
    };
    let found = each(stage, opened, "looking at", look).await?;
    let (context, ui) = (stage.context, stage.ui);
    for each in &found {
        if let Ok((Some(findings), _)) = &each.outcome {
            let text = Found { findings, place: Value::Null }.text(ui);
            ui.text(&format!("{}\n{text}\n", ui.styled(STRONG, &one_line(each.label()))));
        }
    }
    table(ui, &found, told);
    let has_findings =
        found.iter().filter_map(|each| each.outcome.as_ref().ok()?.0.as_ref()).any(|all| !all.is_empty());
    let outcome = if has_findings { "findings" } else { "clean" };
    ui.document(&json!({"version": 1, "verb": "lint", "outcome": outcome, "places": places(&found, told)}));
    Ok(match status(&found) {
        0 if context.global.detailed_exitcode && has_findings => 3,
        status => status,
    })
}

/// The report on one of several clusters. One whose mode does not read `aws-auth` has no findings and is good.
fn told((findings, arn): &(Option<Vec<Finding>>, ClusterArn)) -> Told {
    let rows: Vec<Value> = findings.iter().flatten().map(Found::row).collect();
    let (state, why) = match (findings, rows.len()) {
        (None, _) => ("not-used", Some("mode API does not read aws-auth".to_owned())),
        (_, 0) => ("clean", None),
        (_, 1) => ("findings", Some("1 finding".to_owned())),
        (_, several) => ("findings", Some(format!("{several} findings"))),
    };
    let document = known(arn, json!({"findings": rows}));
    Told { state, is_good: rows.is_empty(), why, hint: None, document }
}

/// The findings in one cluster's map, and its ARN.
async fn look_in(
    stage: &Stage<'_, World>,
    args: &LintArgs,
    account: &Account<'_>,
    cluster: &ClusterRef,
) -> Result<(Vec<Finding>, ClusterArn)> {
    let (seen, found) = described(stage, account, cluster).await?;
    found_in(stage, (args, account), &seen, found).await
}

/// A cluster's description, before its map is read.
async fn described(
    stage: &Stage<'_, World>,
    (looking, _): &Account<'_>,
    cluster: &ClusterRef,
) -> Result<(Observed, ClusterState)> {
    let seen = stage.in_place("reading the current state", looking.at(Some(cluster))).await?;
    let Some(found) = seen.cluster.clone() else { return Err(Error::usage("no cluster was named")) };
    Ok((seen, found))
}

/// The findings in a cluster's map, and the cluster's ARN; what could not be read is a warning.
async fn found_in(
    stage: &Stage<'_, World>,
    (args, (_, known)): (&LintArgs, &Account<'_>),
    seen: &Observed,
    mut found: ClusterState,
) -> Result<(Vec<Finding>, ClusterArn)> {
    let both = async {
        let map = read_aws_auth(stage.world, &found.description);
        let (map, entries) = futures::future::join(map, entries(stage.world, &found.description)).await;
        Ok((map?, entries?))
    };
    let (map, (entries, warnings)) = stage.in_place("reading aws-auth", both).await?;
    found.aws_auth = map;
    map_to_change(&found)?;
    for warning in warnings.iter().chain(&kept::offer(stage, &found).await?) {
        stage.ui.warn(warning);
    }
    findings(stage, (args, known), seen, (&found, entries)).await
}

/// The findings in a cluster's map, considering its access entries, and its ARN.
async fn findings(
    stage: &Stage<'_, World>,
    (args, known): (&LintArgs, &Known<'_, World>),
    seen: &Observed,
    (cluster, entries): (&ClusterState, Vec<Principal>),
) -> Result<(Vec<Finding>, ClusterArn)> {
    let map = map_to_change(cluster)?;
    let data = map.map(AwsAuthMap::data).unwrap_or_default();
    let binary_bytes = map.map_or(0, AwsAuthMap::binary_bytes);
    let arn = &cluster.description.arn;
    let mut circumstances =
        Circumstances { partition: Some(arn.partition), entries, binary_bytes, ..Circumstances::default() };
    if args.check_iam {
        circumstances = with_iam((stage, known), seen, &read(&data), circumstances).await?;
    }
    Ok((aws_auth::lint(&data, &circumstances), arn.clone()))
}

/// The principals with an access entry, where the cluster's mode reads entries.
async fn entries(world: &World, cluster: &ClusterDescription) -> Result<(Vec<Principal>, Vec<String>)> {
    if !cluster.mode.has_entries() {
        return Ok((Vec::new(), Vec::new()));
    }
    match world.eks(&cluster.arn.region).list_entries(&cluster.arn.name).await {
        Ok(all) => Ok((all.iter().filter_map(|arn| arn.parse().ok()).collect(), Vec::new())),
        Err(error) if error.is(CallErrorKind::AccessDenied) => {
            Ok((Vec::new(), vec![format!("it is not known which mappings an access entry overrides ({error})")]))
        }
        Err(error) => Err(explain(&format!("listing the access entries of cluster {}", cluster.arn.name), &error)),
    }
}

async fn with_iam(
    (stage, account): (&Stage<'_, World>, &Known<'_, World>),
    seen: &Observed,
    map: &Reading,
    circumstances: Circumstances,
) -> Result<Circumstances> {
    let asking = async { Ok(known_principals(account, &seen.caller, map).await) };
    let (mut known, roles, warnings) = stage.in_place("asking IAM for the mapped principals", asking).await?;
    for warning in &warnings {
        stage.ui.warn(warning);
    }
    let written = written_trusts(stage).await?;
    known.open = roles.iter().map(|role| (role.arn.clone(), written.strangers(role))).collect();
    Ok(Circumstances { known: Some(known), ..circumstances })
}

/// The findings, and their source.
struct Found<'a> {
    findings: &'a [Finding],
    place: Value,
}

impl Found<'_> {
    /// The line and the column, where the finding has them.
    fn at(finding: &Finding) -> Option<(usize, usize)> {
        (finding.line > 0).then_some((finding.line, finding.column))
    }

    /// Prints them and returns the exit status.
    fn tell(&self, context: &Context, ui: &Ui) -> u8 {
        ui.text(&self.text(ui));
        let rows: Vec<Value> = self.findings.iter().map(Self::row).collect();
        let outcome = if rows.is_empty() { "clean" } else { "findings" };
        let mut document = json!({"version": 1, "verb": "lint", "outcome": outcome, "findings": rows});
        for (key, value) in self.place.as_object().into_iter().flatten() {
            document[key] = value.clone();
        }
        ui.document(&document);
        if context.global.detailed_exitcode && !self.findings.is_empty() { 3 } else { 0 }
    }

    fn row(finding: &Finding) -> Value {
        let arn = finding.entry.as_ref().map(|entry| entry.arn.as_str()).filter(|arn| !arn.is_empty());
        json!({
            "rule": finding.rule.id(), "severity": finding.rule.severity().as_str(), "key": finding.key.map(DataKey::as_str),
            "line": Self::at(finding).map(|at| at.0), "column": Self::at(finding).map(|at| at.1),
            "index": finding.entry.as_ref().map(|entry| entry.index), "arn": arn,
            "today": finding.today, "meant": finding.meant, "fixable": finding.fix.is_some(),
        })
    }

    fn text(&self, ui: &Ui) -> String {
        if self.findings.is_empty() {
            return "no traps found".to_owned();
        }
        let mut lines = Vec::new();
        for finding in self.findings {
            let shares_line = finding.entry.as_ref().is_some_and(|entry| entry.shares_line);
            let place = match (finding.key, Self::at(finding)) {
                (Some(key), Some((line, column))) if shares_line => format!("{key} line {line}, column {column}"),
                (Some(key), Some((line, _))) => format!("{key} line {line}"),
                (None, Some((line, _))) => format!("line {line}"),
                (Some(key), None) => key.to_string(),
                (None, None) => "data".to_owned(),
            };
            let rule = match finding.rule.severity() {
                Severity::Error => ui.styled(BAD, &format!("error: {}", finding.rule.id())),
                Severity::Warning => ui.styled(FAINT, finding.rule.id()),
            };
            lines.push(format!("{}  {rule}", ui.styled(CHANGED, &place)));
            lines.extend(finding.key.zip(finding.entry.as_ref()).map(|(key, entry)| named(key, entry)));
            lines.push(ui.wrapped(anstyle::Style::new(), &format!("today: {}", finding.today), 2, 2));
            lines.extend(
                finding.meant.as_ref().map(|m| ui.wrapped(anstyle::Style::new(), &format!("meant: {m}"), 2, 2)),
            );
        }
        let fixable = self.findings.iter().filter(|finding| finding.fix.is_some()).count();
        let mended = if fixable == 0 { String::new() } else { format!(", {fixable} of them fixable with --fix") };
        lines.push(format!("{} found{mended}", self.findings.len()));
        lines.join("\n")
    }
}

/// The entry that a finding concerns.
fn named(key: DataKey, entry: &Named) -> String {
    let arn = if entry.arn.is_empty() { "it has no ARN" } else { &entry.arn };
    format!("  entry: {key}[{}], {arn}", entry.index)
}
