//! The clusters that a selection means, and the calls needed to find them.

use super::places::Places;
use super::state::{ACCOUNT, REGION, State};
use super::world::World;
use crate::engine::cluster_ref::AccountRef;
use crate::engine::select::{ALL_REGIONS, Account, Regions, Selected, Selection, select};
use crate::engine::{CallErrorKind as K, ClusterRef};
use crate::error::{Error, Kind, Result};
use crate::model::AuthMode;

const OTHER: &str = "444455556666";
const SECOND: &str = "us-east-1";
const LIST: &str = "eks:ListClusters";
const DESCRIBE: &str = "eks:DescribeCluster";

fn world(places: Places) -> World {
    let mut state = State::new(AuthMode::Api);
    state.places = places;
    World::new(state)
}

/// Two accounts with two regions each.
fn places() -> Places {
    Places::new(ACCOUNT, REGION, &["dev", "prod-eu", "shared"])
        .with(ACCOUNT, SECOND, &["prod-us", "shared"])
        .with(OTHER, REGION, &["dev", "stage"])
        .with(OTHER, SECOND, &[])
}

fn named(clusters: &[&str]) -> Selection {
    Selection {
        clusters: clusters.iter().map(|text| text.parse().unwrap()).collect(),
        all: false,
        tags: Vec::new(),
        regions: Regions::Listed(vec![REGION.to_owned()]),
    }
}

fn all() -> Selection {
    Selection { all: true, ..named(&[]) }
}

fn tagged(tags: &[&str]) -> Selection {
    Selection { tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(), ..named(&[]) }
}

fn in_regions(selection: Selection, regions: &[&str]) -> Selection {
    Selection { regions: Regions::Listed(regions.iter().map(|&region| region.to_owned()).collect()), ..selection }
}

fn everywhere(selection: Selection) -> Selection {
    Selection { regions: Regions::All, ..selection }
}

/// Selects in accounts; the empty id is the unnamed account of the base credentials.
fn run(world: &World, accounts: &[&str], selection: &Selection) -> Result<Selected> {
    world.gate().clear_log();
    let worlds: Vec<World> =
        accounts.iter().map(|id| if id.is_empty() { world.clone() } else { world.of_account(id) }).collect();
    let accounts: Vec<Account<'_, World>> = accounts
        .iter()
        .zip(&worlds)
        .map(|(id, world)| Account {
            account: AccountRef { id: Some((*id).to_owned()).filter(|id| !id.is_empty()), role: None },
            world: Ok(world),
        })
        .collect();
    world.drive(select(&accounts, selection)).expect("a run to its end")
}

fn calls(world: &World) -> Vec<Vec<&'static str>> {
    world.gate().rounds()
}

fn shown(selected: &Selected) -> Vec<String> {
    let text = |c: &ClusterRef| format!("{} {} {}", c.account.id.as_deref().unwrap_or("-"), c.region, c.name);
    selected.clusters.iter().map(text).collect()
}

fn failed(selected: &Selected) -> Vec<String> {
    let text = |(account, region, _): &(AccountRef, String, Error)| {
        format!("{} {region}", account.id.as_deref().unwrap_or("-"))
    };
    selected.failed.iter().map(text).collect()
}

fn usage(result: Result<Selected>) -> (String, String) {
    let error = result.expect_err("a usage error");
    assert_eq!(error.kind, Kind::Usage, "{error:?}");
    (error.message, error.hint.unwrap_or_default())
}

#[test]
fn one_cluster_that_is_named_needs_no_call() {
    let world = world(places());
    for (text, region) in [
        ("dev", REGION),
        ("not-there", REGION),
        ("arn:aws:eks:us-east-1:111122223333:cluster/prod-us", SECOND),
        ("arn:aws:eks:us-east-1:444455556666:cluster/foreign", SECOND),
    ] {
        let selected = run(&world, &[""], &named(&[text, text])).unwrap();
        assert!(calls(&world).is_empty() && !selected.picked && selected.failed.is_empty(), "{text}");
        let [cluster] = &selected.clusters[..] else { panic!("{selected:?}") };
        assert_eq!((cluster.region.as_str(), cluster.arn.is_some()), (region, text.starts_with("arn:")), "{text}");
    }
    let by_arn = named(&["arn:aws:eks:us-east-1:444455556666:cluster/x"]);
    assert_eq!(shown(&run(&world, &[ACCOUNT, OTHER], &by_arn).unwrap()), ["444455556666 us-east-1 x"]);
    assert!(calls(&world).is_empty());
}

