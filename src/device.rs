//! What a device is called and where it is attached.

use std::fmt;

/// Identifies one attached device, stable for as long as it stays attached and, where the
/// platform allows, across re-attachment. Not for showing to people.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(String);

impl DeviceId {
    /// An id made of a driver name and whatever the platform calls the device,
    /// for example `pcsc:ACS ACR39U 00 00`.
    pub fn new(driver: &str, name: impl fmt::Display) -> Self {
        Self(format!("{driver}:{name}"))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Describes a device to people and to logs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceInfo {
    /// Identity for programs.
    pub id: DeviceId,
    /// Name for people, as the platform gives it.
    pub name: String,
    /// Name of the driver that serves the device: `pcsc`, `sim`, …
    pub driver: &'static str,
}

impl DeviceInfo {
    /// Describes the device that `driver` knows as `name`.
    pub fn new(driver: &'static str, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            id: DeviceId::new(driver, &name),
            name,
            driver,
        }
    }

    /// Whether this is a device of the virtual set, or a recording that is played. A reception
    /// must not run on one unseen.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(self.driver, "sim" | "replay")
    }
}
