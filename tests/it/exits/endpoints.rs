//! Endpoints are checked when they are loaded, from any source.

use super::desks::desk;

/// Values that are not endpoints.
const WRONG: [&str; 7] = [
    "http://ann:Mark9password@127.0.0.1:1",
    "https://Mark9password@iam.example.com",
    "ftp://ann:Mark9password@x",
    "localhost:4566",
    "https://",
    "http:///path",
    "https://x.example.com/?token=Mark9password",
];

#[test]
fn each_place_is_judged_and_named_and_no_password_is_repeated() {
    for wrong in WRONG {
        let desk = desk();
        let typed = || desk.eksaccess("creator", "role --dry-run");
        let judged = |ran: crate::support::desk::Ran, place: &str| {
            assert_eq!(ran.status, 2, "{place} {wrong}\n{}", ran.stderr);
            ran.warns(place).warns("hint: ");
            assert!(!ran.stderr.contains("Mark9password") && ran.stdout.is_empty(), "{}", ran.stderr);
            assert!(desk.cloud.calls().is_empty(), "{place} {wrong}");
        };
        judged(typed().arg("--endpoint-url").arg(wrong).run_any(), "--endpoint-url");
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_EKS"] {
            judged(typed().env(name, wrong).run_any(), name);
        }
        let of_profile = |text: &str| {
            desk.write(".aws/config", text);
            typed().args("--profile p").run_any()
        };
        let head = "[profile p]\nregion = eu-west-1\n";
        judged(of_profile(&format!("{head}endpoint_url = {wrong}\n")), "profile p");
        for service in ["iam", "sts", "eks", "sso"] {
            let text = format!("{head}services = local\n[services local]\n{service} =\n  endpoint_url = {wrong}\n");
            judged(of_profile(&text), "services");
        }
    }
}

#[test]
fn what_is_not_in_use_is_not_judged() {
    let desk = desk();
    let wrong = WRONG[0];
    let url = desk.cloud.env("creator").into_iter().find(|(n, _)| n == "AWS_ENDPOINT_URL").unwrap().1;
    let typed = || desk.eksaccess("creator", "role --dry-run").arg("--endpoint-url").arg(url.clone());
    desk.write(".aws/config", &format!("[profile other]\nendpoint_url = {wrong}\n"));
    typed().run();
    typed().env("AWS_ENDPOINT_URL_IAM", wrong).env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true").run();
}