#[test]
fn several_names_in_one_place_are_held_against_one_list() {
    let world = world(places());
    let selected = run(&world, &[""], &named(&["shared", "dev"])).unwrap();
    assert_eq!(shown(&selected), ["- eu-west-1 dev", "- eu-west-1 shared"]);
    assert_eq!((calls(&world), selected.picked), (vec![vec![LIST]], false));

    let (message, hint) = usage(run(&world, &[""], &named(&["shared", "dve", "prod-eu"])));
    assert_eq!(message, "--cluster dve: there is no cluster of that name in eu-west-1");
    assert_eq!(hint, "--cluster dev");
    let (message, hint) = usage(run(&world, &[ACCOUNT], &named(&["dve", "prd-eu"])));
    assert!(message.contains("of account 111122223333; --cluster prd-eu: "), "{message}");
    assert_eq!(hint, "--cluster dev --cluster prod-eu");
    let error = run(&world, &[""], &named(&["dev", "zzz"])).unwrap_err();
    assert_eq!(error.causes, ["there are dev, prod-eu, shared"]);
    assert_eq!(error.hint.as_deref(), Some("list the clusters: aws eks list-clusters --region eu-west-1"));
}

#[test]
fn where_the_list_of_the_one_place_is_denied_names_are_taken_as_they_are() {
    let world = world(places().failing(ACCOUNT, REGION, K::AccessDenied));
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/shared";
    let selected = run(&world, &[""], &named(&["dve", "dev", arn])).unwrap();
    assert_eq!(shown(&selected), ["- eu-west-1 dev", "- eu-west-1 dve", "- eu-west-1 shared"]);
    assert!(selected.failed.is_empty() && !selected.picked);
    assert!(selected.clusters[2].arn.is_some());
    assert_eq!(calls(&world), [[LIST]]);
    // A glob needs a list.
    let error = run(&world, &[""], &named(&["d*"])).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Failed, "listing the clusters in eu-west-1"));
}

#[test]
fn a_glob_picks_what_matches_it() {
    let world = world(places());
    let selected = run(&world, &[""], &named(&["*e*", "dev"])).unwrap();
    assert_eq!(shown(&selected), ["- eu-west-1 dev", "- eu-west-1 prod-eu", "- eu-west-1 shared"]);
    assert!(selected.picked);
    assert_eq!(calls(&world), [[LIST]]);
    assert!(run(&world, &[""], &named(&["de?"])).unwrap().picked, "also one");
    let (message, hint) = usage(run(&world, &[""], &named(&["dev", "x*"])));
    assert_eq!(message, "--cluster 'x*': no cluster in eu-west-1 matches");
    assert_eq!(hint, "list the clusters: aws eks list-clusters --region eu-west-1");
}

#[test]
fn names_are_looked_for_in_every_account_and_region_each_list_read_once() {
    let world = world(places());
    let places = [ACCOUNT, OTHER];
    let two = |names: &[&str]| in_regions(named(names), &[REGION, SECOND, REGION]);
    let selected = run(&world, &places, &two(&["prod-us", "stage", "prod-*"])).unwrap();
    assert_eq!(
        shown(&selected),
        ["111122223333 eu-west-1 prod-eu", "111122223333 us-east-1 prod-us", "444455556666 eu-west-1 stage"]
    );
    assert_eq!(calls(&world), [[LIST; 4]]);

    assert!(!run(&world, &places, &two(&["prod-us", "stage"])).unwrap().picked);
    let selected = run(&world, &places, &two(&["dev"])).unwrap();
    assert_eq!(shown(&selected), ["111122223333 eu-west-1 dev", "444455556666 eu-west-1 dev"]);
    assert!(selected.picked, "a name that several places have counts as a glob");

    let (message, hint) = usage(run(&world, &places, &two(&["prod-us", "stag"])));
    assert_eq!(message, "--cluster stag: there is no cluster of that name in 2 regions of 2 accounts");
    assert_eq!(hint, "--cluster stage");
    let error = run(&world, &places, &two(&["prod-xx"])).unwrap_err();
    assert_eq!(error.causes, ["the closest names are prod-eu, prod-us"]);
}

