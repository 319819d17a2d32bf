//! The words of a session in Japanese, easy Japanese and English, and of any language that a site
//! adds.
//!
//! *For application authors*: [`Catalogue::shipped`] has the words of this crate;
//! [`Catalogue::load`] takes a file of your own in the syntax of Fluent (projectfluent.org). The
//! shipped files are a good start: keep the keys, change the words.
//!
//! ```
//! use myna_hal::checkin::words::{Catalogue, Language};
//! use myna_hal::checkin::{FailureCode, MessageId};
//!
//! let words = Catalogue::shipped(Language::English)?;
//! assert_eq!(words.text(MessageId::RemoveCard), "Please take your card.");
//! let next = FailureCode::PinBlocked.next_steps()[0];
//! assert_eq!(words.text(next), "use face authentication");
//! # Ok::<(), myna_hal::checkin::words::CatalogueError>(())
//! ```
//!
//! *Contract*: a catalogue that is loaded has every text. What is missing, or cannot be formatted,
//! is named when it is loaded, and not when a patient waits for it.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use jiff::civil::Date;

use super::effect::{Detail, Prompt};
use super::explain::Contact;
use super::text::TextId;

/// The texts that stand around others.
const FRAMES: [&str; 5] = [
    "date",
    "prompt-with-detail",
    "detail-tries-left",
    "detail-last-day",
    "detail-days-left",
];

/// A language that this crate ships words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// Japanese.
    Japanese,
    /// Japanese in short sentences, for people who are still learning it or read with effort.
    EasyJapanese,
    /// English.
    English,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::Japanese, Self::EasyJapanese, Self::English];

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::EasyJapanese => "ja-x-easy",
            Self::English => "en",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Japanese => include_str!("ja.ftl"),
            Self::EasyJapanese => include_str!("ja-easy.ftl"),
            Self::English => include_str!("en.ftl"),
        }
    }
}

/// Why a catalogue is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The tag names no language.
    #[error("`{0}` is no language tag")]
    Language(String),
    /// Some entries are not in the syntax of Fluent.
    #[error("not in the syntax of Fluent: {}", .0.join("; "))]
    Syntax(Vec<String>),
    /// A key stands there twice.
    #[error("defined twice: {}", .0.join(", "))]
    Twice(Vec<String>),
    /// These keys have no text.
    #[error("no words for: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// These texts ask for something that they are not given.
    #[error("cannot be formatted: {}", .0.join(", "))]
    Unformattable(Vec<String>),
}

/// A line to call, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// What it is for.
    pub purpose: String,
    /// The number.
    pub number: String,
    /// When somebody answers.
    pub hours: String,
    /// The languages that are spoken there.
    pub languages: String,
}

/// All words of one language.
pub struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    tag: String,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&self.tag).finish()
    }
}

impl Catalogue {
    /// The words of this crate.
    ///
    /// # Errors
    /// None that a test of this crate would not have found.
    pub fn shipped(language: Language) -> Result<Self, CatalogueError> {
        Self::load(language.tag(), language.source())
    }

