//! Vectors that are compared: any floats, also those that are no numbers, infinite, denormal or
//! zero.

#[cfg_attr(feature = "gallery", path = "comparison/galleries.rs")]
#[cfg_attr(not(feature = "gallery"), path = "comparison/no_galleries.rs")]
mod galleries;

use myna_hal::ErrorKind;
use myna_hal::face::{ModelId, Template, compare, compare_all, cosine};

use super::Taken;

/// Below, at and past the borders of what the loops take at once.
const DIMENSIONS: [usize; 8] = [1, 2, 16, 63, 64, 65, 128, 200];

/// More make the loops no other.
const MOST: usize = 40;

/// A first byte that chooses the dimensions, a second one that says how many best ones to look for,
/// then vectors. Taken are two or more vectors that are all templates.
pub(crate) fn comparison(data: &[u8]) -> Taken {
    let Some((&[dimensions, count], values)) = data.split_first_chunk::<2>() else {
        return false;
    };
    let dimensions = DIMENSIONS[usize::from(dimensions) % DIMENSIONS.len()];
    let (values, _) = values.as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|v| f32::from_le_bytes(*v)).collect();
    let vectors: Vec<_> = values.chunks_exact(dimensions).take(MOST).collect();
    for pair in vectors.windows(2) {
        check_cosine(pair[0], pair[1]);
    }
    let mut templates = Vec::new();
    for vector in &vectors {
        match Template::new(ModelId::new("fuzz", [0; 32]), vector.to_vec()) {
            Ok(template) => templates.push(template),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                let short = length(vector) < f64::from(f32::MIN_POSITIVE);
                assert!(short || vector.iter().any(|v| !v.is_finite()));
                return false;
            }
        }
    }
    let Some((probe, others)) = templates.split_first() else {
        return false;
    };
    let scores = compare_all(probe, others).expect("one model");
    for ((other, score), vector) in others.iter().zip(&scores).zip(&vectors[1..]) {
        assert_eq!(compare(probe, other).expect("one model"), *score);
        assert_eq!(compare(other, probe).expect("one model"), *score);
        // Each value was rounded once, products are added in chains of four at most, then six times.
        let error = (f64::from(score.value()) - exact(vectors[0], vector)).abs();
        assert!(error < 1e-6, "{error:e}");
    }
    galleries::check(probe, others, &scores, usize::from(count % 64));
    !others.is_empty()
}

fn check_cosine(a: &[f32], b: &[f32]) {
    let has_direction = |v: &[f32]| v.iter().all(|v| v.is_finite()) && v.iter().any(|v| *v != 0.0);
    match cosine(a, b) {
        Ok(score) => {
            assert!(has_direction(a) && has_direction(b));
            let error = (f64::from(score.value()) - exact(a, b)).abs();
            assert!(error < 2e-6, "{error:e}");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!has_direction(a) || !has_direction(b));
        }
    }
}

fn exact(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum::<f64>() / (length(a) * length(b))
}

fn length(vector: &[f32]) -> f64 {
    vector
        .iter()
        .map(|v| f64::from(*v).powi(2))
        .sum::<f64>()
        .sqrt()
}
