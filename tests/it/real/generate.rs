//! Random texts: entries in every style, then damaged; and random sequences of YAML's indicators.

use std::collections::BTreeMap;

/// `SplitMix64`: small, and identical on every platform.
pub(crate) struct Generator(u64);

const ARNS: [&str; 14] = [
    "arn:aws:iam::111122223333:role/Admin",
    "arn:aws:iam::111122223333:role/admin",
    "arn:aws:iam::111122223333:role/Node",
    "arn:aws:iam::111122223333:role/path/Admin",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:user/Ann",
    "arn:aws:iam::111122223333:user/team/Bob",
    "arn:aws:sts::111122223333:assumed-role/Admin/s",
    "arn:aws-cn:iam::111122223333:role/Admin",
    "ARN:AWS:IAM::111122223333:ROLE/NODE",
    "arn:aws:iam::111122223333:role/Ad*",
    " arn:aws:iam::111122223333:role/Admin",
    "arn:aw\u{17f}:iam::111122223333:role/Admin",
    "arn:aws:iam::111122223333:role/Adm\u{130}n",
];

const VALUES: [&str; 62] = [
    "kubernetes-admin",
    "system:masters",
    "system:node:{{EC2PrivateDNSName}}",
    "{{SessionName}}",
    "a b",
    "42",
    "yes",
    "no",
    "on",
    "Off",
    "y",
    "~",
    "null",
    "",
    "1.5",
    "1e3",
    ".5",
    ".inf",
    "0x1f",
    "0o17",
    "017",
    "089",
    "1_000",
    "2001-01-01",
    "2001-1-1 1:2:3",
    "190:20:30",
    "@x",
    "`x`",
    "%x",
    "*a",
    "&a x",
    "!!str 5",
    "!!int 5",
    "!!int x",
    "!t v",
    "! 5",
    "#c",
    "x #c",
    "x#c",
    "a: b",
    "a:b",
    "'q'",
    "\"q\\n\\u00e9\"",
    "'it''s'",
    "\"\\/\"",
    "[a, b]",
    "[1, g]",
    "[]",
    "{}",
    "{a: b}",
    "{a, b}",
    "[a: b]",
    "|\n    text\n    more\n",
    ">\n    text\n    more\n",
    "|-\n    x\n\n",
    ">+\n    x\n\n    y\n\n",
    "- x",
    "? x",
    "!!binary aGVsbG8=",
    "!!binary /w==",
    "0b101",
    "111122223333",
];

const KEYS: [&str; 20] = [
    "rolearn",
    "rolearn",
    "rolearn",
    "userarn",
    "userarn",
    "username",
    "username",
    "groups",
    "groups",
    "roleARN",
    "Username",
    "GROUPS",
    "userName",
    "userid",
    "sso",
    "syncedBy",
    "u\u{17f}ername",
    "\"rolearn\"",
    "<<",
    "? groups\n ",
];

