//! The cost of a whole `map` on a large `aws-auth` with the real API server, compared with the commonly used tool.
//!
//! Measures the release if `EKSACCESS_RELEASE_BIN` names it, else this build; `EKSACCESS_PEER_AWS_AUTH` names the other
//! tool's binary (keikoproj's), which is then measured in the same run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::site::Site;
use crate::support::cloud::World;

/// The number of runs; the fastest counts, as other work on the machine disturbed it least.
const RUNS: usize = 3;
const MOST_KIBIBYTES: f64 = 60.0 * 1024.0;

/// Elapsed seconds and peak KiB.
type Cost = (f64, f64);

/// `mapRoles` with this many entries, about 100 bytes each.
fn entries(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        let _ = write!(
            text,
            "- rolearn: arn:aws:iam::111122223333:role/team-{n:05}\n  username: team-{n:05}\n  groups:\n  - team-{n:05}\n"
        );
        text
    })
}

/// One run of a program under GNU time.
fn cost(site: &Site, program: &Path, args: &str) -> Cost {
    let timed = site.desk.program(Path::new("/usr/bin/time"), "creator", "--output cost").arg("--format").arg("%e %M");
    let kubeconfig = site.plane.admin_kubeconfig().display().to_string();
    timed.arg(program.display().to_string()).args(args).env("KUBECONFIG", kubeconfig).run();
    let said = site.desk.read("cost");
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [seconds, kibibytes] = numbers[..] else { panic!("GNU time said {said}") };
    (seconds, kibibytes)
}

/// The fastest of several runs, each on the original map, and the highest peak.
fn best(site: &Site, program: &Path, text: &str, args: &str) -> Cost {
    let costs = (0..RUNS).map(|_| {
        site.plane.put_aws_auth(&[("mapRoles", text)]);
        cost(site, program, args)
    });
    costs.fold((f64::MAX, 0.0), |all, one| (all.0.min(one.0), all.1.max(one.1)))
}

#[test]
fn a_large_map_is_cheap() {
    let Some(site) = Site::open("a_large_map_is_cheap", World::new()) else { return };
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let own = named("EKSACCESS_RELEASE_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_eksaccess").into());
    let peer = named("EKSACCESS_PEER_AWS_AUTH");
    for count in [100, 1000, 5000, 10_000] {
        let text = entries(count);
        let arn = "arn:aws:iam::111122223333:role/new";
        let ours = best(&site, &own, &text, &format!("map --cluster dev --principal {arn} --kubernetes-group g"));
        assert!(site.data()["mapRoles"].starts_with(&text), "another entry changed");
        tell("eksaccess map", &text, count, ours);
        assert!(ours.1 <= MOST_KIBIBYTES || count > 5000, "{} KiB", ours.1);
        let Some(peer) = &peer else { continue };
        let theirs = best(&site, peer, &text, &format!("upsert --maproles --rolearn {arn} --username new --groups g"));
        tell("aws-auth upsert", &text, count, theirs);
    }
}

fn tell(program: &str, text: &str, count: usize, (seconds, kibibytes): Cost) {
    let (kilobytes, mebibytes) = (text.len() / 1000, kibibytes / 1024.0);
    // Bypasses the test harness, which captures a test's output.
    let _ = writeln!(
        std::io::stderr(),
        "{program} on {count} entries ({kilobytes} kB): {seconds:.2} s, {mebibytes:.0} MiB"
    );
}
