//! Where nothing cheap tells that the bus changed.

/// There is none.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Mark {}

/// What the bus is like now: it cannot be told, and every list is a new one.
pub(super) fn mark() -> Option<Mark> {
    None
}
