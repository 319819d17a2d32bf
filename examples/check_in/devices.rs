//! The devices of the user's choice.

use std::path::Path;
use std::sync::Arc;

use myna_hal::camera::Camera;
use myna_hal::checkin::card_face::CardFaceReading;
use myna_hal::checkin::ports::CardFaceScanner;
use myna_hal::checkin::runner::{Devices, Liveness};
use myna_hal::face::liveness::LivenessEngine;
use myna_hal::face::pipeline::{FrameCounter, StagedVerifier};
use myna_hal::face::{
    DecisionPolicy, FaceEmbedder, FaceVerifier, FalseMatchRate, QualityGate, ThresholdTable,
};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::card::Profile;
use myna_hal::sim::{
    DrawnDetector, Scene, ScriptedLiveness, VirtualCamera, VirtualCard, VirtualReader,
};
use myna_hal::time::Clock;
use myna_hal::{Result, Wait};
use zeroize::Zeroizing;

use crate::support::problem::Problem;
use crate::support::terminal::{TerminalPin, ask};
use crate::{Arguments, Choice, PadChoice, support};

/// Variable with the 14 digits printed on a real card.
const CODE_VARIABLE: &str = "MYNA_CARD_FACE_CODE";

pub(crate) struct Opened {
    pub(crate) devices: Devices,
    /// The virtual card, when that was chosen.
    pub(crate) card: Option<VirtualCard>,
    /// The virtual reader, to take the card out of at the end.
    pub(crate) reader: Option<VirtualReader>,
    /// What became of the camera's frames.
    pub(crate) frames: Option<FrameCounter>,
}

pub(crate) fn open(arguments: &Arguments, clock: &Arc<dyn Clock>) -> Result<Opened, Problem> {
    // What can be missing comes first: nobody is asked for a code in vain.
    let mut frames = None;
    let face = match arguments.method {
        Choice::Face => {
            let camera = camera(&arguments.camera, clock)?;
            let verifier = verifier(arguments, clock)?;
            frames = Some(verifier.counter());
            let verifier: Box<dyn FaceVerifier> = Box::new(verifier);
            Some((camera, verifier))
        }
        Choice::Pin => None,
    };
    let desk = arguments
        .desk
        .desk(&arguments.card, || profile(arguments), clock)?;
    let (watch, reader) = arguments.card.reader(desk.as_ref(), clock)?;
    let keys = desk.as_ref().and_then(|desk| desk.keys.as_ref());
    let pin_pad = match arguments.method {
        Choice::Pin => arguments.pad.choose(&*reader, keys)?,
        // Nobody is asked for a PIN, and nothing is said of one.
        Choice::Face => Box::new(HostPinPad::new(TerminalPin::new())),
    };
    let card = desk.as_ref().map(|desk| desk.card.clone());
    let scanner: Option<Box<dyn CardFaceScanner>> = match arguments.method {
        Choice::Face => Some(Box::new(TypedCode(code(card.as_ref())?))),
        Choice::Pin => None,
    };
    Ok(Opened {
        devices: Devices {
            watch,
            reader,
            pin_pad,
            face,
            scanner,
            liveness: (arguments.pad_policy != PadChoice::Off).then(virtual_check),
        },
        card,
        reader: desk.map(|desk| desk.reader),
        frames,
    })
}

/// Asks and passes everybody. It finds drawn faces, which is what the virtual camera shows.
fn virtual_check() -> Liveness {
    Liveness::new(LivenessEngine::new(
        ScriptedLiveness::passing(),
        DrawnDetector,
    ))
}

fn profile(arguments: &Arguments) -> Result<Profile, Problem> {
    let mut profile = Profile::default();
    if let Some(path) = &arguments.portrait {
        profile.portrait = support::portrait::read(path).map_err(|error| {
            Problem::new(
                "portrait-unreadable",
                error,
                "name a JPEG, PNG or JP2 picture",
            )
        })?;
    }
    Ok(profile)
}

fn camera(path: &Path, clock: &Arc<dyn Clock>) -> Result<Box<dyn Camera>, Problem> {
    let camera = if path == Path::new("sim") {
        Ok(VirtualCamera::drawn(
            clock.clone(),
            Scene::Face { person: 1 },
        ))
    } else if path.is_dir() {
        VirtualCamera::folder(clock.clone(), path)
    } else {
        match std::fs::read(path) {
            Ok(bytes) => VirtualCamera::picture(clock.clone(), &bytes),
            Err(error) => {
                return Err(Problem::new(
                    "camera-lost",
                    format!("{}: {error}", path.display()),
                    "name a picture, a folder of pictures, or `sim`",
                ));
            }
        }
    };
    match camera {
        Ok(camera) => Ok(Box::new(camera)),
        Err(error) => Err(Problem::new(
            "camera-lost",
            format!("{}: {error}", path.display()),
            "name a JPEG or PNG picture, or a folder of such",
        )),
    }
}

/// Keeps up with a camera: frames that the engine has no time for are dropped and counted.
fn verifier(arguments: &Arguments, clock: &Arc<dyn Clock>) -> Result<StagedVerifier, Problem> {
    let engine = arguments.engine.open()?;
    let (detector, embedder) = (engine.detector()?, engine.embedder()?);
    let table = ThresholdTable::for_model(embedder.model())?;
    let policy = DecisionPolicy::new(table, FalseMatchRate::default())?;
    let mut gate = QualityGate::live();
    if arguments.camera.is_dir() {
        // The pictures of a folder are no film: from one to the next, faces jump.
        gate.max_speed = f32::INFINITY;
    }
    Ok(StagedVerifier::with_policy(
        clock, detector, embedder, policy, gate,
    )?)
}

/// The printed code: the virtual holder's, or what the user says.
fn code(card: Option<&VirtualCard>) -> Result<Zeroizing<String>, Problem> {
    let digits = match (card, std::env::var(CODE_VARIABLE)) {
        (Some(card), _) => Zeroizing::new(card.holder().card_face_code.clone()),
        (None, Ok(digits)) => Zeroizing::new(digits),
        (None, Err(_)) => ask("照合番号B, 14 digits printed on the card: ", CODE_VARIABLE)
            .ok()
            .flatten()
            .ok_or_else(|| {
                Problem::new(
                    "card-face-unreadable",
                    "the card-face code is needed to open the portrait",
                    format!("enter the 14 digits printed on the card, or set {CODE_VARIABLE}"),
                )
            })?,
    };
    CardFaceReading::typed(&digits).map_err(|error| {
        Problem::new(
            "card-face-implausible",
            format!("{error}; the card was not asked"),
            "look at the card again: birth YYMMDD, expiry YYYY, security code NNNN",
        )
    })?;
    Ok(digits)
}

/// Stands in for a scanner of the printed card: the code was typed, or is the virtual holder's.
struct TypedCode(Zeroizing<String>);

impl CardFaceScanner for TypedCode {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        wait.check()?;
        CardFaceReading::typed(&self.0)
            .map_err(|error| myna_hal::Error::invalid_input(error.to_string()))
    }
}
