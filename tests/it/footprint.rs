//! The cost of the release binary: its size on disk, and the memory of a whole `bootstrap` and of a `token`.
//!
//! Runs if `EKSACCESS_RELEASE_BIN` names the binary of `cargo build --release`; measured with GNU `time`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::many::desks::{FLEET, fleet};
use crate::support::cloud::{ACCOUNT, AuthMode, World};
use crate::support::desk::Desk;
use crate::support::tls_front::tls_front;

/// The size limit of the release.
const MOST_BYTES: u64 = 20_000_000;
const MOST_KIBIBYTES: u64 = 40 * 1024;
const MOST_KIBIBYTES_OF_A_TOKEN: u64 = 12 * 1024;
const MOST_KIBIBYTES_OF_MANY: u64 = 80 * 1024;
const CLUSTERS: usize = 200;
const ACCOUNTS: usize = 20;
const COMMAND: &str = "bootstrap --cluster dev --user member --kubeconfig F";

/// The binary, or a line with the name of the skipped test; with `EKSACCESS_REQUIRE_REAL` a failure.
fn binary(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("EKSACCESS_RELEASE_BIN").map(PathBuf::from);
    if found.is_none() {
        let mends = "set EKSACCESS_RELEASE_BIN to what cargo build --release makes";
        assert!(std::env::var_os("EKSACCESS_REQUIRE_REAL").is_none(), "{test} may not be skipped here: {mends}");
        say(&format!("skipped: {test}: {mends}"));
    }
    found
}

/// Bypasses the test harness, which captures a test's output.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn the_binary_is_small() {
    let Some(binary) = binary("the_binary_is_small") else { return };
    let bytes = binary.metadata().expect("the binary").len();
    say(&format!("size of the binary: {} kB", bytes / 1000));
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}

#[test]
fn a_bootstrap_needs_little_memory() {
    let Some(binary) = binary("a_bootstrap_needs_little_memory") else { return };
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = Desk::new(World::new().dev(|dev| dev.mode(mode)).start());
        for run in ["first", "second"] {
            let kibibytes = peak(&desk, &binary, COMMAND).0;
            say(&format!("peak memory of a {run} bootstrap, mode {mode:?}: {kibibytes} KiB"));
            assert!(kibibytes <= MOST_KIBIBYTES, "{kibibytes} KiB");
        }
    }
}

/// kubectl runs the plugin for each request, so it must cost less than a `bootstrap`.
#[test]
fn a_token_needs_less_memory() {
    let Some(binary) = binary("a_token_needs_less_memory") else { return };
    let role = format!("arn:aws:iam::{ACCOUNT}:role/Ops");
    let world = World::new().home(|account| {
        account.user("ann").role("Ops").allow("ann", &["*"], "*");
    });
    let desk = Desk::new(world.start());
    let env = desk.cloud.env("ann");
    let value = |name: &str| env.iter().find(|(n, _)| n == name).expect("the user's keys").1.clone();
    let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    desk.write(
        ".aws/config",
        &format!(
            "[profile base]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
             [profile ops]\nsource_profile = base\nrole_arn = {role}\nregion = eu-west-1\n"
        ),
    );
    for (what, args) in [
        ("keys in the environment", String::new()),
        ("a role session", format!("--role {role}")),
        ("a profile with source_profile", "--profile ops".to_owned()),
    ] {
        // The first call may have to call STS; later ones use the cached session, and must be small.
        let peaks = [(), ()].map(|()| {
            let typed = desk.program(Path::new("/usr/bin/time"), "ann", "--format %M --output peak");
            typed
                .arg(binary.display().to_string())
                .args(&format!("token --cluster dev {args}"))
                .run()
                .says("ExecCredential");
            desk.read("peak").trim().parse::<u64>().expect("a number of KiB")
        });
        say(&format!("peak memory of a token, {what}: {} KiB", peaks[1]));
        assert!(peaks[1] <= MOST_KIBIBYTES_OF_A_TOKEN, "{what}: {} KiB", peaks[1]);
    }
}

/// Two hundred clusters in twenty accounts and three regions, in all modes.
#[test]
fn two_hundred_clusters_need_little_memory() {
    let Some(binary) = binary("two_hundred_clusters_need_little_memory") else { return };
    let desk = fleet(CLUSTERS, ACCOUNTS);
    let map = format!("map --role Team --kubernetes-group viewers {FLEET}");
    let bootstrap = format!("bootstrap {FLEET} --skip kubeconfig");
    let written = format!("kubeconfig {FLEET} --role KubernetesAdmin --kubeconfig F");
    for (what, command) in [("map", &map), ("bootstrap", &bootstrap), ("kubeconfig", &written)] {
        for run in ["first", "second"] {
            bounded(&desk, &binary, command, &format!("a {run} {what}"));
        }
    }
    // A file with all but one of the contexts, one of which must change.
    let text = desk.read("F");
    let cut = |text: &str, list: &str| {
        let (before, rest) = text.split_once(&format!("{list}:\n")).expect("the list");
        let second = rest[2..].find("\n- ").expect("several entries") + 3;
        format!("{before}{list}:\n{}", &rest[second..])
    };
    let one_less = ["clusters", "contexts", "users"].iter().fold(text, |text, list| cut(&text, list));
    desk.write("F", &one_less.replacen("    server: https://", "    server: https://old.", 1));
    bounded(&desk, &binary, &written, "a mending kubeconfig");
}

