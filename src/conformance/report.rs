//! What came of a run.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// One thing that a device has to do.
pub struct Case<B: ?Sized> {
    /// Stable name, `room.rule` in kebab-case.
    pub name: &'static str,
    /// The rule of the contract that it checks, in one sentence.
    pub rule: &'static str,
    pub(super) run: fn(&mut B) -> Verdict,
}

/// What a case says: `Ok` is a pass.
pub(super) type Verdict = Result<(), Stop>;

/// Why a case did not pass.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(String),
    NotRun(String),
}

/// Fails the case.
pub(super) fn fail<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(why.into()))
}

/// Leaves the case out.
pub(super) fn skip<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::NotRun(why.into()))
}

/// Result of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The device keeps the rule.
    Passed,
    /// It does not; says what it did.
    Failed(String),
    /// The case was not run; says what it would need.
    NotRun(String),
}

impl Outcome {
    /// `passed`, `failed` or `not-run`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::NotRun(_) => "not-run",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(why) | Self::NotRun(why) => Some(why),
        }
    }
}

/// One line of a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseReport {
    /// Name of the case.
    pub name: &'static str,
    /// The rule that it checks.
    pub rule: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took, on the bench's clock.
    pub took: Duration,
}

/// What came of every case, in the order in which they ran. `Display` gives a line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The device: its driver and name.
    pub subject: String,
    /// The cases.
    pub cases: Vec<CaseReport>,
    /// How long calls took; told, not judged.
    pub timings: Vec<Timing>,
}

/// How long one kind of call took, on the bench's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// The call.
    pub what: &'static str,
    /// How many calls were timed.
    pub calls: usize,
    /// Half of them took no longer.
    pub median: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Report {
    /// What came of the case called `name`.
    #[must_use]
    pub fn outcome(&self, name: &str) -> Option<&Outcome> {
        let case = self.cases.iter().find(|case| case.name == name);
        case.map(|case| &case.outcome)
    }

    /// The names of the cases that failed.
    pub fn failed(&self) -> impl Iterator<Item = &'static str> {
        let failed = |case: &&CaseReport| matches!(case.outcome, Outcome::Failed(_));
        self.cases.iter().filter(failed).map(|case| case.name)
    }

    /// Whether no case failed. Cases that were not run do not count; look at the report.
    ///
    /// # Errors
    /// [`NotConforming`], which shows the whole report in a failed test.
    pub fn verdict(&self) -> Result<(), NotConforming> {
        match self.failed().next() {
            None => Ok(()),
            Some(_) => Err(NotConforming(self.clone())),
        }
    }

    fn count(&self, code: &str) -> usize {
        let same = |case: &&CaseReport| case.outcome.code() == code;
        self.cases.iter().filter(same).count()
    }

    /// The report as one JSON object: `subject`, `passed`, `failed`, `not_run` (numbers),
    /// `cases`, each with `case`, `rule`, `result` (`passed`, `failed`, `not-run`), `reason` (null
    /// when passed) and `ms`, and `timings`, each with `call`, `calls`, `median_ms` and
    /// `longest_ms`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let cases: Vec<String> = self
            .cases
            .iter()
            .map(|case| {
                format!(
                    r#"{{"case":{},"rule":{},"result":{},"reason":{},"ms":{:.3}}}"#,
                    Json(Some(case.name)),
                    Json(Some(case.rule)),
                    Json(Some(case.outcome.code())),
                    Json(case.outcome.reason()),
                    case.took.as_secs_f64() * 1000.0
                )
            })
            .collect();
        let timings: Vec<String> = self
            .timings
            .iter()
            .map(|timing| {
                format!(
                    r#"{{"call":{},"calls":{},"median_ms":{:.3},"longest_ms":{:.3}}}"#,
                    Json(Some(timing.what)),
                    timing.calls,
                    timing.median.as_secs_f64() * 1000.0,
                    timing.longest.as_secs_f64() * 1000.0
                )
            })
            .collect();
        format!(
            r#"{{"subject":{},"passed":{},"failed":{},"not_run":{},"cases":[{}],"timings":[{}]}}"#,
            Json(Some(&self.subject)),
            self.count("passed"),
            self.count("failed"),
            self.count("not-run"),
            cases.join(","),
            timings.join(",")
        )
    }
}

