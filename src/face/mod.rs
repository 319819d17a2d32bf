//! Faces: traits, templates, comparison and decision.
