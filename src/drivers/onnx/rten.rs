//! Networks on `rten`.

use std::num::NonZeroUsize;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::{NdTensorView, Tensor};

use super::{ModelError, Network, Outputs, Planes, Runtime};
use crate::error::{Error, ErrorKind, Result, Source};

/// [`Runtime`] on `rten`, which is compiled in.
///
/// What `rten` allocates for inputs and intermediate results is not wiped after use.
#[derive(Clone, Copy, Debug)]
pub struct Rten {
    threads: NonZeroUsize,
}

impl Rten {
    /// One thread for each network: on the small computers behind a reception, more cost more
    /// than they bring.
    #[must_use]
    pub fn new() -> Self {
        Self {
            threads: NonZeroUsize::MIN,
        }
    }

    /// Runs each network on this many threads.
    #[must_use]
    pub fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads }
    }
}

impl Default for Rten {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for Rten {
    fn load(
        &self,
        model: &[u8],
        outputs: &[&str],
    ) -> std::result::Result<Box<dyn Network>, ModelError> {
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(model.to_vec())
            .map_err(|error| ModelError::Runtime(error.into()))?;
        let &[input] = model.input_ids() else {
            return Err(ModelError::Unsupported("a model without exactly one input"));
        };
        let outputs = outputs
            .iter()
            .map(|name| model.find_node(name))
            .collect::<Option<Vec<_>>>()
            .ok_or(ModelError::Unsupported("a model with other outputs"))?;
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::new(ThreadPool::with_num_threads(self.threads.get())));
        Ok(Box::new(RtenNetwork {
            model,
            input,
            outputs,
            options,
        }))
    }
}

struct RtenNetwork {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
    options: RunOptions,
}

impl Network for RtenNetwork {
    fn run(&mut self, input: &Planes, outputs: &mut Outputs) -> Result<()> {
        let shape = [1, 3, input.height(), input.width()];
        let view = NdTensorView::try_from_data(shape, input.values())
            .map_err(|error| broken(format!("{error:?}").into()))?;
        let results = self
            .model
            .run(
                vec![(self.input, view.into())],
                &self.outputs,
                Some(self.options.clone()),
            )
            .map_err(|error| broken(error.into()))?;
        for (index, result) in results.into_iter().enumerate() {
            outputs.set(index, &floats(result)?);
        }
        Ok(())
    }
}

fn floats(value: Value) -> Result<Vec<f32>> {
    let tensor: Tensor<f32> = value
        .try_into()
        .map_err(|error: rten::TryFromValueError| broken(error.into()))?;
    Ok(tensor.into_data())
}

fn broken(source: Source) -> Error {
    Error::new(ErrorKind::Other, "the face model cannot be run").with_source(source)
}
