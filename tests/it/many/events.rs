//! `--output jsonl`: each event names its place.

use serde_json::Value;

use super::desks::three;
use crate::support::cloud::{Effect, Fault};

fn events(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn of<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

#[test]
fn every_event_has_its_scope_and_the_last_is_the_document() {
    for selected in ["--cluster dev --cluster stage --cluster prod", "--cluster dev"] {
        let desk = three();
        let command = format!("bootstrap {selected} --user member --kubeconfig kube --output jsonl");
        let all = events(&desk.eksaccess("creator", &command).run().stdout);
        assert!(all.iter().all(|event| event.as_object().is_some_and(|event| event.contains_key("scope"))), "{all:#?}");
        let clusters = selected.matches("--cluster").count();
        for name in ["kept", "verify"] {
            let scopes: Vec<_> = of(&all, name).into_iter().map(|event| event["scope"]["cluster"].as_str()).collect();
            assert!(!scopes.is_empty() && scopes.iter().all(Option::is_some), "{name}: {scopes:?}");
        }
        assert_eq!(of(&all, "verify").len(), clusters);
        assert!(of(&all, "step").iter().all(|event| event["scope"].is_object()));
        for whole in ["plan", "result"] {
            assert_eq!(
                of(&all, whole).iter().map(|event| &event["scope"]).collect::<Vec<_>>(),
                [&Value::Null],
                "{whole}"
            );
        }
        let last = all.last().expect("an event");
        assert_eq!((&last["event"], &last["result"]["version"]), (&"result".into(), &1.into()));
        assert_eq!(last["result"]["places"].as_array().map(Vec::len), Some(clusters));
    }
}

#[test]
fn what_is_waited_for_says_where() {
    let desk = three();
    desk.cloud.arm(Fault::new(
        "CreateAccessEntry",
        Effect::Refuse(
            400,
            "InvalidParameterException".into(),
            "The specified principalArn is invalid: invalid principal".into(),
        ),
    ));
    let command = "bootstrap --cluster stage --cluster prod --kubeconfig kube --output jsonl";
    let all = events(&desk.eksaccess("creator", command).run().stdout);
    let waiting = of(&all, "waiting");
    assert!(waiting.iter().all(|event| event["scope"]["account"] == "111122223333"), "{waiting:#?}");
    assert!(waiting.iter().any(|event| event["scope"]["cluster"].is_string()), "{all:#?}");
}
