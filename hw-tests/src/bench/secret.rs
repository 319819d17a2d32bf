//! Where the secrets of test cards are found. They never stand in an inventory.

use std::path::PathBuf;

use serde::Deserialize;
use zeroize::Zeroizing;

/// Where a PIN or a card-face code is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretFrom {
    /// In this environment variable.
    Env(String),
    /// In this file, which holds nothing else.
    File(PathBuf),
}

impl SecretFrom {
    /// So many digits, which the inventory says under `key` where to find.
    ///
    /// # Errors
    /// They are not there; the words name the place and never what is in it.
    pub fn read(&self, key: &str, digits: usize) -> Result<Zeroizing<String>, String> {
        let (said, place) = match self {
            Self::Env(name) => {
                let said = std::env::var(name).map_err(|_| format!("{key}: {name} is not set"));
                (said?, name.clone())
            }
            Self::File(path) => {
                let place = path.display().to_string();
                let said = std::fs::read_to_string(path);
                (
                    said.map_err(|error| format!("{key}: {place}: {error}"))?,
                    place,
                )
            }
        };
        let said = Zeroizing::new(said);
        let found = Zeroizing::new(said.trim().to_owned());
        if found.len() == digits && found.bytes().all(|digit| digit.is_ascii_digit()) {
            Ok(found)
        } else {
            Err(format!("{key}: {place} does not hold {digits} digits"))
        }
    }
}
