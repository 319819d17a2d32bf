//! Which model files are known, and where they are looked for.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ModelError;
use crate::face::ModelId;

/// Environment variable that names the model folder.
pub const MODELS_VARIABLE: &str = "MYNA_HAL_MODELS";

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelTask {
    /// Finds faces with five landmarks.
    Detect,
    /// Makes templates.
    Embed,
}

impl ModelTask {
    fn verb(self) -> &'static str {
        match self {
            Self::Detect => "find faces",
            Self::Embed => "make templates",
        }
    }
}

/// A published model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// Name for people.
    pub name: &'static str,
    /// What it does.
    pub task: ModelTask,
    /// Usual file name.
    pub file: &'static str,
    /// Size in bytes.
    pub bytes: usize,
    /// SHA-256, in hexadecimal.
    pub sha256: &'static str,
    /// Licence of the file.
    pub licence: &'static str,
}

/// The model files that load without further ado. The digests equal those under which OpenCV Zoo
/// (`opencv/opencv_zoo`) stores the files.
pub const KNOWN_MODELS: &[KnownModel] = &[
    KnownModel {
        name: "YuNet 2023mar int8bq",
        task: ModelTask::Detect,
        file: super::YUNET_FILE,
        bytes: 122_489,
        sha256: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        licence: "MIT",
    },
    KnownModel {
        name: "YuNet 2023mar",
        task: ModelTask::Detect,
        file: "face_detection_yunet_2023mar.onnx",
        bytes: 232_589,
        sha256: "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        licence: "MIT",
    },
    KnownModel {
        name: "SFace 2021dec int8bq",
        task: ModelTask::Embed,
        file: super::SFACE_FILE,
        bytes: 10_667_852,
        sha256: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        licence: "Apache-2.0",
    },
    KnownModel {
        name: "SFace 2021dec",
        task: ModelTask::Embed,
        file: "face_recognition_sface_2021dec.onnx",
        bytes: 38_696_353,
        sha256: "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
        licence: "Apache-2.0",
    },
];

/// Which model files to accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// Those of [`KNOWN_MODELS`].
    Listed,
    /// Any that runs. The caller answers for where it came from: damaged files are refused, but one
    /// made to do harm may ask its runtime for more memory than there is, with which `rten` ends the
    /// process.
    Unlisted,
}

/// Identifies the bytes of a model.
pub(super) fn identify(
    bytes: &[u8],
    task: ModelTask,
    admission: Admission,
) -> Result<ModelId, ModelError> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    match KNOWN_MODELS.iter().find(|known| known.sha256 == sha256) {
        Some(known) if known.task == task => Ok(ModelId::new(known.name, digest)),
        Some(known) => Err(ModelError::WrongTask {
            model: known.name,
            wanted: task.verb(),
        }),
        None if admission == Admission::Unlisted => Ok(ModelId::new("unlisted model", digest)),
        None => Err(ModelError::Unknown {
            sha256,
            len: bytes.len(),
        }),
    }
}

/// Reads a model file; one that is missing says what to do.
pub(super) fn read(folder: &Path, file: &str) -> Result<Vec<u8>, ModelError> {
    let path = folder.join(file);
    std::fs::read(&path).map_err(|source| {
        if source.kind() == std::io::ErrorKind::NotFound {
            ModelError::Missing { path }
        } else {
            ModelError::Unreadable { path, source }
        }
    })
}

/// The folder in which the models are looked for: `explicit` if given, else what the environment
/// variable [`MODELS_VARIABLE`] names, else `myna-hal/models` in the user's cache folder
/// (`$XDG_CACHE_HOME`, on Windows `%LOCALAPPDATA%`, else `.cache` in the home folder). Whether it
/// exists is not checked.
#[must_use]
pub fn model_folder(explicit: Option<&Path>) -> PathBuf {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    explicit
        .map(Path::to_path_buf)
        .or_else(|| variable(MODELS_VARIABLE))
        .unwrap_or_else(|| {
            variable("XDG_CACHE_HOME")
                .or_else(|| variable("LOCALAPPDATA"))
                .or_else(|| variable("HOME").map(|home| home.join(".cache")))
                .unwrap_or_default()
                .join("myna-hal")
                .join("models")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_bytes_are_refused_unless_allowed() {
        let refused = identify(b"not a model", ModelTask::Detect, Admission::Listed);
        assert!(matches!(refused, Err(ModelError::Unknown { len: 11, .. })));
        assert!(identify(b"not a model", ModelTask::Detect, Admission::Unlisted).is_ok());
    }

    #[test]
    fn a_missing_file_names_the_next_step() {
        let error = read(Path::new("/nonexistent"), "model.onnx").expect_err("missing");
        assert!(error.to_string().contains("fetch-models"), "{error}");
    }

    #[test]
    fn the_explicit_folder_wins() {
        assert_eq!(
            model_folder(Some(Path::new("/models"))),
            Path::new("/models")
        );
    }
}
