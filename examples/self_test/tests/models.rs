//! Model files. The published ones are not in the repository: that they are admitted is seen where
//! they have been fetched.

use std::path::Path;

use myna_hal::drivers::onnx::{SFACE_FILE, YUNET_FILE, model_folder};

use super::{Folder, found, ids, page};
use crate::models::check;
use crate::report::Report;

fn of(folder: &Path) -> Report {
    let mut report = page(Vec::new());
    check(Some(folder), &mut report);
    report
}

#[test]
fn files_that_are_missing_or_hostile_never_reach_the_runtime() {
    let folder = Folder::new("models");
    assert_eq!(ids(&of(&folder.0)), ["MH-MODEL-02", "MH-MODEL-02"]);
    // A model by its first bytes, which asks for a tensor of 2^62 values.
    let hostile = [
        0x08, 0x07, 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3F,
    ];
    folder.write(YUNET_FILE, hostile);
    std::fs::create_dir(folder.0.join(SFACE_FILE)).expect("a folder");
    let report = of(&folder.0);
    assert_eq!(ids(&report), ["MH-MODEL-04", "MH-MODEL-03"], "{report}");
    assert_eq!(found(&report, "MH-MODEL-04")["details"]["bytes"], 11);
}

#[test]
fn published_files_are_admitted_for_their_own_task() {
    let fetched = model_folder(None);
    if !fetched.join(SFACE_FILE).exists() {
        eprintln!(
            "NOT RUN: no models in {}; hw-tests/fetch-models gets them",
            fetched.display()
        );
        return;
    }
    let report = of(&fetched);
    assert_eq!(ids(&report), ["MH-MODEL-01", "MH-MODEL-01"], "{report}");
    let folder = Folder::new("exchanged");
    let detector = std::fs::read(fetched.join(YUNET_FILE)).expect("fetched");
    folder.write(SFACE_FILE, &detector);
    folder.write(YUNET_FILE, &detector[..detector.len() - 1]);
    assert_eq!(ids(&of(&folder.0)), ["MH-MODEL-04", "MH-MODEL-05"]);
}
