//! The seeds of the fuzz targets, as an ordinary test: what is genuine is taken, what is not is
//! refused, and nothing panics.

#![cfg(feature = "sim")]

use std::fs;
use std::path::Path;

#[path = "../fuzz/targets/mod.rs"]
mod targets;

#[test]
fn every_seed_of_every_target() {
    run(&targets::ALL);
}

#[cfg(feature = "ccid")]
#[test]
fn every_seed_of_a_reader() {
    run(&targets::readers::ALL);
}

#[cfg(feature = "port100")]
#[test]
fn every_seed_of_a_contactless_card() {
    run(&targets::port100::ALL);
}

fn run(all: &[(&str, targets::Target)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, target) in all {
        let (mut good, mut bad) = (0, 0);
        for entry in fs::read_dir(folder.join(name)).expect(name) {
            let path = entry.expect("an entry").path();
            let seed = path
                .file_name()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            let taken = target(&fs::read(&path).expect("readable"));
            let genuine = seed.starts_with("good-");
            assert_eq!(taken, genuine, "{name}/{seed}");
            if genuine { good += 1 } else { bad += 1 }
        }
        assert!(
            good > 0 && bad > 0,
            "{name} has {good} good seeds and {bad} others"
        );
    }
}
