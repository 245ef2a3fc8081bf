use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

use super::*;

fn authority(name: &str) -> String {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, name);
    ca.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

fn set(pems: &[&str]) -> Authorities {
    Authorities::of_pem(pems.concat().as_bytes()).unwrap()
}

fn described(pem: &str, signing: Signing, created_at: i64) -> ClusterAuthority {
    let activated_at = (signing == Signing::InUse).then_some(created_at / 1000 + 50);
    let final_auto_activation = (signing != Signing::InUse).then_some(2_000_000_000);
    let certificates = Some(set(&[pem]));
    ClusterAuthority {
        signing: Some(signing),
        created_at: Some(created_at),
        activated_at,
        final_auto_activation,
        certificates,
    }
}

#[test]
fn the_same_certificates_are_one_set_however_they_are_written() {
    let (old, new) = (authority("old"), authority("new"));
    let both = set(&[&old, &new]);
    assert_eq!(both, set(&[&new, &old]), "the order");
    assert_eq!(both, set(&[&old, &new, &old]), "twice");
    let windows = format!("subject=CN=old\r\n{}\r\n# the next one\r\n{}", old.replace('\n', "\r\n"), new.trim_end());
    assert_eq!(both, set(&[&windows]), "comments and line breaks");
    let data = STANDARD.encode([old.as_str(), &new].concat());
    assert_eq!(both, Authorities::of_data(&data).unwrap());
    let broken: String =
        data.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap() + "\r\n").collect();
    assert_eq!(both, Authorities::of_data(&broken).unwrap(), "base64 in lines");
    assert_ne!(both, set(&[&old]));
    assert_ne!(set(&[&old]), set(&[&authority("old")]), "another certificate of the same name");
}

#[test]
fn what_holds_no_certificate_is_not_compared() {
    let old = authority("old");
    for data in
        ["", "Q0E=", "no base64", &STANDARD.encode("-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n")]
    {
        assert_eq!(Authorities::of_data(data), None, "{data}");
    }
    let key = KeyPair::generate().unwrap().serialize_pem();
    assert_eq!(Authorities::of_pem(key.as_bytes()), None, "a key");
    assert_eq!(Authorities::of_pem(&old.as_bytes()[..old.len() / 2]), None, "half of one");
    // kubectl ignores what it can't read in between.
    let beside = format!("-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n{key}{old}");
    assert_eq!(set(&[&beside]), set(&[&old]));
}

#[test]
fn the_four_rows() {
    let (old, new) = (authority("old"), authority("new"));
    let (held_old, held_both) = (set(&[&old]), set(&[&new, &old]));
    let appended = [described(&old, Signing::InUse, 1000), described(&new, Signing::NotUsed, 2000)];
    let latest = Some(2_000_000_000);
    assert_eq!(Worth::of(&held_old, &held_both, &appended), Worth::WorksUntil { latest });
    let activated = [described(&new, Signing::InUse, 2000), described(&old, Signing::NotUsed, 1000)];
    let since = Some(52);
    assert_eq!(Worth::of(&held_old, &held_both, &activated), Worth::Fails { since, is_former: true });
    assert_eq!(Worth::of(&held_both, &held_both, &appended), Worth::Works);
    assert_eq!(Worth::of(&held_both, &held_both, &activated), Worth::Works);
    assert_eq!(Worth::of(&held_both, &set(&[&new]), &activated[..1]), Worth::Works, "the old one was deleted");
}

#[test]
fn what_lies_between_the_rows() {
    let (old, new) = (authority("old"), authority("new"));
    let (held_old, held_new, both) = (set(&[&old]), set(&[&new]), set(&[&new, &old]));
    let of = |held: &Authorities, signing: [Signing; 2]| {
        Worth::of(held, &both, &[described(&old, signing[0], 1000), described(&new, signing[1], 2000)])
    };
    assert_eq!(of(&held_old, [Signing::InUse, Signing::Activating]), Worth::Ending);
    assert_eq!(
        of(&held_new, [Signing::NotUsed, Signing::InUse]),
        Worth::Works,
        "only a roll-back would need the old one"
    );
    let too_early = Worth::Fails { since: Some(51), is_former: true };
    assert_eq!(of(&held_new, [Signing::InUse, Signing::NotUsed]), too_early, "the successor does not sign yet");
    let gone = Worth::of(&held_old, &held_new, &[described(&new, Signing::InUse, 2000)]);
    assert_eq!(gone, Worth::Fails { since: Some(52), is_former: false });
    assert_eq!(Worth::of(&held_old, &both, &[]), Worth::Unclear, "EKS tells nothing of them");
    let unread = ClusterAuthority { certificates: None, ..described(&old, Signing::InUse, 1000) };
    assert_eq!(Worth::of(&held_old, &both, &[unread]), Worth::Unclear);
    assert_eq!(Worth::of(&held_old, &held_new, &[]), Worth::Fails { since: None, is_former: false });
}
