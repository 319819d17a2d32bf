//! The same templates for everybody.

use myna_hal::face::{ModelId, Template};

/// A vector at a cache line, as ours are.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// Vectors one after the other, without padding, as every peer can take them.
pub(crate) struct Vectors {
    lines: Vec<Line>,
    dimensions: usize,
}

impl Vectors {
    /// `count` vectors of unit length in directions that have nothing to do with each other; the
    /// dimensions are a multiple of 16.
    pub(crate) fn new(count: usize, dimensions: usize, seed: u64) -> Self {
        let mut state = seed;
        let mut value = || {
            // The sum of four uniform numbers is nearly normal.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(seed | 1);
            let bits = state ^ (state >> 29);
            let parts = (0..4).map(|i| f32::from((bits >> (16 * i)) as u16) / 65_536.0 - 0.5);
            parts.sum::<f32>()
        };
        let mut lines = vec![Line([0.0; 16]); count * dimensions / 16];
        for vector in lines.chunks_mut(dimensions / 16) {
            vector
                .iter_mut()
                .flat_map(|line| &mut line.0)
                .for_each(|v| *v = value());
            let squares = vector.iter().flat_map(|line| line.0).map(|v| v * v);
            let norm = squares.sum::<f32>().sqrt();
            vector
                .iter_mut()
                .flat_map(|line| &mut line.0)
                .for_each(|v| *v /= norm);
        }
        Self { lines, dimensions }
    }

    pub(crate) fn values(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` around 16 values and as large as its alignment: no padding.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), 16 * self.lines.len()) }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values().chunks_exact(self.dimensions)
    }

    pub(crate) fn templates(&self) -> Vec<Template> {
        let template = |row: &[f32]| Template::new(model(), row.to_vec()).expect("finite");
        self.rows().map(template).collect()
    }
}

pub(crate) fn model() -> ModelId {
    ModelId::new("bench", [0; 32])
}
