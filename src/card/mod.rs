//! The card-reader traits and the transaction guard.
