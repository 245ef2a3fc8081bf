//! The names of cached sessions, over all inputs of a call.

use super::*;

/// The inputs of a call: a source, the role and its options, where the device is named, STS, the region.
type Asked = (usize, [Option<usize>; 6], Option<u32>, usize, usize);

fn asked() -> impl proptest::strategy::Strategy<Value = Asked> {
    use proptest::option::of;
    let few = || of(0_usize..2);
    ((0_usize..4), [few(), few(), few(), few(), few(), few()], of(900_u32..902), 0_usize..2, 0_usize..2)
}

fn inputs_of((source, [role, external_id, name, flag, env, url], duration, at, region): &Asked) -> Inputs {
    let text = |what: &Option<usize>| what.map(|n| format!("text-{n}"));
    let role = RoleStep {
        role_arn: format!("{ROLE}{}", role.unwrap_or_default()),
        external_id: text(external_id),
        session_name: text(name),
        duration: *duration,
        mfa_serial: text(flag),
    };
    let id = ["AKIAENV", "AKIAOTHER"][source % 2];
    let keys = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", "s")];
    let mut inputs = match source {
        0 | 1 => inputs(None, None, &keys),
        2 => inputs(Some("static"), None, &[]),
        _ => inputs(Some("role"), None, &[]),
    };
    inputs.environment.mfa_serial = text(env);
    let url = url.map(|n| format!("http://127.0.0.1:{n}"));
    if *at == 0 {
        inputs.sts_endpoint = url;
    } else {
        inputs.environment.sts_endpoint = url;
    }
    Inputs { role: Some(role), region: Some(["eu-west-1", "cn-north-1"][*region].into()), ..inputs }
}

/// What identifies the session; where a setting was named does not matter.
fn identity_of(asked: &Asked) -> impl PartialEq + use<> {
    let (source, [role, external_id, name, flag, env, url], duration, _, region) = *asked;
    let of_chain = env.filter(|_| source == 3);
    (source, role.unwrap_or_default(), external_id, name, flag.or(env), of_chain, url, duration, region)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(1024))]

    #[test]
    fn two_ways_share_a_file_only_where_they_lead_to_the_same(one in asked(), other in asked()) {
        let key = |asked: &Asked| way_of(&inputs_of(asked), &memory()).cache_key().cloned().unwrap();
        proptest::prop_assert_eq!(key(&one) == key(&other), identity_of(&one) == identity_of(&other));
    }

    #[test]
    fn one_setting_changed_is_another_file(one in asked(), other in asked(), field in 0_usize..9) {
        let mut changed = one;
        match field {
            0 => changed.0 = other.0,
            7 => changed.2 = other.2,
            8 => changed.4 = other.4,
            n => changed.1[n - 1] = other.1[n - 1],
        }
        let key = |asked: &Asked| way_of(&inputs_of(asked), &memory()).cache_key().cloned().unwrap();
        proptest::prop_assert_eq!(key(&one) == key(&changed), identity_of(&one) == identity_of(&changed));
    }
}

#[test]
fn the_device_that_is_known_is_in_the_key_wherever_it_was_named() {
    let serial = "arn:aws:iam::111122223333:mfa/ann";
    let key = |inputs: &Inputs| way_of(inputs, &memory()).cache_key().cloned().unwrap();
    let plain = inputs(None, Some(ROLE), &ENV_KEYS);
    let mut flag = plain.clone();
    flag.role.as_mut().unwrap().mfa_serial = Some(serial.into());
    let env = inputs(None, Some(ROLE), &[&ENV_KEYS[..], &[("AWS_MFA_SERIAL", serial)]].concat());
    assert_eq!(key(&flag), key(&env), "what `token --mfa-serial` keeps is found by kubectl with AWS_MFA_SERIAL");
    assert_ne!(key(&plain), key(&env));
    assert_eq!(way_of(&env, &memory()).known_mfa_serial(), Some(serial));
    let texts = Memory { config: CONFIG.replace("AKIASTATIC", "AKIASTATIC\nmfa_serial = d"), ..memory() };
    assert_eq!(
        way_of(&inputs(Some("static"), Some(ROLE), &[]), &texts).known_mfa_serial(),
        Some("d"),
        "beside its keys"
    );
    assert_eq!(
        way_of(&inputs(Some("role"), Some(ROLE), &[]), &texts).known_mfa_serial(),
        None,
        "a session has no device"
    );
}
