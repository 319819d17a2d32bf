//! What the page says of devices that are well, and of devices that are not.

mod codes;
mod devices;
#[cfg(feature = "onnx")]
mod models;

use std::path::PathBuf;

use crate::report::{Finding, Report};

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("myna-hal-self-test-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ids(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|it| it.code.id).collect()
}

fn found(report: &Report, id: &str) -> serde_json::Value {
    let findings = report.json()["findings"].clone();
    let mut all = findings.as_array().expect("a list").iter();
    let found = all.find(|finding| finding["code"] == id);
    found
        .unwrap_or_else(|| panic!("no {id}: {findings:#}"))
        .clone()
}

fn page(findings: Vec<Finding>) -> Report {
    Report { findings }
}
