//! The reference face engine: which files, and what runs them.

#[cfg_attr(not(feature = "onnx"), path = "none.rs")]
mod models;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub use models::FaceEngine;

/// How the user chooses.
#[derive(Args)]
pub struct EngineArguments {
    /// Folder with the model files [default: $MYNA_HAL_MODELS, else the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// What runs the models
    #[arg(long, value_enum, default_value_t = EngineChoice::Rten)]
    pub engine: EngineChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// Built in (feature `onnx`)
    Rten,
    /// ONNX Runtime (feature `ort`), the library file that $ORT_DYLIB_PATH names
    Ort,
}
