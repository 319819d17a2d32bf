//! A loaded network.

use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::NdTensor;

use super::{ModelError, fold};
use crate::error::{Error, ErrorKind, Result, Source};

/// A network with one input and the outputs that were asked for.
pub(super) struct Network {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
    options: RunOptions,
}

impl Network {
    /// Loads an ONNX file, however its weights are quantised, to run on `threads` threads.
    pub(super) fn load(
        bytes: &[u8],
        outputs: &[&str],
        threads: usize,
    ) -> std::result::Result<Self, ModelError> {
        let model = Model::load(fold::fold(bytes)?).map_err(|error| runtime(error.into()))?;
        let &[input] = model.input_ids() else {
            return Err(ModelError::Unsupported("a model without exactly one input"));
        };
        let outputs = outputs
            .iter()
            .map(|name| model.find_node(name))
            .collect::<Option<Vec<_>>>()
            .ok_or(ModelError::Unsupported("a model with other outputs"))?;
        Ok(Self {
            model,
            input,
            outputs,
            options: options(threads),
        })
    }

    /// The same network on another number of threads.
    pub(super) fn set_threads(&mut self, threads: usize) {
        self.options = options(threads);
    }

    /// Runs the network on one picture: `planes` are its three colours, each `height` rows of
    /// `width` values. The outputs come in the order asked for.
    pub(super) fn run(
        &self,
        planes: Vec<f32>,
        height: usize,
        width: usize,
    ) -> Result<Vec<Vec<f32>>> {
        let input = NdTensor::try_from_data([1, 3, height, width], planes)
            .map_err(|error| broken(format!("{error:?}").into()))?;
        let outputs = self
            .model
            .run(
                vec![(self.input, input.into())],
                &self.outputs,
                Some(self.options.clone()),
            )
            .map_err(|error| broken(error.into()))?;
        outputs.into_iter().map(values).collect()
    }
}

fn options(threads: usize) -> RunOptions {
    let mut options = RunOptions::default();
    // One thread per network by default: on the small computers behind a reception, spinning
    // workers cost more than they bring.
    options.thread_pool = Some(Arc::new(ThreadPool::with_num_threads(threads.max(1))));
    options
}

fn values(value: Value) -> Result<Vec<f32>> {
    let tensor: rten_tensor::Tensor<f32> = value
        .try_into()
        .map_err(|error: rten::TryFromValueError| broken(error.into()))?;
    Ok(tensor.into_data())
}

fn runtime(source: Source) -> ModelError {
    ModelError::Runtime(source)
}

fn broken(source: Source) -> Error {
    Error::new(ErrorKind::Other, "the face model cannot be run").with_source(source)
}
