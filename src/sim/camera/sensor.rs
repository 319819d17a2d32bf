//! Light and sensor of the virtual camera.

use crate::camera::{Control, ControlRange, ControlState, Setting};
use crate::error::{Error, ErrorKind, Result};

/// Light on the scene. 1 is what a face needs at an exposure of 10 ms without amplification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lighting {
    /// On people.
    pub people: f32,
    /// On what is behind them.
    pub background: f32,
}

impl Lighting {
    /// A lit room.
    #[must_use]
    pub fn room() -> Self {
        Self {
            people: 1.0,
            background: 1.0,
        }
    }

    /// A room in which the light is off.
    #[must_use]
    pub fn dusk() -> Self {
        Self {
            people: 0.1,
            background: 0.1,
        }
    }

    /// The sun shines in.
    #[must_use]
    pub fn sun() -> Self {
        Self {
            people: 12.0,
            background: 8.0,
        }
    }

    /// A window behind the person.
    #[must_use]
    pub fn back_lit() -> Self {
        Self {
            people: 0.6,
            background: 16.0,
        }
    }
}

/// Luminance is this root of light.
const GAMMA: f32 = 2.2;

/// Exposure, in units of 100 µs, at which light 1 shows things as they are drawn.
const REFERENCE: f32 = 100.0;

/// Frames that are on their way while a control is set.
const LATENCY: u64 = 2;

/// Mean level of the whole picture that the camera itself aims at, in linear light.
const AIM: f32 = 0.3;

const EXPOSURE: ControlRange = ControlRange {
    min: 3,
    max: 2_047,
    step: 4,
    default: 155,
    has_automatic: true,
};

/// Sixteenths: amplified once to eight times.
const GAIN: ControlRange = ControlRange {
    min: 16,
    max: 128,
    step: 1,
    default: 16,
    has_automatic: false,
};

/// What turns light into numbers.
pub(super) struct Sensor {
    pub(super) lighting: Lighting,
    pub(super) refuses: bool,
    exposure: i32,
    gain: i32,
    is_automatic: bool,
    /// What was set and does not show yet, by the frame that shows it.
    pending: Vec<(u64, Control, Setting)>,
}

impl Sensor {
    pub(super) fn new(lighting: Lighting) -> Self {
        Self {
            lighting,
            refuses: false,
            exposure: EXPOSURE.default,
            gain: GAIN.default,
            is_automatic: true,
            pending: Vec::new(),
        }
    }

    pub(super) fn control(&self, control: Control) -> Option<ControlState> {
        let (range, value, is_automatic) = match control {
            Control::Exposure => (EXPOSURE, self.exposure, self.is_automatic),
            Control::Gain => (GAIN, self.gain, false),
            _ => return None,
        };
        Some(ControlState {
            range,
            value,
            is_automatic,
        })
    }

    /// Sets a control while frame `newest` is the last one captured.
    pub(super) fn set(&mut self, control: Control, setting: Setting, newest: u64) -> Result<()> {
        let state = self
            .control(control)
            .ok_or_else(|| Error::unsupported(format!("the control {control}")))?;
        if self.refuses {
            return Err(ErrorKind::PermissionDenied.into());
        }
        match setting {
            Setting::Automatic if !state.range.has_automatic => {
                return Err(Error::unsupported(format!("automatic {control}")));
            }
            Setting::Manual(value) if state.range.nearest(value.into()) != value => {
                return Err(Error::invalid_input(format!("{value} for the {control}")));
            }
            _ => {}
        }
        self.pending.push((newest + LATENCY, control, setting));
        Ok(())
    }

    /// Takes over what is to show in frame `number` and those before it.
    pub(super) fn take_over(&mut self, number: u64) {
        let due = self.pending.iter().filter(|(at, ..)| *at < number);
        for (_, control, setting) in due {
            match (control, setting) {
                (Control::Exposure, Setting::Automatic) => self.is_automatic = true,
                (Control::Exposure, Setting::Manual(value)) => {
                    (self.exposure, self.is_automatic) = (*value, false);
                }
                (_, Setting::Manual(value)) => self.gain = *value,
                _ => {}
            }
        }
        self.pending.retain(|(at, ..)| *at >= number);
    }

    /// Stops capturing: what was set last is set, although no frame showed it.
    pub(super) fn stop(&mut self) {
        self.take_over(u64::MAX);
    }

    /// Makes of a scene as it is drawn, RGB, what the sensor sees of it in frame `number`.
    pub(super) fn expose(&mut self, pixels: &mut [u8], background: [u8; 3], number: u64) {
        self.take_over(number);
        let amplified = self.gain as f32 / GAIN.min as f32;
        let sensitivity = self.exposure as f32 / REFERENCE * amplified;
        // For every level that is drawn: the light that it stands for.
        let lit = |light: f32| -> [f32; 256] {
            std::array::from_fn(|level| {
                let linear = (level as f32 / 255.0).powf(GAMMA) * light * sensitivity;
                linear.min(1.0)
            })
        };
        let behind = lit(self.lighting.background);
        let before = lit(self.lighting.people);
        // The same as it is seen, with more noise or less.
        let seen = |light: &[f32; 256]| -> [[u8; 256]; 4] {
            let noise = [-1.0, -0.3, 0.3, 1.0].map(|noise: f32| noise * amplified);
            let level = |light: f32, noise| light.powf(1.0 / GAMMA) * 255.0 + noise + 0.5;
            // `as` saturates.
            noise.map(|noise| light.map(|light| level(light, noise) as u8))
        };
        let (seen_behind, seen_before) = (seen(&behind), seen(&before));
        let (mut sum, mut count) = (0.0, 0u32);
        // Fixed by the frame's number, so that a run can be repeated.
        let mut state = (number as u32).wrapping_mul(0x9e37_79b9) | 1;
        for pixel in pixels.chunks_exact_mut(3) {
            let (seen, light) = match pixel == background {
                true => (&seen_behind, &behind),
                false => (&seen_before, &before),
            };
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let seen = &seen[(state >> 30) as usize];
            sum += light[usize::from(pixel[1])];
            count += 1;
            for value in pixel {
                *value = seen[usize::from(*value)];
            }
        }
        if self.is_automatic && count > 0 {
            let mean = (sum / count as f32).max(0.002);
            // Half of the way, so that it does not pump.
            let wish = self.exposure as f32 * (AIM / mean).sqrt();
            self.exposure = EXPOSURE.nearest(wish.into());
        }
    }
}
