//! The figures for programs.

use myna_hal::face::error_rates::Proportion;
use serde_json::{Value, json};

use crate::figures::{Enrolment, Figures};
use crate::pictures::Role;
use crate::text::{evidence, hex, reasons};

/// Everything. Rates are shares, 0 to 1; what is not known is null.
pub(crate) fn report(figures: &Figures) -> Value {
    let set = &figures.set;
    let rows: Vec<_> = figures
        .rows
        .iter()
        .map(|row| {
            let at = row.point.map(|point| point.threshold);
            json!({
                "false_match_rate": row.rate.value(),
                "evidence": evidence(row),
                "threshold": at,
                "impostor_comparisons_needed": row.rate.comparisons_to_claim(),
                "false_matches": at.map(|at| proportion(figures.false_matches(at))),
                "false_non_matches": at.map(|at| proportion(figures.false_non_matches(at))),
                "generalised_false_accepts": at.map(|at| proportion(figures.false_accepts(at))),
                "generalised_false_rejects": at.map(|at| proportion(figures.false_rejects(at))),
            })
        })
        .collect();
    let equal = figures.equal_error_rate.map(|equal| {
        json!({
            "rate": equal.rate,
            "threshold": equal.threshold,
            "false_matches": proportion(figures.false_matches(equal.threshold)),
            "false_non_matches": proportion(figures.false_non_matches(equal.threshold)),
        })
    });
    json!({
        "list": figures.list,
        "treatment": figures.treatment,
        "date": figures.date,
        "model": figures.model.as_ref().map(|model| json!({
            "name": model.name(),
            "sha256": hex(model.sha256()),
        })),
        "pictures": figures.pictures,
        "people": figures.people.count,
        "impostor_pairs_of_people": figures.people.impostor_pairs,
        "genuine": scores(set.genuine()),
        "impostor": scores(set.impostor()),
        "overlap": set.genuine().first().zip(set.impostor().last())
            .map(|(genuine, impostor)| genuine <= impostor),
        "enrolment": figures.enrolment.as_ref().map(enrolment),
        "equal_error_rate": equal,
        "lowest_provable_false_match_rate": set.provable().map(|rate| rate.value()),
        "rates": rows,
    })
}

fn scores(scores: &[f64]) -> Value {
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    json!({
        "comparisons": scores.len(),
        "lowest": scores.first(),
        "mean": (!scores.is_empty()).then_some(mean),
        "highest": scores.last(),
    })
}

fn enrolment(enrolment: &Enrolment) -> Value {
    let unusable: Vec<_> = enrolment
        .unusable
        .iter()
        .map(|unusable| {
            json!({
                "picture": unusable.name,
                "side": match unusable.role {
                    Role::Reference => "a",
                    Role::Probe => "b",
                },
                "reasons": reasons(&unusable.why),
            })
        })
        .collect();
    json!({
        "failures_to_enrol": proportion(enrolment.failures(Role::Reference)),
        "failures_to_acquire": proportion(enrolment.failures(Role::Probe)),
        "unreadable": enrolment.unreadable(),
        "lost_genuine_comparisons": enrolment.lost_genuine,
        "lost_impostor_comparisons": enrolment.lost_impostor,
        "unusable": unusable,
    })
}

fn proportion(proportion: Proportion) -> Value {
    let interval = proportion.interval();
    json!({
        "events": proportion.events,
        "trials": proportion.trials,
        "rate": proportion.rate(),
        "lower_95": interval.lower,
        "upper_95": interval.upper,
    })
}
