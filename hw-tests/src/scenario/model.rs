//! What a file says.

use std::time::Duration;

use myna_hal::checkin::{ConsentAnswer, FailureCode, MessageId, Method, MethodSet, Policy};

use super::names::{
    Button, CameraSight, CardKind, Deadline, Device, Ending, Face, Question, ReaderSight,
};

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is called: its file's name without `.toml`.
    pub name: String,
    /// What happens in it, in one line.
    pub title: String,
    /// The cards of the patients, by the names that the steps use.
    pub cards: Vec<(String, CardKind)>,
    /// Which reader.
    pub reader: Wanted,
    /// Which camera.
    pub camera: Wanted,
    /// What the site decides otherwise than usual.
    pub policy: Site,
    /// What is answered at once, whenever it is asked.
    pub answers: Answers,
    /// What is done and expected, in order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// What hands do in it, in order.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.steps.iter().filter_map(|step| match &step.does {
            Some(Deed::Act(act)) => Some(act),
            _ => None,
        })
    }

    /// The policy of the site.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        // No liveness check takes part, and the policy says so.
        policy.pad = myna_hal::checkin::PadPolicy::Off;
        if let Some(methods) = self.policy.methods {
            policy.methods = methods;
        }
        if let Some(attempts) = self.policy.face_attempts {
            policy.budgets.face_attempts = attempts;
        }
        for (deadline, length) in &self.policy.seconds {
            *length_of(*deadline, &mut policy) = *length;
        }
        policy
    }
}

/// Which device a file wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Whichever there is.
    #[default]
    Any,
    /// A reader with keys of its own.
    WithKeys,
    /// This product, by the name that the place has for it.
    Product(String),
}

/// What a site decides otherwise than usual.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    /// The methods that are offered.
    pub methods: Option<MethodSet>,
    /// Attempts by face in one session.
    pub face_attempts: Option<u8>,
    /// Deadlines of another length.
    pub seconds: Vec<(Deadline, Duration)>,
}

/// Standing answers of the patients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// To every consent screen.
    pub consent: Option<ConsentAnswer>,
    /// To the offer of registration.
    pub register: Option<bool>,
}

/// One step: something is done, something is expected, or both in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The line of the file that it begins on.
    pub line: usize,
    /// What is done.
    pub does: Option<Deed>,
    /// What is to come of it.
    pub expect: Option<Expect>,
}

/// What is done in a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// With the devices, by [`Hands`](super::Hands).
    Act(Act),
    /// On the screen.
    Touch(Touch),
    /// Nothing, for so long.
    Wait(Duration),
}

/// What hands do with devices.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Put the card of this name in; another one is taken out first.
    Insert(String),
    /// Put something in that does not answer, such as a card upside down.
    InsertMute,
    /// Take the card out.
    Remove,
    /// At the keys for the PIN.
    Keys(Entry),
    /// Be before the camera.
    Face(Face),
    /// Switch the light off, or on again.
    Dark(bool),
    /// Have the camera give no pictures, or give them again.
    Stall(bool),
    /// Pull a plug.
    Unplug(Device),
    /// Plug in.
    Plug(Device),
    /// Stop or start the service behind the reader.
    Service(bool),
}

/// What is done at the keys for the PIN.
#[derive(Clone, PartialEq)]
pub enum Entry {
    /// The card's PIN is typed.
    Right,
    /// Four other digits are typed.
    Wrong,
    /// These digits are typed, which are no real card's PIN.
    Digits(String),
    /// The key that cancels is pressed.
    Cancel,
}

/// Shows how many digits there are, not which.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Right => f.write_str("Right"),
            Self::Wrong => f.write_str("Wrong"),
            Self::Digits(digits) => write!(f, "Digits({})", digits.len()),
            Self::Cancel => f.write_str("Cancel"),
        }
    }
}

/// What the patient or the staff press on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A method.
    Choose(Method),
    /// An answer to the consent screen that is shown.
    Consent(ConsentAnswer),
    /// An answer to the offer of registration that is shown.
    Register(bool),
    /// Staff say whether the person is the one on the photo.
    Compare(bool),
    /// Something that can be pressed at any time.
    Press(Button),
}

/// What is expected. All of it, within the limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// The patient is told this.
    pub screen: Option<MessageId>,
    /// The staff are told this.
    pub staff: Option<MessageId>,
    /// The session enters this phase, one of [`PHASES`](super::names::PHASES).
    pub phase: Option<&'static str>,
    /// Exactly these methods are offered.
    pub offers: Option<MethodSet>,
    /// The screen asks this.
    pub asks: Option<Question>,
    /// The session ends so.
    pub outcome: Option<Ending>,
    /// The patient was identified by this; with an outcome only.
    pub by: Option<Method>,
    /// Exactly these failures are in the report, in this order; with an outcome only.
    pub failures: Option<Vec<FailureCode>>,
    /// So many tries of the PIN are left on the card that was put in last.
    pub tries_left: Option<u8>,
    /// A PIN was presented to that card so often since the scenario began.
    pub verifies: Option<u32>,
    /// Whether a key of that card is open.
    pub unlocked: Option<bool>,
    /// The reader looks so.
    pub reader: Option<ReaderSight>,
    /// The camera looks so.
    pub camera: Option<CameraSight>,
    /// How long that may take.
    pub within: Duration,
}

fn length_of(deadline: Deadline, policy: &mut Policy) -> &mut Duration {
    let deadlines = &mut policy.deadlines;
    match deadline {
        Deadline::Choosing => &mut deadlines.choosing,
        Deadline::Face => &mut deadlines.face,
        Deadline::PinEntry => &mut deadlines.pin_entry,
        Deadline::Reminder => &mut deadlines.reminder,
        Deadline::LeftBehindAlarm => &mut deadlines.left_behind_alarm,
        Deadline::Showing => &mut deadlines.showing,
    }
}
