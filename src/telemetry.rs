//! What happens in the library, told to `tracing` when the feature of that name is on and to
//! nobody otherwise. No body, PIN, name or serial number passes through here: the functions take
//! words and numbers only.

#[cfg(not(feature = "tracing"))]
mod silent;
#[cfg(all(test, feature = "sim", feature = "tracing"))]
mod tests;
#[cfg(feature = "tracing")]
mod told;

#[cfg(not(feature = "tracing"))]
pub(crate) use silent::*;
#[cfg(feature = "tracing")]
pub(crate) use told::*;
