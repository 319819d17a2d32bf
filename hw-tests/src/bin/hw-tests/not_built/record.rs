//! `hw-tests record`, not built in.

use clap::Args;

use crate::Done;
use crate::not_built::{Any, needs};

/// Record the library's dialogues with simulated readers (not built in: --features recordings)
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    _any: Any,
}

pub(crate) fn run(_: &Arguments) -> Done {
    needs("recordings")
}
