//! The camera traits.
