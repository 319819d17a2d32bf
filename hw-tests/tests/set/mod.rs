//! The pictures and the reference scores.

use std::path::{Path, PathBuf};

use myna_hal::drivers::onnx;
use myna_hal::imaging::{Image, decode};
use sha2::{Digest, Sha256};

const FETCH: &str = "run hw-tests/fetch-models --test-faces (or name the folders in \
                     MYNA_HAL_MODELS and MYNA_HAL_TEST_FACES)";

/// Two pictures of the set, by number.
pub(crate) struct Pair {
    pub(crate) a: usize,
    pub(crate) b: usize,
    /// Whether they show one person.
    pub(crate) same: bool,
    /// Cosine by another chain that finds faces with the 32-bit YuNet.
    pub(crate) reference: f32,
    /// Cosine by OpenCV 4.14.0 (`FaceDetectorYN`, `FaceRecognizerSF`) with the same two model
    /// files: detected in the picture shrunk to 640 pixels (`INTER_AREA`), aligned in the
    /// picture itself.
    pub(crate) same_files: f32,
}

pub(crate) struct Set {
    pub(crate) models: PathBuf,
    /// Where the names start from.
    pub(crate) folder: PathBuf,
    pub(crate) names: Vec<String>,
    /// RGB.
    pub(crate) pictures: Vec<Image>,
    pub(crate) pairs: Vec<Pair>,
}

impl Set {
    /// Fails the test, with the command that helps, when anything is missing.
    pub(crate) fn load() -> Self {
        let models = onnx::model_folder(None);
        for file in [onnx::YUNET_FILE, onnx::SFACE_FILE] {
            assert!(
                models.join(file).is_file(),
                "no {file} in {}: {FETCH}",
                models.display()
            );
        }
        let folder = std::env::var_os("MYNA_HAL_TEST_FACES")
            .map_or_else(|| models_cache().join("test-faces"), PathBuf::from);
        let (mut names, mut pictures) = (Vec::new(), Vec::new());
        for row in rows("registry-faces.csv") {
            let path = folder.join(&row[1]);
            let bytes = std::fs::read(&path)
                .unwrap_or_else(|error| panic!("{}: {error}: {FETCH}", path.display()));
            let digest: String = Sha256::digest(&bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(
                digest,
                row[2],
                "{} is another picture: {FETCH}",
                path.display()
            );
            pictures.push(decode(&bytes).unwrap().view().to_rgb8().unwrap());
            names.push(row[1].clone());
        }
        let number = |name: &str| names.iter().position(|known| known == name).unwrap();
        let pairs = rows("registry-pairs.csv")
            .iter()
            .map(|row| Pair {
                a: number(&row[0]),
                b: number(&row[1]),
                same: row[2] == "1",
                reference: row[3].parse().unwrap(),
                same_files: row[4].parse().unwrap(),
            })
            .collect();
        Self {
            models,
            folder,
            names,
            pictures,
            pairs,
        }
    }
}

/// The default model folder's parent: the cache folder of this library.
fn models_cache() -> PathBuf {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .unwrap_or_default()
        .join("myna-hal")
}

/// The list of the pairs.
pub(crate) fn pairs() -> PathBuf {
    data("registry-pairs.csv")
}

fn data(file: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    data.join(file)
}

fn rows(file: &str) -> Vec<Vec<String>> {
    std::fs::read_to_string(data(file))
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}
