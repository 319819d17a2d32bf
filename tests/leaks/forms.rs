//! The forms in which a secret could be printed.

/// A secret and how it looks in text.
pub(crate) struct Secret {
    name: String,
    /// As the bytes themselves are printed; `None` for bytes that are no text.
    plain: Option<String>,
    hex: String,
    decimal: String,
}

impl Secret {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        let digits = bytes.iter().all(u8::is_ascii_digit);
        let decimals: Vec<String> = bytes.iter().map(ToString::to_string).collect();
        Self {
            name: name.to_owned(),
            plain: digits.then(|| bytes.iter().map(|byte| char::from(*byte)).collect()),
            hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            decimal: decimals.join(","),
        }
    }
}

/// Text in the shapes that are searched.
struct Text<'t> {
    as_it_is: &'t str,
    /// Without anything that may stand between two bytes in hex, in lower case.
    dense: String,
    /// With single commas between numbers, whatever else stood there.
    listed: String,
}

impl<'t> Text<'t> {
    fn new(text: &'t str) -> Self {
        let dense = text
            .to_lowercase()
            .replace("0x", "")
            .replace("\\x", "")
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, ':' | '-' | ',' | '_'))
            .collect();
        let numbers: Vec<&str> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .collect();
        Self {
            as_it_is: text,
            dense,
            listed: format!(",{},", numbers.join(",")),
        }
    }

    /// The form in which `secret` is in here.
    fn has(&self, secret: &Secret) -> Option<&'static str> {
        let alone = |plain: &str| {
            self.as_it_is.match_indices(plain).any(|(at, _)| {
                let before = self.as_it_is[..at].chars().next_back();
                let after = self.as_it_is[at + plain.len()..].chars().next();
                // Four digits in the middle of a longer number are that number's.
                let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_hexdigit());
                !part(before) && !part(after)
            })
        };
        if secret.plain.as_deref().is_some_and(alone) {
            Some("plain")
        } else if self.dense.contains(&secret.hex) {
            Some("hex")
        } else if self.listed.contains(&format!(",{},", secret.decimal)) {
            Some("decimal")
        } else {
            None
        }
    }
}

/// Which secrets are in `text`, and how.
pub(crate) fn leaks(text: &str, secrets: &[Secret]) -> Vec<String> {
    let searched = Text::new(text);
    secrets
        .iter()
        .filter_map(|secret| {
            let form = searched.has(secret)?;
            Some(format!("{} in {form}", secret.name))
        })
        .collect()
}

#[test]
fn every_form_is_found() {
    let pin = [Secret::new("PIN", b"8371")];
    let bytes = b"\x00\x20\x00\x98\x048371";
    for text in [
        "the PIN 8371".to_owned(),
        "pin=\"8371\"".to_owned(),
        format!("{bytes:?}"),
        format!("{bytes:#?}"),
        format!("{bytes:02x?}"),
        format!("{bytes:#04X?}"),
        format!("{:02X?}", "8371".as_bytes()),
        "0020009804 38333731".to_owned(),
        "00:20:00:98:04:38:33:37:31".to_owned(),
        "\\x38\\x33\\x37\\x31".to_owned(),
    ] {
        assert_eq!(leaks(&text, &pin).len(), 1, "{text}");
    }
    for text in ["18371", "8371a", "83 71", "56, 51, 55", "3833373"] {
        assert_eq!(leaks(text, &pin), Vec::<String>::new(), "{text}");
    }
    let portrait = [Secret::new("portrait", &[200, 7, 255, 0])];
    for text in ["[9, 200, 7, 255, 0]", "c807ff00", "C8 07 FF 00"] {
        assert_eq!(leaks(text, &portrait).len(), 1, "{text}");
    }
}
