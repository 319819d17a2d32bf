//! What a liveness check implements.

use std::fmt;

use super::PadEvidence;
use crate::error::Result;
use crate::face::FaceRegion;
use crate::imaging::ImageView;
use crate::time::Timestamp;

/// One moment of a presentation.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The picture, RGB, as the camera sees it: not mirrored.
    pub image: ImageView<'a>,
    /// The face in it.
    pub face: FaceRegion,
    /// What an infrared camera beside it saw at the same time, if there is one.
    pub infrared: Option<Infrared<'a>>,
    /// When the frame was captured.
    pub captured_at: Timestamp,
}

/// The infrared half of a synchronised pair.
#[derive(Clone, Copy, Debug)]
pub struct Infrared<'a> {
    /// The picture, [`Grey8`](crate::imaging::PixelFormat::Grey8).
    pub image: ImageView<'a>,
    /// The face that a detector found in *this* picture; `None` if it found none, which says much:
    /// most screens are dark in infrared.
    pub face: Option<FaceRegion>,
}

/// A movement that the person is asked for. Left and right are the person's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Challenge {
    /// Turn the head to the left, and back.
    TurnLeft,
    /// Turn the head to the right, and back.
    TurnRight,
    /// Close both eyes shortly.
    Blink,
    /// Come nearer to the camera.
    ComeNearer,
}

impl Challenge {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TurnLeft => "turn-left",
            Self::TurnRight => "turn-right",
            Self::Blink => "blink",
            Self::ComeNearer => "come-nearer",
        }
    }
}

/// What a [`LivenessCheck`] says of a presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PadDecision {
    /// A bona fide presentation, as far as the check can tell.
    BonaFide,
    /// A presentation attack.
    Attack(PadReason),
    /// More samples are needed.
    Inconclusive {
        /// What the person is asked for; `None`: to look into the camera.
        asked: Option<Challenge>,
    },
    /// The check comes to no decision (ISO/IEC 30107-3: a non-response). Nobody passed, and nobody
    /// is suspected.
    NoResponse(PadReason),
}

impl PadDecision {
    /// Whether more samples are needed.
    #[must_use]
    pub fn is_inconclusive(self) -> bool {
        matches!(self, Self::Inconclusive { .. })
    }
}

/// Why a check decided as it did: for logs and staff, never for the person before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PadReason {
    /// Nothing moved at all: a picture on a stand.
    Motionless,
    /// All of it moved as one flat piece: a picture held by hand.
    Rigid,
    /// It turned as a flat picture turns, without the relief of a face.
    FlatTurn,
    /// The infrared camera saw no face where the other one did.
    NoFaceInInfrared,
    /// In infrared the face is as dark as a screen.
    DarkInInfrared,
    /// In infrared the face has no features, or others than in visible light.
    FlatInInfrared,
    /// The person did not do what was asked, in the time for it.
    Unanswered(Challenge),
    /// The face went away, or jumped to another place.
    Interrupted,
    /// Too few usable samples.
    TooFewSamples,
    /// What the engine of another maker found, by its own number.
    Engine(u16),
}

impl PadReason {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Motionless => "motionless",
            Self::Rigid => "rigid",
            Self::FlatTurn => "flat-turn",
            Self::NoFaceInInfrared => "no-face-in-infrared",
            Self::DarkInInfrared => "dark-in-infrared",
            Self::FlatInInfrared => "flat-in-infrared",
            Self::Unanswered(_) => "unanswered",
            Self::Interrupted => "interrupted",
            Self::TooFewSamples => "too-few-samples",
            Self::Engine(_) => "engine",
        }
    }
}

impl fmt::Display for PadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered(challenge) => write!(f, "{} ({})", self.code(), challenge.code()),
            Self::Engine(number) => write!(f, "{} {number}", self.code()),
            _ => f.write_str(self.code()),
        }
    }
}

/// Presentation attack detection (ISO/IEC 30107-3), frame by frame.
///
/// *Contract*
/// - [`start`](Self::start) forgets everything about an earlier presentation.
/// - [`probe`](Self::probe) takes the samples of one presentation, oldest first. It never waits,
///   and ends after a bounded number of samples with another answer than
///   [`Inconclusive`](PadDecision::Inconclusive), also for a person who does nothing.
/// - [`Attack`](PadDecision::Attack) and [`NoResponse`](PadDecision::NoResponse) are final: every
///   later sample is answered alike. [`BonaFide`](PadDecision::BonaFide) holds while samples go on;
///   a check may take it back when another face comes in.
/// - The same samples give the same answers, if what the check asks for is the same.
/// - [`forget`](Self::forget) wipes the presentation. So does dropping.
/// - [`evidence`](Self::evidence) says what the check was tested with. Without measured error
///   rates it is a deterrent, not a safeguard.
pub trait LivenessCheck: Send {
    /// What it was tested with. Goes into every session's report.
    fn evidence(&self) -> PadEvidence {
        PadEvidence::Untested
    }

    /// Whether it needs [`Sample::infrared`].
    fn needs_infrared(&self) -> bool {
        false
    }

    /// Begins with a new presentation.
    fn start(&mut self);

    /// Takes a sample.
    ///
    /// # Errors
    /// `InvalidInput`: not started, a sample older than the one before, landmarks that are no
    /// face. `Unsupported`: not an RGB picture. `Other`: the engine broke.
    fn probe(&mut self, sample: &Sample<'_>) -> Result<PadDecision>;

    /// Forgets the presentation.
    fn forget(&mut self);
}

impl<T: LivenessCheck + ?Sized> LivenessCheck for Box<T> {
    fn evidence(&self) -> PadEvidence {
        (**self).evidence()
    }

    fn needs_infrared(&self) -> bool {
        (**self).needs_infrared()
    }

    fn start(&mut self) {
        (**self).start();
    }

    fn probe(&mut self, sample: &Sample<'_>) -> Result<PadDecision> {
        (**self).probe(sample)
    }

    fn forget(&mut self) {
        (**self).forget();
    }
}
