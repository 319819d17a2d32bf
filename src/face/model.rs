//! Which model made a template.

use std::borrow::Cow;
use std::fmt;

/// Identifies a face model: a name for people and the SHA-256 of what defines it, usually the
/// model file. Two models are the same only if the digests are equal.
#[derive(Clone)]
pub struct ModelId {
    name: Cow<'static, str>,
    sha256: [u8; 32],
}

impl ModelId {
    /// A model called `name` whose file has this SHA-256.
    pub fn new(name: impl Into<Cow<'static, str>>, sha256: [u8; 32]) -> Self {
        Self {
            name: name.into(),
            sha256,
        }
    }

    /// Name for people and logs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the model file.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

impl PartialEq for ModelId {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for ModelId {}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        for byte in &self.sha256[..4] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelId({self})")
    }
}
