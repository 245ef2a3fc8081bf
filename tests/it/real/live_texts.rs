//! Texts for a live `aws-auth`, at least one for each rule of the authenticator.

use std::collections::BTreeMap;

type Data = BTreeMap<String, String>;

fn data(pairs: &[(&str, &str)]) -> Data {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), written_out(text))).collect()
}

/// `{ADMIN}` and similar words are replaced by ARNs.
fn written_out(text: &str) -> String {
    const IAM: &str = "arn:aws:iam::111122223333";
    text.replace("{ADMIN}", &format!("{IAM}:role/Admin"))
        .replace("{NODE}", &format!("{IAM}:role/Node"))
        .replace("{ANN}", &format!("{IAM}:user/ann"))
        .replace("{BOB}", &format!("{IAM}:user/team/Bob"))
}

/// Every text.
pub(crate) fn all() -> Vec<Data> {
    let roles = ROLES.iter().map(|text| data(&[("mapRoles", text)]));
    let users = USERS.iter().map(|text| data(&[("mapUsers", text)]));
    let accounts = ACCOUNTS.iter().map(|text| data(&[("mapAccounts", text)]));
    let mut all: Vec<Data> = roles.chain(users).chain(accounts).collect();
    all.extend(SEVERAL.iter().map(|pairs| data(pairs)));
    all
}

const ROLES: [&str; 73] = [
    // Keys of an entry: any case, others ignored, the last of equal ones.
    "- rolearn: {ADMIN}\n  username: admin\n  groups: [system:masters]\n",
    "- roleARN: {ADMIN}\n  userName: admin\n  GROUPS: [g]\n",
    "- rOlEaRn: {ADMIN}\n  username: a\n",
    "- rolearn: {ADMIN}\n  username: a\n  syncedBy: tool\n  extra: {deep: [1]}\n",
    "- rolearn: {ADMIN}\n  username: a\n  username: b\n",
    "- rolearn: {NODE}\n  rolearn: {ADMIN}\n  username: a\n",
    "- rolearn: {ADMIN}\n  username: a\n  userid: AROA1\n",
    "- userarn: {ADMIN}\n  username: a\n",
    // Texts that drop a single entry.
    "- hello\n- rolearn: {ADMIN}\n  username: a\n",
    "- rolearn: ''\n  username: x\n- rolearn: {ADMIN}\n  username: a\n",
    "- username: x\n- rolearn: {ADMIN}\n  username: a\n",
    "- rolearn: {NODE}\n  sso: {permissionSetName: P, accountID: '111122223333'}\n  username: x\n- rolearn: {ADMIN}\n  username: a\n",
    "- sso: {permissionSetName: Admin, accountID: '111122223333'}\n  username: sso\n",
    "- sso: {permissionSetName: Admin, accountID: '111122223333', partition: aws}\n  username: sso\n- rolearn: {NODE}\n  username: n\n",
    "- [x]\n- 5\n- ~\n- rolearn: {ADMIN}\n  username: a\n",
    // Groups.
    "- rolearn: {ADMIN}\n  username: a\n  groups:\n  - a\n    - b\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: system:masters\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: [1, g]\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: [yes, ~, g, {a: b}]\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: {a: b}\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: []\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: ~\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups:\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: [g, g, ' h ']\n",
    // Usernames.
    "- rolearn: {ADMIN}\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: 42\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: yes\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: off\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: true\n",
    "- rolearn: {ADMIN}\n  username: ~\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: '42'\n",
    "- rolearn: {ADMIN}\n  username: y\n",
    "- rolearn: {ADMIN}\n  username: 2001-01-01\n",
    "- rolearn: {ADMIN}\n  username: 1e3\n",
    "- rolearn: {ADMIN}\n  username: 0o17\n",
    "- rolearn: {ADMIN}\n  username: 1:30\n",
    "- rolearn: {ADMIN}\n  username: [a]\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: >\n    folded\n    name\n  groups: [g]\n",
    "- rolearn: {ADMIN}\n  username: |-\n    a\n    b\n",
    // The whole text.
    "- rolearn: {ADMIN}\n\tusername: a\n",
    "- rolearn: {ADMIN}\n  username: {{SessionName}}\n",
    "rolearn: {ADMIN}\nusername: a\n",
    "text\n",
    "",
    "# nothing but this\n",
    "~\n",
    "[]\n",
    "[{rolearn: '{ADMIN}', username: a, groups: [g, h]}, {rolearn: '{NODE}', username: n}]\n",
    "[{\"rolearn\": \"{ADMIN}\", \"username\": \"a\", \"groups\": [\"g\"]}]",
    "- rolearn: {ADMIN}\r\n  username: a\r\n  groups:\r\n  - g\r\n",
    "\u{feff}- rolearn: {ADMIN}\n  username: a\n",
    "---\n- rolearn: {ADMIN}\n  username: a\n",
    "- rolearn: {ADMIN}\n  username: a\n---\n- rolearn: {NODE}\n  username: n\n",
    "- &base\n  rolearn: {ADMIN}\n  username: a\n  groups: [g]\n- <<: *base\n  rolearn: {NODE}\n",
    "- rolearn: {NODE}\n  username: n\n  groups: &g [g, h]\n- rolearn: {ADMIN}\n  username: a\n  groups: *g\n",
    "- rolearn: {ADMIN}\n  username: a\n  groups: *nowhere\n",
    // Which ARNs match.
    "- rolearn: ARN:AWS:IAM::111122223333:ROLE/ADMIN\n  username: a\n",
    "- rolearn: ' {ADMIN}'\n  username: a\n",
    "- rolearn: |\n    {ADMIN}\n  username: a\n",
    "- rolearn: arn:aws:iam::111122223333:role/*\n  username: a\n",
    "- rolearn: arn:aws-cn:iam::111122223333:role/Admin\n  username: a\n",
    "- rolearn: arn:aws:sts::111122223333:assumed-role/Admin/ann@example.com\n  username: a\n",
    "- rolearn: arn:aws:iam::111122223333:role/path/Pathed\n  username: with-path\n",
    "- rolearn: arn:aws:iam::111122223333:role/Pathed\n  username: without-path\n",
    "- rolearn: {ANN}\n  username: a-user-as-role\n",
    // Of equal roles the last one wins as a whole.
    "- rolearn: {ADMIN}\n  username: first\n  groups: [a]\n- rolearn: arn:aws:iam::111122223333:role/ADMIN\n  groups: [b]\n",
    "- rolearn: {ADMIN}\n  username: first\n- rolearn: {NODE}\n  username: n\n- rolearn: {ADMIN}\n  username: last\n",
    // Templates.
    "- rolearn: {ADMIN}\n  username: 'a:{{SessionName}}'\n  groups: ['g:{{AccountID}}', '{{SessionNameRaw}}']\n",
    "- rolearn: {ADMIN}\n  username: '{{AccessKeyID}}'\n",
    "- rolearn: {ADMIN}\n  username: '{{ SessionName }}:{{Unknown}}:{{sessionname}}'\n",
    "- rolearn: {NODE}\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n",
    "- rolearn: {NODE}\n  username: n\n  groups: ['{{EC2PrivateDNSName}}']\n- rolearn: {ADMIN}\n  username: a\n",
    "- rolearn: {ADMIN}\n  username: '{{SessionName}}{{SessionName}}'\n  groups: ['{{{SessionName}}}']\n",
];

