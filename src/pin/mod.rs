//! The PIN-pad trait and secrets.
