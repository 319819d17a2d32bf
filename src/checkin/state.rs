//! What the machine remembers between events.

use std::borrow::Cow;

use super::consent::{ConsentPlan, ConsentRecord};
use super::event::{Attempts, CardFacts, Presentation, Ticket, TimerId, ValueId};
use super::failure::Failure;
use super::identity::{
    Authenticated, Credential, Identified, Method, MethodSet, ProvenSet, SessionId,
};
use super::policy::{AssistProfile, SiteMode};
use super::ports::{BirthDate, EligibilityOutcome, ReceptionRef};
use super::report::{Notice, Outcome, StepTime};
use super::validity::{Capability, Unknown, Validity};
use crate::face::{MatchStatement, PadEvidence};
use crate::time::Timestamp;

/// Why the machine takes no card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutOfServiceReason {
    /// It has just been made: it waits for its devices.
    Starting,
    /// The card reader is missing.
    ReaderLost,
    /// The service behind the reader is missing.
    ServiceLost,
    /// The program is about to stop.
    ShuttingDown,
}

/// Why the patient is asked to take the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemoveReason {
    /// All done.
    Done,
    /// The session went on at the counter, was cancelled or ran out of time; the outcome says it.
    Stopped,
    /// A card lies there that no session belongs to.
    LeftBehind,
    /// The program is about to stop.
    ShuttingDown,
}

/// Where the machine stands. `Ended` is no place to stand: it is passed through, see
/// [`Effect::Ended`](super::Effect::Ended).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// A needed device is missing.
    OutOfService(OutOfServiceReason),
    /// No card.
    Idle,
    /// A card came; the field is not stable yet.
    CardSettling,
    /// Screening the card.
    ReadingCard,
    /// The patient chooses how to be identified.
    ChooseMethod,
    /// Waiting for a phone at its reader.
    PhoneAwait,
    /// A patient without a usable card says what else is at hand.
    WithoutCard,
    /// The card's face is read, the portrait is unlocked.
    UnlockingPortrait,
    /// The camera looks.
    FaceCapture,
    /// The patient enters the PIN.
    PinEntry,
    /// The card checks the PIN.
    PinVerifying,
    /// Staff enter their pass code.
    StaffGate,
    /// Staff compare.
    StaffConfirm,
    /// The government system authenticates.
    Authenticating,
    /// The patient is asked about registration.
    OfferingRegistration,
    /// The card is being registered.
    Registering,
    /// The government system looks up eligibility.
    Querying,
    /// One screen of the consent plan.
    Consenting(usize),
    /// The consents are sent.
    Submitting,
    /// The result is shown.
    Showing,
    /// The patient takes the card.
    RemoveCard(RemoveReason),
}

impl Phase {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfService(_) => "out-of-service",
            Self::Idle => "idle",
            Self::CardSettling => "card-settling",
            Self::ReadingCard => "reading-card",
            Self::ChooseMethod => "choose-method",
            Self::PhoneAwait => "phone-await",
            Self::WithoutCard => "without-card",
            Self::UnlockingPortrait => "unlocking-portrait",
            Self::FaceCapture => "face-capture",
            Self::PinEntry => "pin-entry",
            Self::PinVerifying => "pin-verifying",
            Self::StaffGate => "staff-gate",
            Self::StaffConfirm => "staff-confirm",
            Self::Authenticating => "authenticating",
            Self::OfferingRegistration => "offering-registration",
            Self::Registering => "registering",
            Self::Querying => "querying",
            Self::Consenting(_) => "consenting",
            Self::Submitting => "submitting",
            Self::Showing => "showing",
            Self::RemoveCard(_) => "remove-card",
        }
    }

    /// Whether the runner holds PIN, code, portrait or frames in this phase.
    pub(super) fn holds_secrets(self) -> bool {
        matches!(
            self,
            Self::UnlockingPortrait | Self::FaceCapture | Self::PinEntry | Self::PinVerifying
        )
    }
}

/// What was dropped, for diagnosis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that mean nothing in their state.
    pub ignored: u64,
    /// Answers to requests that nobody waits for any more, or of another session.
    pub stale_answers: u64,
    /// Timers that were cancelled when they fired.
    pub stale_timers: u64,
    /// Sessions that ended.
    pub sessions: u64,
}

/// The state of one machine: one per reader. Two machines share nothing but the clock.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) phase: Phase,
    pub(super) entered: Timestamp,
    pub(super) reader: bool,
    pub(super) service: bool,
    pub(super) camera: bool,
    /// What the face engine claims.
    pub(super) face_engine: Option<MatchStatement>,
    /// What the liveness check was tested with; `None` without a check.
    pub(super) pad_evidence: Option<PadEvidence>,
    /// A card lies in the reader, whosever it is.
    pub(super) slot: bool,
    pub(super) mode: SiteMode,
    pub(super) next_mode: SiteMode,
    pub(super) assist: AssistProfile,
    pub(super) timer: Option<TimerId>,
    pub(super) next_timer: u64,
    pub(super) request: Option<Ticket>,
    pub(super) next_request: u32,
    pub(super) next_session: u64,
    pub(super) extensions: u8,
    pub(super) shutting_down: bool,
    pub(super) staff_bad_codes: u8,
    pub(super) staff_locked_until: Option<Timestamp>,
    pub(super) alarmed: bool,
    /// Belongs to the next failure that is written down.
    pub(super) vendor_code: Option<Cow<'static, str>>,
    pub(super) counters: Counters,
    pub(super) session: Session,
}

