//! What a verifier claims about its matches, and what that adds up to.

use std::borrow::Cow;
use std::fmt;

use super::{ComparisonScore, Evidence, FalseMatchRate, RateBound, TestSet, Threshold};

/// What a [`FaceVerifier`](super::FaceVerifier) claims about its matches: by which engine, at
/// which false match rate *per comparison*, on what evidence.
///
/// A verification is more than one comparison, and a session more than one verification. Whoever
/// speaks of those uses [`per_verification`](Self::per_verification) and
/// [`per_session`](Self::per_session), which are bounds and no rates: the sum over everything
/// that could have become a false match, however much the parts depend on each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchStatement {
    engine: Cow<'static, str>,
    model_sha256: Option<[u8; 32]>,
    basis: Option<Basis>,
}

/// The rates, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Basis {
    /// Of the comparison that decides when everything was seen.
    rate: FalseMatchRate,
    evidence: Evidence,
    score: Option<ComparisonScore>,
    /// Of each comparison that may end the verification before.
    early: Option<Threshold>,
    /// Comparisons per verification, at most.
    looks: u32,
    source: Source,
    weak_acknowledged: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Set(TestSet),
    Maker(Cow<'static, str>),
}

impl MatchStatement {
    /// For an engine about whose rate nothing is known.
    pub fn without_rate(engine: impl Into<Cow<'static, str>>) -> Self {
        Self {
            engine: engine.into(),
            model_sha256: None,
            basis: None,
        }
    }

    /// For an engine whose maker states a rate: per comparison, of which a verification makes at
    /// most `comparisons`. `source` says where the maker states it.
    ///
    /// A rate that the maker states per verification is one of one comparison.
    pub fn claimed_by_maker(
        engine: impl Into<Cow<'static, str>>,
        rate: FalseMatchRate,
        comparisons: u32,
        source: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            engine: engine.into(),
            model_sha256: None,
            basis: Some(Basis {
                rate,
                evidence: Evidence::Claimed,
                score: None,
                early: None,
                looks: comparisons.max(1),
                source: Source::Maker(source.into()),
                weak_acknowledged: false,
            }),
        }
    }

    /// For a decision by a threshold table.
    pub(super) fn by_table(
        model: Cow<'static, str>,
        model_sha256: [u8; 32],
        set: TestSet,
        decides: Threshold,
        early: Option<(Threshold, u32)>,
        weak_acknowledged: bool,
    ) -> Self {
        Self {
            engine: model,
            model_sha256: Some(model_sha256),
            basis: Some(Basis {
                rate: decides.rate,
                evidence: decides.evidence,
                score: Some(decides.score),
                early: early.map(|(threshold, _)| threshold),
                looks: 1 + early.map_or(0, |(_, looks)| looks),
                source: Source::Set(set),
                weak_acknowledged,
            }),
        }
    }

    /// The engine or its model, for people.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// SHA-256 of the model file, if the engine is one file.
    #[must_use]
    pub fn model_sha256(&self) -> Option<&[u8; 32]> {
        self.model_sha256.as_ref()
    }

    /// False match rate of one comparison; `None` if no rate is known. The rate of a verification
    /// or of a session is higher.
    #[must_use]
    pub fn per_comparison(&self) -> Option<FalseMatchRate> {
        self.basis.as_ref().map(|basis| basis.rate)
    }

    /// How [`per_comparison`](Self::per_comparison) is known.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        self.basis.as_ref().map(|basis| basis.evidence)
    }

    /// The score from which on it is a match, if the engine has scores.
    #[must_use]
    pub fn threshold(&self) -> Option<ComparisonScore> {
        self.basis.as_ref().and_then(|basis| basis.score)
    }

    /// The threshold at which a verification may end early with a match, if it may.
    #[must_use]
    pub fn early_threshold(&self) -> Option<Threshold> {
        self.basis.as_ref().and_then(|basis| basis.early)
    }

    /// What the thresholds were measured on, if they come from a table.
    #[must_use]
    pub fn set(&self) -> Option<&TestSet> {
        match &self.basis.as_ref()?.source {
            Source::Set(set) => Some(set),
            Source::Maker(_) => None,
        }
    }

    /// Where the maker states the rate, if nothing better is known.
    #[must_use]
    pub fn maker(&self) -> Option<&str> {
        match &self.basis.as_ref()?.source {
            Source::Set(_) => None,
            Source::Maker(source) => Some(source),
        }
    }

    /// Whether somebody acknowledged a threshold that is too weak for a reception.
    #[must_use]
    pub fn is_weak_acknowledged(&self) -> bool {
        self.basis
            .as_ref()
            .is_some_and(|basis| basis.weak_acknowledged)
    }

    /// How many comparisons of one verification may each end in a match, at most; `None` if no
    /// rate is known.
    #[must_use]
    pub fn looks(&self) -> Option<u32> {
        self.basis.as_ref().map(|basis| basis.looks)
    }

    /// Bound of the probability that one verification of a wrong person ends in a match: the rate
    /// of the last look, and that of every earlier one.
    #[must_use]
    pub fn per_verification(&self) -> Option<RateBound> {
        self.basis.as_ref().map(|basis| {
            let earlier = basis.early.map_or(basis.rate, |early| early.rate);
            RateBound::of(basis.rate).or(RateBound::of(earlier).times(basis.looks - 1))
        })
    }

    /// The same for a session of up to `attempts` verifications, at most 1.
    #[must_use]
    pub fn per_session(&self, attempts: u32) -> Option<RateBound> {
        self.per_verification().map(|bound| bound.times(attempts))
    }

    /// How the bounds are known: as well as the least known rate that goes into them.
    #[must_use]
    pub fn bound_evidence(&self) -> Option<Evidence> {
        let basis = self.basis.as_ref()?;
        let early = basis.early.map(|early| early.evidence);
        Some(early.map_or(basis.evidence, |early| early.max(basis.evidence)))
    }
}

