//! What a frame costs before an engine sees it: conversion, decoding, shrinking.
//!
//! `cargo bench --bench imaging`

#![allow(missing_docs, reason = "made by criterion's macros")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use myna_hal::imaging::{Image, ImageView, PixelFormat, decode_mjpeg_into};

/// Width, height, and the factor that leads to the detector's input.
const SIZES: [(u32, u32, u32); 2] = [(640, 480, 2), (1280, 720, 4)];

/// Patches with noise on them: neither flat nor noise alone, so that codes are as long as a
/// camera's.
fn scene(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 28) as u8
    };
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| [x / 3 % 200, y / 2 % 180, (x / 40 * 37 + y / 30 * 11) % 220])
        .map(|level| level as u8 + noise())
        .collect()
}

fn frames(criterion: &mut Criterion) {
    for (width, height, factor) in SIZES {
        let mut group = criterion.benchmark_group(format!("{width}x{height}"));
        let pixels = scene(width, height);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 85)
            .encode(&pixels, width, height, ExtendedColorType::Rgb8)
            .expect("into memory");
        let mut out = Image::default();
        for (format, bytes) in [
            (PixelFormat::Yuyv, &pixels[..(width * height * 2) as usize]),
            (
                PixelFormat::Nv12,
                &pixels[..(width * height * 3 / 2) as usize],
            ),
            (PixelFormat::Grey8, &pixels[..(width * height) as usize]),
        ] {
            let view = ImageView::packed(format, width, height, bytes).expect("sizes agree");
            group.bench_function(format!("{format:?} to RGB"), |bench| {
                bench.iter(|| black_box(view).to_rgb8_into(&mut out).expect("raw"));
            });
        }
        group.bench_function("motion JPEG to RGB", |bench| {
            bench.iter(|| decode_mjpeg_into(black_box(&jpeg), &mut out).expect("whole"));
        });
        group.bench_function("motion JPEG to RGB, `image`", |bench| {
            bench.iter(|| image::load_from_memory(black_box(&jpeg)).expect("whole"));
        });
        let rgb =
            ImageView::packed(PixelFormat::Rgb8, width, height, &pixels).expect("sizes agree");
        let (small, low) = (width / factor, height / factor);
        group.bench_function(format!("RGB to {small}x{low}"), |bench| {
            bench.iter(|| {
                black_box(rgb)
                    .resize_into(small, low, &mut out)
                    .expect("small")
            });
        });
        group.bench_function("RGB to 300x225", |bench| {
            bench.iter(|| {
                black_box(rgb)
                    .resize_into(300, 225, &mut out)
                    .expect("small")
            });
        });
        let whole = image::RgbImage::from_raw(width, height, pixels.clone()).expect("sizes agree");
        group.bench_function(format!("RGB to {small}x{low}, `image`"), |bench| {
            bench.iter(|| image::imageops::thumbnail(black_box(&whole), small, low));
        });
        group.finish();
    }
}

criterion_group!(benches, frames);
criterion_main!(benches);
