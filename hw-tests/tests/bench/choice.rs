//! Which devices are tried.

use std::path::Path;

use hw_tests::bench::{CameraEntry, CardEntry, Inventory, ReaderEntry};

const READER: &str = "MYNA_HAL_READER";
const CAMERA: &str = "MYNA_HAL_CAMERA";
const BENCH: &str = "MYNA_HAL_BENCH";

/// The devices; of each kind some, or why there is none.
pub(crate) struct Choice {
    pub(crate) readers: Result<Vec<(ReaderEntry, Option<CardEntry>)>, String>,
    pub(crate) cameras: Result<Vec<CameraEntry>, String>,
}

impl Choice {
    /// What the environment says.
    ///
    /// # Errors
    /// The inventory cannot be used, or does not have what was chosen.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let said = |name| std::env::var(name).ok().filter(|said| !said.is_empty());
        let (reader, camera) = (said(READER), said(CAMERA));
        match said(BENCH) {
            Some(path) => {
                let inventory = Inventory::read(Path::new(&path));
                let inventory = inventory.map_err(|error| error.to_string())?;
                of(&inventory, reader.as_deref(), camera.as_deref())
            }
            None => Ok(Self {
                readers: reader
                    .map(|reader| vec![(ReaderEntry::named(&reader), None)])
                    .ok_or_else(|| {
                        format!(
                            "no reader: set {READER} to a part of its name \
                             (`cargo run --features pcsc --example readers` lists them), or {BENCH} \
                             to an inventory like hw-tests/bench.example.toml"
                        )
                    }),
                cameras: camera
                    .map(|camera| vec![CameraEntry::named(&camera)])
                    .ok_or_else(|| {
                        format!(
                            "no camera: set {CAMERA} to a part of its name \
                             (`cargo run --features v4l2 --example cameras` lists them), or {BENCH} \
                             to an inventory like hw-tests/bench.example.toml"
                        )
                    }),
            }),
        }
    }
}

/// What an inventory has, or what is chosen of it.
fn of(inventory: &Inventory, reader: Option<&str>, camera: Option<&str>) -> Result<Choice, String> {
    let wanted = |chosen: Option<&str>, name: &str| chosen.is_none_or(|part| name.contains(part));
    let readers: Vec<_> = inventory
        .readers
        .iter()
        .filter(|entry| wanted(reader, entry.name.get_ref()))
        .map(|entry| {
            let card = entry.card.as_ref();
            let card = card.and_then(|name| inventory.card(name.get_ref()));
            (entry.clone(), card.cloned())
        })
        .collect();
    let cameras: Vec<_> = inventory
        .cameras
        .iter()
        .filter(|entry| wanted(camera, entry.name.get_ref()))
        .cloned()
        .collect();
    for (variable, chosen, is_none) in [
        (READER, reader, readers.is_empty()),
        (CAMERA, camera, cameras.is_empty()),
    ] {
        if let (Some(chosen), true) = (chosen, is_none) {
            let why = format!("{variable}={chosen}: the inventory has nothing of that name");
            return Err(why);
        }
    }
    let some = |what: &str| format!("the inventory has no [[{what}]]: add one, see {BENCH}");
    Ok(Choice {
        readers: (!readers.is_empty())
            .then_some(readers)
            .ok_or_else(|| some("reader")),
        cameras: (!cameras.is_empty())
            .then_some(cameras)
            .ok_or_else(|| some("camera")),
    })
}
