//! Hands on a bench, from the inventory that `MYNA_HAL_BENCH` names.

use std::path::Path;

use hw_tests::bench::Inventory;
use hw_tests::scenario::{Bench, Hands};

/// The reader called `reader` in the inventory, or its first one; and so the camera.
pub(crate) fn hands(
    reader: Option<&str>,
    camera: Option<&str>,
    trust: Option<&Path>,
) -> Result<Box<dyn Hands>, Box<dyn std::error::Error>> {
    let path = std::env::var_os("MYNA_HAL_BENCH")
        .ok_or("MYNA_HAL_BENCH names no inventory; hw-tests/bench.example.toml is one")?;
    let inventory = Inventory::read(Path::new(&path))?;
    let trust = trust.map(std::fs::read_to_string).transpose()?;
    Ok(Box::new(Bench::take(&inventory, reader, camera, trust)?))
}
