//! What several examples share. Not part of the library.
#![allow(dead_code, reason = "no example uses all of it")]

pub(crate) mod jp2;
