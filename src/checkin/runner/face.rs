//! The lane of camera and face engine.

use std::sync::Arc;
use std::time::Duration;

use super::attempt::Attempt;
use super::inbox::Input;
use super::liveness::Liveness;
use super::request::Request;
use super::sight::Sight;
use crate::camera::{Camera, RgbFrame};
use crate::checkin::{Answer, Event, FaceAnswer, PadPolicy, PortraitAnswer};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{FaceVerifier, ReferenceOutcome};
use crate::myna::{DecodedPortrait, ImageError, Leniency, VerifiedPortrait};
use crate::time::Clock;
use crate::wait::{CancelToken, Wait};

/// How long a camera may take to start.
const START: Duration = Duration::from_secs(5);

/// How long a camera that runs may give no picture. The first ones after its start take longest.
const FRAME: Duration = Duration::from_secs(3);

pub(super) struct FaceLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) camera: Box<dyn Camera>,
    pub(super) verifier: Box<dyn FaceVerifier>,
    /// `None` also when the policy is off.
    pub(super) liveness: Option<Liveness>,
    pub(super) pad: PadPolicy,
    /// How long an attempt waits for a check that decides nothing.
    pub(super) report_patience: Duration,
    /// Whether a damaged portrait will do.
    pub(super) leniency: Leniency,
    pub(super) portrait: Option<VerifiedPortrait>,
    /// What became of making a reference ahead of the portrait's last proof.
    pub(super) prepared: Option<Result<bool, PortraitAnswer>>,
    /// The verifier has the reference and has seen no frame yet.
    pub(super) fresh: bool,
    /// The camera, while it runs.
    pub(super) sight: Option<Sight>,
    /// The camera was told lost.
    pub(super) lost: bool,
}

impl FaceLane {
    /// Starts the camera and wakes the engine, while the card is read and the patient chooses. A
    /// camera that was lost and starts again is told.
    pub(super) fn warm_up(&mut self, cancel: &CancelToken, input: &Input) {
        if self.sight.is_some() {
            return;
        }
        let wait = Wait::at_most(self.clock.clone(), START).with_cancel(cancel.clone());
        match Sight::open(&mut *self.camera, &wait) {
            Ok(sight) => {
                self.sight = Some(sight);
                if std::mem::take(&mut self.lost) {
                    input.send(Event::CameraBack);
                }
            }
            Err(error) if is_gone(&error) && !self.lost => {
                self.lost = true;
                input.send(Event::CameraLost);
            }
            // Perhaps another program has it: whoever needs it will say so.
            Err(_) => {}
        }
        // An engine that cannot even do this fails again where it counts.
        let _ = self.verifier.warm_up();
    }

    /// Stops the camera: nobody is to be looked at now.
    pub(super) fn rest(&mut self) {
        self.sight = None;
    }

    /// Makes the reference of a portrait whose chip has yet to prove that it is there.
    pub(super) fn prepare(&mut self, picture: Result<DecodedPortrait, ImageError>) {
        self.prepared = Some(self.reference(picture));
    }

    /// Keeps the portrait for the attempts of this session, if a reference can be made of it, and
    /// says whether it is damaged.
    pub(super) fn take_portrait(
        &mut self,
        portrait: VerifiedPortrait,
    ) -> Result<bool, PortraitAnswer> {
        let damaged = match self.prepared.take() {
            Some(prepared) => prepared?,
            None => self.reference(portrait.decode_with(self.leniency))?,
        };
        self.portrait = Some(portrait);
        self.fresh = true;
        Ok(damaged)
    }

    /// Has the engine make its reference; says whether the picture is damaged.
    fn reference(
        &mut self,
        picture: Result<DecodedPortrait, ImageError>,
    ) -> Result<bool, PortraitAnswer> {
        let picture = picture.map_err(|error| {
            if error.is_too_large() {
                PortraitAnswer::TooLarge
            } else {
                PortraitAnswer::Undecodable
            }
        })?;
        match self.verifier.start(&picture.image.view()) {
            Ok(ReferenceOutcome::Ready) => Ok(picture.damage.is_some()),
            Err(error) if error.kind() != ErrorKind::InvalidInput => {
                Err(PortraitAnswer::EngineFailure)
            }
            Ok(_) | Err(_) => Err(PortraitAnswer::Undecodable),
        }
    }

    /// One attempt: looks until the engine decides, or the session gives up.
    pub(super) fn attempt(&mut self, request: &Request) {
        let answer = self.look(request);
        if let Err(error) = &answer
            && is_gone(error)
        {
            self.lost = true;
            request.tell(Event::CameraLost);
        }
        request.reply(answer.map(Answer::Face));
    }

    fn look(&mut self, request: &Request) -> Result<FaceAnswer> {
        let wait = &request.wait(&self.clock);
        let portrait = self
            .portrait
            .as_ref()
            .ok_or_else(|| Error::invalid_input("no portrait to compare with"))?;
        // Every attempt starts afresh: frames of the one before do not count against this one.
        // The first finds the reference that was made when the portrait came.
        if !std::mem::take(&mut self.fresh) {
            let started = portrait
                .decode_with(self.leniency)
                .map(|picture| self.verifier.start(&picture.image.view()));
            if !matches!(started, Ok(Ok(ReferenceOutcome::Ready))) {
                return Ok(FaceAnswer::EngineFailure);
            }
        }
        let mut sight = match self.sight.take() {
            Some(sight) => sight,
            None => Sight::open(&mut *self.camera, &wait.shortened(START))?,
        };
        let presentation = self.liveness.as_mut().map(|liveness| liveness.begin(wait));
        let patience = match self.pad {
            PadPolicy::Report => Some(self.clock.now() + self.report_patience),
            _ => None,
        };
        let clock = &*self.clock;
        let verifier = &mut *self.verifier;
        let mut attempt = Attempt::new(clock, verifier, presentation, request);
        attempt.pad = self.pad;
        attempt.patience = patience;
        let mut frame = RgbFrame::new();
        let answer = loop {
            let answer = match frame.take(sight.next_frame(&wait.shortened(FRAME))?) {
                Ok(()) => {
                    let answer = attempt.look(&frame, wait);
                    if answer.is_none() {
                        sight.regulate(attempt.light(&frame))?;
                    }
                    answer
                }
                Err(error) => attempt.failed(&error),
            };
            if let Some(answer) = answer {
                break answer;
            }
        };
        // It runs on for the next attempt. One that failed is started anew.
        self.sight = Some(sight);
        Ok(answer)
    }

    /// Forgets the person.
    pub(super) fn wipe(&mut self) {
        self.verifier.forget();
        if let Some(liveness) = &mut self.liveness {
            liveness.wipe();
        }
        self.portrait = None;
        self.prepared = None;
        self.fresh = false;
    }
}

/// Whether the camera is not there any more.
fn is_gone(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::NotFound)
}
