//! Verifying one person.

use std::time::Duration;

use super::{Bench, engine};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;
use crate::face::{FaceOutcome, FaceVerifier, ReferenceOutcome};
use crate::imaging::Image;
use crate::time::Timestamp;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "face.matches-the-holder",
        rule: "Frames of the person of the portrait are a match.",
        run: matches_the_holder,
    },
    Case {
        name: "face.does-not-match-another",
        rule: "Frames of another person are none.",
        run: does_not_match_another,
    },
    Case {
        name: "face.probe-needs-a-reference",
        rule: "A probe before `start` is `InvalidInput`.",
        run: needs_a_reference,
    },
    Case {
        name: "face.portrait-without-a-face",
        rule: "A portrait without a face is `Unusable`, and no reference.",
        run: portrait_without_a_face,
    },
    Case {
        name: "face.start-forgets",
        rule: "`start` forgets the answer and the probes of an earlier verification.",
        run: start_forgets,
    },
    Case {
        name: "face.forget-wipes",
        rule: "After `forget` there is no reference.",
        run: forget_wipes,
    },
    Case {
        name: "face.ends-by-itself",
        rule: "Frames without a face end a verification, without a statement about the person.",
        run: ends_by_itself,
    },
    Case {
        name: "face.answer-stays",
        rule: "Once decided, every later frame is answered alike.",
        run: answer_stays,
    },
    Case {
        name: "face.verifier-takes-grey",
        rule: "Frames of other formats that can become RGB are taken, grey for one.",
        run: takes_grey,
    },
    Case {
        name: "face.verifier-is-deterministic",
        rule: "The same frames have the same answers.",
        run: deterministic,
    },
];

/// Frames after which a verification must have ended: twenty seconds at 30 frames a second, as long
/// as an attempt lasts.
const BOUND: u32 = 600;

/// A verifier and the time of its next frame.
struct Verification {
    verifier: Box<dyn FaceVerifier>,
    at: Timestamp,
}

impl Verification {
    fn new(bench: &mut Bench) -> Result<Self, Stop> {
        Ok(Self {
            verifier: engine("verifier", bench.verifier())?,
            at: Timestamp::START,
        })
    }

    fn started(bench: &mut Bench) -> Result<Self, Stop> {
        let mut new = Self::new(bench)?;
        new.start(&bench.fixture().portrait)?;
        Ok(new)
    }

    fn start(&mut self, portrait: &Image) -> Verdict {
        match works("start", self.verifier.start(&portrait.view()))? {
            ReferenceOutcome::Ready => Ok(()),
            other => fail(format!("the portrait is {other:?}")),
        }
    }

    fn try_probe(&mut self, frame: &Image) -> crate::error::Result<FaceOutcome> {
        self.at = self.at + Duration::from_millis(33);
        self.verifier.probe(&frame.view(), self.at)
    }

    fn probe(&mut self, frame: &Image) -> Result<FaceOutcome, Stop> {
        works("probe", self.try_probe(frame))
    }

    /// Probes with these in turn until there is an answer.
    fn until_decided(&mut self, frames: &[&Image]) -> Result<FaceOutcome, Stop> {
        for frame in frames.iter().cycle().take(BOUND as usize) {
            match self.probe(frame)? {
                FaceOutcome::MoreFrames { .. } => {}
                decided => return Ok(decided),
            }
        }
        fail(format!("no answer after {BOUND} frames"))
    }
}

fn matches_the_holder(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    let fixture = bench.fixture();
    match verification.until_decided(&[&fixture.again.image])? {
        FaceOutcome::Match { .. } => Ok(()),
        other => fail(format!("the holder is {other:?}")),
    }
}

fn does_not_match_another(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    let fixture = bench.fixture();
    if !fixture.are_told_apart {
        return skip("the two people of the fixture are too much alike for this engine");
    }
    match verification.until_decided(&[&fixture.other.image])? {
        FaceOutcome::Match { .. } => fail("another person is a match"),
        _ => Ok(()),
    }
}

fn needs_a_reference(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::new(bench)?;
    fails(
        "a probe without a reference",
        verification.try_probe(&bench.fixture().face.image),
        &[ErrorKind::InvalidInput],
    )
}

fn portrait_without_a_face(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::new(bench)?;
    let fixture = bench.fixture();
    let outcome = verification.verifier.start(&fixture.nobody.view());
    let outcome = works("start with a portrait of nobody", outcome)?;
    check(
        outcome != ReferenceOutcome::Ready,
        "a portrait of nobody is a reference",
    )?;
    fails(
        "a probe after an unusable portrait",
        verification.try_probe(&fixture.face.image),
        &[ErrorKind::InvalidInput],
    )
}

fn start_forgets(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    let fixture = bench.fixture();
    verification.until_decided(&[&fixture.again.image])?;
    verification.start(&fixture.other_portrait)?;
    match verification.probe(&fixture.nobody)? {
        FaceOutcome::MoreFrames { .. } => Ok(()),
        other => fail(format!(
            "after a new start a frame of nobody is answered with {other:?}"
        )),
    }
}

fn forget_wipes(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    let fixture = bench.fixture();
    verification.probe(&fixture.again.image)?;
    verification.verifier.forget();
    fails(
        "a probe after `forget`",
        verification.try_probe(&fixture.face.image),
        &[ErrorKind::InvalidInput],
    )
}

fn ends_by_itself(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    match verification.until_decided(&[&bench.fixture().nobody])? {
        FaceOutcome::FailureToAcquire { .. } => Ok(()),
        other => fail(format!("frames of nobody end with {other:?}")),
    }
}

fn answer_stays(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    let fixture = bench.fixture();
    let decided = verification.until_decided(&[&fixture.again.image])?;
    for frame in [
        &fixture.nobody,
        &fixture.other.image,
        &fixture.again.image,
        &fixture.nobody,
    ] {
        let again = verification.probe(frame)?;
        check(
            kind(&again) == kind(&decided),
            format!("{decided:?}, then {again:?}"),
        )?;
    }
    Ok(())
}

/// The answer without its score, which an engine may go on to refine.
fn kind(outcome: &FaceOutcome) -> &'static str {
    match outcome {
        FaceOutcome::Match { .. } => "match",
        FaceOutcome::NonMatch { .. } => "non-match",
        FaceOutcome::MoreFrames { .. } => "more-frames",
        FaceOutcome::FailureToAcquire { .. } => "failure-to-acquire",
    }
}

fn takes_grey(bench: &mut Bench) -> Verdict {
    let mut verification = Verification::started(bench)?;
    let grey = bench.fixture().again.image.view().to_grey8();
    let grey = works("a grey picture", grey.map_err(Into::into))?;
    verification.probe(&grey).map(drop)
}

fn deterministic(bench: &mut Bench) -> Verdict {
    let answers = |bench: &mut Bench| -> Result<Vec<&'static str>, Stop> {
        let mut verification = Verification::started(bench)?;
        let fixture = bench.fixture();
        let frames = [&fixture.again.image, &fixture.nobody, &fixture.face.image];
        let answers = frames.iter().cycle().take(18);
        answers
            .map(|frame| verification.probe(frame).map(|outcome| kind(&outcome)))
            .collect()
    };
    let (first, second) = (answers(bench)?, answers(bench)?);
    check(first == second, format!("{first:?}, then {second:?}"))
}
