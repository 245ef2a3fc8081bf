//! Whose entry a mapping becomes, row by row.

use super::decide::decide;
use super::evidence::{Answered, Evidence, PLAN_KEY, Seen};
use super::fixture::{entry, evidence, found, holds, mapped, one, options, role, user};
use super::options::Options;
use super::row::{Replaces, Row};

fn dev() -> Evidence {
    evidence(&mapped(&role("Dev"), "dev", &["g"]), "")
}

fn told(evidence: &Evidence) -> String {
    one(evidence, &Options::default())
}

#[test]
fn the_full_arn_is_the_one_that_its_own_account_tells() {
    let path = dev().with(&role("Dev"), found(&role("team/a/Dev"), None));
    holds("path", &told(&path), &format!("STANDARD {} dev", role("team/a/Dev")), &[]);
    let spelled = dev().with(&role("Dev"), found(&role("DEV"), None));
    holds("IAM's spelling", &told(&spelled), &format!("STANDARD {} dev", role("DEV")), &[]);
    let gone = dev().with(&role("Dev"), Answered::Gone);
    holds("gone", &told(&gone), "none: account 111122223333 has no role Dev", &["can get its access"]);
}

#[test]
fn a_role_of_another_account_is_never_replaced_by_one_of_this() {
    let theirs = "arn:aws:iam::444455556666:role/Dev";
    let base = || evidence(&mapped(theirs, "dev", &["g"]), "");
    // An answer that is not of the ARN's own account is not one.
    let wrong = base().with(theirs, found(&role("Dev"), None));
    holds("another account's answer", &told(&wrong), "asks --path-of: ", &["account 444455556666 was not asked"]);
    let unread = base().with(theirs, Answered::Unread("AccessDenied".into()));
    holds("unread", &told(&unread), "asks --path-of: ", &["did not answer (AccessDenied)", "--path-of Dev=/"]);
    let known = base().with(theirs, found("arn:aws:iam::444455556666:role/x/Dev", None));
    holds("known", &told(&known), "STANDARD arn:aws:iam::444455556666:role/x/Dev dev", &[]);
}

#[test]
fn a_path_may_be_said() {
    let unread = dev().with(&role("Dev"), Answered::Unread("AccessDenied".into()));
    holds(
        "said",
        &one(&unread, &options(&[], &[], &["dev=/team/"])),
        &format!("STANDARD {} dev", role("team/Dev")),
        &[],
    );
    holds("none", &one(&unread, &options(&[], &[], &["Dev=/"])), &format!("STANDARD {} dev", role("Dev")), &[]);
    for wrong in ["Dev", "Dev=team", "Dev=/team", "=/team/"] {
        assert!(Options::read(&[], &[], &[wrong.to_owned()], &[]).is_err(), "{wrong}");
    }
    // What the account itself tells goes before.
    holds("told", &one(&dev(), &options(&[], &[], &["Dev=/team/"])), &format!("STANDARD {} dev", role("Dev")), &[]);
}

#[test]
fn one_name_in_two_accounts_needs_the_arn() {
    let theirs = "arn:aws:iam::444455556666:role/Dev";
    let map = mapped(theirs, "theirs", &["g"]) + &mapped(&role("Dev"), "ours", &["g"]);
    let evidence = evidence(&map, "").with(theirs, Answered::NotAsked).with(&role("Dev"), Answered::NotAsked);
    let told = |path_of: &[&str]| -> Vec<String> {
        decide(&evidence, &options(&[], &[], path_of)).rows.iter().map(super::fixture::told).collect()
    };
    let by_name = told(&["Dev=/x/"]);
    holds("by name", &by_name[0], "asks --path-of: ", &["--path-of arn:aws:iam::444455556666:role/Dev=/"]);
    holds("by name", &by_name[1], "asks --path-of: ", &[]);
    let by_arn = told(&["arn:aws:iam::444455556666:role/Dev=/x/"]);
    holds("by arn", &by_arn[0], "STANDARD arn:aws:iam::444455556666:role/x/Dev theirs", &[]);
    holds("by arn", &by_arn[1], "asks --path-of: ", &[]);
}

#[test]
fn identity_centers_path_is_not_guessed() {
    let arn = role("AWSReservedSSO_Admins_0123456789abcdef");
    let evidence = evidence(&mapped(&arn, "a:{{SessionName}}", &["g"]), "").with(&arn, Answered::NotAsked);
    let told = told(&evidence);
    holds("reserved", &told, "asks --path-of: ", &["/aws-reserved/sso.amazonaws.com/"]);
    assert!(told.ends_with("| "), "nothing is proposed: {told}");
}

#[test]
fn a_users_path_is_part_of_what_matches() {
    let ann = "arn:aws:iam::111122223333:user/ann";
    let base = || evidence("", &user(ann, "ann", &["g"]));
    let path = "arn:aws:iam::111122223333:user/team/ann";
    let lacks = base().with(ann, found(path, None));
    holds("lacks its path", &told(&lacks), "none: user ann has the path /team/", &["eksaccess map", path]);
    let unread = base().with(ann, Answered::NotAsked);
    let row: &Row = &decide(&unread, &Options::default()).rows[0];
    holds("unread", &super::fixture::told(row), &format!("STANDARD {ann} ann"), &[]);
    assert!(row.notes[0].contains("whether the user exists is not known"), "{:?}", row.notes);
}

