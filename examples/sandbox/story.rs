//! The story: from a cluster that one person can access to one for the right people, and back.

use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use similar::TextDiff;

use crate::screen::{chapter, holds, say, show, typed, wrapped};
use crate::signals::{self, Interrupt};
use crate::table::Table;

const BOOTSTRAP: &str = "bootstrap --cluster dev --user member";
const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

type End = Result<(), String>;

/// Tells the story. An error is a claim that is false.
pub(crate) fn tell(table: &Table) -> End {
    signals::watch(table.removal(), Interrupt::IsOurs)?;
    let begun = Instant::now();
    let before = map_roles(table)?;
    let scenes: [(&str, &dyn Fn() -> End); 9] = [
        ("Who is who", &|| who(table)),
        ("What would be done: the plan", &|| plan(table)),
        ("Doing it", &|| bootstrap(table)),
        ("Twice is once", &|| again(table)),
        ("What became of aws-auth", &|| untouched(table, &before)),
        ("member gets in", &|| member(table)),
        ("outsider does not, and is told why", &|| outsider(table)),
        ("The way back", &|| restore(table, &before)),
        ("The same on a cluster with access entries", &|| entries(table)),
    ];
    for (number, (title, scene)) in scenes.iter().enumerate() {
        chapter(number + 1, title);
        scene().map_err(|why| format!("chapter {}, {title}: {why}", number + 1))?;
    }
    holds(&format!(
        "That was all of it, in {:.1} s. Try it yourself: cargo run --example sandbox -- shell",
        begun.elapsed().as_secs_f32()
    ));
    Ok(())
}

fn check(is_so: bool, otherwise: impl Into<String>) -> End {
    if is_so { Ok(()) } else { Err(otherwise.into()) }
}

/// Runs eksaccess visibly and expects an exit status.
fn run(table: &Table, user: &str, args: &str, expected: i32) -> End {
    typed(user, &format!("eksaccess {args}"));
    let status = table.command(user, "eksaccess").args(args.split(' ')).status();
    let code = status.map_err(|e| format!("starting eksaccess: {e}"))?.code();
    check(code == Some(expected), format!("eksaccess {args} ended with {code:?}, not with {expected}"))
}