#[test]
fn a_place_that_fails_is_reported_and_ends_nothing_else() {
    let world = world(places().failing(OTHER, SECOND, K::Unreachable).failing(ACCOUNT, SECOND, K::AccessDenied));
    let accounts = [ACCOUNT, OTHER];
    let selected = run(&world, &accounts, &in_regions(all(), &[REGION, SECOND])).unwrap();
    assert_eq!(selected.clusters.len(), 5);
    assert_eq!(failed(&selected), ["111122223333 us-east-1", "444455556666 us-east-1"]);
    assert_eq!(calls(&world), [[LIST; 4]]);

    // A cluster that is not found elsewhere may exist in the unreadable place.
    let selected = run(&world, &accounts, &in_regions(named(&["stage", "prod-us"]), &[REGION, SECOND])).unwrap();
    assert_eq!(shown(&selected), ["444455556666 eu-west-1 stage"]);
    let causes = &selected.failed[0].2.causes;
    assert_eq!(causes.last().map(String::as_str), Some("`prod-us` may be there; it was not found anywhere else"));

    let error = run(&world, &accounts, &in_regions(named(&["x*"]), &[SECOND])).unwrap_err();
    assert_eq!(error.message, "listing the clusters in us-east-1 of account 111122223333");
    assert_eq!(error.kind, Kind::Failed);
    assert_eq!(error.causes.last().map(String::as_str), Some("one other place could not be read either"));
}

#[test]
fn an_arn_keeps_its_region_and_its_account() {
    let world = world(places());
    let arn = |account: &str, region: &str, name: &str| format!("arn:aws:eks:{region}:{account}:cluster/{name}");
    let (here, there) = (arn(ACCOUNT, SECOND, "prod-us"), arn(OTHER, REGION, "stage"));
    let selected = run(&world, &[ACCOUNT, OTHER], &named(&[&here, &there])).unwrap();
    assert_eq!(shown(&selected), ["111122223333 us-east-1 prod-us", "444455556666 eu-west-1 stage"]);
    assert!(selected.clusters.iter().all(|cluster| cluster.arn.is_some()) && !selected.picked);
    assert_eq!(calls(&world), [[LIST; 2]]);

    let gone = arn(ACCOUNT, SECOND, "prod-ux");
    let (message, hint) = usage(run(&world, &[ACCOUNT, OTHER], &named(&[&gone, &there])));
    assert!(message.ends_with("there is no cluster prod-ux in us-east-1 of account 111122223333"), "{message}");
    assert_eq!(hint, format!("--cluster {here}"));

    let (message, hint) = usage(run(&world, &[ACCOUNT], &named(&[&there])));
    assert!(message.ends_with("account 444455556666 is not one of the selected accounts"), "{message}");
    assert!(hint.contains("--accounts") && calls(&world).is_empty());
}

#[test]
fn a_pattern_of_arns_matches_the_account_and_may_name_its_region() {
    let world = world(places());
    let pattern = "arn:aws:eks:us-east-1:111122223333:cluster/*";
    let selected = run(&world, &[ACCOUNT, OTHER], &named(&[pattern])).unwrap();
    assert_eq!(shown(&selected), ["111122223333 us-east-1 prod-us", "111122223333 us-east-1 shared"]);
    assert_eq!(calls(&world), [[LIST]], "the other account and region are not looked at");

    let selected = run(&world, &[ACCOUNT, OTHER], &named(&["arn:*:4444*:cluster/*"])).unwrap();
    assert_eq!(shown(&selected), ["444455556666 eu-west-1 dev", "444455556666 eu-west-1 stage"]);
    assert_eq!(calls(&world), [[LIST; 2]]);

    // The account of the clusters is looked up only if nothing names it.
    let selected = run(&world, &[""], &named(&["arn:*:1111*:cluster/d*"])).unwrap();
    assert_eq!(shown(&selected), ["- eu-west-1 dev"]);
    assert_eq!(calls(&world), [[LIST, "sts:GetCallerIdentity"]]);
}

#[test]
fn all_regions_are_those_of_each_account() {
    let world = world(places());
    let selected = run(&world, &[ACCOUNT, OTHER], &everywhere(named(&["*e*"]))).unwrap();
    assert_eq!(selected.clusters.len(), 6);
    assert_eq!(calls(&world), [vec!["account:ListRegions"; 2], vec![LIST; 4]]);

    // An ARN's own region needs no list of regions.
    let arns = ["arn:aws:eks:us-east-1:111122223333:cluster/*", "arn:aws:eks:eu-west-1:111122223333:cluster/dev"];
    assert_eq!(run(&world, &[ACCOUNT], &everywhere(named(&arns))).unwrap().clusters.len(), 3);
    assert_eq!(calls(&world), [[LIST; 2]]);

    let world = self::world(places().closed(OTHER));
    let selected = run(&world, &[ACCOUNT, OTHER], &everywhere(all())).unwrap();
    assert_eq!((selected.clusters.len(), failed(&selected)), (5, vec![format!("{OTHER} {ALL_REGIONS}")]));
    let error = run(&world, &[OTHER], &everywhere(named(&["dev"]))).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Failed, "listing the regions of account 444455556666"));
    assert!(error.hint.unwrap().contains("--cluster-region"));
}