/// Runs it, prints its cost and checks it against the limit for a command over many clusters.
fn bounded(desk: &Desk, binary: &Path, command: &str, what: &str) {
    let (kibibytes, seconds) = peak(desk, binary, command);
    say(&format!("peak memory of {what} over {CLUSTERS} clusters: {kibibytes} KiB, in {seconds} s"));
    assert!(kibibytes <= MOST_KIBIBYTES_OF_MANY, "{kibibytes} KiB");
}

/// The delay of each call, so that the time is dominated by the rounds and not by the machine.
const ROUND: Duration = Duration::from_millis(500);

/// The rounds of `map --dry-run` over the fleet, as `many::scale` counts them: the accounts' roles in two, the lists, two of the
/// survey, the dry run.
const ROUNDS: f64 = 6.0;

/// The time is printed; the test fails only if it is twice that of the rounds.
#[test]
fn two_hundred_clusters_take_the_time_of_their_rounds() {
    let Some(binary) = binary("two_hundred_clusters_take_the_time_of_their_rounds") else { return };
    let desk = fleet(CLUSTERS, ACCOUNTS);
    desk.cloud.set_latency(ROUND);
    let command = format!("map --role Team --kubernetes-group viewers {FLEET} --dry-run");
    let mut times = [(); 5].map(|()| {
        let typed = desk.program(Path::new("/usr/bin/time"), "creator", "--format %e --output clock");
        typed.arg(binary.display().to_string()).args(&command).run();
        desk.read("clock").trim().parse::<f64>().expect("seconds")
    });
    times.sort_by(f64::total_cmp);
    let rounds = ROUNDS * ROUND.as_secs_f64();
    say(&format!(
        "map --dry-run over {CLUSTERS} clusters: {} s, median of {times:?}; its rounds take {rounds} s",
        times[2]
    ));
    assert!(times[2] <= 2.0 * rounds, "{times:?}");
}

/// The peak resident memory in KiB and the duration in seconds of a run that uses TLS for AWS and the clusters, with
/// the system's authorities in addition to its own.
fn peak(desk: &Desk, binary: &Path, command: &str) -> (u64, f64) {
    let (port, pem) = tls_front(&desk.cloud, "localhost");
    let bundle = desk.write("bundle.pem", &pem);
    desk.program(Path::new("/usr/bin/time"), "creator", "--output peak")
        .arg("--format")
        .arg("%M %e")
        .arg(binary.display().to_string())
        .args(command)
        .env("AWS_ENDPOINT_URL", format!("https://localhost:{port}"))
        .env("AWS_CA_BUNDLE", bundle.display().to_string())
        .run();
    let read = desk.read("peak");
    let (kibibytes, seconds) = read.trim().split_once(' ').expect("two numbers");
    (kibibytes.parse().expect("a number of KiB"), seconds.parse().expect("seconds"))
}

/// A whole `map` on an `aws-auth` of 100, 1,000 and 5,000 entries: read, planned, dry run, saved, replaced. The elapsed
/// time includes the local cloud's; the processor time is the program's alone.
#[test]
fn a_large_aws_auth_is_cheap() {
    let Some(binary) = binary("a_large_aws_auth_is_cheap") else { return };
    for entries in [100, 1000, 5000] {
        let desk = Desk::new(World::new().start());
        let text = (0..entries).fold(String::new(), |text, n| {
            text + &format!(
                "- rolearn: arn:aws:iam::111122223333:role/team-{n:05}\n  username: team-{n:05}\n  groups:\n  - team-{n:05}\n"
            )
        });
        desk.cloud.set_config_map_data("dev", "mapRoles", &text);
        let wish =
            format!("map --cluster dev --principal arn:aws:iam::111122223333:role/new-{entries} --kubernetes-group g");
        let typed =
            desk.program(Path::new("/usr/bin/time"), "creator", "--output cost").arg("--format").arg("%e %U %S %M");
        typed.arg(binary.display().to_string()).args(&wish).run().says("done");
        let cost = desk.read("cost");
        let numbers: Vec<f64> = cost.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        let [clock, user, system, kibibytes] = numbers[..] else { panic!("{cost}") };
        say(&format!(
            "map on {entries} entries ({} kB): {clock} s on the clock, {:.2} s of the processor, {} MiB",
            text.len() / 1000,
            user + system,
            (kibibytes / 1024.0).round()
        ));
        assert!(kibibytes <= 60.0 * 1024.0, "{kibibytes} KiB");
        assert!(desk.cloud.config_map_data("dev", "mapRoles").expect("a map").starts_with(&text));
    }
}
