//! A program that was built without the bench.

use std::path::Path;

use hw_tests::scenario::Hands;

/// There is none.
pub(crate) fn hands(
    _: Option<&str>,
    _: Option<&str>,
    _: Option<&Path>,
) -> Result<Box<dyn Hands>, Box<dyn std::error::Error>> {
    Err(
        "this program was built without the bench: cargo run -p hw-tests --features bench -- …"
            .into(),
    )
}
