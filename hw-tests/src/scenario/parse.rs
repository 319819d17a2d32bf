//! From the text of a file to a [`Scenario`].

use std::path::Path;
use std::time::Duration;

use myna_hal::checkin::{ConsentAnswer, MethodSet};
use toml::de::{DeTable, DeValue};

use super::model::{Act, Answers, Deed, Entry, Expect, Scenario, Site, Step, Touch, Wanted};
use super::names::{CardKind, Deadline, PHASES};
use super::section::{FormatError, Section, Source, named, seconds, text};

/// How long an expectation may take where the file does not say it.
pub const WITHIN: Duration = Duration::from_secs(10);

/// Most steps of a file, and most cards: nobody reads longer ones.
const MOST: usize = 200;

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FormatError`] with the line, also when the file cannot be read at all.
    pub fn read(path: &Path) -> Result<Self, FormatError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| FormatError {
            file: file.clone(),
            line: 0,
            message: error.to_string(),
        })?;
        Self::parse(&file, &text)
    }

    /// Reads every `.toml` file of a folder, in the order of their names.
    ///
    /// # Errors
    /// [`FormatError`] of the first that is refused, or of the folder.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, FormatError> {
        let unreadable = |error: std::io::Error| FormatError {
            file: folder.display().to_string(),
            line: 0,
            message: error.to_string(),
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|it| it == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Reads the text of `file`, whose name is for errors and becomes the scenario's.
    ///
    /// # Errors
    /// [`FormatError`]: not TOML, an unknown key or value, a step that does nothing or two things
    /// at once, a card that is not in the list.
    pub fn parse(file: &str, text: &str) -> Result<Self, FormatError> {
        let source = Source { file, text };
        let root = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            source.error(at, error.message())
        })?;
        let mut top = Section::new(source, "the file", 0..0, root.get_ref());
        let title = top
            .text("title")?
            .ok_or_else(|| top.error("`title` is missing: what happens, in one line"))?;
        let cards = cards(&mut top)?;
        let scenario = Self {
            name: Path::new(file)
                .file_stem()
                .map_or_else(|| file.to_owned(), |stem| stem.to_string_lossy().into()),
            title: title.to_owned(),
            reader: wanted(&mut top, "reader")?,
            camera: wanted(&mut top, "camera")?,
            policy: site(&mut top)?,
            answers: answers(&mut top)?,
            steps: steps(&mut top, &cards)?,
            cards,
        };
        top.close()?;
        Ok(scenario)
    }
}

fn cards(top: &mut Section<'_, '_>) -> Result<Vec<(String, CardKind)>, FormatError> {
    let Some(section) = top.section("cards")? else {
        return Ok(Vec::new());
    };
    let mut cards = Vec::new();
    for (name, at, value) in section.entries() {
        let kind = named(value).map_err(|allowed| {
            section
                .source
                .error(at, format!("card `{name}` is not {allowed}"))
        })?;
        cards.push((name.to_owned(), kind));
    }
    if cards.len() > MOST {
        return Err(section.error(format!("more than {MOST} cards")));
    }
    Ok(cards)
}

fn wanted(top: &mut Section<'_, '_>, key: &'static str) -> Result<Wanted, FormatError> {
    Ok(match top.text(key)? {
        None | Some("any") => Wanted::Any,
        Some("with-keys") if key == "reader" => Wanted::WithKeys,
        Some(product) => Wanted::Product(product.to_owned()),
    })
}

fn site(top: &mut Section<'_, '_>) -> Result<Site, FormatError> {
    let Some(mut section) = top.section("policy")? else {
        return Ok(Site::default());
    };
    let mut site = Site {
        methods: section
            .names("methods")?
            .map(|methods| methods.into_iter().collect()),
        face_attempts: section.number("face-attempts", 1..=9)?.map(|it| it as u8),
        seconds: Vec::new(),
    };
    if let Some(lengths) = section.section("seconds")? {
        for (key, at, value) in lengths.entries() {
            let deadline = named::<Deadline>(&DeValue::String(key.into())).map_err(|allowed| {
                lengths
                    .source
                    .error(at, format!("`{key}` is not {allowed}"))
            })?;
            let length = seconds(value).map_err(|allowed| {
                lengths
                    .source
                    .error(at, format!("`{key}` is not {allowed}"))
            })?;
            site.seconds.push((deadline, length));
        }
    }
    section.close()?;
    Ok(site)
}

fn answers(top: &mut Section<'_, '_>) -> Result<Answers, FormatError> {
    let Some(mut section) = top.section("answers")? else {
        return Ok(Answers::default());
    };
    let answers = Answers {
        consent: section.named::<ConsentAnswer>("consent")?,
        register: section.bool("register")?,
    };
    section.close()?;
    Ok(answers)
}

fn steps(
    top: &mut Section<'_, '_>,
    cards: &[(String, CardKind)],
) -> Result<Vec<Step>, FormatError> {
    let source = top.source;
    let missing = "a `[[step]]` is missing: nothing happens";
    let Some(value) = top.value("step") else {
        return Err(top.error(missing));
    };
    let at = value.span().start;
    let list = value
        .get_ref()
        .as_array()
        .ok_or_else(|| source.error(at, "`step` is not a list: write `[[step]]`"))?;
    if list.is_empty() || list.len() > MOST {
        return Err(source.error(at, format!("there have to be 1 to {MOST} steps")));
    }
    let read = |item: &toml::Spanned<DeValue<'_>>| {
        let table = item
            .get_ref()
            .as_table()
            .ok_or_else(|| source.error(item.span().start, "a step is not a table"))?;
        step(Section::new(source, "a step", item.span(), table), cards)
    };
    list.iter().map(read).collect()
}

fn step(mut section: Section<'_, '_>, cards: &[(String, CardKind)]) -> Result<Step, FormatError> {
    let mut deeds: Vec<Deed> = acts(&mut section, cards)?
        .into_iter()
        .map(Deed::Act)
        .collect();
    deeds.extend(touches(&mut section)?.into_iter().map(Deed::Touch));
    deeds.extend(section.seconds("wait")?.map(Deed::Wait));
    let expect = section.section("expect")?.map(expect).transpose()?;
    let line = section.line();
    let (nothing, several) = (deeds.is_empty() && expect.is_none(), deeds.len() > 1);
    let keys = "a step has one thing that is done, or `expect`, or both";
    let wrong = (nothing || several).then(|| section.error(keys));
    // An unknown key is the more likely reason.
    section.close()?;
    match wrong {
        Some(error) => Err(error),
        None => Ok(Step {
            line,
            does: deeds.pop(),
            expect,
        }),
    }
}

fn acts(
    section: &mut Section<'_, '_>,
    cards: &[(String, CardKind)],
) -> Result<Vec<Act>, FormatError> {
    let insert = section.read("insert", |value| {
        let name = text(value)?;
        match cards.iter().any(|(known, _)| known == name) {
            true => Ok(Act::Insert(name.to_owned())),
            false => {
                let known: Vec<_> = cards.iter().map(|(known, _)| &known[..]).collect();
                Err(format!("one of the `[cards]`: {}", known.join(", ")))
            }
        }
    })?;
    let all = [
        insert,
        section.flag("mute")?.map(|()| Act::InsertMute),
        section.flag("remove")?.map(|()| Act::Remove),
        section.read("type", entry)?.map(Act::Keys),
        section.named("face")?.map(Act::Face),
        section.bool("dark")?.map(Act::Dark),
        section.bool("stall")?.map(Act::Stall),
        section.named("unplug")?.map(Act::Unplug),
        section.named("plug")?.map(Act::Plug),
        section.flag("service-stop")?.map(|()| Act::Service(false)),
        section.flag("service-start")?.map(|()| Act::Service(true)),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn entry(value: &DeValue<'_>) -> Result<Entry, String> {
    let is_short = |digits: &str| (1..=12).contains(&digits.len());
    match value.as_str() {
        Some("right") => Ok(Entry::Right),
        Some("wrong") => Ok(Entry::Wrong),
        Some("cancel") => Ok(Entry::Cancel),
        Some(digits) if is_short(digits) && digits.bytes().all(|it| it.is_ascii_digit()) => {
            Ok(Entry::Digits(digits.to_owned()))
        }
        _ => Err("one of: right, wrong, cancel, or 1 to 12 digits in quotes".to_owned()),
    }
}

fn touches(section: &mut Section<'_, '_>) -> Result<Vec<Touch>, FormatError> {
    let all = [
        section.named("choose")?.map(Touch::Choose),
        section.named("consent")?.map(Touch::Consent),
        section.bool("register")?.map(Touch::Register),
        section.bool("compare")?.map(Touch::Compare),
        section.named("press")?.map(Touch::Press),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn expect(mut section: Section<'_, '_>) -> Result<Expect, FormatError> {
    let phase = section.read("phase", |value| {
        let code = value.as_str();
        let known = PHASES.iter().find(|known| Some(**known) == code);
        known
            .copied()
            .ok_or_else(|| format!("one of: {}", PHASES.join(", ")))
    })?;
    let expect = Expect {
        screen: section.named("screen")?,
        staff: section.named("staff")?,
        phase,
        offers: section
            .names("offers")?
            .map(|methods| methods.into_iter().collect::<MethodSet>()),
        asks: section.named("asks")?,
        outcome: section.named("outcome")?,
        by: section.named("by")?,
        failures: section.names("failures")?,
        tries_left: section.number("tries-left", 0..=15)?.map(|it| it as u8),
        verifies: section.number("verifies", 0..=1000)?,
        unlocked: section.bool("unlocked")?,
        reader: section.named("reader")?,
        camera: section.named("camera")?,
        within: section.seconds("within")?.unwrap_or(WITHIN),
    };
    let report = expect.by.is_some() || expect.failures.is_some();
    let nothing = Expect {
        within: expect.within,
        ..Expect::default()
    };
    let wrong = if report && expect.outcome.is_none() {
        Some("`by` and `failures` stand in a report: `outcome` is missing")
    } else if expect == nothing {
        Some("`expect` expects nothing")
    } else {
        None
    };
    let wrong = wrong.map(|why| section.error(why));
    // An unknown key is the more likely reason.
    section.close()?;
    wrong.map_or(Ok(expect), Err)
}

#[cfg(test)]
mod tests;
