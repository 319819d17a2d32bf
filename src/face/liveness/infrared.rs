//! What a screen or a print looks like in infrared light.

use super::luminance::{BlockMeans, FaceLuminance};
use super::{Infrared, PadReason, Sample};
use crate::error::Result;

/// Pairs before anything is said.
const LEAST: u32 = 6;

/// Skin reflects the lamp of an infrared camera; a screen absorbs it. Mean luminance of the face.
const DARK: f32 = 25.0;

/// Below this deviation of its blocks a face has no features, in grey levels.
const FLAT: f32 = 5.0;

/// Eyes, brows and mouth are at the same places in both pictures: how far blocks must go together.
/// Light from another side weakens it, another thing in view destroys it.
const ALIKE: f32 = 0.2;

/// What the pairs say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InfraredFinding {
    /// Too few pairs.
    Undecided,
    /// A face with features where the other camera sees it.
    Face,
    /// Something else, and why it is suspected.
    Suspect(PadReason),
}

/// Cue for a pair of cameras: the face must be there in infrared light, too.
#[derive(Clone, Debug, Default)]
pub struct InfraredCue {
    pairs: u32,
    missing: u32,
    dark: u32,
    flat: u32,
}

impl InfraredCue {
    /// Without pairs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pairs so far.
    #[must_use]
    pub fn pairs(&self) -> u32 {
        self.pairs
    }

    /// What the pairs say: what was found in most of them.
    #[must_use]
    pub fn finding(&self) -> InfraredFinding {
        if self.pairs < LEAST {
            return InfraredFinding::Undecided;
        }
        let found = [
            (self.missing, PadReason::NoFaceInInfrared),
            (self.dark, PadReason::DarkInInfrared),
            (self.flat, PadReason::FlatInInfrared),
        ];
        if 2 * (self.missing + self.dark + self.flat) <= self.pairs {
            return InfraredFinding::Face;
        }
        let most = found.into_iter().max_by_key(|(count, _)| *count);
        most.map_or(InfraredFinding::Undecided, |(_, reason)| {
            InfraredFinding::Suspect(reason)
        })
    }

    /// Takes a pair; a sample without an infrared picture is passed over.
    ///
    /// # Errors
    /// As [`align`](crate::face::align::align).
    pub fn accept(&mut self, sample: &Sample<'_>) -> Result<()> {
        let face = FaceLuminance::of(&sample.image, &sample.face.landmarks)?;
        self.accept_face(&face, sample.infrared.as_ref())
    }

    pub(super) fn accept_face(
        &mut self,
        face: &FaceLuminance,
        infrared: Option<&Infrared<'_>>,
    ) -> Result<()> {
        let Some(infrared) = infrared else {
            return Ok(());
        };
        self.pairs = self.pairs.saturating_add(1);
        let Some(region) = infrared.face else {
            self.missing += 1;
            return Ok(());
        };
        let seen = FaceLuminance::of(&infrared.image, &region.landmarks)?.blocks();
        let statistics = Together::of(&face.blocks(), &seen);
        if statistics.mean < DARK {
            self.dark += 1;
        } else if statistics.deviation < FLAT || statistics.correlation < ALIKE {
            self.flat += 1;
        }
        Ok(())
    }
}

/// How the blocks of a face in infrared go together with those in visible light.
struct Together {
    mean: f32,
    deviation: f32,
    correlation: f32,
}

impl Together {
    fn of(visible: &BlockMeans, infrared: &BlockMeans) -> Self {
        let count = infrared.len().max(1) as f32;
        let mean = |blocks: &BlockMeans| blocks.iter().sum::<f32>() / count;
        let (visible_mean, infrared_mean) = (mean(visible), mean(infrared));
        let (mut vv, mut ii, mut vi) = (0.0f32, 0.0f32, 0.0f32);
        for (v, i) in visible.iter().zip(infrared.iter()) {
            let (v, i) = (v - visible_mean, i - infrared_mean);
            vv += v * v;
            ii += i * i;
            vi += v * i;
        }
        Self {
            mean: infrared_mean,
            deviation: (ii / count).sqrt(),
            correlation: vi / (vv * ii).sqrt().max(f32::MIN_POSITIVE),
        }
    }
}
