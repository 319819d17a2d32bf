//! From pictures to scores: each picture becomes a template once in each of its roles.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use myna_hal::face::{
    DecisionPolicy, FaceDetector, FaceEmbedder, FalseMatchRate, ModelId, QualityGate,
    QualityReason, SFACE_2021DEC_INT8BQ, Template, TemplateVerifier, compare,
};
use myna_hal::imaging::{Image, decode, decode_jpeg2000};

use crate::Failure;
use crate::support::jp2;
use crate::support::portrait::{JP2, PORTRAIT_BYTES};
use crate::table::{Pair, Problems, Table};

/// What is calibrated.
pub(crate) struct Engine {
    pub(crate) detector: Box<dyn FaceDetector>,
    /// Finds the face to cut a chip portrait around.
    pub(crate) locator: Box<dyn FaceDetector>,
    pub(crate) embedder: Box<dyn FaceEmbedder>,
}

/// How pictures are taken.
#[derive(Clone, Debug)]
pub(crate) struct Treatment {
    /// The folder that the list's paths start from.
    pub(crate) root: PathBuf,
    /// Side a becomes a chip portrait first.
    pub(crate) chip: bool,
    /// Compare what a reception would refuse, too.
    pub(crate) any_quality: bool,
}

impl Treatment {
    /// For people, and for a threshold table.
    pub(crate) fn words(&self) -> String {
        let portraits = if self.chip {
            "as chip portraits (grey JP2, 378x472)"
        } else {
            "as they are"
        };
        let frames = if self.any_quality {
            "of any quality"
        } else {
            "that pass the gate for camera frames"
        };
        format!("side a {portraits}, against pictures {frames}")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The portrait of the card, side a.
    Reference,
    /// The frame of the camera, side b.
    Probe,
}

/// A picture that gave no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) why: Refusal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The file is no picture, which says nothing about the engine.
    Unreadable(String),
    /// The engine found no face, or the gate refused it.
    Quality(Vec<QualityReason>),
}

/// What came of the pictures.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) model: ModelId,
    /// One for each pair; `None` where a picture gave no template.
    pub(crate) scores: Vec<Option<f32>>,
    pub(crate) unusable: Vec<Unusable>,
    /// Different pictures on side a, and on side b.
    pub(crate) references: usize,
    pub(crate) probes: usize,
}

/// Compares all pairs of `table`.
///
/// Fails when files are missing, and names all of them, or when the engine broke.
pub(crate) fn compare_all(
    table: &Table,
    treatment: &Treatment,
    engine: Engine,
    progress: &ProgressBar,
) -> Result<Compared, Failure> {
    let paths: Vec<PathBuf> = table
        .names
        .iter()
        .map(|name| treatment.root.join(name))
        .collect();
    let mut missing = Problems::default();
    for path in paths.iter().filter(|path| !path.is_file()) {
        missing.add(format!("there is no file {}", path.display()));
    }
    missing.none()?;

    let model = engine.embedder.model().clone();
    let mut studio = Studio::new(engine, treatment)?;
    let side = |of: fn(&Pair) -> u32| -> Vec<bool> {
        let mut used = vec![false; paths.len()];
        for pair in &table.pairs {
            used[of(pair) as usize] = true;
        }
        used
    };
    let sides = [
        (Role::Reference, side(|pair| pair.a)),
        (Role::Probe, side(|pair| pair.b)),
    ];
    let counts = sides
        .each_ref()
        .map(|(_, used)| used.iter().filter(|used| **used).count());
    progress.set_length((counts[0] + counts[1]) as u64);
    progress.set_style(ProgressStyle::with_template(
        "{bar:40} {pos} of {len} pictures, {eta} left",
    )?);
    let mut unusable = Vec::new();
    let [references, probes] = sides.map(|(role, used)| {
        let template = |(at, used): (usize, &bool)| {
            if !used {
                return Ok(None);
            }
            progress.inc(1);
            match studio.template(&paths[at], role)? {
                Ok(template) => Ok(Some(template)),
                Err(why) => {
                    let name = table.names[at].clone();
                    unusable.push(Unusable { name, role, why });
                    Ok(None)
                }
            }
        };
        used.iter()
            .enumerate()
            .map(template)
            .collect::<Result<Vec<_>, Failure>>()
    });
    progress.finish_and_clear();
    let (references, probes) = (references?, probes?);
    let score = |pair: &Pair| {
        let both = references[pair.a as usize]
            .as_ref()
            .zip(probes[pair.b as usize].as_ref());
        let score = both
            .map(|(reference, probe)| compare(reference, probe))
            .transpose()?;
        Ok(score.map(myna_hal::face::ComparisonScore::value))
    };
    Ok(Compared {
        model,
        scores: table
            .pairs
            .iter()
            .map(score)
            .collect::<Result<_, Failure>>()?,
        unusable,
        references: counts[0],
        probes: counts[1],
    })
}

