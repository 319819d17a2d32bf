//! The screen of a kiosk, by somebody who writes down what it shows.

use std::fmt;
use std::sync::Arc;

use myna_hal::CancelToken;
use myna_hal::checkin::runner::{Input, Screen, Shown};
use myna_hal::checkin::{Detail, Event, MessageId, MethodSet, Phase, SessionReport, Ticket};
use myna_hal::time::{Clock, Timestamp};

use super::model::{Answers, Expect, Touch};
use super::names::{Button, Question};

/// Something that the kiosk showed or reported.
#[derive(Clone, Debug)]
pub enum Shot {
    /// The session stands somewhere else.
    Phase(Phase),
    /// The patient is told something.
    Prompt(MessageId, Detail),
    /// Methods are offered.
    Methods(MethodSet),
    /// Something else is asked.
    Asks(Question),
    /// The staff are told something.
    Staff(MessageId),
    /// The session ended.
    Ended(Box<SessionReport>),
}

impl fmt::Display for Shot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase(phase) => write!(f, "phase {}", phase.code()),
            Self::Prompt(message, Detail::None) => write!(f, "screen {}", message.code()),
            Self::Prompt(message, detail) => write!(f, "screen {} {detail:?}", message.code()),
            Self::Methods(methods) => {
                let methods: Vec<_> = methods.iter().map(|it| it.code()).collect();
                write!(f, "offers {}", methods.join(", "))
            }
            Self::Asks(question) => write!(f, "asks {}", question.code()),
            Self::Staff(message) => write!(f, "staff {}", message.code()),
            Self::Ended(report) => {
                let failures: Vec<_> = report.failures.iter().map(|it| it.code.code()).collect();
                let by = report.method.map_or("nothing", |method| method.code());
                let outcome = report.outcome.code();
                write!(f, "outcome {outcome} by {by}, failures {failures:?}")
            }
        }
    }
}

impl Expect {
    /// Which of the first `of` shots is the last that this needs; `None` while one is missing.
    pub(super) fn met_by(&self, shots: &[(Timestamp, Shot)]) -> Option<usize> {
        type Test<'a> = Box<dyn Fn(&Shot) -> bool + 'a>;
        let mut wanted: Vec<Test<'_>> = Vec::new();
        if let Some(screen) = self.screen {
            wanted.push(Box::new(
                move |shot| matches!(shot, Shot::Prompt(message, _) if *message == screen),
            ));
        }
        if let Some(staff) = self.staff {
            wanted.push(Box::new(
                move |shot| matches!(shot, Shot::Staff(message) if *message == staff),
            ));
        }
        if let Some(phase) = self.phase {
            wanted.push(Box::new(
                move |shot| matches!(shot, Shot::Phase(it) if it.code() == phase),
            ));
        }
        if let Some(offers) = self.offers {
            wanted.push(Box::new(
                move |shot| matches!(shot, Shot::Methods(methods) if *methods == offers),
            ));
        }
        match self.asks {
            Some(Question::Method) => {
                wanted.push(Box::new(|shot| matches!(shot, Shot::Methods(_))));
            }
            Some(question) => wanted.push(Box::new(
                move |shot| matches!(shot, Shot::Asks(it) if *it == question),
            )),
            None => {}
        }
        if self.outcome.is_some() {
            wanted.push(Box::new(
                |shot| matches!(shot, Shot::Ended(report) if self.is_report(report)),
            ));
        }
        let place = |test: &Test<'_>| shots.iter().position(|(_, shot)| test(shot));
        let places: Option<Vec<_>> = wanted.iter().map(place).collect();
        places.map(|places| places.into_iter().map(|at| at + 1).max().unwrap_or(0))
    }

    fn is_report(&self, report: &SessionReport) -> bool {
        let failures: Vec<_> = report.failures.iter().map(|it| it.code).collect();
        self.outcome.map(super::names::Ending::code) == Some(report.outcome.code())
            && self.by.is_none_or(|by| report.method == Some(by))
            && self.failures.as_ref().is_none_or(|it| *it == failures)
    }

    /// A session that ended otherwise than expected: nothing is to be waited for any more.
    pub(super) fn spoilt_by<'a>(&self, shots: &'a [(Timestamp, Shot)]) -> Option<&'a Shot> {
        self.outcome?;
        let mut shots = shots.iter().map(|(_, shot)| shot);
        shots.find(|shot| matches!(shot, Shot::Ended(report) if !self.is_report(report)))
    }
}

