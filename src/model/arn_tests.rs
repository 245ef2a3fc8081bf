use super::*;

fn parse(text: &str) -> Principal {
    text.parse().unwrap()
}

#[test]
fn every_form_comes_back_as_it_was_written() {
    for arn in [
        "arn:aws:iam::111122223333:role/KubernetesAdmin",
        "arn:aws-cn:iam::111122223333:role/a/b/KubernetesAdmin",
        "arn:aws-us-gov:iam::111122223333:user/x/ann",
        "arn:aws:iam::111122223333:root",
        "arn:aws:sts::111122223333:assumed-role/KubernetesAdmin/ann@example.com",
        "arn:aws:sts::111122223333:federated-user/ann",
    ] {
        assert_eq!(parse(arn).to_string(), arn);
    }
}

#[test]
fn an_invalid_principal_is_refused_with_the_wrong_part() {
    for (arn, part) in [
        ("KubernetesAdmin", "not an ARN"),
        ("arn:aws:iam::111122223333:group/g", "a group is not a principal"),
        ("arn:amazon:iam::111122223333:role/r", "not an AWS partition"),
        ("arn:aws:iam::1111:role/r", "not an AWS account"),
        ("arn:aws:iam::111122223333:role/", "not a valid role name"),
        ("arn:aws:iam::111122223333:role/a b", "not a valid role name"),
        ("arn:aws:iam::111122223333:role//r", "not an IAM path"),
        ("arn:aws:iam:us-east-1:111122223333:role/r", "not an ARN"),
    ] {
        let error = arn.parse::<Principal>().unwrap_err().to_string();
        assert!(error.contains(part), "{arn}: {error}");
    }
}

#[test]
fn what_is_matched_in_any_case_is_read_in_any_case() {
    let matched = |text: &str| Principal::as_matched(text).unwrap().to_string();
    assert_eq!(matched("ARN:AWS:IAM::111122223333:ROLE/P/Node"), "arn:aws:iam::111122223333:role/P/Node");
    assert_eq!(matched("Arn:aws:iam::111122223333:User/ANN"), "arn:aws:iam::111122223333:user/ANN");
    assert_eq!(matched("arn:aws:iam::111122223333:ROOT"), "arn:aws:iam::111122223333:root");
    for text in ["", "a", "ARN:AWS:IAM::1:ROLE/x", "::::::"] {
        assert!(Principal::as_matched(text).is_err(), "{text}");
    }
}

#[test]
fn aws_auth_sees_roles_without_their_path_and_users_with_it() {
    assert_eq!(
        parse("arn:aws:iam::111122223333:role/a/b/R").for_aws_auth().to_string(),
        "arn:aws:iam::111122223333:role/R"
    );
    assert_eq!(
        parse("arn:aws:sts::111122223333:assumed-role/R/s").for_aws_auth().to_string(),
        "arn:aws:iam::111122223333:role/R"
    );
    assert_eq!(
        parse("arn:aws:iam::111122223333:user/a/u").for_aws_auth().to_string(),
        "arn:aws:iam::111122223333:user/a/u"
    );
}

#[test]
fn the_same_role_is_seen_through_path_case_and_session() {
    let role = parse("arn:aws:iam::111122223333:role/a/Admin");
    assert!(role.same_entity(&parse("arn:aws:sts::111122223333:assumed-role/admin/x")));
    assert!(!role.same_entity(&parse("arn:aws:iam::111122223334:role/a/Admin")));
    assert!(!role.same_entity(&parse("arn:aws-cn:iam::111122223333:role/a/Admin")));
    assert!(!role.same_entity(&parse("arn:aws:iam::111122223333:user/a/Admin")));
}

#[test]
fn regions_belong_to_their_partition() {
    for (region, partition) in [
        ("eu-west-1", Partition::Aws),
        ("cn-north-1", Partition::AwsCn),
        ("us-gov-east-1", Partition::AwsUsGov),
        ("us-iso-east-1", Partition::AwsIso),
        ("us-isob-east-1", Partition::AwsIsoB),
        ("eu-isoe-west-1", Partition::AwsIsoE),
        ("us-isof-south-1", Partition::AwsIsoF),
        ("eusc-de-east-1", Partition::AwsEusc),
    ] {
        assert_eq!(Partition::of_region(region), partition);
    }
}
