//! What tells that the bus changed on Linux: the names in one folder of sysfs, of devices and of their
//! interfaces, and the number that the kernel gave to each. A device that is plugged in again has its old
//! name and a new number, for sysfs counts upwards (`kernfs`, Linux 3.14 and later).

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::DirEntryExt;
use std::path::Path;

const FOLDER: &str = "/sys/bus/usb/devices";

/// Equal as long as nothing came or left.
pub(super) type Mark = Vec<(u64, OsString)>;

/// What the bus is like now, if it can be told.
pub(super) fn mark() -> Option<Mark> {
    mark_of(Path::new(FOLDER))
}

fn mark_of(folder: &Path) -> Option<Mark> {
    let entries = fs::read_dir(folder).ok()?;
    let mut mark = entries
        .map(|entry| entry.map(|entry| (entry.ino(), entry.file_name())))
        .collect::<Result<Mark, _>>()
        .ok()?;
    mark.sort();
    Some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_leaves_or_is_replaced_changes_the_mark() {
        let folder = std::env::temp_dir().join(format!("myna-hal-mark-{}", std::process::id()));
        fs::create_dir(&folder).expect("a folder");
        let file = |name: &str| folder.join(name);
        let mark = || mark_of(&folder).expect("it can be read");
        fs::write(file("1-1"), "").expect("a file");
        let one = mark();
        assert_eq!(mark(), one);
        fs::write(file("1-2"), "").expect("a file");
        let two = mark();
        assert_ne!(two, one);
        // Another device under the name of the first.
        fs::rename(file("1-2"), file("1-1")).expect("renamed");
        let other = mark();
        assert_ne!(other, one);
        assert_eq!(other.len(), one.len());
        fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(mark_of(&folder), None);
    }
}