/// A JSON string (RFC 8259 §7), or null.
struct Json<'a>(Option<&'a str>);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(text) = self.0 else {
            return f.write_str("null");
        };
        f.write_char('"')?;
        for c in text.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject)?;
        let width = self.cases.iter().map(|case| case.name.len()).max();
        let width = width.unwrap_or(0);
        for case in &self.cases {
            let result = match case.outcome {
                Outcome::Passed => "pass",
                Outcome::Failed(_) => "FAIL",
                Outcome::NotRun(_) => "not run",
            };
            let ms = case.took.as_secs_f64() * 1000.0;
            write!(f, "  {result:<8}{:<width$} {ms:>9.1} ms", case.name)?;
            if let Some(why) = case.outcome.reason() {
                write!(f, "  {why}")?;
            }
            writeln!(f)?;
            if let Outcome::Failed(_) = case.outcome {
                writeln!(f, "          rule: {}", case.rule)?;
            }
        }
        for timing in &self.timings {
            let ms = |time: Duration| time.as_secs_f64() * 1000.0;
            let Timing {
                what,
                calls,
                median,
                longest,
            } = timing;
            writeln!(
                f,
                "  time    {what:<width$} {:>9.1} ms  median of {calls}, longest {:.1} ms",
                ms(*median),
                ms(*longest)
            )?;
        }
        write!(
            f,
            "{} passed, {} failed, {} not run",
            self.count("passed"),
            self.count("failed"),
            self.count("not-run")
        )
    }
}

/// A device that breaks a rule. Both its forms of text are the report.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotConforming(pub Report);

/// A test that returns an error shows it by `Debug`.
impl fmt::Debug for NotConforming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not conforming: {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let case = |name, outcome, ms| CaseReport {
            name,
            rule: "A rule.",
            outcome,
            took: Duration::from_millis(ms),
        };
        Report {
            subject: "sim: \"Desk\"\n".trim().to_owned(),
            cases: vec![
                case("a.good", Outcome::Passed, 1),
                case("a.bad-one", Outcome::Failed("said \"no\"\n".into()), 250),
                case("a.other", Outcome::NotRun("needs a person".into()), 0),
            ],
            timings: vec![Timing {
                what: "call",
                calls: 7,
                median: Duration::from_millis(20),
                longest: Duration::from_millis(31),
            }],
        }
    }

    #[test]
    fn a_line_for_each_case() {
        let text = report().to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "  pass    a.good          1.0 ms");
        assert!(lines[2].starts_with("  FAIL    a.bad-one     250.0 ms  said"));
        assert!(text.contains("rule: A rule."));
        assert!(text.contains("  not run a.other         0.0 ms  needs a person"));
        assert!(text.contains("  time    call           20.0 ms  median of 7, longest 31.0 ms"));
        assert!(text.ends_with("1 passed, 1 failed, 1 not run"));
    }

    #[test]
    fn json_that_others_can_read() {
        let json: serde_json::Value = serde_json::from_str(&report().to_json()).expect("JSON");
        assert_eq!(json["subject"], "sim: \"Desk\"");
        assert_eq!(json["failed"], 1);
        assert_eq!(json["cases"][1]["reason"], "said \"no\"\n");
        assert_eq!(json["cases"][0]["reason"], serde_json::Value::Null);
        assert_eq!(json["cases"][2]["result"], "not-run");
        assert_eq!(json["cases"][1]["ms"], 250.0);
        assert_eq!(json["timings"][0]["median_ms"], 20.0);
        assert_eq!(json["timings"][0]["longest_ms"], 31.0);
    }

    #[test]
    fn a_failure_is_an_error_that_shows_the_report() {
        let error = report().verdict().expect_err("one failed");
        assert!(format!("{error:?}").contains("a.bad-one"));
        let mut fine = report();
        fine.cases.remove(1);
        assert!(fine.verdict().is_ok());
    }
}
