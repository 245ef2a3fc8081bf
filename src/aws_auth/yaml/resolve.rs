//! What a scalar is: text, number, boolean or nothing, by YAML 1.1 as yaml.v2 knows it.

/// The class of a scalar; the values of numbers are not kept, as `aws-auth` does not need them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::aws_auth) enum Class {
    /// `~`, `null` or an empty text.
    Null,
    /// `yes`, `no`, `on`, `off`, `y`, `n`, `true`, `false`.
    Bool,
    /// A whole number that fits 64 bits with a sign.
    Int,
    /// A whole number that fits 64 bits only without a sign.
    Unsigned,
    /// A number with a point or an exponent, or too long for 64 bits.
    Float,
    /// `.inf` or `.nan`, which JSON can't represent.
    NotFinite,
    /// Anything else.
    Text,
}

impl Class {
    /// Its name in a message.
    pub(in crate::aws_auth) const fn name(self) -> &'static str {
        match self {
            Self::Null => "empty",
            Self::Bool => "a boolean",
            Self::Int | Self::Unsigned | Self::Float | Self::NotFinite => "a number",
            Self::Text => "text",
        }
    }
}

/// The class that a scalar without quotes and tag has.
pub(in crate::aws_auth) fn class_of_plain(text: &str) -> Class {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Class::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" | "n" | "N" | "no" | "No"
        | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Class::Bool,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => return Class::NotFinite,
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if underscores_between_digits(text) && is_decimal(&text.replace('_', "")) => Class::Float,
        b'0'..=b'9' | b'+' | b'-' => class_of_digits(text),
        _ => Class::Text,
    }
}

fn class_of_digits(text: &str) -> Class {
    if timestamp(text) {
        return Class::Text;
    }
    let plain = text.replace('_', "");
    let binary =
        plain.strip_prefix("0b").map(str::to_owned).or_else(|| plain.strip_prefix("-0b").map(|d| format!("-{d}")));
    if let Some(class) = class_of_integer(&plain) {
        class
    } else if is_decimal(&plain) {
        Class::Float
    } else if binary.is_some_and(|digits| i64::from_str_radix(&digits, 2).is_ok()) {
        Class::Int
    } else {
        Class::Text
    }
}

/// Go's `strconv.ParseInt`, then `ParseUint`, with base 0 and 64 bits.
fn class_of_integer(text: &str) -> Option<Class> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let signed = digits.len() < text.len();
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', _, ..] => (16, &lower[2..]),
        [b'0', b'o', _, ..] => (8, &lower[2..]),
        [b'0', b'b', _, ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    let most = if text.starts_with('-') { 1 << 63 } else { (1 << 63) - 1 };
    if value <= most { Some(Class::Int) } else { (!signed).then_some(Class::Unsigned) }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, and not too large for 64 bits.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let shaped = match fraction {
        Some(fraction) if whole.is_empty() => digits(fraction),
        Some(fraction) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(whole),
    };
    shaped && exponent.is_none_or(digits) && unsigned.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Go's rule for `_` in a number: only between two digits.
fn underscores_between_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).all(|at| bytes[at] != b'_' || (digit(at.checked_sub(1)) && digit(Some(at + 1))))
}

/// Whether a text is one of the four forms of a time that yaml.v2 knows; such a scalar is read as text.
pub(in crate::aws_auth) fn timestamp(text: &str) -> bool {
    text.len() >= 8 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && {
        let Some(rest) = text[4..].strip_prefix('-') else { return false };
        let Some((month, rest)) = number(rest, 1, 2) else { return false };
        let Some((day, rest)) = rest.strip_prefix('-').and_then(|rest| number(rest, 1, 2)) else { return false };
        let year = text[..4].parse().unwrap_or(0);
        is_date(year, month, day) && (rest.is_empty() || is_clock(rest))
    }
}

fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (length >= least).then(|| (text[..length].parse().unwrap_or(0), &text[length..]))
}

fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// `T15:4:5[.fraction](Z|±07:00)`, or with a space before and no zone.
fn is_clock(text: &str) -> bool {
    let zoned = text.starts_with(['T', 't']);
    if !zoned && !text.starts_with(' ') {
        return false;
    }
    let text = if zoned { &text[1..] } else { text.trim_start_matches(' ') };
    let Some((hour, rest)) = number(text, 1, 2) else { return false };
    let Some((minute, rest)) = rest.strip_prefix(':').and_then(|rest| number(rest, 1, 2)) else { return false };
    let Some((second, rest)) = rest.strip_prefix(':').and_then(|rest| number(rest, 1, 2)) else { return false };
    let fraction = rest.strip_prefix(['.', ',']).map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let rest = match fraction {
        Some(0) => return false,
        Some(length) => &rest[length + 1..],
        None => rest,
    };
    hour < 24 && minute < 60 && second < 60 && if zoned { is_zone(rest) } else { rest.is_empty() }
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some(rest) = text.strip_prefix(['+', '-']) else { return false };
    let Some((hour, rest)) = number(rest, 2, 2) else { return false };
    let Some((minute, rest)) = rest.strip_prefix(':').and_then(|rest| number(rest, 2, 2)) else { return false };
    rest.is_empty() && hour <= 24 && minute <= 60
}

/// Whether the authenticator skips a data key with this text: empty, or an empty pair of quotes.
pub(in crate::aws_auth) fn skips(text: &str) -> bool {
    matches!(text.trim(), "" | "``" | "\"\"" | "''")
}
