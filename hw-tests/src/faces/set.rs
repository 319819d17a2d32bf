//! The pictures and the reference scores.

use std::path::{Path, PathBuf};

use myna_hal::drivers::onnx;
use myna_hal::imaging::{Image, decode};
use sha2::{Digest, Sha256};

const FETCH: &str = "run hw-tests/fetch-models --test-faces (or name the folders in \
                     MYNA_HAL_MODELS and MYNA_HAL_TEST_FACES)";

/// The default folder of the models, or the one that `MYNA_HAL_MODELS` names.
#[must_use]
pub fn models() -> PathBuf {
    onnx::model_folder(None)
}

/// Two pictures of the set, by number.
pub struct Pair {
    /// The first, which the chip portrait is made of.
    pub a: usize,
    /// The second.
    pub b: usize,
    /// Whether they show one person.
    pub same: bool,
    /// Cosine by another chain that finds faces with the 32-bit YuNet.
    pub reference: f32,
    /// Cosine by OpenCV 4.14.0 (`FaceDetectorYN`, `FaceRecognizerSF`) with the same two model
    /// files: detected in the picture shrunk to 640 pixels (`INTER_AREA`), aligned in the
    /// picture itself.
    pub same_files: f32,
}

/// The pictures of the registry and the pairs they make.
pub struct Set {
    /// Folder of the models.
    pub models: PathBuf,
    /// Where the names of the pictures start from.
    pub folder: PathBuf,
    /// Names of the pictures.
    pub names: Vec<String>,
    /// Their files.
    pub files: Vec<PathBuf>,
    /// RGB.
    pub pictures: Vec<Image>,
    /// Every two of them.
    pub pairs: Vec<Pair>,
}

impl Set {
    /// Decodes the pictures.
    ///
    /// # Panics
    /// When anything is missing: says which command helps.
    #[must_use]
    pub fn load() -> Self {
        let models = models();
        for file in [onnx::YUNET_FILE, onnx::SFACE_FILE] {
            assert!(
                models.join(file).is_file(),
                "no {file} in {}: {FETCH}",
                models.display()
            );
        }
        let folder = std::env::var_os("MYNA_HAL_TEST_FACES")
            .map_or_else(|| cache().join("test-faces"), PathBuf::from);
        let (mut names, mut files, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
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
            let picture = decode(&bytes).expect("a picture");
            pictures.push(picture.view().to_rgb8().expect("a picture"));
            files.push(path);
            names.push(row[1].clone());
        }
        let number = |name: &str| {
            names
                .iter()
                .position(|known| known == name)
                .expect("a picture of the set")
        };
        let pairs = rows("registry-pairs.csv")
            .iter()
            .map(|row| Pair {
                a: number(&row[0]),
                b: number(&row[1]),
                same: row[2] == "1",
                reference: row[3].parse().expect("a score"),
                same_files: row[4].parse().expect("a score"),
            })
            .collect();
        Self {
            models,
            folder,
            names,
            files,
            pictures,
            pairs,
        }
    }
}

/// The default model folder's parent: the cache folder of this library.
pub(super) fn cache() -> PathBuf {
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
#[must_use]
pub fn pairs() -> PathBuf {
    data("registry-pairs.csv")
}

fn data(file: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    data.join(file)
}

fn rows(file: &str) -> Vec<Vec<String>> {
    std::fs::read_to_string(data(file))
        .expect("it is part of the repository")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}