    /// The words of a file in the syntax of Fluent, for the language of `tag` (BCP 47).
    ///
    /// # Errors
    /// [`CatalogueError`], which names everything of one kind that is wrong.
    pub fn load(tag: &str, source: impl Into<String>) -> Result<Self, CatalogueError> {
        // A private part (`ja-x-easy`) changes no plural rule, and Fluent knows none.
        let language = tag.split("-x-").next().unwrap_or(tag);
        let language = language
            .parse()
            .map_err(|_| CatalogueError::Language(tag.to_owned()))?;
        let resource = FluentResource::try_new(source.into()).map_err(|(_, errors)| {
            CatalogueError::Syntax(errors.iter().map(ToString::to_string).collect())
        })?;
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Marks around inserted text are for lines that mix directions of writing.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).map_err(|errors| {
            CatalogueError::Twice(errors.iter().map(ToString::to_string).collect())
        })?;
        let catalogue = Self {
            bundle,
            tag: tag.to_owned(),
        };
        catalogue.check()?;
        Ok(catalogue)
    }

    /// The language's tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The words for `id`. An item that only the application knows is named by its own code.
    #[must_use]
    pub fn text(&self, id: impl Into<TextId>) -> String {
        let key = id.into().key();
        self.format(&key, None, None).unwrap_or(key)
    }

    /// The words of a prompt, with the number or the date that belongs to it.
    #[must_use]
    pub fn prompt(&self, prompt: &Prompt) -> String {
        let text = self.text(prompt.message);
        let mut args = FluentArgs::new();
        let frame = match prompt.detail {
            Detail::None => return text,
            Detail::TriesLeft(left) => {
                args.set("left", left);
                "detail-tries-left"
            }
            Detail::LastDay(day) => {
                args.set("date", self.date(day));
                "detail-last-day"
            }
            Detail::DaysLeft(days) => {
                args.set("days", days);
                "detail-days-left"
            }
        };
        let detail = self.format(frame, None, Some(&args)).unwrap_or_default();
        let mut args = FluentArgs::new();
        args.set("text", text.clone());
        args.set("detail", detail);
        self.format("prompt-with-detail", None, Some(&args))
            .unwrap_or(text)
    }

    /// A day.
    #[must_use]
    pub fn date(&self, day: Date) -> String {
        let mut args = FluentArgs::new();
        args.set("year", day.year().to_string());
        args.set("month", day.month());
        args.set("day", day.day());
        self.format("date", None, Some(&args))
            .unwrap_or_else(|| day.to_string())
    }

    /// A line to call.
    #[must_use]
    pub fn line(&self, contact: Contact) -> Line {
        let key = TextId::from(contact).key();
        let part = |name| self.format(&key, Some(name), None).unwrap_or_default();
        Line {
            purpose: self.text(contact),
            number: part("number"),
            hours: part("hours"),
            languages: part("languages"),
        }
    }

    /// The text of `key`, or of its attribute; `None` if there is none or it has errors.
    fn format(
        &self,
        key: &str,
        attribute: Option<&str>,
        args: Option<&FluentArgs<'_>>,
    ) -> Option<String> {
        let message = self.bundle.get_message(key)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// Every text is there and can be formatted.
    fn check(&self) -> Result<(), CatalogueError> {
        let texts = TextId::all().map(|id| (id.key(), None));
        let frames = FRAMES.iter().map(|key| ((*key).to_owned(), None));
        let lines = Contact::ALL.iter().flat_map(|contact| {
            let key = TextId::from(*contact).key();
            ["number", "hours", "languages"].map(|part| (key.clone(), Some(part)))
        });
        let mut args = FluentArgs::new();
        for number in ["left", "days", "month", "day"] {
            args.set(number, 1);
        }
        for text in ["date", "year", "text", "detail"] {
            args.set(text, "1");
        }
        let (mut missing, mut unformattable) = (Vec::new(), Vec::new());
        for (key, attribute) in texts.chain(frames).chain(lines) {
            let name = attribute.map_or_else(|| key.clone(), |part| format!("{key}.{part}"));
            let given = FRAMES.contains(&key.as_str()).then_some(&args);
            if !self.has(&key, attribute) {
                missing.push(name);
            } else if self.format(&key, attribute, given).is_none() {
                unformattable.push(name);
            }
        }
        if !missing.is_empty() {
            return Err(CatalogueError::Missing(missing));
        }
        if !unformattable.is_empty() {
            return Err(CatalogueError::Unformattable(unformattable));
        }
        Ok(())
    }

    fn has(&self, key: &str, attribute: Option<&str>) -> bool {
        self.bundle
            .get_message(key)
            .is_some_and(|message| match attribute {
                Some(name) => message.get_attribute(name).is_some(),
                None => message.value().is_some(),
            })
    }
}

#[cfg(test)]
mod tests;
