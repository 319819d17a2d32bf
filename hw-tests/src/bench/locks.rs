//! One run for a device at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The variable that names the folder of the lock files.
const FOLDER: &str = "MYNA_HAL_LOCKS";

/// A device that is ours until this is dropped, or until this process ends, however it does.
#[derive(Debug)]
pub struct Lock {
    /// Its lock is the operating system's; the file itself stays.
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough while a child that is about to run another program has it,
        // too. What fails here ends with the process.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Takes a device, called the same by everybody: the driver's name for a reader or a camera, the
    /// certificate of a card. Lock files are in `MYNA_HAL_LOCKS`, or in a folder of their own where
    /// the system keeps temporary files.
    ///
    /// # Errors
    /// Who has it, or why nobody can have it.
    pub fn take(device: &str) -> Result<Self, String> {
        let folder = std::env::var_os(FOLDER).map_or_else(
            || std::env::temp_dir().join("myna-hal-locks"),
            PathBuf::from,
        );
        Self::take_in(&folder, device)
    }

    /// [`Lock::take`] with a file in `folder`.
    ///
    /// # Errors
    /// As there.
    pub fn take_in(folder: &Path, device: &str) -> Result<Self, String> {
        let path = folder.join(format!("{}.lock", file_name(device)));
        let failed = |error: std::io::Error| {
            format!(
                "{}: {error}; {FOLDER} can name another folder",
                path.display()
            )
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is helps; that it is held is known without.
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(format!(
                    "{device} is in use by another run: process {holder}"
                ));
            }
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { file })
    }
}

/// A name that every file system takes.
fn file_name(device: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    device
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect()
}
