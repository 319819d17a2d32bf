//! The knowledge store as text, for a file.
//!
//! The first line names the format and its version. Each other line is one entry, the least
//! recently used first: reader name, ATR in hexadecimal, and what is known, divided by tabs.
//!
//! ```text
//! myna-hal card knowledge 1
//! Front desk<TAB>3B8880010000…<TAB>extended=works read=works verify=works sign=unknown chunk=256 usual=1600
//! ```
//!
//! In the reader name control characters and `%` are written as `%XX`, byte by byte. Empty lines
//! and lines that begin with `#` say nothing.

use std::fmt::Write as _;

use super::store::Entry;
use super::{Chunk, Knowledge, KnowledgeStore, Known, UsualLength};
use crate::apdu::Atr;

const NAME: &str = "myna-hal card knowledge";
const VERSION: &str = "1";

/// Why a file is not a knowledge store. Nothing is taken from such a file: start with an empty
/// store, and keep the file for whoever wants to know what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KnowledgeError {
    /// More bytes than a full store can have.
    #[error("a knowledge store has at most {max} bytes, this has {0}", max = KnowledgeStore::MAX_TEXT)]
    TooLong(usize),
    /// Not UTF-8: damaged, or another file.
    #[error("not text")]
    NotText,
    /// The first line is another one: damaged, or another file.
    #[error("the first line does not name the format")]
    NotKnowledge,
    /// Written by another version of this library.
    #[error("version {0} of the format is not the one that this library reads")]
    Version(String),
}

/// A line that was not understood, and so has no entry in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IgnoredLine {
    /// Its number, from 1.
    pub number: usize,
    /// The line.
    pub text: String,
}

impl KnowledgeStore {
    /// Most bytes of [`KnowledgeStore::to_text`], and most that [`KnowledgeStore::parse`] looks
    /// at.
    pub const MAX_TEXT: usize = 64 * 1024;

    /// The store as text of at most [`KnowledgeStore::MAX_TEXT`] bytes. Replace the old file in
    /// one step (write another one, then rename it), so that no power cut leaves half of it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{NAME} {VERSION}\n");
        for entry in &self.entries {
            escape(&mut text, &entry.reader);
            text.push('\t');
            for byte in &entry.atr {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02X}");
            }
            let known = entry.knowledge;
            for (separator, (name, value)) in ["\t", " ", " ", " "].iter().zip(known.fields()) {
                let _ = write!(text, "{separator}{name}={}", word(value));
            }
            let usual = known.usual_length.bytes().unwrap_or_default();
            let _ = writeln!(text, " chunk={} usual={usual}", known.chunk.bytes());
        }
        text
    }

    /// Reads what [`KnowledgeStore::to_text`] wrote. A line that is not understood is left out
    /// and returned: say so in the log, for its entry is learned anew.
    ///
    /// # Errors
    /// [`KnowledgeError`]: the file as a whole is not to be used.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Vec<IgnoredLine>), KnowledgeError> {
        if bytes.len() > Self::MAX_TEXT {
            return Err(KnowledgeError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| KnowledgeError::NotText)?;
        let mut lines = (1..).zip(text.lines());
        let first = lines.next().map_or("", |(_, line)| line);
        let version = first
            .strip_prefix(NAME)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or(KnowledgeError::NotKnowledge)?;
        if version != VERSION {
            return Err(KnowledgeError::Version(version.to_owned()));
        }
        let mut store = Self::new();
        let mut ignored = Vec::new();
        for (number, line) in lines {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match entry(line) {
                Some(entry) => store.push(entry),
                None => ignored.push(IgnoredLine {
                    number,
                    text: line.to_owned(),
                }),
            }
        }
        Ok((store, ignored))
    }
}

impl Knowledge {
    fn fields(&self) -> [(&'static str, Known); 4] {
        [
            ("extended", self.extended_length),
            ("read", self.short_id_in_read),
            ("verify", self.short_id_in_verify),
            ("sign", self.short_id_in_sign),
        ]
    }
}

fn word(known: Known) -> &'static str {
    match known {
        Known::Unknown => "unknown",
        Known::Works => "works",
        Known::Refused => "refused",
    }
}

fn entry(line: &str) -> Option<Entry> {
    let mut columns = line.split('\t');
    let (Some(reader), Some(atr), Some(known), None) = (
        columns.next(),
        columns.next(),
        columns.next(),
        columns.next(),
    ) else {
        return None;
    };
    let reader = unescape(reader)?;
    if reader.len() > KnowledgeStore::MAX_READER_NAME {
        return None;
    }
    let atr = Atr::parse(&hexadecimal(atr)?).ok()?;
    Some(Entry::new(&reader, atr.as_bytes(), knowledge(known)?))
}

/// Each field once, in any order; one that is missing is unknown.
fn knowledge(text: &str) -> Option<Knowledge> {
    let mut knowledge = Knowledge::default();
    let mut seen = Vec::with_capacity(6);
    for field in text.split(' ') {
        let (name, value) = field.split_once('=')?;
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        let known = [Known::Unknown, Known::Works, Known::Refused]
            .into_iter()
            .find(|known| word(*known) == value);
        match name {
            "extended" => knowledge.extended_length = known?,
            "read" => knowledge.short_id_in_read = known?,
            "verify" => knowledge.short_id_in_verify = known?,
            "sign" => knowledge.short_id_in_sign = known?,
            "chunk" => {
                let bytes: usize = value.parse().ok()?;
                knowledge.chunk = Chunk::ALL
                    .into_iter()
                    .find(|chunk| chunk.bytes() == bytes)?;
            }
            "usual" => knowledge.usual_length = UsualLength::enough_for(value.parse().ok()?),
            _ => return None,
        }
    }
    Some(knowledge)
}

