//! A line per step for people, and JSON for programs.

use hw_tests::scenario::{Instructions, Language, Outcome, Played, Scenario, Shot, Step, Verdict};
use serde_json::{Value, json};

/// Tells how scenarios go.
pub(crate) struct Progress {
    json: bool,
    worst: Verdict,
    counts: [u32; 3],
}

impl Progress {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            worst: Verdict::Passed,
            counts: [0; 3],
        }
    }

    fn line(&self, line: &str) {
        match self.json {
            true => eprintln!("{line}"),
            false => println!("{line}"),
        }
    }

    pub(crate) fn begin(&self, scenario: &Scenario) {
        self.line(&format!("{}: {}", scenario.name, scenario.title));
    }

    pub(crate) fn step(
        &self,
        scenario: &Scenario,
        number: usize,
        step: &Step,
        played: Option<&Played>,
    ) {
        let Some(played) = played else {
            return;
        };
        let instructions = Instructions::new(scenario, Language::English);
        let deed = instructions.step(step);
        let took = played.took.as_secs_f64();
        self.line(&format!("  {number:2}. {took:7.2} s  {deed}"));
        for unseen in &played.unseen {
            self.line(&format!("        not looked at: {unseen}"));
        }
    }

    pub(crate) fn end(&mut self, scenario: &Scenario, place: &str, outcome: &Outcome) {
        let (which, words) = match &outcome.verdict {
            Verdict::Passed => (0, "passed".to_owned()),
            Verdict::Failed(why) => (1, format!("FAILED: {why}")),
            Verdict::Ignored(why) => (2, format!("IGNORED: {why}")),
        };
        self.counts[which] += 1;
        self.line(&format!("  {words}"));
        if self.json {
            println!("{}", report(scenario, place, outcome));
        }
        let is_worse = matches!(
            (&self.worst, &outcome.verdict),
            (Verdict::Passed, _) | (Verdict::Ignored(_), Verdict::Failed(_))
        );
        if is_worse {
            self.worst = outcome.verdict.clone();
        }
    }

    /// The worst that came of any scenario; says how many came to what.
    pub(crate) fn worst(self) -> Verdict {
        let [passed, failed, ignored] = self.counts;
        self.line(&format!(
            "{passed} passed, {failed} failed, {ignored} ignored"
        ));
        self.worst
    }
}

/// What came of a scenario, without anything about anybody.
fn report(scenario: &Scenario, place: &str, outcome: &Outcome) -> Value {
    let (verdict, why) = match &outcome.verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Failed(why) => ("failed", Some(why)),
        Verdict::Ignored(why) => ("ignored", Some(why)),
    };
    let steps = outcome.steps.iter().map(|step| {
        json!({
            "step": step.number,
            "line": step.line,
            "took_ms": step.took.as_millis() as u64,
            "unseen": step.unseen,
        })
    });
    let shown = outcome.shots.iter().map(|(at, shot)| {
        let code = match shot {
            Shot::Ended(report) => format!("outcome {}", report.outcome.code()),
            shot => shot.to_string(),
        };
        json!({ "at_ms": at.since_start().as_millis() as u64, "shown": code })
    });
    json!({
        "scenario": scenario.name,
        "title": scenario.title,
        "on": place,
        "verdict": verdict,
        "why": why,
        "steps": steps.collect::<Vec<_>>(),
        "shown": shown.collect::<Vec<_>>(),
    })
}
