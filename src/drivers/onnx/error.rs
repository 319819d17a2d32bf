//! What can be wrong with a model file.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Source};

/// A model that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There is no such file.
    #[error(
        "no model file {}; run hw-tests/fetch-models, or say where the models are \
         (MYNA_HAL_MODELS)",
        path.display()
    )]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("the model file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are none of the models that this library knows: another version, a damaged or
    /// truncated file, or a tampered one.
    #[error("unknown model: {len} bytes with SHA-256 {sha256}")]
    Unknown {
        /// SHA-256 of the bytes, in hexadecimal.
        sha256: String,
        /// Number of bytes.
        len: usize,
    },
    /// A known model, but for another task.
    #[error("{model} does not {wanted}")]
    WrongTask {
        /// The model that the bytes are.
        model: &'static str,
        /// What was wanted of it: `find faces` or `make templates`.
        wanted: &'static str,
    },
    /// The bytes are not ONNX, or contradict themselves.
    #[error("malformed model: {0}")]
    Malformed(&'static str),
    /// A well-formed model that this loader cannot bring into a form that runs.
    #[error("unsupported model: {0}")]
    Unsupported(&'static str),
    /// The runtime refuses the model.
    #[error("the model runtime refuses the model")]
    Runtime(#[source] Source),
    /// The model is fine, the decision policy is not.
    #[error("the decision policy is refused")]
    Policy(#[source] Error),
}

impl From<ModelError> for Error {
    /// [`ErrorKind::NotFound`] for a missing file, the kind of the policy's own error,
    /// [`ErrorKind::InvalidInput`] otherwise.
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Policy(error) => error,
            ModelError::Missing { .. } => Error::new(ErrorKind::NotFound, error.to_string()),
            other => Error::invalid_input("the model cannot be used").with_source(other),
        }
    }
}
