//! What an embedder makes of a face.

use std::fmt;

use zeroize::Zeroizing;

use super::ModelId;
use super::compare::kernels::{Block, Blocks};
use crate::error::{Error, Result};

/// Most dimensions that a template may have; known models have 128 to 512.
const MAX_DIMENSIONS: usize = 8192;

/// Biometric features of one face, of unit length, with the model that made them. Wiped on
/// drop; cannot be cloned, printed or serialised.
pub struct Template {
    model: ModelId,
    dimensions: usize,
    blocks: Blocks,
}

impl Template {
    /// Scales `values` to unit length.
    ///
    /// # Errors
    /// `InvalidInput`: no values or more than 8192, a value that is not finite, or all of them
    /// zero (no direction to compare).
    pub fn new(model: ModelId, values: Vec<f32>) -> Result<Self> {
        let values = Zeroizing::new(values);
        if values.is_empty() || values.len() > MAX_DIMENSIONS {
            return Err(Error::invalid_input("a template of an impossible size"));
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Err(Error::invalid_input(
                "a template with values that are not finite",
            ));
        }
        // In f64 neither the squares nor their sum can overflow.
        let norm = values
            .iter()
            .map(|v| f64::from(*v).powi(2))
            .sum::<f64>()
            .sqrt();
        if norm < f64::from(f32::MIN_POSITIVE) {
            return Err(Error::invalid_input("a template of zeros"));
        }
        let mut blocks = Blocks::new(&values);
        for value in blocks.values_mut() {
            *value = (f64::from(*value) / norm) as f32;
        }
        Ok(Self {
            model,
            dimensions: values.len(),
            blocks,
        })
    }

    /// The mean direction of several templates of one model: averages out the noise of single
    /// frames.
    ///
    /// # Errors
    /// `InvalidInput`: no template, templates of different models or sizes, or templates that
    /// cancel each other out.
    pub fn mean(templates: &[Template]) -> Result<Self> {
        let Some(first) = templates.first() else {
            return Err(Error::invalid_input("the mean of no templates"));
        };
        let mut sum = Zeroizing::new(vec![0.0f32; first.dimensions]);
        for template in templates {
            first.check_comparable(template)?;
            for (sum, value) in sum.iter_mut().zip(template.values()) {
                *sum += value;
            }
        }
        Self::new(first.model.clone(), std::mem::take(&mut *sum))
    }

    /// The model that made it.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Number of dimensions.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.blocks.values()[..self.dimensions]
    }

    #[inline]
    pub(super) fn blocks(&self) -> &[Block] {
        self.blocks.as_slice()
    }

    #[inline]
    pub(super) fn check_comparable(&self, other: &Self) -> Result<()> {
        if self.model != other.model || self.dimensions != other.dimensions {
            return Err(self.incomparable(other));
        }
        Ok(())
    }

    /// Apart, so that the check before every comparison stays short.
    #[cold]
    fn incomparable(&self, other: &Self) -> Error {
        Error::invalid_input(format!(
            "templates of different models: {} and {}",
            self.model, other.model
        ))
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Template({} dimensions, {})",
            self.dimensions, self.model
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::face::compare;

    fn model(number: u8) -> ModelId {
        ModelId::new("test", [number; 32])
    }

    #[test]
    fn impossible_values_are_refused() {
        for values in [
            vec![],
            vec![0.0; 4],
            vec![1.0, f32::NAN],
            vec![1.0, f32::INFINITY],
            vec![1.0; 9000],
        ] {
            let error = Template::new(model(1), values).expect_err("impossible");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        // Neither the largest nor the smallest floats lose their direction.
        for value in [f32::MAX, 1e-30] {
            let template = Template::new(model(1), vec![value, value]).expect("finite");
            assert!((template.values()[0] - 0.5f32.sqrt()).abs() < 1e-6);
        }
    }

    #[test]
    fn another_model_is_another_language() {
        let a = Template::new(model(1), vec![1.0, 0.0]).expect("finite");
        let b = Template::new(model(2), vec![1.0, 0.0]).expect("finite");
        assert_eq!(
            compare(&a, &b).expect_err("models").kind(),
            ErrorKind::InvalidInput
        );
        assert!(Template::mean(&[a, b]).is_err());
    }

    #[test]
    fn mean_is_a_direction() {
        let a = Template::new(model(1), vec![9.0, 0.0]).expect("finite");
        let b = Template::new(model(1), vec![0.0, 1.0]).expect("finite");
        let mean = Template::mean(&[a, b]).expect("one model");
        assert!((mean.values()[0] - mean.values()[1]).abs() < 1e-6);
        let a = Template::new(model(1), vec![1.0]).expect("finite");
        let b = Template::new(model(1), vec![-1.0]).expect("finite");
        assert!(Template::mean(&[a, b]).is_err(), "they cancel out");
    }

    #[test]
    fn debug_shows_no_value() {
        let template = Template::new(model(0xab), vec![0.6, 0.8]).expect("finite");
        assert_eq!(
            format!("{template:?}"),
            "Template(2 dimensions, test (abababab…))"
        );
    }
}
