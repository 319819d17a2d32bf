//! Every level against double precision and against every other.

use super::*;
use crate::random::Random;

/// The furthest that a sum of products of unit vectors may be from the exact one.
const BOUND: f64 = 2e-7;

/// A vector of unit length; `kind` chooses how its values are spread.
fn unit(random: &mut Random, dimensions: usize, kind: usize) -> Vec<f32> {
    let mut uniform = || (random.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
    let values: Vec<f64> = (0..dimensions)
        .map(|_| match kind % 4 {
            0 => uniform(),
            1 => uniform().powi(9),
            2 => uniform().abs(),
            _ => uniform().signum(),
        })
        .collect();
    let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-9);
    values.iter().map(|v| (v / norm) as f32).collect()
}

fn exact(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum()
}

#[test]
fn every_level_of_this_processor_is_tested() {
    let names: Vec<_> = Level::available().into_iter().map(Level::name).collect();
    // Shown by `--nocapture`, and in every failure below.
    assert_eq!(names[0], "portable");
    assert_eq!(Level::best().name(), names[names.len() - 1]);
}

#[test]
fn sums_are_close_to_double_precision_and_equal_at_every_level() {
    let mut random = Random(0x5eed);
    let sizes = (1..=130).chain([191, 192, 200, 256, 500, 511, 512, 513, 1024, 2048]);
    for dimensions in sizes {
        for kind in 0..8 {
            let [a, b] = [kind, kind / 2].map(|kind| unit(&mut random, dimensions, kind));
            let (a_blocks, b_blocks) = (Blocks::new(&a), Blocks::new(&b));
            let reference = portable::dot(a_blocks.as_slice(), b_blocks.as_slice());
            let error = (f64::from(reference) - exact(&a, &b)).abs();
            assert!(error <= BOUND, "{dimensions}, kind {kind}: {error:e}");
            let squares = [exact(&a, &a), exact(&b, &b)];
            for level in Level::available() {
                let name = level.name();
                let kernels = level;
                let dot = kernels.dot(a_blocks.as_slice(), b_blocks.as_slice());
                assert_eq!(dot.to_bits(), reference.to_bits(), "{name}, {dimensions}");
                let [ab, aa, bb] = kernels.products(&a, &b);
                assert_eq!(ab.to_bits(), reference.to_bits(), "{name}, {dimensions}");
                for (square, exact) in [aa, bb].into_iter().zip(squares) {
                    assert!((f64::from(square) - exact).abs() <= BOUND, "{name}");
                }
            }
        }
    }
}

/// Recorded on x86-64 with AVX-512; the tests of every other processor ask for the same bits.
#[test]
fn sums_are_the_same_on_every_processor() {
    let mut random = Random(0xb175);
    for (dimensions, expected) in [
        (1, 0x3c03_3d85),
        (64, 0xbeeb_6da5),
        (100, 0xbeeb_5d98),
        (128, 0x3e4b_5698),
        (512, 0xbfef_1f61),
        (1000, 0x406e_ffd1),
        (2048, 0xbe0d_6808),
    ] {
        let mut vector = || -> Vec<f32> {
            let value = |_| (random.next() >> 40) as f32 / (1 << 24) as f32 - 0.5;
            (0..dimensions).map(value).collect()
        };
        let (a, b) = (vector(), vector());
        let (a_blocks, b_blocks) = (Blocks::new(&a), Blocks::new(&b));
        for level in Level::available() {
            let name = level.name();
            let dot = level.dot(a_blocks.as_slice(), b_blocks.as_slice());
            assert_eq!(dot.to_bits(), expected, "{name}, {dimensions}: {dot:e}");
        }
    }
}

#[test]
fn four_at_once_are_four_alone() {
    let mut random = Random(0x4a11);
    for dimensions in [1, 64, 65, 128, 192, 512, 1000] {
        let vector = unit(&mut random, dimensions, 0);
        let a = Blocks::new(&vector);
        let rows = [0, 1, 2, 3].map(|kind| Blocks::new(&unit(&mut random, dimensions, kind)));
        for level in Level::available() {
            let kernels = level;
            let four = kernels.dot4(a.as_slice(), rows.each_ref().map(Blocks::as_slice));
            for (row, score) in rows.iter().zip(four) {
                let alone = kernels.dot(a.as_slice(), row.as_slice());
                assert_eq!(score.to_bits(), alone.to_bits(), "{}", level.name());
            }
        }
    }
}

#[test]
fn storage_is_aligned_and_padded_with_zeros() {
    for len in [1, 63, 64, 65, 512] {
        let blocks = Blocks::new(&vec![1.0; len]);
        assert_eq!(blocks.as_slice().as_ptr().addr() % 64, 0);
        assert_eq!(blocks.values().len(), len.next_multiple_of(LANES));
        assert_eq!(blocks.values().iter().sum::<f32>(), len as f32);
    }
}
