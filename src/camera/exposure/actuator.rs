//! One control that makes faces brighter or darker.

use crate::camera::{Control, ControlRange, ControlState, Setting};

/// What brightens first. Exposure costs nothing until faces blur, gain costs noise, and what
/// back-light compensation does is the camera's secret.
pub(super) const BY_PREFERENCE: [Control; 3] = [
    Control::Exposure,
    Control::Gain,
    Control::BacklightCompensation,
];

/// Doublings over the whole range of a control whose units nobody tells. More than there will be,
/// so that little is tried at a time.
const UNKNOWN: f64 = 8.0;

/// A control with what the controller knows of it.
#[derive(Debug)]
pub(super) struct Actuator {
    control: Control,
    range: ControlRange,
    /// Where it stood when the controller came, and where it goes back to.
    initial: Setting,
    value: i32,
    /// Whether the controller has set it.
    is_taken: bool,
}

impl Actuator {
    /// `None` if there is nothing to choose from.
    pub(super) fn new(control: Control, state: ControlState, longest: Option<i32>) -> Option<Self> {
        let mut range = state.range;
        range.max = longest.map_or(range.max, |longest| range.max.min(longest));
        let initial = match state.is_automatic {
            true => Setting::Automatic,
            false => Setting::Manual(state.value),
        };
        (range.max > range.min).then_some(Self {
            control,
            range,
            initial,
            value: state.value.clamp(range.min, range.max),
            is_taken: false,
        })
    }

    pub(super) fn control(&self) -> Control {
        self.control
    }

    /// Whether it can do nothing in the direction of `doublings`.
    pub(super) fn is_at_limit(&self, doublings: f32) -> bool {
        match doublings > 0.0 {
            true => self.value >= self.range.nearest(f64::from(self.range.max)),
            false => self.value <= self.range.min,
        }
    }

    /// Whether the camera chooses its value.
    pub(super) fn is_automatic(&self) -> bool {
        !self.is_taken && self.initial == Setting::Automatic
    }

    /// What the camera chose.
    pub(super) fn update(&mut self, value: i32) {
        self.value = value.clamp(self.range.min, self.range.max);
    }

    /// The setting that changes the light by about `doublings`, but not by more than `largest`
    /// unless the next value is farther. `None` if the one there is is nearest to what is wanted.
    pub(super) fn correct(&mut self, doublings: f32, largest: f32) -> Option<Setting> {
        let bounded = doublings.clamp(-largest, largest);
        let mut nearest = self.range.nearest(self.wish(bounded));
        if nearest == self.value {
            let step = f64::from(self.range.step.max(1)) * f64::from(doublings.signum());
            let next = self.range.nearest(f64::from(self.value) + step);
            // Farther than was asked for, but nearer to what is wanted: less was asked for.
            if self.distance(next) <= 1.5 * doublings.abs() {
                nearest = next;
            }
        }
        // What the camera chose stays as it is, but so does not the camera's choosing.
        if nearest == self.value && !self.is_automatic() {
            return None;
        }
        self.value = nearest;
        self.is_taken = true;
        Some(Setting::Manual(nearest))
    }

    /// The value that is `doublings` brighter.
    fn wish(&self, doublings: f32) -> f64 {
        let value = f64::from(self.value);
        match self.control {
            Control::Exposure => value.max(1.0) * f64::from(doublings).exp2(),
            _ => value + self.span() * f64::from(doublings.clamp(-1.0, 1.0)) / UNKNOWN,
        }
    }

    /// How many doublings away `value` is.
    fn distance(&self, value: i32) -> f32 {
        let doublings = match self.control {
            Control::Exposure => (f64::from(value.max(1)) / f64::from(self.value.max(1)))
                .log2()
                .abs(),
            _ => (f64::from(value) - f64::from(self.value)).abs() * UNKNOWN / self.span(),
        };
        doublings as f32
    }

    fn span(&self) -> f64 {
        f64::from(self.range.max) - f64::from(self.range.min)
    }

    /// The setting that it had, if it has another one now.
    pub(super) fn release(&mut self) -> Option<Setting> {
        if !std::mem::take(&mut self.is_taken) {
            return None;
        }
        if let Setting::Manual(value) = self.initial {
            self.value = value;
        }
        Some(self.initial)
    }
}
