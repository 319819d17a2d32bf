//! The model files of the reference face engine.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use myna_hal::drivers::onnx::{
    self, Admission, KNOWN_MODELS, KnownModel, ModelError, ModelTask, Rten, SFace, YuNet,
};
use sha2::{Digest as _, Sha256};

use crate::codes;
use crate::report::{Finding, Report};

/// No model that was published is larger.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Adds what is found about the files in `folder`, or where they are looked for without one.
pub(crate) fn check(folder: Option<&Path>, report: &mut Report) {
    let folder = onnx::model_folder(folder);
    for (file, task) in [
        (onnx::YUNET_FILE, ModelTask::Detect),
        (onnx::SFACE_FILE, ModelTask::Embed),
    ] {
        report.findings.push(look(&folder.join(file), task));
    }
}

fn look(path: &Path, task: ModelTask) -> Finding {
    let of = |code| Finding::new(code).of(path.display().to_string());
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return of(&codes::MODEL_MISSING);
        }
        Err(error) => return of(&codes::MODEL_UNREADABLE).because(&error),
    };
    let digest = Sha256::digest(&bytes);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let known = KNOWN_MODELS.iter().find(|known| known.sha256 == sha256);
    let of = |code| {
        of(code)
            .with("bytes", bytes.len())
            .with("sha256", sha256.clone())
            .with("model", known.map(|known: &KnownModel| known.name))
            .with("licence", known.map(|known| known.licence))
    };
    // Only published files get as far as a runtime.
    let loaded = match task {
        ModelTask::Detect => YuNet::from_bytes(&Rten::new(), &bytes, Admission::Listed).map(drop),
        _ => SFace::from_bytes(&Rten::new(), &bytes, Admission::Listed).map(drop),
    };
    match loaded {
        Ok(()) => of(&codes::MODEL_ADMITTED),
        Err(ModelError::Unknown { .. }) => of(&codes::MODEL_UNKNOWN),
        Err(error @ ModelError::WrongTask { .. }) => of(&codes::MODEL_OTHER_TASK).because(&error),
        Err(error) => of(&codes::MODEL_REFUSED).because(&error),
    }
}

/// The beginning of the file, which is all of it for every model.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
