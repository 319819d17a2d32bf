//! What a runner is made of.

use std::sync::Arc;

use super::liveness::Liveness;
use crate::camera::Camera;
use crate::card::{CardReader, ReaderWatch};
use crate::checkin::Policy;
use crate::checkin::ports::{
    CardFaceScanner, EligibilityService, PhoneReader, PinAuthenticator, PinlessAuthenticator,
    RegistrationService, SignatureAuthenticator, StaffAuthoriser,
};
use crate::face::FaceVerifier;
use crate::myna::Client;
use crate::pin::PinPad;
use crate::time::Clock;

/// The devices of one reception.
pub struct Devices {
    /// Tells about readers and cards. Opened before the reader was listed.
    pub watch: Box<dyn ReaderWatch>,
    /// The card reader.
    pub reader: Box<dyn CardReader>,
    /// Where the patient enters the PIN.
    pub pin_pad: Box<dyn PinPad>,
    /// Camera and face engine; without them the face is not offered.
    pub face: Option<(Box<dyn Camera>, Box<dyn FaceVerifier>)>,
    /// Reads the printed card-face code; without it the face is not offered.
    pub scanner: Option<Box<dyn CardFaceScanner>>,
    /// Looks for presentation attacks beside the face engine; without it every match is reported as
    /// not checked, and [`PadPolicy::Enforce`](crate::checkin::PadPolicy) refuses it.
    pub liveness: Option<Liveness>,
}

/// The government side and the staff.
pub struct Ports {
    /// Authenticates patients who were identified without a PIN.
    pub pinless: Box<dyn PinlessAuthenticator>,
    /// Authenticates patients by the card's signature.
    pub signature: Box<dyn SignatureAuthenticator>,
    /// Other software that takes the PIN, for [`PinOwner::ExternalSoftware`](crate::checkin::PinOwner).
    pub external_pin: Option<Box<dyn PinAuthenticator>>,
    /// Reads phones in the place of cards, where the policy offers them.
    pub phone: Option<Box<dyn PhoneReader>>,
    /// Tells eligibility and takes consents.
    pub eligibility: Box<dyn EligibilityService>,
    /// Registers cards.
    pub registration: Box<dyn RegistrationService>,
    /// Asks staff for their pass code.
    pub staff: Box<dyn StaffAuthoriser>,
}

/// What a card is that lies in the reader when the runner starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardAtStart {
    /// Somebody left it behind: it has to be taken away first. The rule for receptions.
    #[default]
    LeftBehind,
    /// It was just put there, by the person who started the program.
    Arrived,
}

/// Everything that a runner needs.
pub struct Setup {
    /// The clock of everything.
    pub clock: Arc<dyn Clock>,
    /// Talks to the card, with the trust anchors of this site.
    pub client: Client,
    /// What this site decided.
    pub policy: Policy,
    /// The devices.
    pub devices: Devices,
    /// The government side and the staff.
    pub ports: Ports,
    /// What a card is that is there already.
    pub card_at_start: CardAtStart,
    /// Number of the first session; continue where the last run stopped.
    pub first_session: u64,
}
