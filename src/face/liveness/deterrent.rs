//! The reference check: asks for movements and looks how they are made.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use rand_core::{OsRng, RngCore};

use super::geometry::face_length;
use super::luminance::FaceLuminance;
use super::plan::plan;
use super::{
    BlinkCue, Challenge, InfraredCue, InfraredFinding, LivenessCheck, MicroMotion, Motion,
    PadDecision, PadReason, Sample, Turn, TurnCue,
};
use crate::error::{Error, Result};
use crate::face::{FaceRegion, Landmarks};
use crate::imaging::PixelFormat;
use crate::time::Timestamp;

/// Movements that are asked for, if nothing else is said.
const CHALLENGES: usize = 2;

/// Samples of the face looking straight ahead, from which its own proportions are learned.
const STRAIGHT: u32 = 8;

/// How far the nose may be from the middle of the eyes then, in face lengths.
const AHEAD: f32 = 0.15;

/// Time for each step: to look straight ahead, to answer, to come back.
const STEP: Duration = Duration::from_secs(5);

/// Nobody reads or hears a prompt and turns in less: such a turn was not made because of it.
const REACTION: Duration = Duration::from_millis(200);

/// Samples may be so far apart; what happens in a longer gap is not seen.
const GAP: Duration = Duration::from_millis(700);

/// From one sample to the next a face moves no further than this, in face lengths, and does not
/// grow or shrink by more than this factor.
const JUMP: f32 = 0.6;
const GROWTH: f32 = 1.4;

/// Infrared pictures after which a suspicion is final, whatever the person still does.
const PAIRS: u32 = 15;

/// Samples in all. A camera of 60 frames a second is through its steps before.
const SAMPLES: u32 = 1800;

/// The reference [`LivenessCheck`]: a **deterrent, not certified**, of which no error rate is
/// known ([`PadEvidence::Untested`](super::PadEvidence::Untested)). What it lets pass by
/// construction is listed in the [module's documentation](super).
///
/// It learns the proportions of the face while it looks straight ahead, asks for some movements in
/// an order that nobody can know before, and is satisfied when each was made when it was asked, as
/// a head makes it, without the face going away in between. With
/// [`with_infrared`](Self::with_infrared) the face must also be there in the infrared picture of
/// each pair.
///
/// Kept of a presentation are five points and the brightness of a few blocks, until it is
/// forgotten; no pictures.
pub struct DeterrentCheck {
    random: Box<dyn RngCore + Send>,
    challenges: usize,
    infrared: bool,
    running: Option<Running>,
}

impl Default for DeterrentCheck {
    fn default() -> Self {
        Self::new()
    }
}

impl DeterrentCheck {
    /// Asks for two movements, at least one of them a turn.
    #[must_use]
    pub fn new() -> Self {
        Self::with_random(OsRng)
    }

    /// Takes the order of movements from `random`. Numbers that somebody can guess are for tests.
    #[must_use]
    pub fn with_random(random: impl RngCore + Send + 'static) -> Self {
        Self {
            random: Box::new(random),
            challenges: CHALLENGES,
            infrared: false,
            running: None,
        }
    }

    /// Asks for `count` movements, at least one. Each more makes a prepared film less likely to
    /// fit, and a visit longer.
    #[must_use]
    pub fn with_challenges(mut self, count: usize) -> Self {
        self.challenges = count;
        self
    }

    /// Looks at infrared pictures, too, and passes nobody without them.
    #[must_use]
    pub fn with_infrared(mut self) -> Self {
        self.infrared = true;
        self
    }
}

impl LivenessCheck for DeterrentCheck {
    fn needs_infrared(&self) -> bool {
        self.infrared
    }

    fn start(&mut self) {
        let plan = plan(&mut *self.random, self.challenges);
        self.running = Some(Running::new(plan, self.infrared));
    }

    fn probe(&mut self, sample: &Sample<'_>) -> Result<PadDecision> {
        if sample.image.format() != PixelFormat::Rgb8 {
            return Err(Error::unsupported("liveness in other than RGB pictures"));
        }
        self.running
            .as_mut()
            .ok_or_else(|| Error::invalid_input("a sample of no presentation"))?
            .probe(sample)
    }

    fn forget(&mut self) {
        self.running = None;
    }
}