impl fmt::Display for MatchStatement {
    /// One line, about comparisons only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(basis) = &self.basis else {
            return write!(f, "{}: no false match rate is known", self.engine);
        };
        write!(
            f,
            "{}: false match rate {} per comparison, {}",
            self.engine, basis.rate, basis.evidence
        )?;
        match &basis.source {
            Source::Set(set) => write!(
                f,
                " ({} comparisons of different people, {})",
                set.impostor_comparisons, set.date
            )?,
            Source::Maker(source) => write!(f, " ({source})")?,
        }
        if let Some(score) = basis.score {
            write!(f, ", threshold {:.3}", score.value())?;
        }
        if basis.weak_acknowledged {
            f.write_str(", WEAK THRESHOLD, ACKNOWLEDGED")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{DecisionPolicy, SFACE_2021DEC_INT8BQ};

    fn stated(rate: FalseMatchRate) -> MatchStatement {
        DecisionPolicy::acknowledging_weak_threshold(&SFACE_2021DEC_INT8BQ, rate)
            .expect("listed")
            .statement()
    }

    #[test]
    fn the_default_states_everything() {
        let stated = stated(FalseMatchRate::default());
        assert_eq!(
            stated.to_string(),
            "SFace 2021dec int8bq: false match rate 1e-4 per comparison, extrapolated \
             (5462 comparisons of different people, 2026-11), threshold 0.440"
        );
        assert_eq!(
            stated.model_sha256(),
            Some(SFACE_2021DEC_INT8BQ.model_sha256())
        );
        // One look at 1e-4 and four at 1e-5; three attempts.
        assert_eq!(stated.looks(), Some(5));
        let shown = |bound: Option<RateBound>| bound.expect("known").to_string();
        assert_eq!(shown(stated.per_verification()), "1.4e-4");
        assert_eq!(shown(stated.per_session(1)), "1.4e-4");
        assert_eq!(shown(stated.per_session(3)), "4.2e-4");
    }

    #[test]
    fn a_bound_is_known_as_well_as_its_weakest_part() {
        let stated = stated(FalseMatchRate::ONE_IN_1_000);
        assert_eq!(stated.evidence(), Some(Evidence::Measured));
        assert_eq!(stated.bound_evidence(), Some(Evidence::Extrapolated));
    }

    #[test]
    fn the_lowest_rate_of_a_table_has_one_look() {
        let stated = stated(FalseMatchRate::ONE_IN_1_000_000);
        assert_eq!(stated.early_threshold(), None);
        assert_eq!(stated.looks(), Some(1));
        let bound = stated.per_verification().expect("known");
        assert_eq!(bound.to_string(), "1e-6");
    }

    #[test]
    fn a_weak_threshold_is_said_aloud() {
        let weak = stated(FalseMatchRate::ONE_IN_100);
        assert!(weak.is_weak_acknowledged());
        assert!(weak.to_string().ends_with("WEAK THRESHOLD, ACKNOWLEDGED"));
        // Acknowledging what is not weak changes nothing.
        assert!(!stated(FalseMatchRate::ONE_IN_1_000).is_weak_acknowledged());
    }

    #[test]
    fn makers_state_less() {
        let rate = FalseMatchRate::ONE_IN_100_000;
        let vendor = MatchStatement::claimed_by_maker("Engine 7", rate, 5, "manual, page 12");
        assert_eq!(
            vendor.to_string(),
            "Engine 7: false match rate 1e-5 per comparison, claimed by the maker (manual, page 12)"
        );
        let bound = vendor.per_session(3).expect("claimed");
        assert_eq!(bound.to_string(), "1.5e-4");
        assert_eq!(vendor.bound_evidence(), Some(Evidence::Claimed));

        let silent = MatchStatement::without_rate("Engine 0");
        assert_eq!(silent.to_string(), "Engine 0: no false match rate is known");
        assert_eq!(silent.per_session(1), None);
    }
}
