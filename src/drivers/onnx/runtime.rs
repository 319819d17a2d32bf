//! What a runtime has to do for the two networks.

use zeroize::Zeroizing;

use super::ModelError;
use crate::error::Result;

/// Runs ONNX networks. The engine is chosen when the program runs: [`Rten`](super::Rten) is always
/// there, `drivers::ort::OnnxRuntime` with the feature `ort`.
///
/// *For driver authors*: implement this and [`Network`] to put the two models on a processor of
/// your own. What reaches [`Runtime::load`] is plain ONNX with 32-bit floats: the quantised weights
/// of the published files are expanded before.
pub trait Runtime {
    /// Loads a network of one input, 1 x 3 x height x width floats of any height and width, and
    /// the outputs of these names.
    ///
    /// # Errors
    /// [`ModelError::Unsupported`]: other inputs or outputs. [`ModelError::Runtime`]: the
    /// runtime refuses the model.
    fn load(
        &self,
        model: &[u8],
        outputs: &[&str],
    ) -> std::result::Result<Box<dyn Network>, ModelError>;
}

/// A loaded network.
pub trait Network: Send {
    /// Runs the network and sets every output, numbered in the order in which
    /// [`Runtime::load`] got the names.
    ///
    /// # Errors
    /// `Other`: the runtime broke.
    fn run(&mut self, input: &Planes, outputs: &mut Outputs) -> Result<()>;
}

/// A picture as a network takes it: three planes of floats, one after the other. Reused from frame
/// to frame, wiped on drop.
#[derive(Default)]
pub struct Planes {
    width: usize,
    height: usize,
    values: Zeroizing<Vec<f32>>,
}

impl Planes {
    /// Columns of a plane.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows of a plane.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The planes, each row by row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The planes at this size, to be filled; what is in them is of the frame before.
    pub(super) fn sized(&mut self, width: usize, height: usize) -> &mut [f32] {
        let len = 3 * width * height;
        if self.values.len() != len {
            // A new buffer instead of a grown one, which would leave an unwiped copy behind.
            self.values = Zeroizing::new(vec![0.0; len]);
        }
        (self.width, self.height) = (width, height);
        &mut self.values
    }
}

/// What a network gave. Reused from frame to frame, wiped on drop.
pub struct Outputs(Vec<Zeroizing<Vec<f32>>>);

impl Outputs {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count).map(|_| Zeroizing::default()).collect())
    }

    /// Copies output number `index` out of the runtime; one that nobody asked for is ignored.
    pub fn set(&mut self, index: usize, values: &[f32]) {
        if let Some(output) = self.0.get_mut(index) {
            if output.len() == values.len() {
                output.copy_from_slice(values);
            } else {
                *output = Zeroizing::new(values.to_vec());
            }
        }
    }

    /// Output number `index`; empty if there is none.
    pub(super) fn output(&self, index: usize) -> &[f32] {
        self.0.get(index).map_or(&[], |values| values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_the_right_size_are_used_again() {
        let mut planes = Planes::default();
        let first = planes.sized(4, 2).as_ptr();
        assert_eq!(planes.sized(2, 4).as_ptr(), first);
        assert_eq!((planes.width(), planes.height()), (2, 4));
        assert_eq!(planes.sized(4, 4).len(), 48);

        let mut outputs = Outputs::new(1);
        outputs.set(0, &[1.0, 2.0]);
        let first = outputs.output(0).as_ptr();
        outputs.set(0, &[3.0, 4.0]);
        outputs.set(1, &[5.0]);
        assert_eq!(outputs.output(0), [3.0, 4.0]);
        assert_eq!(outputs.output(0).as_ptr(), first);
        assert!(outputs.output(1).is_empty());
    }
}
