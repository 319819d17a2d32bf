//! Reference face engine: YuNet finds faces, SFace makes templates, a [`Runtime`] runs them:
//! [`Rten`] by default (feature `onnx`; requires nothing but the two model files), or what
//! `drivers::ort` loads (feature `ort`).
//!
//! *For application authors*: [`load`] takes a folder that holds the two files and gives a
//! detector and an embedder, ready for
//! [`TemplateVerifier`]. [`model_folder`] says where to look.
//! Nothing is ever downloaded at run time: the script `hw-tests/fetch-models` of the repository
//! fetches the files once.
//!
//! The models are exactly the files that OpenCV Zoo publishes with int8 block-quantised weights.
//! Few runtimes accept them as they are, so the weights are expanded to 32-bit floats in memory
//! when a file is loaded; the result is the same to the last bits. Each file is known by its
//! SHA-256, and any other is refused unless [`Admission::Unlisted`] is chosen.
//!
//! Pictures that this library prepares for a network are wiped; inputs and intermediate results
//! inside a runtime are not.

mod error;
mod fold;
mod known;
mod proto;
mod rten;
mod runtime;
mod sface;
mod tensor;
mod yunet;

use std::path::Path;

pub use error::ModelError;
pub use known::{Admission, KNOWN_MODELS, KnownModel, MODELS_VARIABLE, ModelTask, model_folder};
pub use rten::Rten;
pub use runtime::{Network, Outputs, Planes, Runtime};
pub use sface::SFace;
pub use yunet::YuNet;

use crate::face::{FalseMatchRate, TemplateVerifier};

/// The file of the default detector in a model folder.
pub const YUNET_FILE: &str = "face_detection_yunet_2023mar_int8bq.onnx";
/// The file of the default embedder in a model folder.
pub const SFACE_FILE: &str = "face_recognition_sface_2021dec_int8bq.onnx";

/// Loads the two default models from `folder`, to run on `rten`.
///
/// # Errors
/// As [`load_on`].
pub fn load(folder: &Path) -> Result<(YuNet, SFace), ModelError> {
    load_on(&Rten::new(), folder)
}

/// Loads the two default models from `folder`, to run on `runtime`.
///
/// # Errors
/// [`ModelError::Missing`] names the file and says how to get it; otherwise what
/// [`YuNet::from_bytes`] and [`SFace::from_bytes`] refuse.
pub fn load_on(runtime: &dyn Runtime, folder: &Path) -> Result<(YuNet, SFace), ModelError> {
    let read = |file| known::read(folder, file);
    let detector = YuNet::from_bytes(runtime, &read(YUNET_FILE)?, Admission::Listed)?;
    let embedder = SFace::from_bytes(runtime, &read(SFACE_FILE)?, Admission::Listed)?;
    Ok((detector, embedder))
}

/// Loads the two default models from `folder` into a verifier that decides at `rate`, to run on
/// `rten`.
///
/// # Errors
/// As [`load_on`]; [`ModelError::Policy`] for a rate that the verifier refuses.
pub fn load_verifier(
    folder: &Path,
    rate: FalseMatchRate,
) -> Result<TemplateVerifier<YuNet, SFace>, ModelError> {
    let (detector, embedder) = load(folder)?;
    TemplateVerifier::new(detector, embedder, rate).map_err(ModelError::Policy)
}
