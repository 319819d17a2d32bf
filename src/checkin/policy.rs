//! What a site decides: deadlines, budgets and the readings of rules that are open.
//!
//! All numbers are proposals of this crate unless a source is named. Change a field of
//! [`Policy::default`]; nothing in the machine is hard-coded.

use std::time::Duration;

use jiff::civil::Date;

use super::consent::ConsentPolicy;
use super::identity::{Method, MethodSet};
use super::routes::Route;
use super::validity::DatePolicy;
use crate::time::UtcTime;

mod conflict;

pub use self::conflict::PolicyConflict;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How long each state lasts at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// How long the field must be stable before a card is touched.
    pub debounce: Duration,
    /// Waiting for that.
    pub settling: Duration,
    /// Reading certificate, dates and counters.
    pub reading: Duration,
    /// Choosing a method.
    pub choosing: Duration,
    /// Holding a phone to its reader.
    pub phone: Duration,
    /// A patient without a usable card saying what else is at hand.
    pub papers: Duration,
    /// Scanning the card's face and reading the portrait.
    pub unlocking: Duration,
    /// One attempt by face.
    pub face: Duration,
    /// Entering a PIN.
    pub pin_entry: Duration,
    /// The card checking a PIN.
    pub pin_verifying: Duration,
    /// Staff entering their pass code.
    pub staff_gate: Duration,
    /// Staff comparing.
    pub staff_confirm: Duration,
    /// The authentication call.
    pub authenticating: Duration,
    /// The patient deciding about registration.
    pub registration_offer: Duration,
    /// The registration call.
    pub registering: Duration,
    /// The eligibility call (three to seven seconds are usual).
    pub querying: Duration,
    /// One consent screen.
    pub consenting: Duration,
    /// Sending the consents.
    pub submitting: Duration,
    /// Showing the result.
    pub showing: Duration,
    /// Between two reminders to take the card.
    pub reminder: Duration,
    /// Until the staff are told of a card left behind.
    pub left_behind_alarm: Duration,
    /// Until a session ends after the program was told to stop.
    pub shutdown: Duration,
    /// How long staff codes are refused after too many wrong ones.
    pub staff_cool_down: Duration,
    /// By how much people who need more time get more of it.
    pub assist_factor: u32,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            debounce: Duration::from_millis(300),
            settling: seconds(2),
            reading: seconds(5),
            choosing: seconds(60),
            phone: seconds(30),
            papers: seconds(60),
            unlocking: seconds(10),
            face: seconds(20),
            pin_entry: seconds(60),
            pin_verifying: seconds(5),
            staff_gate: seconds(60),
            staff_confirm: seconds(120),
            authenticating: seconds(10),
            registration_offer: seconds(60),
            registering: seconds(10),
            querying: seconds(15),
            consenting: seconds(60),
            submitting: seconds(10),
            showing: seconds(20),
            reminder: seconds(5),
            left_behind_alarm: seconds(30),
            shutdown: seconds(2),
            staff_cool_down: seconds(60),
            assist_factor: 3,
        }
    }
}

/// How often something may be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Attempts by face in one session. Each of them adds to the bound of false matches per
    /// session, see [`FaceClaim`](super::FaceClaim).
    pub face_attempts: u8,
    /// Times that the card's face is scanned again after an unusable reading.
    pub rescans: u8,
    /// Distinct card-face codes that are presented to the card in one session.
    pub card_face_values: u8,
    /// The card-face code is not presented when its counter is at this value or lower: ten wrong
    /// codes lock it, and only a municipality unlocks it.
    pub card_face_floor: u8,
    /// Whether the last try of a PIN needs an explicit acknowledgement.
    pub guard_last_attempt: bool,
    /// Wrong staff codes before the cool-down.
    pub staff_codes: u8,
    /// Repetitions of a failed read, and times that a phone is held to its reader again. VERIFY and
    /// signatures are never repeated.
    pub read_retries: u8,
    /// PIN entries that are not four digits, per session.
    pub malformed_entries: u8,
    /// Times that one state may be extended on request.
    pub extensions: u8,
    /// Times that a session comes back to the choice of a method. It bounds every session.
    pub choices: u8,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            face_attempts: 3,
            rescans: 2,
            card_face_values: 2,
            card_face_floor: 5,
            guard_last_attempt: true,
            staff_codes: 3,
            read_retries: 2,
            malformed_entries: 5,
            extensions: 10,
            choices: 20,
        }
    }
}

/// Who presents the PIN to the card. There is exactly one owner, or one typing error would count
/// twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinOwner {
    /// This library.
    #[default]
    Library,
    /// Other software, which collects the PIN, talks to the card and authenticates by itself. The
    /// card is released to it first.
    ExternalSoftware,
}

/// What is done with the result of presentation-attack detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PadPolicy {
    /// Not looked at.
    Off,
    /// The check runs and its answer is written into the report. It decides nothing: an attempt
    /// waits for it no longer than half of the attempt's time.
    Report,
    /// A match counts only when detection passed.
    #[default]
    Enforce,
}

