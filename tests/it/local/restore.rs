//! `restore`: a saved `aws-auth` is restored, through the same pipeline.

use serde_json::json;

use super::acts::{desk, does_nothing, map_roles, refused, version};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::Desk;

/// A desk with one saved `aws-auth`: the first one, before a mapping was added.
fn ready() -> (Desk, String, String) {
    let desk = desk(AuthMode::ConfigMap);
    let first = map_roles(&desk);
    desk.eksaccess("creator", "role").run();
    desk.eksaccess("creator", "map --cluster dev").run();
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let id = list["kept"][0]["id"].as_str().unwrap().to_owned();
    (desk, first, id)
}

#[test]
fn what_is_kept_is_listed_compared_and_put_back() {
    let (desk, first, id) = ready();
    let second = map_roles(&desk);
    desk.eksaccess("creator", "restore --cluster dev --list").run().says(&id);
    let ran = desk.eksaccess("creator", &format!("restore --cluster dev --diff {id}")).run();
    ran.says("-- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin");
    // The mapping is the last visible administrator; the creator, whom the APIs do not show, does not count.
    let put_back = format!("restore --cluster dev {id}");
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{put_back} --yes")), 1);
    ran.warns("last known administrator").warns("--allow-lockout");
    let allowed = format!("{put_back} --allow-lockout arn:aws:iam::111122223333:role/KubernetesAdmin");
    refused(&desk, desk.eksaccess("creator", &allowed), 6).says("the whole aws-auth is replaced");
    desk.eksaccess("creator", &format!("{allowed} --dry-run --detailed-exitcode")).status(3).run();
    desk.eksaccess("creator", &format!("{allowed} --yes")).run();
    assert_eq!(map_roles(&desk), first);
    does_nothing(&desk, desk.eksaccess("creator", &put_back));
    // What was replaced is saved too, so that a restore can be undone.
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let newest = list["kept"][0]["id"].as_str().unwrap();
    desk.eksaccess("creator", &format!("restore --cluster dev {newest} --yes")).run();
    assert_eq!(map_roles(&desk), second);
}

#[test]
fn what_people_wrote_is_restored_as_a_whole_and_its_traps_are_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let mut old = desk.cloud.config_map("dev").unwrap();
    let trap = "- userarn: arn:aws:iam::111122223333:user/x\n";
    old["data"]["mapUsers"] = json!(trap);
    old["binaryData"] = json!({"blob": "AAAA"});
    old["metadata"]["labels"] = json!({"team": "a"});
    old["metadata"]["annotations"] = json!({"note": "x", "eksaccess.dev/owners": "{\"team\":[\"arn:a\"]}"});
    desk.cloud.set_config_map("dev", &old);
    desk.eksaccess("creator", "map --cluster dev --account 444455556666").run();
    let mut now = desk.cloud.config_map("dev").unwrap();
    now["data"]["mapUsers"] = json!("[]");
    now["binaryData"] = json!({"other": "BBBB"});
    now["metadata"]["labels"] = json!({"team": "b"});
    now["metadata"]["annotations"] = json!({"added": "y"});
    desk.cloud.set_config_map("dev", &now);
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let id = list["kept"][0]["id"].as_str().unwrap();
    let shown = desk.eksaccess("creator", &format!("restore --cluster dev --diff {id}")).run();
    shown.says("label team").says("-b").says("annotation eksaccess.dev/owners").says("binaryData blob");
    let ran = desk.eksaccess("creator", &format!("restore --cluster dev {id} --yes")).run();
    ran.says("label team").warns("mapUsers line 1").warns("username");
    let after = desk.cloud.config_map("dev").unwrap();
    for part in ["data", "binaryData"] {
        assert_eq!(after[part], old[part]);
    }
    assert_eq!(after["metadata"]["labels"], old["metadata"]["labels"]);
    assert_eq!(after["metadata"]["annotations"], old["metadata"]["annotations"]);
    assert_eq!(after["metadata"]["uid"], old["metadata"]["uid"]);
    does_nothing(&desk, desk.eksaccess("creator", &format!("restore --cluster dev {id}")));
}