fn escape(text: &mut String, name: &str) {
    // A name that begins like a remark would be lost; everything else that is printed is itself.
    for (at, character) in name.char_indices() {
        if character.is_control() || character == '%' || (at == 0 && character == '#') {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(text, "%{byte:02X}");
            }
        } else {
            text.push(character);
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let (pair, tail) = rest.split_at_checked(2)?;
            bytes.extend(hexadecimal(std::str::from_utf8(pair).ok()?)?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<Vec<_>>>()?;
    (digits.len() % 2 == 0).then(|| {
        digits
            .chunks_exact(2)
            .map(|pair| (pair[0] << 4 | pair[1]) as u8)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn store() -> KnowledgeStore {
        let mut store = KnowledgeStore::new();
        let contact = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];
        let atr = Atr::parse(&contact).expect("real");
        store.learn("受付\t1 100% \u{7F}", &atr, Knowledge::short_only());
        let odd = Knowledge {
            chunk: Chunk::Half,
            extended_length: Known::Unknown,
            usual_length: UsualLength::enough_for(1590),
            ..Knowledge::everything_works()
        };
        store.learn("# odd", &atr, odd);
        store.learn("", &atr, Knowledge::default());
        store
    }

    #[test]
    fn what_was_written_is_read() {
        let text = store().to_text();
        let (again, ignored) = KnowledgeStore::parse(text.as_bytes()).expect("own text");
        assert_eq!(ignored, []);
        assert_eq!(again.to_text(), text);
        let line = text.lines().nth(1).expect("an entry");
        assert_eq!(
            line,
            "受付%091 100%25 %7F\t3BE000FF8131FE4514\t\
             extended=refused read=works verify=works sign=works chunk=256 usual=0"
        );
    }

    #[test]
    fn a_full_store_fits() {
        let mut store = KnowledgeStore::new();
        let mut longest = [0; 33];
        longest[..4].copy_from_slice(&[0x3B, 0xFF, 0x00, 0xFF]);
        for number in 0..80 {
            let mut name = "\u{1}".repeat(KnowledgeStore::MAX_READER_NAME - 1);
            name.push(char::from(number));
            store.push(Entry::new(&name, &longest, Knowledge::short_only()));
        }
        assert_eq!(store.len(), KnowledgeStore::MAX_ENTRIES);
        assert!(store.to_text().len() <= KnowledgeStore::MAX_TEXT);
    }

    #[test]
    fn lines_that_are_not_understood_come_back() {
        let good = store().to_text();
        assert!(good.contains("chunk=128 usual=1600\n"));
        for line in [
            "no tabs",
            "name\t3BE000FF8131FE4514",
            "name\t3BE000FF8131FE4514\textended=works\tmore",
            "name\t3BE000FF8131FE4515\textended=works",
            "name\t3BE000FF8131FE451\textended=works",
            "name\t3BE000FF8131FE4514\textended=perhaps",
            "name\t3BE000FF8131FE4514\tchunk=255",
            "name\t3BE000FF8131FE4514\tusual=-1",
            "name\t3BE000FF8131FE4514\tnovelty=works",
            "name\t3BE000FF8131FE4514\tread=works read=works",
            "name%4\t3BE000FF8131FE4514\tread=works",
            "name%FF\t3BE000FF8131FE4514\tread=works",
        ] {
            let text = format!("{good}{line}\n\n# a remark\n");
            let (read, ignored) = KnowledgeStore::parse(text.as_bytes()).expect("the rest is good");
            assert_eq!(read.to_text(), good, "{line}");
            assert_eq!(ignored.len(), 1, "{line}");
            assert_eq!((ignored[0].number, ignored[0].text.as_str()), (5, line));
        }
    }

    #[test]
    fn another_file_is_refused_as_a_whole() {
        let refused = |bytes: &[u8]| KnowledgeStore::parse(bytes).expect_err("refused");
        assert_eq!(refused(b""), KnowledgeError::NotKnowledge);
        assert_eq!(refused(b"{}"), KnowledgeError::NotKnowledge);
        assert_eq!(refused(&[0xFF; 9]), KnowledgeError::NotText);
        assert_eq!(
            refused(b"myna-hal card knowledge 2\n"),
            KnowledgeError::Version("2".to_owned())
        );
        let long = vec![b'#'; KnowledgeStore::MAX_TEXT + 1];
        assert_eq!(refused(&long), KnowledgeError::TooLong(long.len()));
    }

    #[test]
    fn no_input_panics() {
        let good = store().to_text().into_bytes();
        let mut random = Random(0x6B6E_6F77_6C65_6467);
        for _ in 0..50_000 {
            let mut bytes = good.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                match random.below(3) {
                    0 => bytes[at] = b"\t\n% =#0Fx"[random.below(9)],
                    1 => bytes[at] ^= 1 << random.below(8),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            if let Ok((store, _)) = KnowledgeStore::parse(&bytes) {
                let text = store.to_text();
                let (again, ignored) = KnowledgeStore::parse(text.as_bytes()).expect("own text");
                assert_eq!((again.to_text(), ignored), (text, Vec::new()));
            }
        }
    }
}
