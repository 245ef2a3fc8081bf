//! A JSON file as a document with spans. Kubernetes tools read a JSON file as JSON, whose escapes YAML 1.1 does not
//! know (`\/`, and characters beyond the first plane as two `\u`).

use serde::de::IgnoredAny;

use super::yaml::{Document, Mark, Node, NodeId, NodeKind, Style};

/// The spans of a text that consists of JSON objects only; `None` for any other text.
pub(super) fn objects(text: &str) -> Option<Vec<(usize, usize)>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut parts, mut begin) = (Vec::new(), 0);
    while let Some(value) = values.next() {
        value.ok()?;
        parts.push((begin, values.byte_offset()));
        begin = values.byte_offset();
    }
    let last = parts.last_mut()?;
    last.1 = text.len();
    Some(parts)
}

/// A cursor with its position.
struct Cursor<'a> {
    text: &'a str,
    mark: Mark,
}

/// An open object or list.
struct Frame {
    id: NodeId,
    children: Vec<NodeId>,
}

/// The document of a text that is known to be one JSON value.
pub(super) fn document(text: &str) -> Document<'_> {
    let mut cursor = Cursor { text, mark: Mark::default() };
    let mut document = Document { nodes: Vec::with_capacity(text.len() / 24), root: None };
    let mut open: Vec<Frame> = Vec::new();
    while let Some(byte) = text.as_bytes().get(cursor.mark.offset).copied() {
        let start = cursor.mark;
        let kind = match byte {
            b'{' => NodeKind::Mapping { pairs: Vec::new(), flow: true },
            b'[' => NodeKind::Sequence { items: Vec::new(), flow: true },
            b'"' => {
                let end = string_end(text, start.offset);
                let value = characters(&text[start.offset..end]).map(|(c, _)| c).collect::<String>().into();
                cursor.skip_to(end);
                NodeKind::Scalar { value, tag: None, implicit: false, style: Style::Double }
            }
            b'}' | b']' => {
                cursor.skip_to(start.offset + 1);
                close(&mut document, open.pop(), cursor.mark.offset);
                continue;
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => {
                cursor.skip_to(start.offset + 1);
                continue;
            }
            _ => {
                let ends = |c: char| matches!(c, ',' | ':' | ']' | '}') || c.is_ascii_whitespace();
                let end = text[start.offset..].find(ends).map_or(text.len(), |end| start.offset + end);
                cursor.skip_to(end);
                let value = text[start.offset..end].into();
                NodeKind::Scalar { value, tag: None, implicit: true, style: Style::Plain }
            }
        };
        let opens = !matches!(kind, NodeKind::Scalar { .. });
        if opens {
            cursor.skip_to(start.offset + 1);
        }
        let id = document.nodes.len();
        document.nodes.push(Node { kind, start, content: start, end: cursor.mark.offset, dash: None });
        match open.last_mut() {
            Some(frame) => frame.children.push(id),
            None => document.root = document.root.or(Some(id)),
        }
        if opens {
            open.push(Frame { id, children: Vec::new() });
        }
    }
    document
}

fn close(document: &mut Document<'_>, frame: Option<Frame>, end: usize) {
    let Some(Frame { id, children }) = frame else { return };
    let node = &mut document.nodes[id];
    node.end = end;
    match &mut node.kind {
        NodeKind::Sequence { items, .. } => *items = children,
        NodeKind::Mapping { pairs, .. } => {
            *pairs = children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        }
        _ => {}
    }
}

impl Cursor<'_> {
    fn skip_to(&mut self, end: usize) {
        for c in self.text[self.mark.offset..end].chars() {
            self.mark.index += 1;
            (self.mark.line, self.mark.column) =
                if c == '\n' { (self.mark.line + 1, 0) } else { (self.mark.line, self.mark.column + 1) };
        }
        self.mark.offset = end;
    }
}

/// Where a string that begins at `start` ends, after its quote.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// The characters of a string in its quotes, each with its bytes in the text. Half of a `\u` pair is read as U+FFFD, as
/// Go reads it.
pub(super) fn characters(raw: &str) -> impl Iterator<Item = (char, usize)> {
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or_default();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &inner[at..];
        let first = rest.chars().next()?;
        let (c, length) = if first == '\\' { escape(rest) } else { (first, first.len_utf8()) };
        at += length;
        Some((c, length))
    })
}

fn escape(rest: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let simple = match rest.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            return match (unit(0), unit(6)) {
                (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    (char::from_u32(code).unwrap_or('\u{fffd}'), 12)
                }
                (code, _) => (code.and_then(char::from_u32).unwrap_or('\u{fffd}'), 6.min(rest.len())),
            };
        }
        Some(byte) => char::from(*byte),
        None => '\\',
    };
    (simple, 2.min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_values_and_spans_of_its_text() {
        let text = "{\n \"a\\/\": [1, true, null, \"\\ud83d\\ude00x\\ud83d\"],\n\t\"b\"\n: {}}";
        assert_eq!(objects(text), Some(vec![(0, text.len())]));
        let document = document(text);
        let shown: Vec<_> = document
            .nodes
            .iter()
            .filter_map(|node| match &node.kind {
                NodeKind::Scalar { value, .. } => Some((value.as_ref(), &text[node.content.offset..node.end])),
                _ => None,
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("a/", "\"a\\/\""),
                ("1", "1"),
                ("true", "true"),
                ("null", "null"),
                ("\u{1f600}x\u{fffd}", "\"\\ud83d\\ude00x\\ud83d\""),
                ("b", "\"b\"")
            ]
        );
        assert_eq!((document.nodes[0].end, document.nodes[7].start.line), (text.len(), 2));
    }

    #[test]
    fn only_json_is_json() {
        for text in ["", "a: b", "{a: b}", "{\"a\": 1} # x", "[{}]", "{\"a\": 1,}", "{\"a\": \"\\q\"}"] {
            assert_eq!(objects(text), None, "{text}");
        }
        let two = "{\"a\": 1}\n {\"b\": 2}\n";
        assert_eq!(objects(two), Some(vec![(0, 8), (8, two.len())]));
    }
}
