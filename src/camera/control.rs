//! What can be set about a running camera.

use std::fmt;

/// Something about a running camera that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Control {
    /// How long the sensor gathers light for a frame, in units of 100 µs (USB video class
    /// "Exposure Time (Absolute)", `V4L2_CID_EXPOSURE_ABSOLUTE`).
    Exposure,
    /// By how much the sensor's signal is amplified, in units of the camera; more is brighter,
    /// and noisier.
    Gain,
    /// Level of the picture, in units of the camera. Nothing becomes visible by it that was not.
    Brightness,
    /// How far the camera brightens a subject before a bright background, in units of the
    /// camera; the least is off.
    BacklightCompensation,
    /// Where the lens is focused, in units of the camera; more is nearer, as a rule.
    Focus,
    /// Clockwise rotation of the frames in degrees: 0, 90, 180, 270.
    Rotation,
    /// The infrared lamp: 0 is off, more is brighter.
    InfraredLamp,
}

impl Control {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exposure => "exposure",
            Self::Gain => "gain",
            Self::Brightness => "brightness",
            Self::BacklightCompensation => "backlight-compensation",
            Self::Focus => "focus",
            Self::Rotation => "rotation",
            Self::InfraredLamp => "infrared-lamp",
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The values that a control takes, in its own units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlRange {
    /// Least value.
    pub min: i32,
    /// Largest value.
    pub max: i32,
    /// Distance between two values, at least 1.
    pub step: i32,
    /// The value that the maker chose.
    pub default: i32,
    /// Whether the camera can choose the value by itself.
    pub has_automatic: bool,
}

impl ControlRange {
    /// The value nearest to `wish` that the control takes.
    #[must_use]
    pub fn nearest(&self, wish: f64) -> i32 {
        let (min, step) = (f64::from(self.min), f64::from(self.step.max(1)));
        let steps = ((f64::from(self.max) - min) / step).floor().max(0.0);
        let nearest = ((wish - min) / step).round().clamp(0.0, steps);
        // `as` saturates, and takes what is no number for zero.
        (min + nearest * step) as i32
    }
}

/// What a control is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The camera chooses the value.
    Automatic,
    /// This value.
    Manual(i32),
}

/// A control as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlState {
    /// What it takes.
    pub range: ControlRange,
    /// The value; under automatic control what the camera chose, or the default if it does not
    /// tell.
    pub value: i32,
    /// Whether the camera chooses the value.
    pub is_automatic: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_value_is_one_that_the_control_takes() {
        let range = ControlRange {
            min: -7,
            max: 30,
            step: 5,
            default: -7,
            has_automatic: false,
        };
        for (wish, value) in [
            (-99.0, -7),
            (-4.6, -7),
            (-4.4, -2),
            (28.0, 28),
            (1e9, 28),
            (f64::INFINITY, 28),
        ] {
            assert_eq!(range.nearest(wish), value, "{wish}");
        }
        let broken = ControlRange {
            max: -8,
            step: 0,
            ..range
        };
        assert_eq!(broken.nearest(3.0), -7);
    }
}