const SIGNS: [&str; 66] = [
    "\n",
    "\n",
    "\n",
    "\n",
    "  ",
    "  ",
    " ",
    " ",
    "- ",
    "- ",
    "- ",
    ": ",
    ": ",
    ":",
    "-",
    "?",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "\t",
    "'",
    "\"",
    "#",
    " #",
    "&a ",
    "*a",
    "*a ",
    "&b",
    "!",
    "!!str ",
    "!!int ",
    "|",
    ">",
    "|-\n",
    ">+2\n",
    "|1",
    "%YAML 1.1\n",
    "%TAG ! x:\n",
    "---\n",
    "...\n",
    "--- ",
    "rolearn: arn:x",
    "username: u",
    "groups:\n",
    "groups: ",
    "- g",
    "<<: ",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\\",
    "\\n",
    "@",
    "`",
    "é",
    "\u{7f}",
    "x",
    "1",
    "null",
    "~",
];

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some texts.
    pub(crate) fn one_of(&mut self, from: &[&'static str]) -> &'static str {
        self.pick(from)
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    pub(crate) fn data(&mut self) -> BTreeMap<String, String> {
        let mut data = BTreeMap::new();
        if self.chance(95) {
            data.insert("mapRoles".to_owned(), self.text("rolearn"));
        }
        if self.chance(40) {
            data.insert("mapUsers".to_owned(), self.text("userarn"));
        }
        if self.chance(25) {
            data.insert("mapAccounts".to_owned(), self.accounts());
        }
        if self.chance(3) {
            data.insert("maproles".to_owned(), self.text("rolearn"));
        }
        data
    }

    fn text(&mut self, arn: &str) -> String {
        let text = match self.below(10) {
            0 => self.soup(),
            1 => self.flow(arn),
            _ => self.block(arn),
        };
        self.damaged(text)
    }

    fn soup(&mut self) -> String {
        (0..=self.below(25)).map(|_| self.pick(&SIGNS)).collect()
    }

    fn accounts(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(4) {
            let item = if self.chance(50) {
                self.pick(&VALUES)
            } else {
                self.pick(&["\"111122223333\"", "012345678901", "444455556666"])
            };
            text.extend(["- ", item, "\n"]);
        }
        self.damaged(text)
    }

    fn flow(&mut self, arn: &str) -> String {
        let mut items = Vec::new();
        for _ in 0..=self.below(3) {
            let mut pairs = vec![self.flow_pair(arn)];
            for _ in 0..self.below(4) {
                let key = self.pick(&KEYS);
                pairs.push(self.flow_pair(key));
            }
            items.push(format!("{{{}}}", pairs.join(self.pick(&[", ", ",", ",\n  "]))));
        }
        format!("[{}]\n", items.join(", "))
    }

    fn flow_pair(&mut self, key: &str) -> String {
        let value = if key.to_lowercase().ends_with("arn") { self.pick(&ARNS) } else { self.pick(&VALUES) };
        let quote = self.pick(&["\"", "\"", "'", ""]);
        format!("{quote}{key}{quote}{}{quote}{value}{quote}", self.pick(&[": ", ": ", ":"]))
    }

    fn block(&mut self, arn: &str) -> String {
        let mut text = String::new();
        let dash = self.pick(&["- ", "- ", "  - ", "-   "]);
        let indent = " ".repeat(dash.len());
        for _ in 0..=self.below(4) {
            if self.chance(8) {
                text.push_str(self.pick(&[
                    "# comment\n",
                    "\n",
                    "- hello\n",
                    "- \n",
                    "- [x]\n",
                    "- *a\n",
                    "- {}\n",
                    "- 5\n",
                ]));
            }
            text.push_str(dash);
            if self.chance(6) {
                text.push_str("&a\n");
                text.push_str(&indent);
            }
            let fields = self.fields(arn);
            for (at, field) in fields.iter().enumerate() {
                if at > 0 {
                    text.push_str(&indent);
                }
                text.push_str(&field.replace('\n', &format!("\n{}", if self.chance(95) { &indent } else { "" })));
                text.push('\n');
            }
        }
        if self.chance(10) {
            text = text.replace('\n', "\r\n");
        }
        if self.chance(5) {
            text.insert_str(0, self.pick(&["---\n", "\u{feff}", "%YAML 1.1\n---\n", "# head\n"]));
        }
        if self.chance(5) {
            text.push_str(self.pick(&["---\n- rolearn: x\n", "...\nrubbish: [", "# tail", "\n\n", "   "]));
        }
        text
    }

    fn fields(&mut self, arn: &str) -> Vec<String> {
        let mut fields = Vec::new();
        if self.chance(92) {
            fields.push(format!("{arn}: {}", self.pick(&ARNS)));
        }
        for _ in 0..self.below(4) {
            let key = self.pick(&KEYS);
            let field = match key.to_lowercase().as_str() {
                "groups" if self.chance(70) => {
                    let indent = self.pick(&["", "", "  "]);
                    let items: Vec<String> =
                        (0..self.below(4)).map(|_| format!("\n{indent}- {}", self.pick(&VALUES))).collect();
                    format!("{key}:{}", items.concat())
                }
                "sso" if self.chance(70) => self.sso(),
                "<<" => format!("<<: {}", self.pick(&["*a", "[*a, *a]", "{username: merged, groups: [m]}", "x", "*b"])),
                "rolearn" | "userarn" => format!("{key}: {}", self.pick(&ARNS)),
                _ => format!("{key}: {}{}", if self.chance(5) { "&a " } else { "" }, self.pick(&VALUES)),
            };
            fields.push(field);
        }
        if self.chance(20) {
            let at = self.below(fields.len() + 1);
            let field = fields.get(at).cloned();
            fields.extend(field);
        }
        if self.chance(20) && !fields.is_empty() {
            let (a, b) = (self.below(fields.len()), self.below(fields.len()));
            fields.swap(a, b);
        }
        fields
    }

    fn sso(&mut self) -> String {
        let account = self.pick(&["\"111122223333\"", "111122223333", "x"]);
        let name = self.pick(&["Admin", "permission set", "\"\""]);
        let partition = self.pick(&["", "\n  partition: aws", "\n  partition: aws-x", "\n  Partition: aws-cn"]);
        format!("sso:\n  permissionSetName: {name}\n  accountID: {account}{partition}")
    }

    fn damaged(&mut self, mut text: String) -> String {
        if self.chance(60) {
            return text;
        }
        for _ in 0..=self.below(3) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let at = places[self.below(places.len())];
            match self.below(4) {
                0 => text.insert_str(at, self.pick(&SIGNS)),
                1 => {
                    let end = places[self.below(places.len())].clamp(at, at + 6);
                    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(at);
                    text.replace_range(at..end, "");
                }
                2 => {
                    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
                    text.replace_range(at..end, self.pick(&SIGNS));
                }
                _ => text.insert_str(at, self.pick(&VALUES)),
            }
        }
        text
    }
}
