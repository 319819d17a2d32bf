//! What is said of a set of comparisons.

use myna_hal::face::error_rates::{EqualErrorRate, OperatingPoint, Proportion, ScoreSet};
use myna_hal::face::{FalseMatchRate, ModelId};

use crate::people::People;
use crate::pictures::{Refusal, Role, Unusable};

/// All of it.
pub(crate) struct Figures {
    /// Name of the list.
    pub(crate) list: String,
    /// How side a was treated, and the frames judged, in words.
    pub(crate) treatment: String,
    /// The engine's, unless scores were given.
    pub(crate) model: Option<ModelId>,
    /// Year and month.
    pub(crate) date: String,
    /// Different pictures in the list.
    pub(crate) pictures: usize,
    pub(crate) people: People,
    pub(crate) enrolment: Option<Enrolment>,
    pub(crate) set: ScoreSet,
    pub(crate) equal_error_rate: Option<EqualErrorRate>,
    pub(crate) rows: Vec<Row>,
}

/// How many pictures gave a template, and what was lost by those that gave none.
pub(crate) struct Enrolment {
    /// Different pictures on side a, and on side b.
    pub(crate) references: usize,
    pub(crate) probes: usize,
    pub(crate) unusable: Vec<Unusable>,
    pub(crate) lost_genuine: u64,
    pub(crate) lost_impostor: u64,
}

/// A false match rate that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) rate: FalseMatchRate,
    /// `None`: the set is too small to say anything.
    pub(crate) point: Option<OperatingPoint>,
}

impl Figures {
    pub(crate) fn false_matches(&self, threshold: f64) -> Proportion {
        self.set.false_matches(threshold)
    }

    pub(crate) fn false_non_matches(&self, threshold: f64) -> Proportion {
        self.set.false_non_matches(threshold)
    }

    /// Genuine comparisons that fail at `threshold`, those among them for which a picture gave no
    /// template (the generalised false reject rate of ISO/IEC 19795-1).
    pub(crate) fn false_rejects(&self, threshold: f64) -> Proportion {
        let failed = self.set.false_non_matches(threshold);
        let lost = self.enrolment.as_ref().map_or(0, |it| it.lost_genuine);
        Proportion {
            events: failed.events + lost,
            trials: failed.trials + lost,
        }
    }

    /// Impostor comparisons that match at `threshold`, of all of them (the generalised false accept
    /// rate of ISO/IEC 19795-1): a picture without a template matches nobody.
    pub(crate) fn false_accepts(&self, threshold: f64) -> Proportion {
        let matched = self.set.false_matches(threshold);
        let lost = self.enrolment.as_ref().map_or(0, |it| it.lost_impostor);
        Proportion {
            events: matched.events,
            trials: matched.trials + lost,
        }
    }

    /// Rows that can stand in a threshold table: scores rise as rates fall.
    pub(crate) fn thresholds(&self) -> Vec<OperatingPoint> {
        let mut points: Vec<_> = self.rows.iter().filter_map(|row| row.point).collect();
        points.sort_by(|one, other| other.rate.value().total_cmp(&one.rate.value()));
        // Of several rates at one threshold the last one, the lowest, says most.
        let mut rising: Vec<OperatingPoint> = Vec::new();
        for point in points {
            rising.retain(|kept| kept.threshold < point.threshold);
            rising.push(point);
        }
        rising
    }

    pub(crate) fn any_unusable(&self) -> bool {
        self.enrolment
            .as_ref()
            .is_some_and(|it| !it.unusable.is_empty())
    }
}

impl Enrolment {
    /// Portraits that gave no template, of the readable ones (ISO/IEC 19795-1: failure to enrol),
    /// or the same of frames (failure to acquire).
    pub(crate) fn failures(&self, role: Role) -> Proportion {
        let of_role = |unusable: &&Unusable| unusable.role == role;
        let all = match role {
            Role::Reference => self.references,
            Role::Probe => self.probes,
        };
        let unusable = || self.unusable.iter().filter(of_role);
        let refused = unusable().filter(|it| matches!(it.why, Refusal::Quality(_)));
        let refused = refused.count() as u64;
        let unreadable = unusable().count() as u64 - refused;
        Proportion {
            events: refused,
            trials: all as u64 - unreadable,
        }
    }

    pub(crate) fn unreadable(&self) -> usize {
        let unreadable = |it: &&Unusable| matches!(it.why, Refusal::Unreadable(_));
        self.unusable.iter().filter(unreadable).count()
    }
}
