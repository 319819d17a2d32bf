//! The example `calibrate` on the pictures of the registry.

use std::process::Command;
use std::time::Duration;

use hw_tests::faces::{self, Pair, Set};
use hw_tests::program::{self, attempt};
use myna_hal::drivers::onnx::{self, KnownModel};

use super::distance;

/// How long a calibration may take on a busy machine, unoptimised.
const CALIBRATION_LIMIT: Duration = Duration::from_secs(600);

/// Runs the example on the set.
fn calibrate(set: &Set, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let output = attempt(
        Command::new(program::calibrate())
            .args(["--json", "--chip", "--pairs"])
            .arg(faces::pairs())
            .arg("--root")
            .arg(&set.folder)
            .arg("--models")
            .arg(&set.models)
            .args(arguments),
        CALIBRATION_LIMIT,
    )
    .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).expect(&said);
    (output.status.code(), report)
}

#[test]
fn a_calibration_says_what_the_set_shows_and_what_it_cannot() {
    let set = Set::load();
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let (scores, plot) = (path("scores.tsv"), path("det.svg"));
    let wanted = ["--any-quality", "--scores", &scores, "--plot", &plot];
    let (status, report) = calibrate(&set, &wanted);
    assert_eq!(status, Some(0), "{report:#}");
    assert_eq!(report["genuine"]["comparisons"], 17);
    assert_eq!(report["impostor"]["comparisons"], 49);
    assert_eq!(report["people"], 5);
    assert_eq!(report["overlap"], false);
    assert_eq!(report["equal_error_rate"]["rate"], 0.0);
    let digest = &report["model"]["sha256"];
    let sface = |known: &&KnownModel| known.file == onnx::SFACE_FILE;
    let sface = onnx::KNOWN_MODELS.iter().find(sface).unwrap();
    assert_eq!(digest, sface.sha256);
    for row in report["rates"].as_array().unwrap() {
        assert_eq!(row["evidence"], "set-too-small", "{row:#}");
        assert!(row["threshold"].is_null(), "{row:#}");
    }
    let provable = report["lowest_provable_false_match_rate"].as_f64().unwrap();
    assert!((provable - 3.0 / 49.0).abs() < 1e-9);

    // The scores are near those that another runtime gives the pictures as they are.
    let text = std::fs::read_to_string(scores).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows[0], ["a", "b", "same", "score"]);
    assert_eq!(rows.len() - 1, set.pairs.len());
    let score = |pair: &Pair| {
        let named = |row: &&Vec<&str>| row[0] == set.names[pair.a] && row[1] == set.names[pair.b];
        rows.iter().find(named).unwrap()[3].parse().unwrap()
    };
    let (mean, most) = distance(&set.pairs, |pair| pair.same_files, score);
    println!(
        "calibrate --chip: distance from the scores as they are: mean {mean:.4}, largest {most:.4}"
    );
    assert!(mean < 0.1, "mean distance {mean}");
    assert!(std::fs::read_to_string(plot).unwrap().starts_with("<svg "));

    // What a reception would not compare is told, and ends the program with another status.
    let (status, report) = calibrate(&set, &[]);
    let unusable = report["enrolment"]["unusable"].as_array().unwrap();
    println!("  refused as camera frames: {}", unusable.len());
    assert_eq!(status, Some(i32::from(!unusable.is_empty())));
    let lost = |kind: &str| {
        let lost = report["enrolment"][format!("lost_{kind}_comparisons")].as_u64();
        lost.unwrap() + report[kind]["comparisons"].as_u64().unwrap()
    };
    assert_eq!((lost("genuine"), lost("impostor")), (17, 49));
}
