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
        let known = std::iter::once("myna_hal").chain(FOREIGN);
        // Of several crates that a symbol names the first is its own; the others are parameters.
        let first = known
            .filter_map(|name| Some((place(symbol, name)?, name)))
            .min();
        if let Some((at, name)) = first {
            let owner = match name {
                "myna_hal" if symbol[at..].starts_with("myna_hal::sim::") => Owner::VirtualDevice,
                "myna_hal" => Owner::Library,
                name => Owner::Foreign(name),
            };
            return (owner, symbol.to_owned());
        }
    }
    (Owner::Unknown, trace.to_owned())
}

/// Where `symbol` names the crate `name`.
fn place(symbol: &str, name: &str) -> Option<usize> {
    let whole = |at: usize| {
        let before = symbol[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
    };
    symbol
        .match_indices(&format!("{name}::"))
        .map(|(at, _)| at)
        .find(|at| whole(*at))
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
        assert_eq!(
            of(&["core::ptr::drop_in_place<myna_hal::pin::HostPinPad<myna_hal::sim::Keypad>>"]),
            Owner::Library
        );
        assert_eq!(of(&["std::io::bufreader::f"]), Owner::Unknown);
    }
}
