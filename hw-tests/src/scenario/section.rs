//! A table of a TOML file, read key by key, so that what nobody asked for is an error.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::Named;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what is allowed.
    pub message: String,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for FormatError {}

/// A file that is being read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn line(self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    pub(super) fn error(self, at: usize, message: impl Into<String>) -> FormatError {
        FormatError {
            file: self.file.to_owned(),
            line: self.line(at),
            message: message.into(),
        }
    }
}

/// A value and where it stands.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// A table of which every key has to be asked for.
pub(super) struct Section<'a, 'i> {
    pub(super) source: Source<'a>,
    /// What it is called in errors.
    what: &'a str,
    at: usize,
    table: &'a DeTable<'i>,
    known: Vec<&'static str>,
}

impl<'a, 'i> Section<'a, 'i> {
    pub(super) fn new(
        source: Source<'a>,
        what: &'a str,
        span: Range<usize>,
        table: &'a DeTable<'i>,
    ) -> Self {
        Self {
            source,
            what,
            at: span.start,
            table,
            known: Vec::new(),
        }
    }

    /// The line that it begins on.
    pub(super) fn line(&self) -> usize {
        self.source.line(self.at)
    }

    /// An error about the whole of it.
    pub(super) fn error(&self, message: impl Into<String>) -> FormatError {
        self.source.error(self.at, message)
    }

    /// The value of a key.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Value<'i>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// The value of a key as `read` makes it, which says what is allowed if it cannot.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'a DeValue<'i>) -> Result<T, String>,
    ) -> Result<Option<T>, FormatError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        read(value.get_ref()).map(Some).map_err(|allowed| {
            let message = format!("`{key}` in {} is not {allowed}", self.what);
            self.source.error(value.span().start, message)
        })
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<&'a str>, FormatError> {
        self.read(key, text)
    }

    pub(super) fn bool(&mut self, key: &'static str) -> Result<Option<bool>, FormatError> {
        self.read(key, |value| {
            value.as_bool().ok_or_else(|| "true or false".to_owned())
        })
    }

    /// A key that is there or not; `false` would say nothing.
    pub(super) fn flag(&mut self, key: &'static str) -> Result<Option<()>, FormatError> {
        self.read(key, |value| match value.as_bool() {
            Some(true) => Ok(()),
            _ => Err("true, the only value that it can have".to_owned()),
        })
    }

    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>, FormatError> {
        self.read(key, |value| {
            let number = value.as_integer().filter(|number| number.radix() == 10);
            let number = number.and_then(|number| number.as_str().parse().ok());
            number
                .filter(|number| range.contains(number))
                .ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()))
        })
    }

    pub(super) fn seconds(&mut self, key: &'static str) -> Result<Option<Duration>, FormatError> {
        self.read(key, seconds)
    }

    /// A value by its name.
    pub(super) fn named<T: Named>(&mut self, key: &'static str) -> Result<Option<T>, FormatError> {
        self.read(key, named)
    }

    /// A list of names.
    pub(super) fn names<T: Named>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Vec<T>>, FormatError> {
        self.read(key, |value| {
            let list = value
                .as_array()
                .ok_or_else(|| format!("a list of {}", allowed::<T>()))?;
            list.iter().map(|item| named(item.get_ref())).collect()
        })
    }

    /// A table within.
    pub(super) fn section(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Section<'a, 'i>>, FormatError> {
        let (source, Some(value)) = (self.source, self.value(key)) else {
            return Ok(None);
        };
        let table = value.get_ref().as_table().ok_or_else(|| {
            let message = format!("`{key}` in {} is not a table", self.what);
            source.error(value.span().start, message)
        })?;
        Ok(Some(Section::new(source, key, value.span(), table)))
    }

    /// Everything that has not been asked for, in a table whose keys are names.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, usize, &'a DeValue<'i>)> {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span().start, value.get_ref()))
    }

    /// Refuses every key that nobody asked for.
    pub(super) fn close(self) -> Result<(), FormatError> {
        for (key, at, _) in self.entries() {
            if !self.known.contains(&key) {
                let known = self.known.join(", ");
                let message = format!("unknown key `{key}` in {}; allowed: {known}", self.what);
                return Err(self.source.error(at, message));
            }
        }
        Ok(())
    }
}

pub(super) fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| "a text in quotes".to_owned())
}

pub(super) fn seconds(value: &DeValue<'_>) -> Result<Duration, String> {
    let number = match (value.as_integer(), value.as_float()) {
        (Some(number), _) if number.radix() == 10 => number.as_str().parse().ok(),
        (_, Some(number)) => number.as_str().parse().ok(),
        _ => None,
    };
    let number = number.filter(|seconds| (0.0..=3600.0).contains(seconds));
    number
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "a number of seconds from 0 to 3600".to_owned())
}

pub(super) fn named<T: Named>(value: &DeValue<'_>) -> Result<T, String> {
    let name = value.as_str();
    let found = T::named().find(|(code, _)| Some(*code) == name);
    found.map(|(_, value)| value).ok_or_else(allowed::<T>)
}

/// The names of a type.
pub(super) fn allowed<T: Named>() -> String {
    let names: Vec<_> = T::named().map(|(code, _)| code).collect();
    format!("one of: {}", names.join(", "))
}