/// Runs something invisibly; returns its stdout and exit status.
fn ask(mut command: Command) -> Result<(String, i32), String> {
    let output = command.output().map_err(|e| format!("starting {command:?}: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((text, output.status.code().unwrap_or(-1)))
}

/// Runs eksaccess invisibly for its JSON document.
fn json(table: &Table, user: &str, args: &str) -> Result<Value, String> {
    let mut command = table.command(user, "eksaccess");
    command.args(args.split(' ')).args(["--output", "json"]);
    let (text, _) = ask(command)?;
    serde_json::from_str(&text).map_err(|e| format!("eksaccess {args}: no JSON document: {e}\n{text}"))
}

fn map_roles(table: &Table) -> Result<String, String> {
    table.cloud.config_map_data("dev", "mapRoles").ok_or_else(|| "dev has no mapRoles".to_owned())
}

/// A chapter: the identity and the existing state.
fn who(table: &Table) -> End {
    say("Account 111122223333 in eu-west-1, a small cloud on 127.0.0.1. Three IAM users live in it:");
    show("creator    an administrator, who made the cluster dev");
    show("member     may look at things, and is to work in the cluster");
    show("outsider   may look at things, and is not");
    say(
        "\ndev is in mode CONFIG_MAP: who may enter stands in kube-system/aws-auth. Today its nodes may (and creator, which no map shows):",
    );
    show(&map_roles(table)?);
    Ok(())
}

/// A chapter: a dry run changes nothing.
fn plan(table: &Table) -> End {
    run(table, "creator", &format!("{BOOTSTRAP} --dry-run"), 0)?;
    check(table.cloud.writes().is_empty(), "a dry run changed something")?;
    holds("Nothing was changed: not one of the calls was a mutating one.");
    Ok(())
}

/// A chapter: the bootstrap.
fn bootstrap(table: &Table) -> End {
    run(table, "creator", BOOTSTRAP, 0)?;
    let group = table.cloud.group("KubernetesAdmins").ok_or("there is no group KubernetesAdmins")?;
    check(table.cloud.role("KubernetesAdmin").is_some(), "there is no role KubernetesAdmin")?;
    check(group.members.keys().any(|m| m == "member"), "member is not in the group")?;
    let path = table.home().join(".kube/config");
    let kubeconfig = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    check(kubeconfig.contains(ROLE), "the kubeconfig does not name the role")?;
    let secrets = table.cloud.secrets();
    check(!secrets.iter().any(|s| kubeconfig.contains(s)), "the kubeconfig holds a secret")?;
    holds(
        "The role exists and has no permissions, member is in the group, the kubeconfig names the role and holds no secret.",
    );
    Ok(())
}

/// A chapter: the second run.
fn again(table: &Table) -> End {
    table.cloud.clear_log();
    run(table, "creator", BOOTSTRAP, 0)?;
    let writes = table.cloud.writes().len();
    check(writes == 0, format!("the second run made {writes} mutating calls"))?;
    holds(&format!("{} calls, 0 mutating ones.", table.cloud.calls().len()));
    Ok(())
}

/// A chapter: existing access is preserved.
fn untouched(table: &Table, before: &str) -> End {
    let after = map_roles(table)?;
    show(&TextDiff::from_lines(before, &after).unified_diff().context_radius(9).to_string());
    check(after.starts_with(before) && after.len() > before.len(), "more than an addition was made to aws-auth")?;
    holds("Every byte that was there is there still: comments, order, indentation. One entry was added.");
    Ok(())
}

/// A chapter: the member.
fn member(table: &Table) -> End {
    if table.has("kubectl") {
        let mut whoami = table.command("member", "kubectl");
        whoami.args(["auth", "whoami"]);
        typed("member", "kubectl auth whoami");
        let (text, code) = ask(whoami)?;
        show(&text);
        check(code == 0, format!("kubectl ended with {code}"))?;
        check(text.contains("kubernetes-admin") && text.contains("system:masters"), "member became somebody else")?;
        println!();
    }
    run(table, "member", "verify --cluster dev", 0)?;
    holds("member is kubernetes-admin, by a key that opens this cluster and nothing else in AWS.");
    Ok(())
}

/// A chapter: a person without access.
fn outsider(table: &Table) -> End {
    if table.has("kubectl") {
        let mut whoami = table.command("outsider", "kubectl");
        whoami.args(["auth", "whoami"]);
        typed("outsider", "kubectl auth whoami");
        let output = whoami.output().map_err(|e| format!("starting kubectl: {e}"))?;
        // kubectl calls its plugin more than once, with the same message each time.
        let text = String::from_utf8_lossy(&output.stderr);
        let (first, last) = text.trim_end().rsplit_once('\n').unwrap_or((&text, ""));
        show(&wrapped(&format!("{}\n{last}", first.split("\nerror:").next().unwrap_or(first))));
        check(!output.status.success(), "outsider got in")?;
        println!();
    }
    run(table, "outsider", "verify --cluster dev", 5)?;
    let found = json(table, "outsider", "verify --cluster dev")?;
    let links = found["links"].as_array().ok_or("verify has no links")?;
    let first = links.iter().find(|link| link["state"] != "ok").ok_or("verify found nothing wrong")?;
    check(first["name"] == "policy", format!("verify blames {}, not outsider's policies", first["name"]))?;
    holds(
        "The way ends where it should: outsider's own policies do not allow taking the role, and no other link is blamed.",
    );
    Ok(())
}

/// A chapter: what was replaced was saved.
fn restore(table: &Table, before: &str) -> End {
    run(table, "creator", "restore --cluster dev --list", 0)?;
    let list = json(table, "creator", "restore --cluster dev --list")?;
    let id = list["kept"][0]["id"].as_str().ok_or("nothing was kept")?.to_owned();
    println!();
    let restore = format!("restore --cluster dev {id} --yes");
    run(table, "creator", &restore, 1)?;
    say(
        "\nNobody is locked out by accident: without the new entry no administrator would be left that can be seen. So it is named:",
    );
    run(table, "creator", &format!("{restore} --allow-lockout {ROLE}"), 0)?;
    check(map_roles(table)? == before, "aws-auth is not what it was")?;
    holds("aws-auth is what it was, byte for byte; and what was there until now is kept in its turn.");
    Ok(())
}

/// A chapter: access entries.
fn entries(table: &Table) -> End {
    run(table, "creator", "bootstrap --cluster prod --user member --kubeconfig prod.yaml", 0)?;
    let entry = table.cloud.access_entry("prod", ROLE);
    check(entry.is_some_and(|e| !e.policies.is_empty()), "prod has no entry with a policy for the role")?;
    holds("On a cluster in mode API the same command made an access entry; role and group were there already.");
    Ok(())
}
