//! What trials run on.

use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where Linux distributions put libccid's description of itself.
const LIBCCID: &str = "/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist";

/// The machine, and what stands between the library and its devices there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rig {
    /// When the first trial began.
    pub date: Timestamp,
    /// Version of the library.
    pub library: String,
    /// Name, release and machine of the kernel.
    pub kernel: String,
    /// Version of `pcscd`, where it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pcscd: Option<String>,
    /// Version of its driver for CCID readers, where it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libccid: Option<String>,
}

impl Rig {
    /// This machine, now.
    #[must_use]
    pub fn here() -> Self {
        let uname = rustix::system::uname();
        let parts = [uname.sysname(), uname.release(), uname.machine()];
        Self {
            date: Timestamp::now(),
            library: manifest_version(include_str!("../../../Cargo.toml")).to_owned(),
            kernel: parts.map(|part| part.to_string_lossy()).join(" "),
            pcscd: pcscd(),
            libccid: std::fs::read_to_string(LIBCCID)
                .ok()
                .and_then(|plist| plist_version(&plist)),
        }
    }

    /// Whether the other is the same but for when it began.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let date = self.date;
        let other = Self {
            date,
            ..other.clone()
        };
        *self == other
    }

    /// What is known, with its names.
    #[must_use]
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            ("date", self.date.to_string()),
            ("myna-hal", self.library.clone()),
            ("kernel", self.kernel.clone()),
        ];
        rows.extend(self.pcscd.clone().map(|version| ("pcscd", version)));
        rows.extend(self.libccid.clone().map(|version| ("libccid", version)));
        rows
    }
}

/// The version of the package that `manifest` is of.
fn manifest_version(manifest: &str) -> &str {
    let mut versions = manifest
        .lines()
        .skip_while(|line| *line != "[package]")
        .filter_map(|line| line.strip_prefix("version = "));
    versions.next().unwrap_or_default().trim_matches('"')
}

/// `pcsc-lite version 1.9.9.` stands in the first line.
fn pcscd() -> Option<String> {
    let output = Command::new("sh")
        .args(["-c", "PATH=$PATH:/usr/sbin:/sbin exec pcscd --version"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next()?.rsplit("version ").next()?;
    let version = version.trim_end_matches('.').trim();
    (output.status.success() && !version.is_empty()).then(|| version.to_owned())
}

/// The string after the key `CFBundleShortVersionString` of a property list.
fn plist_version(plist: &str) -> Option<String> {
    let (_, rest) = plist.split_once("<key>CFBundleShortVersionString</key>")?;
    let (_, rest) = rest.split_once("<string>")?;
    let (version, _) = rest.split_once("</string>")?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_and_the_kernel_say_who_they_are() {
        let rig = Rig::here();
        assert!(rig.library.starts_with(|c: char| c.is_ascii_digit()));
        assert!(rig.kernel.starts_with("Linux "), "{}", rig.kernel);
    }

    #[test]
    fn the_version_of_libccid_is_found_in_its_property_list() {
        let plist = "<key>CFBundleName</key>\n<string>CCIDCLASSDRIVER</string>\n\
                     <key>CFBundleShortVersionString</key>\n\t<string>1.5.2</string>\n";
        assert_eq!(plist_version(plist).as_deref(), Some("1.5.2"));
        assert_eq!(plist_version("<plist></plist>"), None);
    }
}
