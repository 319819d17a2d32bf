//! The engine that is calibrated. To calibrate your own, change [`open`]: everything else here
//! knows the two traits and nothing more. An engine that shows no templates is calibrated by the
//! scores that it gave: `--scores-in`.

use crate::Failure;
use crate::pictures::Engine;
use crate::support::engine::EngineArguments;

/// The reference engine, YuNet and SFace.
pub(crate) fn open(arguments: &EngineArguments) -> Result<Engine, Failure> {
    let engine = arguments.open()?;
    Ok(Engine {
        detector: engine.detector()?,
        // A second one, because the first goes into the verifier.
        locator: engine.detector()?,
        embedder: engine.embedder()?,
    })
}