impl PadPolicy {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Report => "report",
            Self::Enforce => "enforce",
        }
    }
}

/// What the patient came for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceContext {
    /// The reception of a clinic or hospital.
    #[default]
    Reception,
    /// A pharmacy.
    Pharmacy,
    /// A visit at home: PIN, or staff who are there and compare the photo, so that a card without
    /// PIN can be used. There is no reader with a camera.
    HomeVisit,
    /// A consultation over the network: PIN only, so a card without PIN cannot be used.
    OnlineConsultation,
}

impl ServiceContext {
    /// The methods that the rules allow here.
    #[must_use]
    pub fn methods(self) -> MethodSet {
        match self {
            Self::Reception | Self::Pharmacy => MethodSet::all(),
            Self::HomeVisit => MethodSet::EMPTY.with(Method::Pin).with(Method::StaffVisual),
            Self::OnlineConsultation => MethodSet::EMPTY.with(Method::Pin),
        }
    }
}

/// What a person needs. Chosen before or during a session, gone after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssistProfile {
    /// Longer deadlines.
    pub extra_time: bool,
    /// Every prompt is spoken.
    pub audio: bool,
    /// The PIN only on keys that can be felt: nobody is to speak a PIN aloud.
    pub tactile_pin: bool,
    /// Staff stand by: the session goes to the staff code at once.
    pub staff_present: bool,
    /// The person sits: a camera or screen may move.
    pub wheelchair: bool,
}

/// How the site runs. Switched by staff, effective from the next session on.
///
/// No mode weakens a check: whoever is identified is identified as in every other mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SiteMode {
    /// Patients help themselves.
    #[default]
    Normal,
    /// Staff stand by for the next patient, whose session begins with their pass code. It holds
    /// for one session: the patient after that helps themselves again.
    StaffAssist,
    /// A disaster: people without a card are looked up at the counter. The government system opens
    /// this for an area and a time.
    Disaster {
        /// The last day; without one it lasts until staff switch it off.
        until: Option<Date>,
    },
    /// The eligibility system is known to be out: cards are read, nobody is asked for a PIN or a
    /// face, and the counter notes what is printed on the card.
    SystemFailure,
    /// Staff practise. Nothing is registered and no consent is sent; reports are marked.
    Training,
}

impl SiteMode {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::StaffAssist => "staff-assist",
            Self::Disaster { .. } => "disaster",
            Self::SystemFailure => "system-failure",
            Self::Training => "training",
        }
    }

    /// This mode, or the usual one when its last day is over.
    pub(super) fn on(self, calendar: UtcTime) -> Self {
        match self {
            Self::Disaster { until: Some(until) }
                if calendar.trusted && calendar.japan_date() > until =>
            {
                Self::Normal
            }
            mode => mode,
        }
    }
}

/// Everything that a site decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// How long states last.
    pub deadlines: Deadlines,
    /// How often things are tried.
    pub budgets: Budgets,
    /// Readings of the date rules.
    pub dates: DatePolicy,
    /// What is asked.
    pub consent: ConsentPolicy,
    /// Who presents the PIN.
    pub pin_owner: PinOwner,
    /// Whether the PIN pad has keys that can be felt.
    pub tactile_pin_pad: bool,
    /// What presentation-attack detection decides.
    pub pad: PadPolicy,
    /// Whether staff hear of a suspected attack also where it decides nothing
    /// ([`PadPolicy::Report`]). Under [`PadPolicy::Enforce`] they always do.
    pub tell_staff_of_reported_suspects: bool,
    /// Whether the chip must answer a fresh challenge before its portrait counts.
    pub require_chip_present: bool,
    /// Whether the portrait may be unlocked when the card does not tell how many attempts its
    /// card-face code has left. Off: the guard cannot be kept on such a card.
    pub allow_unknown_card_face_counter: bool,
    /// Whether a photo on the chip whose file is damaged may be compared with; the report then
    /// says so. Off: what is missing of it, nobody knows.
    pub allow_damaged_portrait: bool,
    /// What patients come for.
    pub context: ServiceContext,
    /// Methods that this site offers. Phones need a reader of their own, so they are not among the
    /// usual ones.
    pub methods: MethodSet,
    /// Methods after which registration is offered: all of the card, by default, although some
    /// notices ask for the PIN. Never after a phone, since registration needs the card.
    pub registration_methods: MethodSet,
    /// Other ways to confirm eligibility, in order, with the days on which they hold.
    pub routes: Vec<Route>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            deadlines: Deadlines::default(),
            budgets: Budgets::default(),
            dates: DatePolicy::default(),
            consent: ConsentPolicy::default(),
            pin_owner: PinOwner::default(),
            tactile_pin_pad: false,
            pad: PadPolicy::default(),
            tell_staff_of_reported_suspects: false,
            require_chip_present: true,
            allow_unknown_card_face_counter: false,
            allow_damaged_portrait: false,
            context: ServiceContext::default(),
            methods: MethodSet::of_card(),
            registration_methods: MethodSet::of_card(),
            routes: Route::defaults(),
        }
    }
}
