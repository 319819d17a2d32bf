//! Exposing for the face.

mod actuator;
#[cfg(all(test, feature = "sim"))]
mod tests;

use self::actuator::Actuator;
use super::{Control, FaceLight, FrameStream, Setting};
use crate::error::{ErrorKind, Result};

/// What the controller aims at, and how hard it tries.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExposurePolicy {
    /// Mean luminance of the face to aim at, 0 to 255.
    pub target: f32,
    /// How far the luminance may be from the target before anything is done, in doublings. Once
    /// something is done, half of it counts as reached.
    pub tolerance: f32,
    /// Share of the face that may be washed out.
    pub max_clipped: f32,
    /// Longest exposure, in units of 100 µs: a longer one blurs who does not hold still.
    pub max_exposure: i32,
    /// Frames from the start until the camera's own control has settled.
    pub start: u32,
    /// Frames after a change that may still show what was before.
    pub latency: u32,
    /// Frames without a face after which the camera gets its own control back.
    pub patience: u32,
}

impl Default for ExposurePolicy {
    /// Luminance 120, well inside what the quality check takes (60 to 190), within half a
    /// doubling; 1/30 s; a third of a second at the start, three frames after a change, a second
    /// without a face, at 30 frames a second.
    fn default() -> Self {
        Self {
            target: 120.0,
            tolerance: 0.5,
            max_clipped: 0.1,
            max_exposure: 333,
            start: 10,
            latency: 3,
            patience: 30,
        }
    }
}

/// What the controller says to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExposureStep {
    /// Nothing: no face, an earlier change does not show yet, or there is nothing to set.
    Wait,
    /// The face is lit as it should be, as near as the steps of the camera allow.
    Good,
    /// A control is to be set.
    Set(Control, Setting),
    /// The face is too dark and nothing is left to set: the person must be told.
    TooDark,
    /// The face is too bright and nothing is left to set: the person must be told.
    TooBright,
}

/// Sets a camera's controls by the light on the face that is looked at.
///
/// A camera on automatic exposes for all of its picture, so that somebody before a window is a
/// shadow. This is left alone until a face is too dark or too bright. Then the face decides:
/// exposure first, gain when the exposure is at its limit, back-light compensation last; in the
/// opposite order when it gets too bright. When nobody is there for a while, the camera is on
/// automatic again.
///
/// It corrects in doublings of light, less than fully, and less still whenever it overshot: it
/// settles however the camera translates light to luminance, and whatever its gain is measured
/// in.
#[derive(Debug)]
pub struct ExposureController {
    policy: ExposurePolicy,
    /// In the order in which they brighten.
    actuators: Vec<Actuator>,
    /// Frames that may still show what was before.
    settling: u32,
    /// Frames without a face.
    absent: u32,
    /// Part of the error that is corrected at once; halved by every overshoot.
    strength: f32,
    /// Sign of the last correction.
    direction: f32,
    /// Whether the luminance is being brought to the target.
    correcting: bool,
}

/// Part of an error that is corrected at once, in doublings of light for doublings of luminance.
/// The luminance is about the 2.2nd root of the light, so that two thirds of the error go. With a
/// camera whose luminance is the light itself it is an overshoot of less than half.
const STRENGTH: f32 = 1.4;

/// The largest correction, in doublings: a face that is black or white does not say by how much.
const LARGEST: f32 = 2.0;

/// An error that coarse steps of the camera excuse, in doublings.
const COARSE: f32 = 0.8;

impl ExposureController {
    /// A controller that has no camera yet.
    #[must_use]
    pub fn new(policy: ExposurePolicy) -> Self {
        Self {
            policy,
            actuators: Vec::new(),
            settling: policy.start,
            absent: 0,
            strength: STRENGTH,
            direction: 0.0,
            correcting: false,
        }
    }

    /// Asks a camera that was just started what can be set. One that allows nothing is not an
    /// error: every step is then [`ExposureStep::Wait`] or says that the person must be told.
    ///
    /// # Errors
    /// `Disconnected`.
    pub fn attach(&mut self, stream: &mut dyn FrameStream) -> Result<()> {
        *self = Self::new(self.policy);
        for control in actuator::BY_PREFERENCE {
            match stream.control(control) {
                Ok(state) => {
                    let longest =
                        (control == Control::Exposure).then_some(self.policy.max_exposure);
                    self.actuators
                        .extend(Actuator::new(control, state, longest));
                }
                Err(error) if error.kind() == ErrorKind::Disconnected => return Err(error),
                // It cannot, or will not tell: then it is not set.
                Err(_) => {}
            }
        }
        if self.actuators.is_empty() {
            self.settling = 0;
        }
        Ok(())
    }

