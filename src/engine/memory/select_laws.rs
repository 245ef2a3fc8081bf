//! For generated places and selections: the result is what the selectors mean, and no list is read twice.

use proptest::prelude::*;

use super::places::Places;
use super::state::State;
use super::world::World;
use crate::engine::cluster_ref::AccountRef;
use crate::engine::select::{Account, Regions, Selection, select};
use crate::error::Kind;
use crate::model::{AuthMode, ClusterArn, ClusterSelector};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const NAMES: [&str; 3] = ["dev", "prod", "prod-2"];
const SELECTORS: [&str; 8] = [
    "dev",
    "prod",
    "prod*",
    "?ev",
    "*",
    "arn:aws:eks:us-east-1:111122223333:cluster/dev",
    "arn:aws:eks:us-east-1:*:cluster/*",
    "arn:*:444455556666:cluster/prod*",
];

/// Every possible cluster, in the order of output.
fn possible() -> Vec<ClusterArn> {
    let arn = |account, region, name| format!("arn:aws:eks:{region}:{account}:cluster/{name}").parse().unwrap();
    let of_region = |account, region| NAMES.iter().map(move |name| arn(account, region, name));
    ACCOUNTS.iter().flat_map(|account| REGIONS.iter().flat_map(move |region| of_region(account, region))).collect()
}

fn places(there: &[ClusterArn]) -> Places {
    let mut places = Places::default();
    for (account, region) in ACCOUNTS.iter().flat_map(|account| REGIONS.map(|region| (account, region))) {
        let here = there.iter().filter(|c| c.account == **account && c.region == region);
        places = places.with(account, region, &here.map(|c| c.name.as_str()).collect::<Vec<_>>());
    }
    places
}

proptest! {
    #[test]
    fn what_is_selected_is_what_the_selectors_mean(
        there in proptest::sample::subsequence(possible(), 0..=12),
        texts in proptest::sample::subsequence(SELECTORS.to_vec(), 1..=4),
        listed in proptest::sample::subsequence(REGIONS.to_vec(), 1..=2),
    ) {
        let selectors: Vec<ClusterSelector> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let is_in_reach = |s: &ClusterSelector, c: &ClusterArn| s.region().is_some() || listed.contains(&c.region.as_str());
        let means = |s: &ClusterSelector, c: &ClusterArn| s.matches(c) && is_in_reach(s, c);
        let expected: Vec<&ClusterArn> = there.iter().filter(|c| selectors.iter().any(|s| means(s, c))).collect();
        let is_met = |s: &ClusterSelector| there.iter().any(|c| means(s, c));

        let mut state = State::new(AuthMode::Api);
        state.places = places(&there);
        let world = World::new(state);
        let worlds = ACCOUNTS.map(|account| world.of_account(account));
        let accounts: Vec<Account<'_, World>> = worlds
            .iter()
            .map(|of| Account { account: AccountRef { id: Some(of.account().to_owned()), role: None }, world: Ok(of) })
            .collect();
        let regions = Regions::Listed(listed.iter().map(|&region| region.to_owned()).collect());
        let selection = Selection { clusters: selectors.clone(), all: false, tags: Vec::new(), regions };
        let outcome = world.drive(select(&accounts, &selection)).expect("a run to its end");

        let calls: Vec<&str> = world.gate().rounds().concat();
        prop_assert!(calls.len() <= 4 && calls.iter().all(|call| *call == "eks:ListClusters"), "{calls:?}");
        // A single cluster named by ARN is not searched for: it is described later.
        if let [ClusterSelector::Arn(arn)] = &selectors[..] {
            let selected = outcome.unwrap();
            prop_assert!(calls.is_empty() && selected.clusters[0].arn.as_ref() == Some(arn));
            return Ok(());
        }
        match outcome {
            Ok(selected) => {
                prop_assert!(selectors.iter().all(is_met), "{selectors:?}");
                let found: Vec<ClusterArn> = selected
                    .clusters
                    .iter()
                    .map(|c| format!("arn:aws:eks:{}:{}:cluster/{}", c.region, c.account.id.as_deref().unwrap(), c.name))
                    .map(|arn| arn.parse().unwrap())
                    .collect();
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
                let is_several = |s: &ClusterSelector| there.iter().filter(|c| means(s, c)).count() > 1;
                prop_assert_eq!(selected.picked, selectors.iter().any(|s| s.is_glob() || is_several(s)));
            }
            Err(error) => {
                prop_assert_eq!(error.kind, Kind::Usage);
                prop_assert!(!selectors.iter().all(is_met), "{:?}", error);
            }
        }
    }
}
