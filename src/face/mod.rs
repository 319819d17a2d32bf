//! Faces: traits, templates, comparison and decision.

mod region;

pub use region::{FaceRegion, Landmarks};
