//! `hw-tests fingerprint`, not built in.

use clap::Args;

use crate::Done;
use crate::not_built::{Any, needs};

/// Print the SHA-256 of a card's certificate, for the inventory of a bench (not built in: --features bench)
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    _any: Any,
}

pub(crate) fn run(_: &Arguments) -> Done {
    needs("bench")
}