/// Makes templates as a reception does.
struct Studio {
    verifier: TemplateVerifier<Box<dyn FaceDetector>, Box<dyn FaceEmbedder>>,
    locator: Option<Box<dyn FaceDetector>>,
}

type Taken = Result<Template, Refusal>;

impl Studio {
    fn new(engine: Engine, treatment: &Treatment) -> Result<Self, Failure> {
        // Nothing is decided here, so that any policy does, whatever the model is.
        let policy = DecisionPolicy::new(&SFACE_2021DEC_INT8BQ, FalseMatchRate::default())?;
        let verifier = TemplateVerifier::with_policy(engine.detector, engine.embedder, policy);
        let gate = if treatment.any_quality {
            QualityGate::reference()
        } else {
            QualityGate::live()
        };
        Ok(Self {
            verifier: verifier.with_gate(gate),
            locator: treatment.chip.then_some(engine.locator),
        })
    }

    fn template(&mut self, path: &Path, role: Role) -> Result<Taken, Failure> {
        let readable = std::fs::read(path).map_err(|error| error.to_string());
        let readable = readable.and_then(|bytes| {
            let picture = decode(&bytes).map_err(|error| error.to_string())?;
            Ok((picture, bytes.starts_with(&JP2)))
        });
        let (picture, is_portrait) = match readable {
            Ok(read) => read,
            Err(why) => return Ok(Err(Refusal::Unreadable(why))),
        };
        let taken = match role {
            Role::Probe => self.probe(&picture),
            Role::Reference => self.reference(picture, is_portrait),
        };
        let taken = taken.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(taken.map_err(Refusal::Quality))
    }

    fn probe(&mut self, picture: &Image) -> Result<Result<Template, Vec<QualityReason>>, Failure> {
        let taken = self.verifier.probe_template(&picture.view())?;
        Ok(taken.map(|(template, _)| template))
    }

    fn reference(
        &mut self,
        picture: Image,
        is_portrait: bool,
    ) -> Result<Result<Template, Vec<QualityReason>>, Failure> {
        let portrait = match &mut self.locator {
            Some(locator) if !is_portrait => as_on_chip(&mut **locator, &picture)?,
            _ => Some(picture),
        };
        match portrait {
            Some(portrait) => Ok(self.verifier.reference_template(&portrait.view())?),
            None => Ok(Err(vec![QualityReason::NoFace])),
        }
    }
}

/// The picture as a chip would hold it, cut around its largest face; `None` without a face.
fn as_on_chip(locator: &mut dyn FaceDetector, picture: &Image) -> Result<Option<Image>, Failure> {
    let rgb = picture.view().to_rgb8()?;
    let faces = locator.detect(&rgb.view())?;
    let largest = faces
        .iter()
        .max_by(|one, other| one.bounds.area().total_cmp(&other.bounds.area()));
    let Some(face) = largest else {
        return Ok(None);
    };
    let portrait = jp2::portrait_around(&rgb.view(), face, PORTRAIT_BYTES)?;
    Ok(Some(decode_jpeg2000(&portrait)?))
}
