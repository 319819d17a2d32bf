//! The page.

use std::fmt;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::codes::{Code, Verdict};

/// One result.
pub(crate) struct Finding {
    pub(crate) code: &'static Code,
    /// The device or file that it is about.
    pub(crate) subject: Option<String>,
    /// What to do, where more is known than the code says.
    remedy: Option<String>,
    /// Figures and names, for whoever helps.
    pub(crate) details: Map<String, Value>,
}

impl Finding {
    pub(crate) fn new(code: &'static Code) -> Self {
        Self {
            code,
            subject: None,
            remedy: None,
            details: Map::new(),
        }
    }

    /// About this device or file.
    pub(crate) fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub(crate) fn remedy(mut self, remedy: &str) -> Self {
        self.remedy = Some(remedy.to_owned());
        self
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// The words of the error behind it.
    pub(crate) fn because(self, error: &dyn std::error::Error) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        self.with("error", words)
    }

    fn next_step(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.code.next_step)
    }

    fn json(&self) -> Value {
        json!({
            "code": self.code.id,
            "area": self.code.area(),
            "verdict": self.code.verdict.code(),
            "subject": self.subject,
            "what": self.code.what,
            "next_step": self.next_step(),
            "details": self.details,
        })
    }
}

/// `WRONG        MH-READER-02   No reader is attached`, with what is known and what to do below.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BELOW: usize = 13;
        let verdict = match self.code.verdict {
            Verdict::Ok => "ok",
            Verdict::Wrong => "WRONG",
            Verdict::NotChecked => "not checked",
        };
        writeln!(f, "{verdict:<BELOW$}{:<15}{}", self.code.id, self.code.what)?;
        if let Some(subject) = &self.subject {
            writeln!(f, "{:BELOW$}{subject}", "")?;
        }
        for (key, value) in &self.details {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            writeln!(f, "{:BELOW$}{}: {value}", "", key.replace('_', " "))?;
        }
        match self.next_step() {
            "" => Ok(()),
            step => writeln!(f, "{:BELOW$}Do: {step}.", ""),
        }
    }
}

/// Everything that was found.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        let findings = self.findings.iter();
        findings.filter(|it| it.code.verdict == verdict).count()
    }

    /// Whether everything that was found in this area is well, and something was.
    fn is_well(&self, area: &str) -> bool {
        let of_area = self.findings.iter().filter(|it| it.code.area() == area);
        let verdicts: Vec<Verdict> = of_area.map(|it| it.code.verdict).collect();
        !verdicts.is_empty() && verdicts.iter().all(|it| *it == Verdict::Ok)
    }

    /// 0 when nothing is wrong and everything in the areas that are `required` is well.
    pub(crate) fn exit_status(&self, required: &[&str]) -> ExitCode {
        let well = required.iter().all(|area| self.is_well(area));
        match self.count(Verdict::Wrong) {
            0 if well => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "program": "self_test",
            "version": env!("CARGO_PKG_VERSION"),
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "ok": self.count(Verdict::Ok),
            "wrong": self.count(Verdict::Wrong),
            "not_checked": self.count(Verdict::NotChecked),
            "findings": self.findings.iter().map(Finding::json).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        write!(
            f,
            "{} ok, {} wrong, {} not checked (version {}, {} {})",
            self.count(Verdict::Ok),
            self.count(Verdict::Wrong),
            self.count(Verdict::NotChecked),
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
        )
    }
}