/// Writes down what is shown, and gives the standing answers.
pub(super) struct Watcher {
    clock: Arc<dyn Clock>,
    answers: Answers,
    pub(super) shots: Vec<(Timestamp, Shot)>,
    /// What was shown before this was expected before.
    pub(super) seen: usize,
    /// What is waited for, and the wait that ends when it came.
    pub(super) wanted: Option<(Expect, CancelToken)>,
    /// What is asked and not answered.
    open: Option<(Question, Option<Ticket>)>,
}

impl Watcher {
    pub(super) fn new(clock: Arc<dyn Clock>, answers: Answers) -> Self {
        Self {
            clock,
            answers,
            shots: Vec::new(),
            seen: 0,
            wanted: None,
            open: None,
        }
    }

    /// What was shown since what was expected last.
    pub(super) fn news(&self) -> &[(Timestamp, Shot)] {
        self.shots.get(self.seen..).unwrap_or_default()
    }

    pub(super) fn note(&mut self, shot: Shot) {
        self.shots.push((self.clock.now(), shot));
        if let Some((expect, came)) = &self.wanted
            && (expect.met_by(self.news()).is_some() || expect.spoilt_by(self.news()).is_some())
        {
            came.cancel();
        }
    }

    /// Presses something.
    ///
    /// # Errors
    /// Why that cannot be pressed now.
    pub(super) fn touch(&mut self, touch: Touch, input: &Input) -> Result<(), String> {
        match touch {
            Touch::Press(Button::Cancel) => input.cancel(),
            Touch::Press(Button::CallStaff) => input.call_staff(),
            Touch::Press(Button::AcknowledgeLastTry) => input.send(Event::AcknowledgeLastTry),
            Touch::Choose(method) => match self.open {
                Some((Question::Method, _)) => input.choose(method),
                _ => return Err(not_asked(Question::Method)),
            },
            Touch::Compare(same) => {
                self.answered(Question::Compare)?;
                input.staff_decides(same);
            }
            Touch::Consent(answer) => match self.answered(Question::Consent)? {
                Some(ticket) => input.consent(ticket, answer),
                None => return Err(not_asked(Question::Consent)),
            },
            Touch::Register(yes) => match self.answered(Question::Registration)? {
                Some(ticket) => input.register(ticket, yes),
                None => return Err(not_asked(Question::Registration)),
            },
        }
        Ok(())
    }

    /// The ticket of a question that is answered now.
    fn answered(&mut self, question: Question) -> Result<Option<Ticket>, String> {
        match self.open.take_if(|(open, _)| *open == question) {
            Some((_, ticket)) => Ok(ticket),
            None => Err(not_asked(question)),
        }
    }

    fn asks(&mut self, question: Question, ticket: Option<Ticket>) {
        self.open = Some((question, ticket));
        self.note(Shot::Asks(question));
    }
}

fn not_asked(question: Question) -> String {
    format!("the screen does not ask `{}` now", question.code())
}

impl Screen for Watcher {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            Shown::Entered { phase, .. } => {
                self.open = None;
                self.note(Shot::Phase(phase));
            }
            Shown::Prompt(prompt) => self.note(Shot::Prompt(prompt.message, prompt.detail)),
            Shown::Methods(methods) => {
                self.open = Some((Question::Method, None));
                self.note(Shot::Methods(methods));
            }
            Shown::Staff { message, .. } => self.note(Shot::Staff(message)),
            Shown::CompareWithPhoto => self.asks(Question::Compare, None),
            Shown::AskPapers(ticket) => self.asks(Question::Papers, Some(ticket)),
            Shown::OfferRegistration(ticket) => {
                self.asks(Question::Registration, Some(ticket));
                if let Some(yes) = self.answers.register {
                    self.open = None;
                    input.register(ticket, yes);
                }
            }
            Shown::Consent { ticket, .. } => {
                self.asks(Question::Consent, Some(ticket));
                if let Some(answer) = self.answers.consent {
                    self.open = None;
                    input.consent(ticket, answer);
                }
            }
            _ => {}
        }
    }
}
