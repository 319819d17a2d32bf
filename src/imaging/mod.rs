//! Borrowed pixels and their conversions.