impl fmt::Debug for DeterrentCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the plan: who reads a log must not know what comes.
        f.debug_struct("DeterrentCheck")
            .field("challenges", &self.challenges)
            .field("infrared", &self.infrared)
            .finish_non_exhaustive()
    }
}

/// One presentation.
struct Running {
    plan: VecDeque<Challenge>,
    needs_infrared: bool,
    samples: u32,
    last: Option<(FaceRegion, Timestamp)>,
    motion: MicroMotion,
    blink: BlinkCue,
    infrared: InfraredCue,
    step: Step,
    step_began: Option<Timestamp>,
    decided: Option<PadDecision>,
}

/// What is waited for.
enum Step {
    /// The face looks straight ahead: sums of its points.
    Straight { sums: Landmarks, samples: u32 },
    /// An answer.
    Asked {
        challenge: Challenge,
        turn: TurnCue,
        blinks_before: u32,
    },
    /// The face looks straight ahead again.
    Back(TurnCue),
    /// Enough infrared pictures.
    Infrared,
}

impl Running {
    fn new(plan: Vec<Challenge>, needs_infrared: bool) -> Self {
        Self {
            plan: plan.into(),
            needs_infrared,
            samples: 0,
            last: None,
            motion: MicroMotion::new(),
            blink: BlinkCue::new(),
            infrared: InfraredCue::new(),
            step: Step::Straight {
                sums: [(0.0, 0.0); 5],
                samples: 0,
            },
            step_began: None,
            decided: None,
        }
    }

    fn probe(&mut self, sample: &Sample<'_>) -> Result<PadDecision> {
        let at = sample.captured_at;
        if self.last.as_ref().is_some_and(|(_, before)| at < *before) {
            return Err(Error::invalid_input("a sample older than the one before"));
        }
        match self.decided {
            Some(PadDecision::BonaFide) | None => {}
            Some(decided) => return Ok(decided),
        }
        // Before anything is remembered: points that are no face change nothing.
        let face = FaceLuminance::of(&sample.image, &sample.face.landmarks)?;
        let interrupted = self.is_interrupted(&sample.face, at);
        self.last = Some((sample.face, at));
        if interrupted {
            return Ok(self.decide(PadDecision::NoResponse(PadReason::Interrupted)));
        }
        if let Some(decided) = self.decided {
            return Ok(decided);
        }
        self.samples += 1;
        self.motion.accept_face(&face, &sample.face.landmarks);
        if self.needs_infrared {
            self.infrared.accept_face(&face, sample.infrared.as_ref())?;
            if let InfraredFinding::Suspect(reason) = self.infrared.finding()
                && self.infrared.pairs() >= PAIRS
            {
                return Ok(self.decide(PadDecision::Attack(reason)));
            }
        }
        let began = *self.step_began.get_or_insert(at);
        self.advance(&sample.face.landmarks, &face, at, began);
        if self.decided.is_none() && (at.since(began) > STEP || self.samples >= SAMPLES) {
            let given_up = self.give_up();
            self.decide(given_up);
        }
        Ok(self.answer())
    }

    fn answer(&self) -> PadDecision {
        self.decided.unwrap_or(PadDecision::Inconclusive {
            asked: match &self.step {
                Step::Asked { challenge, .. } => Some(*challenge),
                _ => None,
            },
        })
    }

    fn decide(&mut self, decision: PadDecision) -> PadDecision {
        self.decided = Some(decision);
        decision
    }

    /// Whether this may be another face than that of the sample before.
    fn is_interrupted(&self, face: &FaceRegion, at: Timestamp) -> bool {
        let Some((before, then)) = &self.last else {
            return false;
        };
        let (was, is) = (face_length(&before.landmarks), face_length(&face.landmarks));
        let middle = |face: &FaceRegion| {
            let bounds = face.bounds;
            (
                bounds.x + bounds.width / 2.0,
                bounds.y + bounds.height / 2.0,
            )
        };
        let (from, to) = (middle(before), middle(face));
        let moved = (from.0 - to.0).hypot(from.1 - to.1) / was.max(1.0);
        let grown = (was / is).max(is / was);
        at.since(*then) > GAP || moved > JUMP || grown > GROWTH
    }

