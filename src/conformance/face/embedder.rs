//! Making templates.

use super::fixture::{Pictured, Strided, swapped};
use super::{Bench, engine};
use crate::conformance::report::{Case, Stop, Verdict, skip};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;
use crate::face::{FaceEmbedder, Template, compare};
use crate::imaging::{Image, ImageView};

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "face.template-names-its-model",
        rule: "Every template carries the model of the embedder, and has its dimensions.",
        run: names_its_model,
    },
    Case {
        name: "face.embedder-is-deterministic",
        rule: "The same face has the same template, also after another face.",
        run: deterministic,
    },
    Case {
        name: "face.embedder-takes-rgb-alone",
        rule: "Other formats than RGB are `Unsupported`.",
        run: rgb_alone,
    },
    Case {
        name: "face.embedder-heeds-stride",
        rule: "Bytes between rows change nothing.",
        run: heeds_stride,
    },
    Case {
        name: "face.embedder-refuses-no-face",
        rule: "Landmarks that are no face are `InvalidInput`.",
        run: refuses_no_face,
    },
    Case {
        name: "face.same-person-scores-higher",
        rule: "Two pictures of one person score higher than pictures of two.",
        run: same_person_scores_higher,
    },
    Case {
        name: "face.colours-count",
        rule: "A face with red and blue swapped does not score like the face.",
        run: colours_count,
    },
    Case {
        name: "face.reference-score",
        rule: "The score of a pair of pictures is that of the model in another runtime.",
        run: reference_score,
    },
    Case {
        name: "face.landmarks-count",
        rule: "Landmarks 4 pixels off (of 112) lower the score of a face with itself, and do not \
               make it another face.",
        run: landmarks_count,
    },
    Case {
        name: "face.models-do-not-compare",
        rule: "Templates of two models cannot be compared: `InvalidInput`.",
        run: models_do_not_compare,
    },
];

/// Scores of the same face may differ by so much: threads sum in any order.
const SAME: f32 = 1e-4;

fn template(embedder: &mut dyn FaceEmbedder, pictured: &Pictured) -> Result<Template, Stop> {
    let template = embedder.embed(&pictured.image.view(), &pictured.face);
    works("embed", template)
}

fn score(a: &Template, b: &Template) -> Result<f32, Stop> {
    Ok(works("compare", compare(a, b))?.value())
}

fn names_its_model(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let fixture = bench.fixture();
    let model = embedder.model().clone();
    let mut dimensions = None;
    for pictured in [&fixture.face, &fixture.again, &fixture.other] {
        let template = template(&mut *embedder, pictured)?;
        check(
            *template.model() == model && *embedder.model() == model,
            format!("{} made a template of {}", model, template.model()),
        )?;
        let before = *dimensions.get_or_insert(template.dimensions());
        check(
            template.dimensions() == before,
            format!("{before} dimensions, then {}", template.dimensions()),
        )?;
    }
    Ok(())
}

fn deterministic(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let fixture = bench.fixture();
    let first = template(&mut *embedder, &fixture.face)?;
    template(&mut *embedder, &fixture.other)?;
    same(&first, &template(&mut *embedder, &fixture.face)?)
}

fn same(a: &Template, b: &Template) -> Verdict {
    let score = score(a, b)?;
    check(
        score > 1.0 - SAME,
        format!("the same face scores {score} with itself"),
    )
}

fn rgb_alone(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let pictured = &bench.fixture().face;
    let grey = pictured.image.view().to_grey8().map_err(Into::into);
    let grey: Image = works("a grey picture", grey)?;
    fails(
        "embed a grey picture",
        embedder.embed(&grey.view(), &pictured.face),
        &[ErrorKind::Unsupported],
    )
}

fn heeds_stride(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let pictured = &bench.fixture().face;
    let packed = template(&mut *embedder, pictured)?;
    let strided = Strided::of(&pictured.image);
    let view: ImageView<'_> = works("a picture with gaps", strided.view())?;
    let with_gaps = works("embed", embedder.embed(&view, &pictured.face))?;
    same(&packed, &with_gaps)
}

fn refuses_no_face(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let pictured = &bench.fixture().face;
    for point in [(60.0, 60.0), (f32::NAN, 60.0), (f32::INFINITY, 0.0)] {
        let mut face = pictured.face;
        face.landmarks = [point; 5];
        fails(
            &format!("embed with five points at {point:?}"),
            embedder.embed(&pictured.image.view(), &face),
            &[ErrorKind::InvalidInput],
        )?;
    }
    Ok(())
}

fn same_person_scores_higher(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let fixture = bench.fixture();
    let face = template(&mut *embedder, &fixture.face)?;
    let genuine = score(&face, &template(&mut *embedder, &fixture.again)?)?;
    let impostor = score(&face, &template(&mut *embedder, &fixture.other)?)?;
    check(
        genuine > impostor,
        format!("one person scores {genuine:.4}, two score {impostor:.4}"),
    )
}

/// Whether the *driver* swaps them cannot be told from one picture: see `face.reference-score`.
fn colours_count(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let pictured = &bench.fixture().face;
    let face = template(&mut *embedder, pictured)?;
    let image = works("a picture with swapped colours", swapped(&pictured.image))?;
    let swapped = works("embed", embedder.embed(&image.view(), &pictured.face))?;
    let score = score(&face, &swapped)?;
    check(
        score < 1.0 - SAME,
        format!("with red and blue swapped it scores {score}: the engine sees no colours"),
    )
}

fn reference_score(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let fixture = bench.fixture();
    let Some(reference) = &fixture.reference_score else {
        return skip("the fixture has no reference score");
    };
    if reference.model != *embedder.model() {
        return skip(format!("the reference score is of {}", reference.model));
    }
    let face = template(&mut *embedder, &fixture.face)?;
    let score = score(&face, &template(&mut *embedder, &fixture.again)?)?;
    check(
        (score - reference.score).abs() <= reference.tolerance,
        format!(
            "the pair scores {score:.4}, {:.4} is due: are red and blue swapped, or is the face \
             cut out otherwise?",
            reference.score
        ),
    )
}

fn landmarks_count(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let pictured = &bench.fixture().face;
    let face = template(&mut *embedder, pictured)?;
    let mut shifted = pictured.face;
    // In the aligned picture the eyes are 35 pixels apart.
    let shift = 4.0 * shifted.eye_distance() / 35.24;
    shifted.landmarks = shifted.landmarks.map(|(x, y)| (x + shift, y));
    let moved = works("embed", embedder.embed(&pictured.image.view(), &shifted))?;
    let score = score(&face, &moved)?;
    check(
        score < 1.0 - SAME,
        format!("4 pixels off it scores {score}: the landmarks are not used"),
    )?;
    check(
        score > 0.4,
        format!("4 pixels off it scores {score:.4}: another face"),
    )
}

fn models_do_not_compare(bench: &mut Bench) -> Verdict {
    let mut embedder = engine("embedder", bench.embedder())?;
    let mut other = engine("second embedder", bench.other_embedder())?;
    let pictured = &bench.fixture().face;
    let one = template(&mut *embedder, pictured)?;
    let other = template(&mut *other, pictured)?;
    fails(
        "comparing templates of two models",
        compare(&one, &other),
        &[ErrorKind::InvalidInput],
    )
}
