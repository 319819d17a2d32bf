//! Eyes close for a moment, and nothing else does.

use std::time::Duration;

use super::luminance::FaceLuminance;
use crate::error::Result;
use crate::face::Landmarks;
use crate::imaging::ImageView;
use crate::time::Timestamp;

/// Samples with open eyes before a blink can be seen.
const LEAST: u32 = 5;

/// Eyes are closed below this share of the contrast that they have when open: lids hide the white
/// and the pupil.
const CLOSED: f32 = 0.6;

/// And open again above this share.
const OPEN: f32 = 0.75;

/// Contrast of open eyes, as standard deviation in grey levels, below which nothing can be said.
const LEAST_CONTRAST: f32 = 8.0;

/// How long a blink lasts. A spontaneous one takes a tenth of a second or two, one on request
/// longer; eyes that stay closed are no blink.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_millis(800);

/// By how much nose and mouth may change meanwhile, in grey levels: a hand before the face and a
/// lamp that goes out hide more than the eyes.
const REST: f32 = 12.0;

/// How fast the open eyes' contrast follows the light.
const FOLLOWS: f32 = 0.1;

/// Where eyes lie in the aligned face: columns of both, and rows.
const EYES: [std::ops::Range<usize>; 2] = [28..49, 63..84];
const EYE_ROWS: std::ops::Range<usize> = 45..58;

/// Cue: the contrast of the eyes goes away and comes back while the rest of the face stays.
#[derive(Debug, Default)]
pub struct BlinkCue {
    samples: u32,
    /// Contrast of the open eyes.
    open: f32,
    /// Luminance of nose and mouth while the eyes were open.
    rest: [f32; 2],
    closed_since: Option<Timestamp>,
    blinks: u32,
}

impl BlinkCue {
    /// Without samples.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Blinks so far.
    #[must_use]
    pub fn blinks(&self) -> u32 {
        self.blinks
    }

    /// Takes the face with these points in `image`, RGB, looking straight ahead.
    ///
    /// # Errors
    /// As [`align`](crate::face::align::align).
    pub fn accept(
        &mut self,
        image: &ImageView<'_>,
        points: &Landmarks,
        captured_at: Timestamp,
    ) -> Result<()> {
        self.accept_face(&FaceLuminance::of(image, points)?, captured_at);
        Ok(())
    }

    pub(super) fn accept_face(&mut self, face: &FaceLuminance, at: Timestamp) {
        // The eye that is more open counts: both have to close.
        let contrast = EYES
            .map(|columns| face.spread(columns, EYE_ROWS).1)
            .into_iter()
            .fold(0.0, f32::max);
        let rest = [
            face.spread(44..68, 62..78).0,
            face.spread(40..72, 84..100).0,
        ];
        if self.samples < LEAST {
            // Of the first samples the widest eyes count: who blinks just then is not taken for
            // somebody with closed eyes.
            self.samples += 1;
            self.open = self.open.max(contrast);
            self.rest = rest;
            return;
        }
        if self.open < LEAST_CONTRAST {
            return self.follow(contrast, rest);
        }
        let moved = self.rest.iter().zip(rest);
        if moved
            .map(|(before, now)| (before - now).abs())
            .fold(0.0, f32::max)
            > REST
        {
            // Not the eyes alone: whatever it is, it is no blink.
            self.closed_since = None;
            return self.follow(self.open, rest);
        }
        match self.closed_since {
            None if contrast < CLOSED * self.open => self.closed_since = Some(at),
            None => self.follow(contrast, rest),
            Some(since) if contrast > OPEN * self.open => {
                let lasted = at.since(since);
                self.blinks += u32::from(lasted >= SHORTEST && lasted <= LONGEST);
                self.closed_since = None;
            }
            Some(_) => {}
        }
    }

    fn follow(&mut self, contrast: f32, rest: [f32; 2]) {
        self.open += FOLLOWS * (contrast - self.open);
        for (known, now) in self.rest.iter_mut().zip(rest) {
            *known += FOLLOWS * (now - *known);
        }
    }
}
