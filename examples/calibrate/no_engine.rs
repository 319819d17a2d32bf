//! Stands in for the engine in a build without one.

use std::path::Path;

use crate::Failure;
use crate::pictures::Engine;

pub(crate) fn open(_: Option<&Path>) -> Result<Engine, Failure> {
    Err("this program was built without the face engine\n\
         build it with --features onnx (and --release), or give it scores with --scores-in"
        .into())
}