const USERS: [&str; 12] = [
    "- userarn: {ANN}\n  username: ann\n  groups: [g]\n- userarn: {BOB}\n  username: bob\n",
    "- userARN: {ANN}\n  Username: ann\n",
    "- userarn: arn:aws:iam::111122223333:user/Bob\n  username: without-path\n",
    "- userarn: arn:aws:iam::111122223333:user/TEAM/BOB\n  username: any-case\n",
    "- userarn: {ADMIN}\n  username: a-role-as-user\n  groups: [g]\n",
    "- rolearn: {ANN}\n  username: wrong-key\n",
    "- userarn: {ANN}\n  username: first\n- userarn: {ANN}\n  username: last\n",
    "- userarn: {ANN}\n  username: one\n- userarn: arn:aws:iam::111122223333:user/ANN\n  username: other\n",
    "- userarn: {ANN}\n  username: 'u:{{SessionName}}:{{SessionNameRaw}}:{{AccountID}}'\n",
    "- userarn: {ANN}\n  groups: [nameless]\n",
    "- userarn: {ANN}\n  username: ann\n  groups: ['{{EC2PrivateDNSName}}']\n",
    "- userarn: {ANN}\n\tusername: ann\n",
];

const ACCOUNTS: [&str; 6] = [
    "- '111122223333'\n",
    "- 111122223333\n- \"444455556666\"\n",
    "- 444455556666 # unquoted\n",
    "111122223333\n",
    "- [111122223333]\n- 444455556666\n",
    "- ' 111122223333'\n- 0x19DE6E11C5\n",
];

const SEVERAL: [&[(&str, &str)]; 9] = [
    // The data's own keys have one spelling.
    &[("maproles", "- rolearn: {ADMIN}\n  username: a\n")],
    &[("MapRoles", "- rolearn: {ADMIN}\n  username: a\n"), ("mapUsers", "- userarn: {ANN}\n  username: ann\n")],
    // Roles before users, accounts last.
    &[
        ("mapRoles", "- rolearn: {ADMIN}\n  username: by-role\n- rolearn: {ANN}\n  username: ann-by-role\n"),
        ("mapUsers", "- userarn: {ADMIN}\n  username: by-user\n- userarn: {ANN}\n  username: ann-by-user\n"),
    ],
    &[
        ("mapRoles", "- rolearn: {ADMIN}\n  username: by-role\n"),
        ("mapUsers", "- userarn: {ANN}\n  username: by-user\n"),
        ("mapAccounts", "- '111122223333'\n"),
    ],
    // An error drops its own list and leaves the others.
    &[("mapRoles", "- rolearn: {ADMIN}\n\tusername: a\n"), ("mapUsers", "- userarn: {ANN}\n  username: ann\n")],
    &[("mapRoles", "- rolearn: {ADMIN}\n  username: a\n"), ("mapUsers", "{userarn: '{ANN}'}\n")],
    &[("mapRoles", "{rolearn: '{ADMIN}'}\n"), ("mapUsers", "- userarn: {ADMIN}\n  username: by-user\n")],
    &[("mapRoles", "- rolearn: {ADMIN}\n  username: a\n"), ("mapAccounts", "{a: b}\n")],
    &[("unknown", "left alone\n")],
];