#[test]
fn some_principals_have_no_entry_of_ours() {
    let sts = "arn:aws:sts::111122223333:federated-user/ann";
    for (map, begin, words) in [
        (user(&role("x").replace("role/x", "root"), "r", &["g"]), "by hand (blocks): ", vec!["root user of account"]),
        (user(sts, "ann", &["g"]), "by hand (blocks): ", vec!["federated session"]),
        (
            mapped("arn:aws-cn:iam::111122223333:role/Dev", "dev", &["g"]),
            "none: ",
            vec!["partition aws matches no ARN of partition aws-cn"],
        ),
    ] {
        let (roles, users) = if map.contains("userarn") { (String::new(), map) } else { (map, String::new()) };
        holds(&roles, &told(&evidence(&roles, &users)), begin, &words);
    }
}

#[test]
fn what_a_service_creates_is_its_own() {
    for (name, path, services, words) in [
        ("AWSServiceRoleForBatch", "/aws-service-role/batch.amazonaws.com/", None, vec!["desiredState=ENABLED"]),
        ("AWSServiceRoleForAmazonEMRContainers", "/aws-service-role/emr.amazonaws.com/", None, vec!["EMR on EKS"]),
        ("AWSServiceRoleForOther", "/aws-service-role/other.amazonaws.com/", None, vec!["that service has to"]),
        ("Argo", "/", Some(&["capabilities.eks.amazonaws.com"][..]), vec!["EKS capability"]),
    ] {
        let full = role(&format!("{}{name}", path.trim_start_matches('/')));
        let base = evidence(&mapped(&role(name), name, &["g"]), "").with(&role(name), found(&full, services));
        holds(name, &told(&base), "by hand (blocks): ", &words);
        // Its entry is there: the mapping has no effect, and the entry is left as it is.
        let made = base.with_entry(entry(&full, "other", &[], &[]));
        holds(name, &told(&made), "kept, differs: ", &[]);
    }
    // By its name alone, where its account was not asked; a role of ours with such a name has another path.
    let name = role("AWSServiceRoleForBatch");
    let unread = evidence(&mapped(&name, "b", &["g"]), "").with(&name, Answered::NotAsked);
    holds("by name", &told(&unread), "by hand (blocks): ", &[]);
    holds("ours", &told(&evidence(&mapped(&name, "b", &["g"]), "")), "STANDARD ", &[]);
    let mut listed = dev();
    listed.capability_roles = vec![role("x/Dev")];
    holds("listed", &told(&listed), "by hand (blocks): ", &["EKS capability"]);
}

#[test]
fn an_entry_that_is_there_decides() {
    let with = |entry| dev().with_entry(entry);
    assert_eq!(told(&with(entry(&role("Dev"), "dev", &["g"], &[]))), "kept");
    let differs = with(entry(&role("Dev"), "dev", &["h"], &["AmazonEKSViewPolicy"]));
    holds("differs", &told(&differs), "kept, differs: ", &["lacks the group g", "gives the group h", "ViewPolicy"]);
    // Its path tells that of a role whose account was not asked.
    let foreign = dev().with(&role("Dev"), Answered::NotAsked).with_entry(entry(&role("team/Dev"), "dev", &["g"], &[]));
    assert_eq!(told(&foreign), "kept");
    let mut unread = dev();
    unread.entries = Seen::Unread("AccessDenied".into());
    holds("entries unread", &told(&unread), "by hand (blocks): ", &["AccessDenied"]);
}

#[test]
fn an_unfinished_entry_is_finished() {
    let mut begun = entry(&role("team/Dev"), "dev", &[], &[]);
    begun.tags.insert(PLAN_KEY.to_owned(), "1".to_owned());
    let evidence = dev().with(&role("Dev"), Answered::NotAsked).with_entry(begun);
    let table = decide(&evidence, &Options::default());
    let wish = table.rows[0].wish().unwrap();
    assert_eq!((&wish.replaces, wish.principal.to_string()), (&Replaces::Unfinished, role("team/Dev")));
    assert_eq!(wish.groups, ["g"]);
}

#[test]
fn a_stale_entry_asks_before_it_is_recreated() {
    let mut old = entry(&role("Dev"), "dev", &["g"], &[]);
    old.created_at = Some(50);
    let moved = entry(&role("old/Dev"), "dev", &["g"], &[]);
    for (what, entry) in [("older than its role", old), ("of a role at another path", moved)] {
        let evidence = dev().with_entry(entry.clone());
        let flag = format!("--accept-recreated {}", role("Dev"));
        holds(what, &told(&evidence), "asks --accept-recreated: ", &["gives no access", &flag]);
        let said = Options::read(&[], &[], &[], &[role("Dev")]).unwrap();
        let wish = decide(&evidence, &said).rows[0].wish().unwrap().clone();
        assert_eq!(wish.replaces, Replaces::Stale(entry.principal), "{what}");
    }
    let gone = dev().with(&role("Dev"), Answered::Gone).with_entry(entry(&role("Dev"), "dev", &["g"], &[]));
    holds("gone", &told(&gone), "none: ", &["has no role Dev"]);
}