    fn advance(
        &mut self,
        points: &Landmarks,
        face: &FaceLuminance,
        at: Timestamp,
        began: Timestamp,
    ) {
        match &mut self.step {
            Step::Straight { sums, samples } => {
                if !looks_ahead(points) {
                    return;
                }
                self.blink.accept_face(face, at);
                for (sum, point) in sums.iter_mut().zip(points) {
                    *sum = (sum.0 + point.0, sum.1 + point.1);
                }
                *samples += 1;
                if *samples >= STRAIGHT {
                    let count = *samples as f32;
                    let straight = sums.map(|(x, y)| (x / count, y / count));
                    self.next(TurnCue::new(straight), at);
                }
            }
            Step::Asked {
                challenge,
                turn,
                blinks_before,
            } => {
                let challenge = *challenge;
                let seen = turn.accept(points);
                if turn.is_straight(points) {
                    self.blink.accept_face(face, at);
                }
                let blinked = self.blink.blinks() > *blinks_before;
                match seen {
                    Turn::Flat => {
                        self.decide(PadDecision::Attack(PadReason::FlatTurn));
                    }
                    Turn::None if challenge == Challenge::Blink && blinked => self.went_well(at),
                    Turn::None => {}
                    // The wrong movement, or one that began before it was asked.
                    _ if !seen.answers(challenge) || at.since(began) < REACTION => {
                        let unanswered = PadReason::Unanswered(challenge);
                        self.decide(PadDecision::NoResponse(unanswered));
                    }
                    _ => self.went_well(at),
                }
            }
            Step::Back(turn) => {
                if turn.accept(points) == Turn::Flat {
                    self.decide(PadDecision::Attack(PadReason::FlatTurn));
                } else if turn.is_straight(points)
                    && let Step::Back(turn) = std::mem::replace(&mut self.step, Step::Infrared)
                {
                    self.next(turn, at);
                }
            }
            Step::Infrared => self.end(),
        }
    }

    /// The movement was made; now back to where it began.
    fn went_well(&mut self, at: Timestamp) {
        if let Step::Asked { turn, .. } = std::mem::replace(&mut self.step, Step::Infrared) {
            self.step = Step::Back(turn);
            self.step_began = Some(at);
        }
    }

    /// Asks for the next movement, or ends.
    fn next(&mut self, turn: TurnCue, at: Timestamp) {
        self.step_began = Some(at);
        match self.plan.pop_front() {
            Some(challenge) => {
                self.step = Step::Asked {
                    challenge,
                    turn,
                    blinks_before: self.blink.blinks(),
                };
            }
            None => {
                self.step = Step::Infrared;
                self.end();
            }
        }
    }

    /// All movements were made.
    fn end(&mut self) {
        let decision = match (self.needs_infrared, self.infrared.finding()) {
            (true, InfraredFinding::Undecided) => return,
            (true, InfraredFinding::Suspect(reason)) => PadDecision::Attack(reason),
            _ => match self.motion.motion() {
                Motion::NonRigid => PadDecision::BonaFide,
                _ => PadDecision::NoResponse(PadReason::TooFewSamples),
            },
        };
        self.decide(decision);
    }

    /// Time is over: who did not answer is suspected only if something else speaks for it.
    fn give_up(&self) -> PadDecision {
        if let (true, InfraredFinding::Suspect(reason)) =
            (self.needs_infrared, self.infrared.finding())
        {
            return PadDecision::Attack(reason);
        }
        // Eyes that blinked belong to somebody, who perhaps cannot do what was asked.
        let blinked = self.blink.blinks() > 0;
        match (self.motion.motion(), &self.step) {
            (Motion::Still, _) if !blinked => PadDecision::Attack(PadReason::Motionless),
            (Motion::Rigid, _) if !blinked => PadDecision::Attack(PadReason::Rigid),
            (_, Step::Asked { challenge, .. }) => {
                PadDecision::NoResponse(PadReason::Unanswered(*challenge))
            }
            _ => PadDecision::NoResponse(PadReason::TooFewSamples),
        }
    }
}

/// Whether the nose is about in the middle.
fn looks_ahead(points: &Landmarks) -> bool {
    let [left, right, nose, ..] = points;
    let (dx, dy) = (right.0 - left.0, right.1 - left.1);
    let (mx, my) = ((left.0 + right.0) / 2.0, (left.1 + right.1) / 2.0);
    let shift = ((nose.0 - mx) * dx + (nose.1 - my) * dy) / dx.hypot(dy);
    (shift / face_length(points)).abs() < AHEAD
}
