//! Presentation attack detection. Whether a check finds attacks is for a laboratory; these cases
//! are about its contract.

use std::time::Duration;

use super::{Bench, Pictured, engine};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, fails, works};
use crate::error::{ErrorKind, Result as CallResult};
use crate::face::{Challenge, LivenessCheck, PadDecision, Sample};
use crate::time::Timestamp;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "liveness.person-passes",
        rule: "A person who does what is asked is a bona fide presentation.",
        run: person_passes,
    },
    Case {
        name: "liveness.picture-does-not-pass",
        rule: "One picture shown again and again is none, and the check ends by itself.",
        run: picture_does_not_pass,
    },
    Case {
        name: "liveness.needs-a-start",
        rule: "A sample before `start` is `InvalidInput`.",
        run: needs_a_start,
    },
    Case {
        name: "liveness.time-goes-on",
        rule: "A sample older than the one before is `InvalidInput`.",
        run: time_goes_on,
    },
    Case {
        name: "liveness.takes-rgb-alone",
        rule: "Other formats than RGB are `Unsupported`.",
        run: rgb_alone,
    },
    Case {
        name: "liveness.decision-stays",
        rule: "`Attack` and `NoResponse` are final.",
        run: decision_stays,
    },
    Case {
        name: "liveness.start-forgets",
        rule: "`start` forgets the decision about an earlier presentation.",
        run: start_forgets,
    },
    Case {
        name: "liveness.forget-wipes",
        rule: "After `forget` there is no presentation.",
        run: forget_wipes,
    },
    Case {
        name: "liveness.is-deterministic",
        rule: "The same samples have the same answers, when the same is asked.",
        run: deterministic,
    },
];

/// Samples after which a check must have ended.
const BOUND: u32 = 2000;

/// Between two samples.
const FRAME: Duration = Duration::from_millis(50);

/// A person who does not answer is given up by every patient check in this time.
const PATIENCE: Duration = Duration::from_secs(60);

fn check_of(bench: &mut Bench) -> Result<Box<dyn LivenessCheck>, Stop> {
    let check = engine("liveness check", bench.liveness())?;
    if check.needs_infrared() {
        return skip("the kit has no infrared pictures");
    }
    Ok(check)
}

fn probe(
    check: &mut dyn LivenessCheck,
    pictured: &Pictured,
    at: Duration,
) -> CallResult<PadDecision> {
    check.probe(&Sample {
        image: pictured.image.view(),
        face: pictured.face,
        infrared: None,
        captured_at: Timestamp::START + at,
    })
}

/// The answers to a living person, until the check has decided.
fn answers_to_a_person(
    bench: &mut Bench,
    check: &mut dyn LivenessCheck,
) -> Result<Vec<PadDecision>, Stop> {
    check.start();
    let (mut answers, mut asked) = (Vec::new(), None::<(Challenge, Duration)>);
    for frame in 0..BOUND {
        let now = FRAME * frame;
        let pictured = engine("living person", bench.person(now, asked))?;
        let answer = works("probe", probe(check, &pictured, now))?;
        answers.push(answer);
        let PadDecision::Inconclusive { asked: next } = answer else {
            return Ok(answers);
        };
        if next != asked.map(|(challenge, _)| challenge) {
            asked = next.map(|challenge| (challenge, now));
        }
    }
    fail(format!("no decision after {BOUND} samples"))
}

/// What the check says of one picture that is shown again and again, and when.
fn answer_to_a_picture(
    bench: &mut Bench,
    check: &mut dyn LivenessCheck,
) -> Result<(PadDecision, Duration), Stop> {
    check.start();
    for frame in 0..BOUND {
        let now = FRAME * frame;
        let answer = works("probe", probe(check, &bench.fixture().face, now))?;
        if !answer.is_inconclusive() {
            return Ok((answer, now));
        }
        if now > PATIENCE {
            break;
        }
    }
    fail(format!(
        "no decision about one picture in {} s",
        PATIENCE.as_secs()
    ))
}

fn person_passes(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    match answers_to_a_person(bench, &mut *liveness)?.last() {
        Some(PadDecision::BonaFide) => Ok(()),
        other => fail(format!("a living person is {other:?}")),
    }
}

fn picture_does_not_pass(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    let (decision, _) = answer_to_a_picture(bench, &mut *liveness)?;
    check(
        decision != PadDecision::BonaFide,
        "a picture is taken for a living person",
    )
}

fn needs_a_start(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    fails(
        "a sample before `start`",
        probe(&mut *liveness, &bench.fixture().face, FRAME),
        &[ErrorKind::InvalidInput],
    )
}

fn time_goes_on(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    liveness.start();
    let face = &bench.fixture().face;
    works("probe", probe(&mut *liveness, face, 2 * FRAME))?;
    fails(
        "a sample older than the one before",
        probe(&mut *liveness, face, FRAME),
        &[ErrorKind::InvalidInput],
    )
}

fn rgb_alone(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    liveness.start();
    let face = &bench.fixture().face;
    let grey = face.image.view().to_grey8();
    let grey = Pictured {
        image: works("a grey picture", grey.map_err(Into::into))?,
        face: face.face,
    };
    fails(
        "a grey sample",
        probe(&mut *liveness, &grey, FRAME),
        &[ErrorKind::Unsupported],
    )
}

fn decision_stays(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    let (decision, mut now) = answer_to_a_picture(bench, &mut *liveness)?;
    if decision == PadDecision::BonaFide {
        return skip("this check takes a picture for a living person");
    }
    for _ in 0..5 {
        now += FRAME;
        let pictured = engine("living person", bench.person(now, None))?;
        let again = works("probe", probe(&mut *liveness, &pictured, now))?;
        check(again == decision, format!("{decision:?}, then {again:?}"))?;
    }
    Ok(())
}

fn start_forgets(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    answer_to_a_picture(bench, &mut *liveness)?;
    liveness.start();
    // An earlier time than before: of that, too, nothing is left.
    let first = probe(&mut *liveness, &bench.fixture().face, Duration::ZERO);
    let first = works("the first sample after a new start", first)?;
    check(
        first.is_inconclusive(),
        format!("the first sample after a new start is {first:?}"),
    )
}

fn forget_wipes(bench: &mut Bench) -> Verdict {
    let mut liveness = check_of(bench)?;
    liveness.start();
    let face = &bench.fixture().face;
    works("probe", probe(&mut *liveness, face, FRAME))?;
    liveness.forget();
    fails(
        "a sample after `forget`",
        probe(&mut *liveness, face, 2 * FRAME),
        &[ErrorKind::InvalidInput],
    )
}

fn deterministic(bench: &mut Bench) -> Verdict {
    let mut first = check_of(bench)?;
    let mut second = check_of(bench)?;
    let first = answers_to_a_person(bench, &mut *first)?;
    let second = answers_to_a_person(bench, &mut *second)?;
    check(
        first == second,
        format!(
            "{:?} after {} samples, then {:?} after {}",
            first.last(),
            first.len(),
            second.last(),
            second.len()
        ),
    )
}
