//! Plays a file: a real [`Runner`] on the devices of a place, and the patient before it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use myna_hal::checkin::Policy;
use myna_hal::checkin::runner::{CardAtStart, Ports, Runner, Setup};
use myna_hal::myna::Client;
use myna_hal::sim::ports::{Behaviour, Government, Staff};
use myna_hal::time::{Clock, Timestamp};
use myna_hal::{CancelToken, ErrorKind, Wait};

use super::hands::{Cannot, Hands, Impossible, Kiosk};
use super::model::{Deed, Expect, Scenario, Step};
use super::screen::{Shot, Watcher};

/// How often a device is looked at that does not look as expected yet.
const LOOK: Duration = Duration::from_millis(50);

/// How long the kiosk has to come up.
const READY: Duration = Duration::from_secs(10);

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything came as expected.
    Passed,
    /// Something did not, and what happened instead.
    Failed(String),
    /// It was not played, or not to its end, and why that is impossible here.
    Ignored(String),
}

/// A step that was carried out.
#[derive(Clone, Debug)]
pub struct Played {
    /// Which one, from 1.
    pub number: usize,
    /// The line of the file that it begins on.
    pub line: usize,
    /// How long it took.
    pub took: Duration,
    /// What was expected and cannot be seen here, with the reason.
    pub unseen: Vec<String>,
}

/// How a scenario went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What came of it.
    pub verdict: Verdict,
    /// The steps that were carried out.
    pub steps: Vec<Played>,
    /// Everything that the kiosk showed, and when on the place's clock.
    pub shots: Vec<(Timestamp, Shot)>,
}

/// Why a step ends a scenario.
enum Stop {
    Failed(String),
    Impossible(Impossible),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl From<Cannot> for Stop {
    fn from(why: Cannot) -> Self {
        match why {
            Cannot::Impossible(why) => Self::Impossible(why),
            Cannot::Broken(why) => Self::Failed(why),
        }
    }
}

/// Plays `scenario` with `hands`; `told` hears of each step before it begins and of each that is
/// over.
pub fn play(
    scenario: &Scenario,
    hands: &mut dyn Hands,
    told: &mut dyn FnMut(usize, &Step, Option<&Played>),
) -> Outcome {
    let mut outcome = Outcome {
        verdict: Verdict::Passed,
        steps: Vec::new(),
        shots: Vec::new(),
    };
    if let Some(why) = scenario.acts().find_map(|act| hands.declines(act)) {
        outcome.verdict = Verdict::Ignored(why.to_string());
        return outcome;
    }
    let clock = hands.clock();
    let _seat = clock.participant().enter();
    let kiosk = match hands.kiosk(scenario) {
        Ok(kiosk) => kiosk,
        Err(why) => {
            outcome.verdict = Stop::from(why).verdict("the kiosk");
            return outcome;
        }
    };
    let player = match Player::start(scenario, kiosk, hands) {
        Ok(player) => player,
        Err(error) => {
            outcome.verdict = Verdict::Failed(format!("the kiosk: {error}"));
            return outcome;
        }
    };
    player.run(scenario, &mut outcome, told);
    // The runner is gone by now, and let go of everything.
    let complaints = hands.complaints();
    if outcome.verdict == Verdict::Passed && !complaints.is_empty() {
        outcome.verdict = Verdict::Failed(complaints.join("; "));
    }
    outcome
}

struct Player<'a> {
    hands: &'a mut dyn Hands,
    clock: Arc<dyn Clock>,
    slowness: u32,
    runner: Runner,
    screen: Watcher,
}

impl<'a> Player<'a> {
    fn start(
        scenario: &Scenario,
        kiosk: Kiosk,
        hands: &'a mut dyn Hands,
    ) -> myna_hal::Result<Self> {
        let (clock, slowness) = (hands.clock(), hands.slowness().max(1));
        let government = Government::new(1);
        // The real system takes seconds; nobody is to wait for a simulation of it.
        government.behave(Behaviour::After(Duration::from_millis(300)));
        let runner = Runner::start(Setup {
            clock: clock.clone(),
            client: Client::new(kiosk.trust),
            policy: slowed(scenario.policy(), slowness),
            devices: kiosk.devices,
            ports: Ports {
                phone: None,
                pinless: Box::new(government.clone()),
                signature: Box::new(government.clone()),
                external_pin: None,
                eligibility: Box::new(government.clone()),
                registration: Box::new(government),
                staff: Box::new(Staff::new()),
            },
            card_at_start: CardAtStart::LeftBehind,
            first_session: 1,
        })?;
        Ok(Self {
            screen: Watcher::new(clock.clone(), scenario.answers),
            hands,
            clock,
            slowness,
            runner,
        })
    }

    fn run(
        mut self,
        scenario: &Scenario,
        outcome: &mut Outcome,
        told: &mut dyn FnMut(usize, &Step, Option<&Played>),
    ) {
        let ready = Expect {
            phase: Some("idle"),
            within: READY,
            ..Expect::default()
        };
        if let Err(stop) = self.expect(&ready) {
            outcome.verdict = stop.verdict("before the first step");
        }
        for (number, step) in (1..).zip(&scenario.steps) {
            if outcome.verdict != Verdict::Passed {
                break;
            }
            told(number, step, None);
            let begun = self.clock.now();
            match self.step(step) {
                Ok(unseen) => {
                    let played = Played {
                        number,
                        line: step.line,
                        took: self.clock.now().since(begun),
                        unseen,
                    };
                    told(number, step, Some(&played));
                    outcome.steps.push(played);
                }
                Err(stop) => {
                    let place = format!("step {number}, line {}", step.line);
                    outcome.verdict = stop.verdict(&place);
                }
            }
        }
        outcome.shots = std::mem::take(&mut self.screen.shots);
    }

