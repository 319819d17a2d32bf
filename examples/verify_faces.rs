//! Compares a reference picture with one or more probes, as a reception would: finds the faces,
//! judges the quality, compares, decides at a false match rate.
//!
//! ```text
//! hw-tests/fetch-models
//! cargo run --release --features onnx --example verify_faces -- PORTRAIT.jp2 FRAME.jpg…
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example talks to its user"
)]

#[path = "support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use myna_hal::face::{
    Decider, Decision, DecisionPolicy, FaceEmbedder, FalseMatchRate, MatchStatement, QualityGate,
    ThresholdTable,
};
use myna_hal::imaging::{Image, ImageError, Leniency, decode, decode_portrait};
use support::engine::EngineArguments;

/// Is the face in the probes the face in the reference?
///
/// Exit status: 0 match; 1 non-match, or no decision; 2 wrong usage, or an error.
#[derive(Parser)]
struct Arguments {
    /// The portrait: JPEG, PNG or JPEG 2000.
    reference: PathBuf,
    /// Pictures of one presentation, at most five of which are used.
    #[arg(required = true)]
    probes: Vec<PathBuf>,
    #[command(flatten)]
    engine: EngineArguments,
    /// False match rate to decide at: 1e-3, 1e-4, 1e-5 or 1e-6.
    #[arg(long, default_value = "1e-4")]
    fmr: FalseMatchRate,
    /// Allow rates above 1e-3, which are no protection.
    #[arg(long)]
    acknowledge_weak_threshold: bool,
    /// Accept damaged or truncated JPEG 2000 references.
    #[arg(long)]
    lax: bool,
    /// Compare pictures that a reception would refuse, too.
    #[arg(long)]
    any_quality: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Probe {
    path: PathBuf,
    score: Option<f32>,
    reasons: Vec<&'static str>,
}

struct Report {
    /// What a verification with this many pictures claims.
    statement: MatchStatement,
    decision: Decision,
    /// Pictures of which only a part is there.
    damaged: Vec<PathBuf>,
    reference_reasons: Vec<&'static str>,
    probes: Vec<Probe>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match verify(&arguments) {
        Ok(report) => {
            if arguments.json {
                println!("{}", json(&report));
            } else {
                print(&report);
            }
            ExitCode::from(u8::from(!matches!(report.decision, Decision::Match { .. })))
        }
        Err(error) => {
            eprintln!("verify_faces: {}", chain(&*error));
            ExitCode::from(2)
        }
    }
}

fn verify(arguments: &Arguments) -> Result<Report, Failure> {
    let engine = arguments.engine.open()?;
    let (detector, embedder) = (engine.detector()?, engine.embedder()?);
    let table = ThresholdTable::for_model(embedder.model())?;
    let policy = if arguments.acknowledge_weak_threshold {
        DecisionPolicy::acknowledging_weak_threshold(table, arguments.fmr)?
    } else {
        DecisionPolicy::new(table, arguments.fmr)?
    };
    let usable = arguments.probes.len().min(5) as u32;
    let policy = policy.with_max_usable(usable);
    let mut verifier =
        myna_hal::face::TemplateVerifier::with_policy(detector, embedder, policy.clone());
    if arguments.any_quality {
        verifier = verifier.with_gate(QualityGate::reference());
    }

    let mut damaged = Vec::new();
    let portrait = read(&arguments.reference, arguments.lax, &mut damaged)?;
    let codes = |reasons: Vec<myna_hal::face::QualityReason>| {
        reasons
            .into_iter()
            .map(|reason| reason.code())
            .collect::<Vec<_>>()
    };
    let mut report = Report {
        statement: policy.statement(),
        decision: Decision::FailureToAcquire,
        damaged,
        reference_reasons: Vec::new(),
        probes: Vec::new(),
    };
    let reference = match verifier.reference_template(&portrait.view())? {
        Ok(template) => template,
        Err(reasons) => {
            report.reference_reasons = codes(reasons);
            return Ok(report);
        }
    };
    let mut decider = Decider::new(policy.clone(), reference);
    for path in &arguments.probes {
        let picture = read(path, arguments.lax, &mut report.damaged)?;
        let mut probe = Probe {
            path: path.clone(),
            score: None,
            reasons: Vec::new(),
        };
        match verifier.probe_template(&picture.view())? {
            Ok((template, _)) => {
                probe.score = Some(decider.score_of(&template)?.value());
                report.decision = decider.accept(template)?;
            }
            Err(reasons) => probe.reasons = codes(reasons),
        }
        report.probes.push(probe);
    }
    if let (Decision::MoreFrames, Some(score)) = (report.decision, decider.score()?) {
        // All pictures there are were shown: what is usable of them decides.
        report.decision = if score >= policy.threshold().score {
            Decision::Match { score }
        } else {
            Decision::NonMatch { score }
        };
    }
    Ok(report)
}

/// Names the path in `damaged` if only a part of the picture is there.
fn read(path: &Path, lax: bool, damaged: &mut Vec<PathBuf>) -> Result<Image, Failure> {
    let named =
        |error: Failure| -> Failure { format!("{}: {}", path.display(), chain(&*error)).into() };
    let bytes = std::fs::read(path).map_err(|error| named(error.into()))?;
    match decode(&bytes) {
        Err(ImageError::Malformed { .. }) if lax => {
            let portrait = decode_portrait(&bytes, Leniency::AllowDamaged)
                .map_err(|error| named(error.into()))?;
            if portrait.damage.is_some() {
                damaged.push(path.to_owned());
            }
            Ok(portrait.image)
        }
        decoded => decoded.map_err(|error| named(error.into())),
    }
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn decision(decision: Decision) -> (&'static str, Option<f32>) {
    match decision {
        Decision::Match { score } => ("match", Some(score.value())),
        Decision::NonMatch { score } => ("non-match", Some(score.value())),
        _ => ("failure-to-acquire", None),
    }
}

fn print(report: &Report) {
    for path in &report.damaged {
        println!(
            "{}  DAMAGED: only a part of it was compared; nobody knows what the rest showed",
            path.display()
        );
    }
    if !report.reference_reasons.is_empty() {
        println!(
            "reference  unusable: {}",
            report.reference_reasons.join(", ")
        );
    }
    for probe in &report.probes {
        match probe.score {
            Some(score) => println!("{}  score {score:.3}", probe.path.display()),
            None => println!(
                "{}  unusable: {}",
                probe.path.display(),
                probe.reasons.join(", ")
            ),
        }
    }
    let (word, score) = decision(report.decision);
    match score {
        Some(score) => println!("{word}: score {score:.3}"),
        None => println!("{word}: no usable face to compare"),
    }
    let stated = &report.statement;
    println!("{stated}");
    if let Some(early) = stated.early_threshold() {
        println!(
            "earlier looks: threshold {:.3}, false match rate {} per comparison, {}",
            early.score.value(),
            early.rate,
            early.evidence
        );
    }
    if let (Some(bound), Some(looks), Some(evidence)) = (
        stated.per_verification(),
        stated.looks(),
        stated.bound_evidence(),
    ) {
        println!("at most {bound} for this verification of up to {looks} looks, {evidence}");
    }
}

/// Four digits, which is what a score is good for.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1e4).round() / 1e4
}

fn json(report: &Report) -> serde_json::Value {
    let stated = &report.statement;
    let (word, score) = decision(report.decision);
    let probes: Vec<_> = report
        .probes
        .iter()
        .map(|probe| {
            serde_json::json!({
                "path": probe.path.display().to_string(),
                "score": probe.score.map(rounded),
                "reasons": probe.reasons,
            })
        })
        .collect();
    serde_json::json!({
        "decision": word,
        "score": score.map(rounded),
        "model": stated.engine(),
        "threshold": stated.threshold().map(|score| rounded(score.value())),
        "false_match_rate_per_comparison": stated.per_comparison().map(|rate| rate.value()),
        "evidence": stated.evidence().map(|evidence| evidence.code()),
        "set": stated.set().map(|set| serde_json::json!({
            "description": set.description,
            "impostor_comparisons": set.impostor_comparisons,
            "date": set.date,
        })),
        "weak_threshold_acknowledged": stated.is_weak_acknowledged(),
        "looks": stated.looks(),
        "false_match_bound_per_verification": stated.per_verification().map(|bound| bound.value()),
        "bound_evidence": stated.bound_evidence().map(|evidence| evidence.code()),
        "damaged": report.damaged.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "reference_reasons": report.reference_reasons,
        "probes": probes,
    })
}