    /// Looks at the light on the face of one more frame, `None` without a face, and sets what is
    /// to be set. A control that the camera refuses to set is not tried again.
    ///
    /// # Errors
    /// `Disconnected`, `Busy`, `TimedOut`.
    pub fn regulate(
        &mut self,
        stream: &mut dyn FrameStream,
        light: Option<FaceLight>,
    ) -> Result<ExposureStep> {
        if light.is_some_and(|light| self.error(light).abs() > self.policy.tolerance) {
            self.ask(stream)?;
        }
        let step = self.next(light);
        let ExposureStep::Set(control, setting) = step else {
            return Ok(step);
        };
        match stream.set_control(control, setting) {
            Ok(()) => Ok(step),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::PermissionDenied
                ) =>
            {
                self.refused(control);
                Ok(ExposureStep::Wait)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives back to the camera what was set, as at the end of an attempt: the next program, or
    /// the next person, finds the camera as it was. Tries every control, whatever the others do.
    ///
    /// # Errors
    /// The first control that the camera did not take back.
    pub fn release(&mut self, stream: &mut dyn FrameStream) -> Result<()> {
        let mut released = Ok(());
        for actuator in &mut self.actuators {
            if let Some(setting) = actuator.release() {
                released = released.and(stream.set_control(actuator.control(), setting));
            }
        }
        *self = Self::new(self.policy);
        released
    }

    /// Starts from what the camera chose by itself, if it tells.
    fn ask(&mut self, stream: &mut dyn FrameStream) -> Result<()> {
        for actuator in &mut self.actuators {
            if self.settling == 0 && actuator.is_automatic() {
                match stream.control(actuator.control()) {
                    Ok(state) => actuator.update(state.value),
                    Err(error) if error.kind() == ErrorKind::Disconnected => return Err(error),
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    /// What is to be done after one more frame; the caller does it. `light` is that of the face,
    /// `None` without one.
    #[must_use]
    pub fn next(&mut self, light: Option<FaceLight>) -> ExposureStep {
        let Some(light) = light else {
            return self.nobody();
        };
        self.absent = 0;
        if self.settling > 0 {
            self.settling -= 1;
            return ExposureStep::Wait;
        }
        let error = self.error(light);
        let tolerance = match self.correcting {
            true => self.policy.tolerance / 2.0,
            false => self.policy.tolerance,
        };
        if error.abs() <= tolerance {
            (self.correcting, self.direction, self.strength) = (false, 0.0, STRENGTH);
            return ExposureStep::Good;
        }
        self.correcting = true;
        if self.direction * error < 0.0 {
            self.strength /= 2.0;
        }
        self.direction = error.signum();
        let wish = error * self.strength;
        let mut nearly = false;
        let mut in_order: Vec<&mut Actuator> = self.actuators.iter_mut().collect();
        if wish < 0.0 {
            in_order.reverse();
        }
        for actuator in in_order {
            if actuator.is_at_limit(wish) {
                continue;
            }
            match actuator.correct(wish, LARGEST) {
                Some(setting) => {
                    self.settling = self.policy.latency;
                    return ExposureStep::Set(actuator.control(), setting);
                }
                // The step to the next value is larger than the error.
                None => nearly = true,
            }
        }
        match (nearly, error > 0.0) {
            (true, _) if error.abs() <= COARSE => ExposureStep::Good,
            (_, true) => ExposureStep::TooDark,
            (_, false) => ExposureStep::TooBright,
        }
    }

    /// Takes back a step that the camera refused: that control is not used any more.
    pub fn refused(&mut self, control: Control) {
        self.actuators
            .retain(|actuator| actuator.control() != control);
        self.settling = 0;
    }

    /// By how many doublings the face is too dark; negative if it is too bright.
    fn error(&self, light: FaceLight) -> f32 {
        let error = (self.policy.target / light.mean.max(1.0)).log2();
        // What is washed out is brighter than it looks.
        if light.clipped > self.policy.max_clipped {
            error.min(-self.policy.tolerance - light.clipped)
        } else {
            error
        }
    }

    /// Without a face: gives one control after the other back to the camera.
    fn nobody(&mut self) -> ExposureStep {
        self.absent = self.absent.saturating_add(1);
        if self.absent < self.policy.patience {
            return ExposureStep::Wait;
        }
        (self.correcting, self.direction, self.strength) = (false, 0.0, STRENGTH);
        let released = self
            .actuators
            .iter_mut()
            .find_map(|actuator| Some((actuator.control(), actuator.release()?)));
        match released {
            Some((control, setting)) => {
                self.settling = self.policy.latency;
                ExposureStep::Set(control, setting)
            }
            None => ExposureStep::Wait,
        }
    }
}