#[test]
fn tags_are_those_of_the_description_and_all_must_be_there() {
    let team = |account, name| ((account, REGION, name), ("team", "a"));
    let with = |places: Places, (cluster, tag)| places.tagged(cluster, tag);
    let places = [team(ACCOUNT, "dev"), team(ACCOUNT, "shared"), team(OTHER, "stage")].into_iter().fold(places(), with);
    let world = world(places.tagged((ACCOUNT, REGION, "shared"), ("env", "")));
    let selected = run(&world, &[ACCOUNT, OTHER], &tagged(&["team=a"])).unwrap();
    assert_eq!(
        shown(&selected),
        ["111122223333 eu-west-1 dev", "111122223333 eu-west-1 shared", "444455556666 eu-west-1 stage"]
    );
    assert!(selected.picked);
    let described: Vec<&str> = selected.described.iter().map(|described| described.arn.name.as_str()).collect();
    assert_eq!(described, ["dev", "shared", "stage"]);
    assert_eq!(calls(&world), [vec![LIST; 2], vec![DESCRIBE; 5]]);

    let both = run(&world, &[ACCOUNT], &tagged(&["team=a", "env="])).unwrap();
    assert_eq!(shown(&both), ["111122223333 eu-west-1 shared"]);
    let filtered = Selection { clusters: named(&["dev", "prod-*"]).clusters, ..tagged(&["team=a"]) };
    assert_eq!(shown(&run(&world, &[ACCOUNT], &filtered).unwrap()), ["111122223333 eu-west-1 dev"]);
    assert_eq!(calls(&world), [vec![LIST], vec![DESCRIBE; 2]], "candidates only");

    let (message, hint) = usage(run(&world, &[ACCOUNT], &tagged(&["team=b c"])));
    assert_eq!(message, "--cluster-tag 'team=b c': none of the 3 clusters found has that tag");
    assert_eq!(
        hint,
        "see the tags of one: aws eks describe-cluster --region eu-west-1 --name dev --query cluster.tags"
    );
}

#[test]
fn a_cluster_whose_tags_can_not_be_read_fails_alone() {
    use super::fault::{Effect, Fault};
    let world = world(places().tagged((ACCOUNT, REGION, "shared"), ("team", "a")));
    world.arm(Fault::at(DESCRIBE, 1, Effect::Refused(K::AccessDenied)));
    let selected = run(&world, &[ACCOUNT], &tagged(&["team=a"])).unwrap();
    assert_eq!(shown(&selected), ["111122223333 eu-west-1 shared"]);
    assert_eq!(failed(&selected), ["111122223333 eu-west-1"]);
    assert_eq!(selected.failed[0].2.message, "reading the tags of cluster dev in eu-west-1 of account 111122223333");
}

#[test]
fn a_selection_that_means_nothing_is_a_usage_error() {
    let world = world(places());
    let (message, hint) = usage(run(&world, &[OTHER], &in_regions(all(), &[SECOND])));
    assert_eq!(message, "--all-clusters: there is no cluster in us-east-1 of account 444455556666");
    assert_eq!(hint, "look in every region: --all-regions");
    let error = run(&world, &[OTHER], &in_regions(named(&["dev", "x"]), &[SECOND])).unwrap_err();
    assert_eq!(error.causes, ["there are no clusters in us-east-1 of account 444455556666"]);
    assert!(usage(run(&world, &[""], &named(&[]))).0.contains("no cluster is selected"));
    assert!(calls(&world).is_empty());
}

#[test]
fn an_account_that_can_not_be_entered_is_a_place_that_failed_and_its_named_clusters_are_kept() {
    let world = world(places());
    let (open, other) = (world.of_account(ACCOUNT), AccountRef { id: Some(OTHER.into()), role: None });
    let closed = Error::failed("assuming role Ops");
    let account = |id: &str| AccountRef { id: Some(id.to_owned()), role: None };
    let accounts = [
        Account { account: account(ACCOUNT), world: Ok(&open) },
        Account { account: other.clone(), world: Err(&closed) },
    ];
    let run = |selection: &Selection| world.drive(select(&accounts, selection)).expect("a run to its end");
    let arn = format!("arn:aws:eks:{REGION}:{OTHER}:cluster/gone");
    let by_arn = run(&named(&["dev", &arn])).unwrap();
    assert!(by_arn.clusters.iter().any(|cluster| cluster.account == other && cluster.name == "gone"), "{by_arn:?}");
    let by_name = run(&named(&["dev", "gone"])).unwrap();
    let [(account, _, error)] = &by_name.failed[..] else { panic!("{by_name:?}") };
    assert_eq!((account, by_name.clusters.len()), (&other, 1));
    assert!(error.render().contains("`gone` may be there"), "{}", error.render());
}
