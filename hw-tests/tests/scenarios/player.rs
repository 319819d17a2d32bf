//! That a player fails what fails, ignores what cannot be done, and says why.

use libtest_mimic::{Completion, Failed, Trial};

use hw_tests::scenario::{Scenario, Simulation, Verdict, play};

/// Files, and what is said of them.
const FILES: [(&str, &str, &str); 6] = [
    (
        "what-is-not-shown",
        r#"
        [[step]]
        insert = "A"
        expect = { screen = "done", within = 2 }
        "#,
        "failed: step 1, line 3: not shown within 2 s",
    ),
    (
        "another-outcome",
        r#"
        [[step]]
        insert = "A"
        expect = { asks = "method" }
        [[step]]
        remove = true
        expect = { outcome = "completed" }
        "#,
        "failed: step 2, line 6: the session ended otherwise: outcome aborted",
    ),
    (
        "another-count",
        r#"
        [[step]]
        insert = "A"
        expect = { asks = "method", tries-left = 2, verifies = 1, within = 1 }
        "#,
        "failed: step 1, line 3: tries-left: 3 instead of 2; verifies: 0 instead of 1",
    ),
    (
        "nothing-is-asked",
        r#"
        [[step]]
        consent = "yes"
        "#,
        "failed: step 1, line 3: the screen does not ask `consent` now",
    ),
    (
        "a-product",
        r#"
        reader = "acr39u"
        [[step]]
        insert = "A"
        "#,
        "ignored: the kiosk: impossible here, because virtual readers are no product",
    ),
    (
        "what-was-before-does-not-count",
        r#"
        [[step]]
        insert = "A"
        expect = { asks = "method" }
        [[step]]
        face = "none"
        expect = { asks = "method", within = 1 }
        "#,
        "failed: step 2, line 6: not shown within 1 s; shown since: nothing",
    ),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, text, said): &'static (&str, &str, &str)| {
        Trial::ignorable_test(format!("player/{name}"), move || run(text, said))
    };
    FILES.iter().map(trial).collect()
}

fn run(text: &str, said: &str) -> Result<Completion, Failed> {
    let text = format!("title = \"-\"\ncards = {{ A = \"ordinary\" }}{text}");
    let scenario = Scenario::parse("player.toml", &text)?;
    let outcome = play(&scenario, &mut Simulation::new(), &mut |_, _, _| {});
    let verdict = match outcome.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Failed(why) => format!("failed: {why}"),
        Verdict::Ignored(why) => format!("ignored: {why}"),
    };
    match verdict.starts_with(said) {
        true => Ok(Completion::Completed),
        false => Err(format!("{verdict:?} instead of {said:?}").into()),
    }
}
