//! The names by which a file calls things.

use myna_hal::checkin::{ConsentAnswer, FailureCode, MessageId, Method};

/// A value that a file calls by a name.
pub trait Named: Sized {
    /// Every value with its name.
    fn named() -> impl Iterator<Item = (&'static str, Self)>;
}

impl Named for Method {
    fn named() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.iter().map(|it| (it.code(), *it))
    }
}

impl Named for MessageId {
    fn named() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.iter().map(|it| (it.code(), *it))
    }
}

impl Named for FailureCode {
    fn named() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.iter().map(|it| (it.code(), *it))
    }
}

impl Named for ConsentAnswer {
    fn named() -> impl Iterator<Item = (&'static str, Self)> {
        [
            ("yes", Self::Yes),
            ("no", Self::No),
            ("detail", Self::Detail),
        ]
        .into_iter()
    }
}

/// Defines an enumeration and its names in one table.
macro_rules! coded {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$doc:meta])* $id:ident = $code:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $id,)* }

        impl $name {
            /// Its name in a file.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$id => $code,)* }
            }
        }

        impl Named for $name {
            fn named() -> impl Iterator<Item = (&'static str, Self)> {
                [$(($code, Self::$id),)*].into_iter()
            }
        }
    };
}

coded! {
    /// What a card is like.
    pub enum CardKind {
        /// In order, all tries left.
        Ordinary = "ordinary",
        /// Issued without PINs.
        FaceOnly = "face-only",
        /// No try of the PIN is left.
        PinBlocked = "pin-blocked",
        /// One try of the PIN is left.
        LastTry = "last-try",
        /// Its certificate ended, and the grace period with it.
        Expired = "expired",
        /// Its certificate comes from an authority that nobody trusts.
        OtherIssuer = "other-issuer",
    }
}

coded! {
    /// A deadline that a file may set: those that people can make run out.
    pub enum Deadline {
        /// Choosing a method.
        Choosing = "choosing",
        /// One attempt by face.
        Face = "face",
        /// Entering a PIN.
        PinEntry = "pin-entry",
        /// Between two reminders to take the card.
        Reminder = "reminder",
        /// Until the staff are told of a card left behind.
        LeftBehindAlarm = "left-behind-alarm",
        /// Showing the result.
        Showing = "showing",
    }
}

coded! {
    /// Who is before the camera.
    pub enum Face {
        /// The holder of the card that was put in last.
        Holder = "holder",
        /// Somebody else.
        Stranger = "stranger",
        /// Nobody.
        Nobody = "none",
    }
}

coded! {
    /// What can be plugged in and out.
    pub enum Device {
        /// The card reader.
        Reader = "reader",
        /// The camera.
        Camera = "camera",
        /// A camera that is not the one that the visit began with.
        OtherCamera = "other-camera",
    }
}

coded! {
    /// What there is to press on the screen at any time.
    pub enum Button {
        /// Stop, or go back.
        Cancel = "cancel",
        /// Call the staff.
        CallStaff = "call-staff",
        /// Use the last try of the PIN all the same.
        AcknowledgeLastTry = "acknowledge-last-try",
    }
}

coded! {
    /// What the screen asks.
    pub enum Question {
        /// One of the methods that it offers.
        Method = "method",
        /// A consent.
        Consent = "consent",
        /// Whether to register the card.
        Registration = "registration",
        /// Whether the person is the one on the photo, by the staff.
        Compare = "compare",
        /// What a patient without a card has at hand.
        Papers = "papers",
    }
}

coded! {
    /// How a session ends.
    pub enum Ending {
        /// Checked in.
        Completed = "completed",
        /// Eligibility is confirmed, the rest was interrupted.
        Partial = "partial",
        /// The counter goes on.
        Fallback = "fallback",
        /// Somebody cancelled.
        Cancelled = "cancelled",
        /// Nobody acted.
        TimedOut = "timed-out",
        /// The card was taken away.
        Aborted = "aborted",
        /// A device failed.
        DeviceFailure = "device-failure",
    }
}

coded! {
    /// What a look at the reader shows.
    pub enum ReaderSight {
        /// A card that answers is in it.
        Card = "card",
        /// Something that does not answer is in it.
        Mute = "mute",
        /// Nothing is in it.
        Empty = "empty",
        /// There is no reader.
        Gone = "gone",
        /// The service behind it does not run.
        NoService = "no-service",
    }
}

coded! {
    /// What a look at the camera shows.
    pub enum CameraSight {
        /// There is one.
        There = "there",
        /// There is none.
        Gone = "gone",
    }
}

/// The phases of a session, by the names that [`Phase::code`](myna_hal::checkin::Phase::code) gives.
pub const PHASES: [&str; 21] = [
    "out-of-service",
    "idle",
    "card-settling",
    "reading-card",
    "choose-method",
    "phone-await",
    "without-card",
    "unlocking-portrait",
    "face-capture",
    "pin-entry",
    "pin-verifying",
    "staff-gate",
    "staff-confirm",
    "authenticating",
    "offering-registration",
    "registering",
    "querying",
    "consenting",
    "submitting",
    "showing",
    "remove-card",
];
