//! Visits by face with the reference engine, on pictures of people; in the place of a camera is a file.

#[path = "../../../examples/support/jp2.rs"]
mod jp2;

use std::path::Path;

use hw_tests::faces::{Set, engine};
use myna_hal::drivers::onnx::Rten;
use myna_hal::face::{FaceDetector as _, FaceRegion};
use myna_hal::sim::card::{Key, Profile};

use crate::bench::Bench;
use crate::itself;

/// As much as a portrait on a card has.
const PORTRAIT_BYTES: usize = 4500;

/// A bench with the card of somebody of whom there is another picture; who is before the camera comes from
/// the inventory's commands.
fn bench(folder: &Path) -> Bench {
    let set = Set::load();
    let alike = |same: bool| {
        let pairs = set.pairs.iter().filter(move |pair| pair.same == same);
        pairs.max_by(|one, other| one.same_files.total_cmp(&other.same_files))
    };
    let holder = alike(true).expect("two pictures of somebody");
    let stranger = set
        .pairs
        .iter()
        .find(|pair| !pair.same && pair.a == holder.a);
    let stranger = stranger.expect("a picture of somebody else");
    let (mut detector, _) = engine(&Rten::new());
    let mut portrait = |number: usize| {
        let picture = set.pictures[number].view();
        let found = detector.detect(&picture).expect("it looks");
        let larger = |one: &&FaceRegion, other: &&FaceRegion| {
            one.bounds.area().total_cmp(&other.bounds.area())
        };
        let face = found.iter().max_by(larger).expect("a face");
        jp2::portrait_around(&picture, face, PORTRAIT_BYTES).expect("encoded")
    };
    // As near as at a reception, which the picture was not taken at.
    let near = folder.join("stranger.jp2");
    std::fs::write(&near, portrait(stranger.b)).expect("a file");
    let front = folder.join("front");
    let shows = |file: &Path| {
        let (file, front) = (file.display(), front.display());
        format!("{{ command = [\"cp\", \"{file}\", \"{front}\"] }}")
    };
    let camera = format!(
        "[[camera]]\nname = \"front\"\npicture = \"{}\"\nshows-holder = {}\nshows-stranger = {}\n",
        front.display(),
        shows(&set.files[holder.b]),
        shows(&near),
    );
    let portrait = portrait(holder.a);
    let profile = Profile {
        portrait,
        ..Profile::default()
    };
    let code = "card-face-code-from = { env = \"BENCH_CODE\" }";
    Bench::with(profile, code, &camera, itself)
}

#[test]
fn the_holder_is_let_in_by_face() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = bench(folder.path());
    let (said, _) = bench.play("face-right");
    assert_eq!(said["verdict"], "passed", "{said:#}");
    assert_eq!(bench.seen(), (0, 3));
    assert_eq!(bench.card.tries_left(Key::SurfaceB), 10);
}

#[test]
fn a_stranger_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = bench(folder.path());
    let (said, _) = bench.play("face-stranger-then-pin");
    assert_eq!(said["verdict"], "passed", "{said:#}");
    assert_eq!(bench.seen(), (1, 3));
}