    fn step(&mut self, step: &Step) -> Result<Vec<String>, Stop> {
        if let Some(deed) = &step.does {
            // What was shown before is not what comes of it.
            self.screen.seen = self.screen.shots.len();
            match deed {
                Deed::Act(act) => self.hands.act(act)?,
                Deed::Touch(touch) => self.screen.touch(*touch, &self.runner.input())?,
                Deed::Wait(time) => self.pass(*time, None)?,
            }
        }
        match &step.expect {
            Some(expect) => self.expect(expect),
            None => Ok(Vec::new()),
        }
    }

    /// Has the kiosk run for `time`, or until what is expected was shown.
    fn pass(&mut self, time: Duration, expect: Option<&Expect>) -> Result<(), Stop> {
        let came = CancelToken::new();
        let wait = Wait::at_most(self.clock.clone(), time).with_cancel(came.clone());
        self.screen.wanted = expect.map(|expect| (expect.clone(), came.clone()));
        loop {
            match self.runner.run_session(&mut self.screen, &wait) {
                Ok(report) => self.screen.note(Shot::Ended(Box::new(report))),
                Err(error) => {
                    self.screen.wanted = None;
                    return match error.kind() {
                        ErrorKind::TimedOut | ErrorKind::Cancelled => Ok(()),
                        _ => Err(Stop::Failed(format!("the runner: {error}"))),
                    };
                }
            }
        }
    }

    /// Waits until everything is as expected; returns what cannot be seen here.
    fn expect(&mut self, expect: &Expect) -> Result<Vec<String>, Stop> {
        let limit = expect.within.saturating_mul(self.slowness);
        let end = self.clock.now() + limit;
        loop {
            let left = end.since(self.clock.now());
            if let Some(shot) = expect.spoilt_by(self.screen.news()) {
                return Err(self.otherwise(&format!("the session ended otherwise: {shot}")));
            }
            let met = expect.met_by(self.screen.news());
            let Some(last) = met else {
                if left.is_zero() {
                    let why = format!("not shown within {} s", limit.as_secs_f64());
                    return Err(self.otherwise(&why));
                }
                self.pass(left, Some(expect))?;
                continue;
            };
            let mut unseen = Vec::new();
            let wrong = self.look(expect, &mut unseen);
            if wrong.is_empty() {
                self.screen.seen += last;
                return Ok(unseen);
            }
            if left.is_zero() {
                return Err(self.otherwise(&wrong.join("; ")));
            }
            self.pass(left.min(LOOK.saturating_mul(self.slowness)), None)?;
        }
    }

    /// What of the devices does not look as expected; adds what cannot be seen here.
    fn look(&mut self, expect: &Expect, unseen: &mut Vec<String>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut compare = |what: &str, differs: Result<Option<String>, Impossible>| match differs {
            Ok(None) => {}
            Ok(Some(differs)) => wrong.push(format!("{what}: {differs}")),
            Err(why) => unseen.push(format!("{what}: {why}")),
        };
        let hands = &mut *self.hands;
        if let Some(left) = expect.tries_left {
            compare("tries-left", hands.tries_left().map(|it| differs(it, left)));
        }
        if let Some(count) = expect.verifies {
            compare("verifies", hands.verifies().map(|it| differs(it, count)));
        }
        if let Some(open) = expect.unlocked {
            compare("unlocked", hands.is_unlocked().map(|it| differs(it, open)));
        }
        if let Some(sight) = expect.reader {
            let seen = hands.reader().map(|it| differs(it.code(), sight.code()));
            compare("reader", seen);
        }
        if let Some(sight) = expect.camera {
            let seen = hands.camera().map(|it| differs(it.code(), sight.code()));
            compare("camera", seen);
        }
        wrong
    }

    /// A failure, with what was shown instead.
    fn otherwise(&self, why: &str) -> Stop {
        let mut text = format!("{why}; shown since:");
        if self.screen.news().is_empty() {
            text.push_str(" nothing");
        }
        for (at, shot) in self.screen.news() {
            let seconds = at.since_start().as_secs_f64();
            let _ = write!(text, "\n    {seconds:8.3} s  {shot}");
        }
        Stop::Failed(text)
    }
}

fn differs<T: PartialEq + std::fmt::Display>(is: T, expected: T) -> Option<String> {
    (is != expected).then(|| format!("{is} instead of {expected}"))
}

impl Stop {
    fn verdict(self, place: &str) -> Verdict {
        match self {
            Self::Failed(why) => Verdict::Failed(format!("{place}: {why}")),
            Self::Impossible(why) => Verdict::Ignored(format!("{place}: {why}")),
        }
    }
}

/// What machines do gets more time in a slow place. What people do takes as long everywhere.
fn slowed(mut policy: Policy, slowness: u32) -> Policy {
    let deadlines = &mut policy.deadlines;
    for machines in [
        &mut deadlines.settling,
        &mut deadlines.reading,
        &mut deadlines.unlocking,
        &mut deadlines.pin_verifying,
        &mut deadlines.authenticating,
        &mut deadlines.registering,
        &mut deadlines.querying,
        &mut deadlines.submitting,
    ] {
        *machines = machines.saturating_mul(slowness);
    }
    policy
}
