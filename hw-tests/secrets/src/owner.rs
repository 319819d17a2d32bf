//! Whose code freed a block, by the backtrace.

use std::collections::BTreeMap;

use crate::registry;
use crate::watch::exempt;

/// Whose code it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The library: it must never happen.
    Library,
    /// The library's virtual devices, which stand for the world.
    VirtualDevice,
    /// A crate of somebody else's.
    Foreign(&'static str),
    /// The test itself, or code that the backtrace does not name.
    Unknown,
}

/// Crates that see a secret because the library hands it to them.
const FOREIGN: [&str; 8] = [
    "hayro_jpeg2000",
    "num_bigint_dig",
    "rsa",
    "sha2",
    "x509_cert",
    "der",
    "image",
    "zune_jpeg",
];

/// Freed blocks with the same secret, of the same owner, at the same place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Name of the secret.
    pub secret: &'static str,
    /// Whose code freed them.
    pub owner: Owner,
    /// The function that did, as far as the backtrace names it.
    pub place: String,
    /// How many.
    pub blocks: usize,
    /// Bytes of all of them.
    pub bytes: usize,
}

/// What was found since the last call, by owner.
#[must_use]
pub fn findings() -> Vec<Finding> {
    exempt(|| {
        let mut found = BTreeMap::new();
        for hit in registry::take() {
            let (owner, place) = owner(&hit.trace.to_string());
            let finding = found
                .entry((owner.clone(), hit.secret, place.clone()))
                .or_insert(Finding {
                    secret: hit.secret,
                    owner,
                    place,
                    blocks: 0,
                    bytes: 0,
                });
            finding.blocks += 1;
            finding.bytes += hit.size;
        }
        found.into_values().collect()
    })
}

/// The innermost function that belongs to a crate we know: freeing goes through the standard
/// library, whose frames name what they free (`drop_in_place<…>`).
fn owner(trace: &str) -> (Owner, String) {
    for line in trace.lines() {
        // `  12: path::of::a::function`; the lines between name source files.
        let Some((_, symbol)) = line.trim_start().split_once(": ") else {
            continue;
        };
        let mut first: Option<(usize, Owner)> = None;
        let mut see = |name: &str, owner: Owner| {
            let at = symbol.find(name);
            if let Some(at) = at.filter(|at| first.as_ref().is_none_or(|(first, _)| at < first)) {
                first = Some((at, owner));
            }
        };
        see("myna_hal::", Owner::Library);
        see("myna_hal::sim::", Owner::VirtualDevice);
        for name in FOREIGN {
            see(&format!("{name}::"), Owner::Foreign(name));
        }
        if let Some((_, owner)) = first {
            let virtual_device = symbol.contains("myna_hal::sim::");
            let owner = match owner {
                Owner::Library if virtual_device => Owner::VirtualDevice,
                owner => owner,
            };
            return (owner, symbol.to_owned());
        }
    }
    (Owner::Unknown, trace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_crate_that_is_known_counts() {
        let of = |symbols: &[&str]| {
            let lines = symbols.iter().enumerate();
            let trace: String = lines
                .map(|(number, symbol)| format!("  {number}: {symbol}\n      at src/x.rs:1:2\n"))
                .collect();
            owner(&trace).0
        };
        assert_eq!(
            of(&[
                "<secrets::watch::Watch as core::alloc::GlobalAlloc>::dealloc",
                "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
                "myna_hal::pin::send",
            ]),
            Owner::Library
        );
        assert_eq!(
            of(&[
                "core::ptr::drop_in_place<hayro_jpeg2000::j2c::Storage>",
                "myna_hal::imaging::jpeg2000::decode_with",
            ]),
            Owner::Foreign("hayro_jpeg2000")
        );
        assert_eq!(
            of(&["<myna_hal::sim::pinpad::Keypad as myna_hal::pin::host::PinSource>::read_pin"]),
            Owner::VirtualDevice
        );
        assert_eq!(of(&["std::thread::spawn"]), Owner::Unknown);
    }
}