impl State {
    /// A machine that waits for its devices: tell it `ServiceBack`, `CameraBack` and
    /// `ReaderBack`. Sessions are numbered from `first_session`; start at a random number if logs
    /// of several machines meet.
    #[must_use]
    pub fn new(first_session: u64) -> Self {
        Self {
            phase: Phase::OutOfService(OutOfServiceReason::Starting),
            entered: Timestamp::START,
            reader: false,
            service: false,
            camera: false,
            face_engine: None,
            pad_evidence: None,
            slot: false,
            mode: SiteMode::Normal,
            next_mode: SiteMode::Normal,
            assist: AssistProfile::default(),
            timer: None,
            next_timer: 0,
            request: None,
            next_request: 0,
            next_session: first_session,
            extensions: 0,
            shutting_down: false,
            staff_bad_codes: 0,
            staff_locked_until: None,
            alarmed: false,
            vendor_code: None,
            counters: Counters::default(),
            session: Session::default(),
        }
    }

    /// Where the machine stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The session that runs, if one does.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.session.open.then_some(self.session.id)
    }

    /// The proof that this session's patient was identified, if so.
    #[must_use]
    pub fn identified(&self) -> Option<&Identified> {
        self.session.identified.as_ref()
    }

    /// The proof that the government system accepted this session's patient, if so.
    #[must_use]
    pub fn authenticated(&self) -> Option<&Authenticated> {
        self.session.authenticated.as_ref()
    }

    /// What this session asked and heard.
    #[must_use]
    pub fn consents(&self) -> &ConsentRecord {
        &self.session.consents
    }

    /// What was dropped so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The request whose answer is waited for.
    #[must_use]
    pub fn waits_for(&self) -> Option<Ticket> {
        self.request
    }

    /// The timer that is armed.
    #[must_use]
    pub fn armed_timer(&self) -> Option<TimerId> {
        self.timer
    }
}

/// What one session has found out. Holds no PIN, code, portrait, name or serial number.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) open: bool,
    pub(super) id: SessionId,
    pub(super) credential: Credential,
    /// Both clocks at the first event of the session.
    pub(super) began: Option<(Timestamp, jiff::Timestamp)>,
    /// The calendar clock was set while the session ran.
    pub(super) clock_jumped: bool,
    /// The phone's way to know its owner.
    pub(super) phone: Option<Method>,
    pub(super) papers_refused: bool,
    /// The card was taken away although the session goes on (an answer is under way).
    pub(super) card_gone: bool,
    pub(super) device_lost: bool,
    pub(super) facts: CardFacts,
    pub(super) birth: Option<BirthDate>,
    pub(super) validity: Validity,
    pub(super) capability: Option<Capability>,
    pub(super) proven: ProvenSet,
    pub(super) excluded: MethodSet,
    pub(super) choices: u8,
    pub(super) read_retries: u8,
    pub(super) rescans: u8,
    pub(super) malformed_entries: u8,
    pub(super) face_attempts: u8,
    pub(super) tried_values: Vec<ValueId>,
    /// The code that the card is asked about now.
    pub(super) presented: Option<ValueId>,
    pub(super) good_value: Option<ValueId>,
    pub(super) portrait_damaged: bool,
    pub(super) last_try_acknowledged: bool,
    pub(super) entry_in_device: bool,
    pub(super) presentation: Presentation,
    pub(super) staff_wanted: bool,
    pub(super) staff_role: Option<&'static str>,
    pub(super) assisted: bool,
    pub(super) consents_assisted: bool,
    pub(super) identified: Option<Identified>,
    pub(super) authenticated: Option<Authenticated>,
    pub(super) registration_tried: bool,
    pub(super) eligibility: Option<EligibilityOutcome>,
    pub(super) reception: Option<ReceptionRef>,
    pub(super) health_checkup: Option<bool>,
    pub(super) plan: ConsentPlan,
    pub(super) consents: ConsentRecord,
    pub(super) prompted_again: bool,
    pub(super) submit_retried: bool,
    pub(super) consents_sent: bool,
    pub(super) notices: Vec<Notice>,
    pub(super) failures: Vec<Failure>,
    pub(super) steps: Vec<StepTime>,
    pub(super) outcome: Option<Outcome>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            open: false,
            id: SessionId::default(),
            credential: Credential::Card,
            began: None,
            clock_jumped: false,
            phone: None,
            papers_refused: false,
            card_gone: false,
            device_lost: false,
            facts: CardFacts::default(),
            birth: None,
            validity: Validity::Unknown(Unknown::NotRead),
            capability: None,
            proven: ProvenSet::EMPTY,
            excluded: MethodSet::EMPTY,
            choices: 0,
            read_retries: 0,
            rescans: 0,
            malformed_entries: 0,
            face_attempts: 0,
            tried_values: Vec::new(),
            presented: None,
            good_value: None,
            portrait_damaged: false,
            last_try_acknowledged: false,
            entry_in_device: false,
            presentation: Presentation::NotChecked,
            staff_wanted: false,
            staff_role: None,
            assisted: false,
            consents_assisted: false,
            identified: None,
            authenticated: None,
            registration_tried: false,
            eligibility: None,
            reception: None,
            health_checkup: None,
            plan: ConsentPlan::default(),
            consents: ConsentRecord::default(),
            prompted_again: false,
            submit_retried: false,
            consents_sent: false,
            notices: Vec::new(),
            failures: Vec::new(),
            steps: Vec::new(),
            outcome: None,
        }
    }
}

impl Session {
    /// Whether the next PIN may be the one that locks it.
    pub(super) fn is_last_try(&self) -> bool {
        // A counter that the card does not tell may be at one.
        !matches!(self.facts.pin, Attempts::Left(left) if left > 1)
    }
}
