//! What is known of a check's errors.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;

/// What a [`LivenessCheck`](super::LivenessCheck) was tested with.
///
/// No check of this library is certified, and none was tested by a laboratory. A maker who had an
/// engine tested says so with [`Tested`](Self::Tested), and answers for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PadEvidence {
    /// With nothing that gives error rates: a deterrent.
    #[default]
    Untested,
    /// In a test after ISO/IEC 30107-3.
    Tested(PadTest),
}

/// The result of a test after ISO/IEC 30107-3, as counts: a rate without its count says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PadTest {
    /// Who tested.
    pub laboratory: Cow<'static, str>,
    /// When.
    pub date: Date,
    /// Attacks, by species: an average over species would hide the one that works.
    pub attacks: Vec<SpeciesResult>,
    /// Living people.
    pub bona_fide: BonaFideResult,
}

/// What became of attacks with one species of presentation attack instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeciesResult {
    /// The species, for example "photo print, matt, A4".
    pub species: Cow<'static, str>,
    /// Presentations.
    pub presentations: u32,
    /// Of them, taken for bona fide.
    pub accepted: u32,
    /// Of them, without a decision.
    pub no_response: u32,
}

/// What became of living people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BonaFideResult {
    /// Presentations.
    pub presentations: u32,
    /// Of them, taken for attacks.
    pub rejected: u32,
    /// Of them, without a decision.
    pub no_response: u32,
}

/// A share; nothing of nothing is unknown.
fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

impl SpeciesResult {
    /// Attack presentation classification error rate of this species, 0 to 1: the share of its
    /// presentations that was taken for bona fide. `None` without presentations.
    #[must_use]
    pub fn apcer(&self) -> Option<f64> {
        share(self.accepted, self.presentations)
    }

    /// Attack presentation non-response rate, 0 to 1. `None` without presentations.
    #[must_use]
    pub fn apnrr(&self) -> Option<f64> {
        share(self.no_response, self.presentations)
    }
}

impl BonaFideResult {
    /// Bona fide presentation classification error rate, 0 to 1: the share of living people that
    /// was taken for attacks. `None` without presentations.
    #[must_use]
    pub fn bpcer(&self) -> Option<f64> {
        share(self.rejected, self.presentations)
    }

    /// Bona fide presentation non-response rate, 0 to 1. `None` without presentations.
    #[must_use]
    pub fn bpnrr(&self) -> Option<f64> {
        share(self.no_response, self.presentations)
    }
}

impl PadTest {
    /// The highest APCER of any species, which is the one that counts. `None` when no species was
    /// presented.
    #[must_use]
    pub fn apcer(&self) -> Option<f64> {
        self.attacks
            .iter()
            .filter_map(SpeciesResult::apcer)
            .max_by(f64::total_cmp)
    }
}

impl fmt::Display for PadEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Tested(test) = self else {
            return f.write_str("deterrent, not tested");
        };
        write!(f, "tested by {} on {}: ", test.laboratory, test.date)?;
        for attack in &test.attacks {
            let (accepted, of) = (attack.accepted, attack.presentations);
            write!(f, "APCER {accepted}/{of} ({}), ", attack.species)?;
        }
        let BonaFideResult {
            presentations,
            rejected,
            ..
        } = test.bona_fide;
        write!(f, "BPCER {rejected}/{presentations}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn species(species: &'static str, presentations: u32, accepted: u32) -> SpeciesResult {
        SpeciesResult {
            species: species.into(),
            presentations,
            accepted,
            no_response: 1,
        }
    }

    #[test]
    fn the_worst_species_counts_and_nothing_is_claimed_of_none() {
        let mut test = PadTest {
            laboratory: "A laboratory".into(),
            date: "2026-04-01".parse().expect("literal"),
            attacks: vec![species("print", 200, 2), species("screen", 50, 5)],
            bona_fide: BonaFideResult {
                presentations: 400,
                rejected: 8,
                no_response: 4,
            },
        };
        assert_eq!(test.apcer(), Some(0.1));
        assert_eq!(test.attacks[0].apnrr(), Some(0.005));
        assert_eq!(test.bona_fide.bpcer(), Some(0.02));
        assert_eq!(test.bona_fide.bpnrr(), Some(0.01));
        let text = PadEvidence::Tested(test.clone()).to_string();
        assert!(text.contains("APCER 5/50 (screen)") && text.ends_with("BPCER 8/400"));
        test.attacks = vec![species("mask", 0, 0)];
        assert_eq!(test.apcer(), None);
        assert_eq!(PadEvidence::default().to_string(), "deterrent, not tested");
    }
}
