//! Networks on ONNX Runtime.

use std::num::NonZeroUsize;

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use crate::drivers::onnx::{ModelError, Network, Outputs, Planes};
use crate::error::{Error, ErrorKind, Result};

struct OrtNetwork {
    session: Session,
    /// In the order asked for.
    outputs: Vec<String>,
}

pub(super) fn load(
    environment: &Environment,
    threads: NonZeroUsize,
    model: &[u8],
    outputs: &[&str],
) -> std::result::Result<Box<dyn Network>, ModelError> {
    let session =
        session(environment, threads, model).map_err(|error| ModelError::Runtime(error.into()))?;
    if session.inputs().len() != 1 {
        return Err(ModelError::Unsupported("a model without exactly one input"));
    }
    let has = |name: &&str| {
        session
            .outputs()
            .iter()
            .any(|output| output.name() == *name)
    };
    if !outputs.iter().all(has) {
        return Err(ModelError::Unsupported("a model with other outputs"));
    }
    let outputs = outputs.iter().map(|name| (*name).to_owned()).collect();
    Ok(Box::new(OrtNetwork { session, outputs }))
}

fn session(
    environment: &Environment,
    threads: NonZeroUsize,
    model: &[u8],
) -> std::result::Result<Session, ort::Error> {
    Session::builder(environment)?
        .with_log_level(LogLevel::Fatal)?
        .with_intra_threads(threads.get())?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_optimization_level(GraphOptimizationLevel::Level3)?
        .with_flush_to_zero()?
        .commit_from_memory(model)
}

impl Network for OrtNetwork {
    fn run(&mut self, input: &Planes, outputs: &mut Outputs) -> Result<()> {
        let shape = [1, 3, input.height(), input.width()];
        let tensor = TensorRef::from_array_view((shape, input.values())).map_err(broken)?;
        let results = self.session.run(ort::inputs![tensor]).map_err(broken)?;
        for (index, name) in self.outputs.iter().enumerate() {
            let result = results
                .get(name)
                .ok_or_else(|| Error::new(ErrorKind::Other, "the face model left an output out"))?;
            let (_, values) = result.try_extract_tensor::<f32>().map_err(broken)?;
            outputs.set(index, values);
        }
        Ok(())
    }
}

fn broken(source: ort::Error) -> Error {
    Error::new(ErrorKind::Other, "the face model cannot be run").with_source(source)
}