#[test]
fn it_comes_back_over_an_unreadable_one_and_over_none() {
    let (desk, first, id) = ready();
    desk.cloud.set_config_map_data("dev", "mapRoles", "- a\n\tb: c\n");
    desk.eksaccess("creator", &format!("restore --cluster dev {id} --yes")).run();
    assert_eq!(map_roles(&desk), first);
    desk.cloud.delete_config_map("dev");
    desk.eksaccess("creator", &format!("restore --cluster dev {id} --yes")).run();
    assert_eq!(map_roles(&desk), first);
}

#[test]
fn a_change_in_between_stops_it() {
    let (desk, _, id) = ready();
    let users = "- userarn: arn:aws:iam::111122223333:user/x\n  username: x\n";
    desk.cloud.on_call("ReplaceConfigMap", 2, move |cloud| cloud.set_config_map_data("dev", "mapUsers", users));
    let allowed = "--allow-lockout arn:aws:iam::111122223333:role/KubernetesAdmin --yes";
    let ran = desk.eksaccess("creator", &format!("restore --cluster dev {id} {allowed}")).status(4).run();
    ran.warns("changed in the meantime").warns("hint: ");
    assert_eq!(desk.cloud.config_map_data("dev", "mapUsers").unwrap(), users);
}

#[test]
fn an_unknown_id_and_an_unusable_file_are_reported() {
    let (desk, _, id) = ready();
    let before = version(&desk.cloud);
    refused(&desk, desk.eksaccess("creator", "restore --cluster dev 19990101"), 1)
        .warns("no backup of aws-auth has the id")
        .warns("--list");
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    std::fs::write(list["kept"][0]["path"].as_str().unwrap(), "not json").unwrap();
    refused(&desk, desk.eksaccess("creator", &format!("restore --cluster dev {id}")), 1)
        .warns("is not a ConfigMap manifest");
    assert_eq!(version(&desk.cloud), before);
}

const ALLOWED: &str = "--allow-lockout arn:aws:iam::111122223333:role/KubernetesAdmin --yes";

#[test]
fn a_restore_whose_answer_is_lost_is_done_and_what_it_replaced_is_kept() {
    let (desk, first, id) = ready();
    desk.cloud.arm(Fault::new("ReplaceConfigMap", Effect::LostAnswer).nth(2));
    let restore = format!("restore --cluster dev {id} {ALLOWED} --output json");
    let done = desk.eksaccess("creator", &restore).run().json();
    assert_eq!(map_roles(&desk), first);
    assert_eq!(done["backups"].as_array().unwrap().len(), 1, "{done}");
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    assert_eq!(list["kept"].as_array().unwrap().len(), 2, "{list}");
}

#[test]
fn a_change_in_between_is_shown_and_leaves_no_backup() {
    let (desk, _, id) = ready();
    let users = "- userarn: arn:aws:iam::111122223333:user/x\n  username: x\n";
    desk.cloud.on_call("ReplaceConfigMap", 2, move |cloud| cloud.set_config_map_data("dev", "mapUsers", users));
    let ran = desk.eksaccess("creator", &format!("restore --cluster dev {id} {ALLOWED}")).status(4).run();
    ran.warns("the difference would be").warns("-- userarn: arn:aws:iam::111122223333:user/x");
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    assert_eq!(list["kept"].as_array().unwrap().len(), 1, "{list}");
}

#[test]
fn one_that_can_not_be_restored_is_reported_before_anything_is_tried() {
    let (desk, _, id) = ready();
    let restore = format!("restore --cluster dev {id} {ALLOWED}");
    desk.cloud.set_status("dev", "CREATING");
    refused(&desk, desk.eksaccess("creator", &restore), 1).warns("CREATING").warns("wait cluster-active");
    desk.cloud.set_status("dev", "ACTIVE");
    let mut map = desk.cloud.config_map("dev").unwrap();
    map["immutable"] = serde_json::json!(true);
    desk.cloud.set_config_map("dev", &map);
    refused(&desk, desk.eksaccess("creator", &restore), 1).warns("marked immutable").warns("kubectl");
}

#[test]
fn what_could_not_be_listed_is_reported() {
    let (desk, _, id) = ready();
    desk.cloud.arm(Fault::new("ListNodegroups", Effect::AccessDenied).always());
    let ran = desk.eksaccess("creator", &format!("restore --cluster dev {id} {ALLOWED} --dry-run")).run();
    ran.warns("the node groups of cluster dev can't be read");
}
