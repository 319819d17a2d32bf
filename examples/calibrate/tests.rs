use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clap::{CommandFactory as _, Parser as _};
use image::{Rgb, RgbImage};
use myna_hal::Result;
use myna_hal::face::{FaceDetector, FaceEmbedder, FaceRegion, ModelId, Template};
use myna_hal::imaging::{ImageView, Rect};

use super::*;
use crate::pictures::{Refusal, Role};

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("myna-hal-calibrate-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// A picture of one colour.
    fn picture(&self, name: &str, colour: [u8; 3]) {
        let picture = RgbImage::from_pixel(320, 240, Rgb(colour));
        picture.save(self.0.join(name)).expect("a picture");
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Sees a face in the middle of everything that is not black.
struct Middle;

impl FaceDetector for Middle {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        let (x, y) = (image.width() as f32 / 2.0, image.height() as f32 / 2.0);
        if colour(image) == [0; 3] {
            return Ok(Vec::new());
        }
        Ok(vec![FaceRegion {
            bounds: Rect {
                x: x - 50.0,
                y: y - 60.0,
                width: 100.0,
                height: 120.0,
            },
            landmarks: [
                (-20.0, -20.0),
                (20.0, -20.0),
                (0.0, 0.0),
                (-15.0, 20.0),
                (15.0, 20.0),
            ]
            .map(|(right, down)| (x + right, y + down)),
            confidence: 0.9,
            covered: None,
        }])
    }
}

/// Somebody else's engine: knows people by their colour, and notes what it was shown.
struct Colour {
    model: ModelId,
    shown: Arc<Mutex<Vec<(u32, u32)>>>,
}

impl FaceEmbedder for Colour {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed(&mut self, image: &ImageView<'_>, _: &FaceRegion) -> Result<Template> {
        let mut shown = self.shown.lock().expect("one thread");
        shown.push((image.width(), image.height()));
        let values = colour(image).map(|value| f32::from(value) - 100.0);
        Template::new(self.model.clone(), values.to_vec())
    }
}

fn colour(image: &ImageView<'_>) -> [u8; 3] {
    let row = image.row(image.height() / 2);
    let at = 3 * (image.width() as usize / 2);
    [row[at], row[at + 1], row[at + 2]]
}

/// Runs the program, and says what the engine was shown.
fn run(arguments: &[&str]) -> (std::result::Result<Figures, Failure>, Vec<(u32, u32)>) {
    let arguments = std::iter::once("calibrate").chain(arguments.iter().copied());
    let arguments = Arguments::try_parse_from(arguments).expect("arguments");
    let shown = Arc::new(Mutex::new(Vec::new()));
    let embedder = Colour {
        model: ModelId::new("colours", [0xc0; 32]),
        shown: shown.clone(),
    };
    let open = |_: &EngineArguments| {
        Ok(Engine {
            detector: Box::new(Middle),
            locator: Box::new(Middle),
            embedder: Box::new(embedder),
        })
    };
    let figures = calibrate(&arguments, open);
    let shown = shown.lock().expect("one thread").clone();
    (figures, shown)
}

/// Two people with two pictures each, one picture without a face, one file that is none.
fn people(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.picture("red 1.png", [200, 60, 60]);
    folder.picture("red, 2.png", [190, 70, 60]);
    folder.picture("blue1.png", [60, 60, 200]);
    folder.picture("blue2.png", [60, 70, 190]);
    folder.picture("black.png", [0; 3]);
    folder.write("broken.png", "no picture");
    folder.write(
        "pairs.csv",
        "a,b,same\nred 1.png,\"red, 2.png\",1\nblue1.png,blue2.png,1\nred 1.png,blue2.png,0\n\
         blue1.png,\"red, 2.png\",0\nblue1.png,black.png,0\nred 1.png,broken.png,1\n\
         black.png,blue2.png,0\n",
    );
    folder
}

#[test]
fn any_engine_is_calibrated_through_the_traits() {
    let folder = people("traits");
    let (pairs, scores) = (folder.path("pairs.csv"), folder.path("scores.tsv"));
    let (figures, shown) = run(&["--pairs", &pairs, "--any-quality", "--scores", &scores]);
    let figures = figures.expect("figures");

    // Two portraits with their border and two frames, each once.
    let mut sizes = shown;
    sizes.sort_unstable();
    assert_eq!(sizes, [(320, 240), (320, 240), (480, 360), (480, 360)]);
    assert_eq!(figures.pictures, 6);
    // The broken file is tied to red; nobody knows who is on the black picture.
    assert_eq!(
        (figures.people.count, figures.people.impostor_pairs),
        (3, 2)
    );
    assert_eq!(figures.set.genuine().len(), 2);
    assert_eq!(figures.set.impostor().len(), 2);
    assert!(figures.set.genuine()[0] > 0.98 && figures.set.impostor()[1] < 0.0);
    assert_eq!(figures.equal_error_rate.expect("both kinds").rate, 0.0);
    assert!(figures.rows.iter().all(|row| row.point.is_none()));

    let enrolment = figures.enrolment.as_ref().expect("pictures");
    let failed: Vec<_> = enrolment
        .unusable
        .iter()
        .map(|it| {
            (
                it.name.as_str(),
                it.role,
                matches!(it.why, Refusal::Unreadable(_)),
            )
        })
        .collect();
    let expected = [
        ("black.png", Role::Reference, false),
        ("black.png", Role::Probe, false),
        ("broken.png", Role::Probe, true),
    ];
    assert_eq!(failed, expected);
    let counts = |role| {
        let failures = enrolment.failures(role);
        (failures.events, failures.trials)
    };
    assert_eq!(counts(Role::Reference), (1, 3));
    // What is no picture says nothing about the engine.
    assert_eq!((counts(Role::Probe), enrolment.unreadable()), ((1, 3), 1));
    assert_eq!((enrolment.lost_genuine, enrolment.lost_impostor), (1, 2));
    assert_eq!(figures.false_rejects(0.5).events, 1);
    assert_eq!(figures.false_accepts(0.5).trials, 4);

    let words = text::report(&figures);
    for part in [
        "black.png  no-face",
        "broken.png  unreadable: ",
        "1e-4  set-too-small  –  takes 30,000 impostor comparisons, there are 2",
        "2 impostor comparisons can claim no FMR at all",
        "1 genuine and 2 impostor comparisons are missing",
    ] {
        assert!(words.contains(part), "{part}:\n{words}");
    }
    let json = json::report(&figures);
    assert_eq!(json["model"]["sha256"], "c0".repeat(32));
    assert_eq!(json["enrolment"]["unusable"][2]["picture"], "broken.png");
    assert_eq!(json["rates"][2]["evidence"], "set-too-small");
    assert!(json["rates"][2]["threshold"].is_null());
    assert_eq!(json["overlap"], false);

    // What was written is read again, with the same figures and without an engine.
    let (again, shown) = run(&["--scores-in", &scores]);
    let again = again.expect("figures");
    assert!(shown.is_empty() && again.enrolment.is_none());
    let close = |one: &[f64], other: &[f64]| {
        one.len() == other.len()
            && one
                .iter()
                .zip(other)
                .all(|(one, other)| (one - other).abs() < 1e-6)
    };
    assert!(close(again.set.genuine(), figures.set.genuine()));
    assert!(close(again.set.impostor(), figures.set.impostor()));
}

#[test]
fn side_a_becomes_a_chip_portrait() {
    let folder = people("chip");
    let (figures, shown) = run(&[
        "--pairs",
        &folder.path("pairs.csv"),
        "--chip",
        "--any-quality",
    ]);
    assert!(
        figures
            .expect("figures")
            .treatment
            .contains("chip portraits")
    );
    // 378x472 and a quarter on each side.
    let portraits = shown.iter().filter(|size| **size == (568, 708)).count();
    assert_eq!((portraits, shown.len()), (2, 4), "{shown:?}");
}

#[test]
fn frames_pass_the_gate_of_a_reception() {
    let folder = people("gate");
    let (figures, _) = run(&["--pairs", &folder.path("pairs.csv")]);
    let words = text::report(&figures.expect("figures"));
    // One colour all over has no edges.
    assert!(words.contains("blue2.png  blurred"), "{words}");
    assert!(words.contains("No error rates"), "{words}");
}

#[test]
fn missing_pictures_are_named_together() {
    let folder = Folder::new("missing");
    folder.write("pairs.csv", "a,b,same\none.png,two.png,1\n");
    let (figures, shown) = run(&["--pairs", &folder.path("pairs.csv")]);
    let error = figures.err().expect("missing").to_string();
    assert!(
        error.contains("one.png") && error.contains("two.png"),
        "{error}"
    );
    assert!(shown.is_empty());
    let (figures, _) = run(&["--pairs", &folder.path("pairs.csv"), "--root", "/elsewhere"]);
    let error = figures.err().expect("missing").to_string();
    assert!(error.contains("/elsewhere"), "{error}");
}

/// A list of scores of 40 people, deterministic: genuine about 0.5, impostors about 0.1.
fn scores(genuine: u32, impostor: u32) -> String {
    let mut state = 1u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let mut list = "a\tb\tsame\tscore\n".to_owned();
    for at in 0..genuine + impostor {
        let sum: f64 = (0..12).map(|_| uniform()).sum();
        let (same, mean) = if at < genuine { (1, 0.5) } else { (0, 0.1) };
        let (a, b) = if at < genuine {
            (0, at)
        } else {
            (at, genuine + impostor)
        };
        list += &format!("a{a}\tb{b}\t{same}\t{}\n", mean + 0.09 * (sum - 6.0));
    }
    list
}

#[test]
fn large_sets_give_a_threshold_table() {
    let folder = Folder::new("large");
    folder.write("scores.tsv", &scores(300, 4_000));
    let list = folder.path("scores.tsv");
    let (figures, _) = run(&["--scores-in", &list, "--fmr", "1e-2,1e-3,1e-5"]);
    let mut figures = figures.expect("figures");
    let words = text::report(&figures);
    assert!(words.contains("1e-3  measured"), "{words}");
    assert!(words.contains("1e-5  extrapolated"), "{words}");
    assert!(
        !words.contains("ThresholdTable"),
        "scores do not tell the model"
    );
    figures.model = Some(ModelId::new("somebody's", [1; 32]));
    let words = text::report(&figures);
    for part in [
        "FalseMatchRate::new(1e-3)?, evidence: Evidence::Measured",
        "FalseMatchRate::new(1e-5)?, evidence: Evidence::Extrapolated",
        "impostor_comparisons: 4000",
    ] {
        assert!(words.contains(part), "{part}:\n{words}");
    }
    let rising = figures.thresholds();
    assert!(
        rising
            .windows(2)
            .all(|pair| pair[0].threshold < pair[1].threshold)
    );
}

#[test]
fn every_set_has_a_plot() {
    let folder = Folder::new("plots");
    let head = "a\tb\tsame\tscore\n";
    for (name, list) in [
        ("large", scores(300, 4_000)),
        ("small", scores(3, 7)),
        ("no genuine", format!("{head}x\ty\t0\t0.5\n")),
        ("no impostor", format!("{head}x\ty\t1\t0.5\n")),
        ("all equal", format!("{head}x\ty\t1\t70\nx\tz\t0\t70\n")),
        ("<&>", scores(20, 20)),
    ] {
        let list = folder.write(&format!("{name}.tsv"), &list);
        let svg = folder.path("plot.svg");
        let (figures, _) = run(&["--scores-in", &list.to_string_lossy(), "--plot", &svg]);
        figures.expect(name);
        let svg = std::fs::read_to_string(svg).expect("a plot");
        for element in ["text", "title", "style", "svg"] {
            let count = |what: &str| svg.matches(what).count();
            let opened = count(&format!("<{element} ")) + count(&format!("<{element}>"));
            assert_eq!(opened, count(&format!("</{element}>")), "{name}: {element}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        assert!(svg.len() < 200_000, "{name}: {} bytes", svg.len());
        assert!(!svg.contains("<&"), "{name}");
    }
}

#[test]
fn arguments_are_consistent() {
    Arguments::command().debug_assert();
    for wrong in [
        &["calibrate"][..],
        &["calibrate", "--pairs", "x", "--scores-in", "y"],
        &["calibrate", "--scores-in", "y", "--chip"],
        &["calibrate", "--pairs", "x", "--fmr", "2"],
    ] {
        assert!(Arguments::try_parse_from(wrong).is_err(), "{wrong:?}");
    }
}
