use proptest::prelude::*;

use super::*;

fn selector(text: &str) -> ClusterSelector {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    text.parse::<ClusterSelector>().expect_err(text).to_string()
}

fn cluster(name: &str) -> ClusterArn {
    format!("arn:aws:eks:eu-west-1:111122223333:cluster/{name}").parse().unwrap()
}

#[test]
fn a_name_means_the_cluster_of_that_name_anywhere() {
    let dev = selector("dev");
    assert!(dev.matches(&cluster("dev")) && !dev.is_glob());
    assert!(!dev.matches(&cluster("dev2")) && !dev.matches(&cluster("Dev")));
    assert!(dev.matches(&"arn:aws-cn:eks:cn-north-1:444455556666:cluster/dev".parse().unwrap()));
    assert_eq!((dev.region(), dev.account(), dev.to_string().as_str()), (None, None, "dev"));
}

#[test]
fn an_arn_means_one_cluster() {
    let arn = selector("arn:aws:eks:eu-west-1:111122223333:cluster/dev");
    assert!(arn.matches(&cluster("dev")) && !arn.is_glob());
    assert!(!arn.matches(&"arn:aws:eks:eu-west-1:444455556666:cluster/dev".parse().unwrap()));
    assert_eq!((arn.region(), arn.account()), (Some("eu-west-1"), Some("111122223333")));
    assert_eq!(arn.to_string(), cluster("dev").to_string());
    assert!(refusal("arn:aws:iam::111122223333:role/dev").contains("is not the ARN of an EKS cluster"));
}

#[test]
fn a_glob_matches_the_whole_name() {
    for (glob, matching, other) in [
        ("prod-*", "prod-eu", "preprod-eu"),
        ("prod-*", "prod-", "prod"),
        ("*", "dev", ""),
        ("?ev", "dev", "devs"),
        ("d**v", "dev", "dew"),
        ("*-eu-*", "shop-eu-1", "shop-us-1"),
        ("p*d-?", "prod-1", "prod-10"),
    ] {
        let selector = selector(glob);
        assert!(selector.is_glob());
        assert!(selector.matches(&cluster(matching)), "{glob} {matching}");
        if !other.is_empty() {
            assert!(!selector.matches(&cluster(other)), "{glob} {other}");
        }
        assert_eq!((selector.region(), selector.to_string().as_str()), (None, glob));
    }
}

#[test]
fn a_glob_that_begins_as_an_arn_matches_the_whole_arn() {
    for (glob, matching) in [
        ("arn:aws:eks:*:*:cluster/d?v", true),
        ("arn:*:cluster/dev", true),
        ("arn:*", true),
        ("arn:*/dev", true),
        ("arn:**/dev", true),
        ("arn:aws:eks:eu-*:111122223333:cluster/*", true),
        ("arn:aws:eks:eu-*:444455556666:cluster/*", false),
        ("arn:aws:eks:eu-west-1:111122223333:cluster/??", false),
        ("arn:aws-cn:*", false),
    ] {
        assert_eq!(selector(glob).matches(&cluster("dev")), matching, "{glob}");
    }
}

#[test]
fn a_glob_of_arns_may_name_its_region_and_account() {
    let of = |text: &str| {
        let selector = selector(text);
        (selector.region().map(str::to_owned), selector.account().map(str::to_owned))
    };
    let (region, account) = (Some("eu-west-1".to_owned()), Some("111122223333".to_owned()));
    assert_eq!(of("arn:aws:eks:eu-west-1:111122223333:cluster/*"), (region.clone(), account.clone()));
    assert_eq!(of("arn:*:eks:eu-west-1:*:cluster/*"), (region, None));
    assert_eq!(of("arn:aws:eks:*:111122223333:cluster/dev"), (None, account));
    assert_eq!(of("arn:aws:eks:eu-*:11112222333?:cluster/*"), (None, None));
    // A star may match colons here.
    assert_eq!(of("arn:*:eu-west-1:111122223333:cluster/dev"), (None, None));
    assert_eq!(of("arn:*"), (None, None));
}

#[test]
fn other_wildcards_are_refused_by_name() {
    for (text, found) in [
        ("dev-[12]", '['),
        ("dev-[12]*", '['),
        ("{dev,prod}", '{'),
        ("*{dev,prod}", '{'),
        ("!dev", '!'),
        ("\\*", '\\'),
        ("dev:*", ':'),
        ("a/*", '/'),
        ("d v*", ' '),
        ("d\u{e9}v*", '\u{e9}'),
        ("arn:aws:eks:*:cluster/[ab]", '['),
        ("arn:aws:eks:*:cluster/a,b", ','),
    ] {
        let error = text.parse::<ClusterSelector>().unwrap_err();
        assert!(matches!(error, SelectorError::Character { found: told, .. } if told == found), "{text}: {error:?}");
    }
    assert_eq!(
        refusal("dev-[12]"),
        "`dev-[12]` holds `[`: a glob may hold only the wildcards * and ? and what a cluster's name may hold"
    );
    assert!(refusal("d v").contains("is not a valid cluster name"));
    assert!(refusal("").contains("is not a valid cluster name"));
    assert!(refusal(&"*a".repeat(300)).contains("longer than 512"));
}

#[test]
fn a_tag_is_a_key_and_a_value() {
    let tag: TagSelector = "team=a=b".parse().unwrap();
    assert_eq!((tag.key.as_str(), tag.value.as_str(), tag.to_string().as_str()), ("team", "a=b", "team=a=b"));
    let tags = |value: &str| BTreeMap::from([("team".to_owned(), value.to_owned())]);
    assert!(tag.matches(&tags("a=b")));
    assert!(!tag.matches(&tags("a")) && !tag.matches(&tags("A=B")) && !tag.matches(&BTreeMap::new()));
    assert!("empty=".parse::<TagSelector>().unwrap().matches(&BTreeMap::from([("empty".into(), String::new())])));
    for wrong in ["", "team", "=a"] {
        assert!(wrong.parse::<TagSelector>().unwrap_err().to_string().contains("expected KEY=VALUE"), "{wrong}");
    }
}

/// The meaning of the two wildcards, in the simplest form.
fn means(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|at| means(rest, &text[at..])),
        Some(('?', rest)) => !text.is_empty() && means(rest, &text[1..]),
        Some((c, rest)) => text.first() == Some(c) && means(rest, &text[1..]),
    }
}

proptest! {
    #[test]
    fn a_glob_means_what_its_two_wildcards_say(glob in "[ab*?-]{0,8}[*?][ab*?-]{0,4}", name in "[ab][ab-]{0,9}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(selector(&glob).matches(&cluster(&name)), means(&chars(&glob), &chars(&name)));
    }

    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,40}") {
        if let Ok(selector) = text.parse::<ClusterSelector>() {
            prop_assert_eq!(selector.to_string(), text);
        }
    }
}
