//! `hw-tests report`, not built in.

use clap::Args;

use crate::Done;
use crate::not_built::{Any, needs};

/// Make reports of what trials wrote down while they ran (not built in: --features report)
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    _any: Any,
}

pub(crate) fn run(_: &Arguments) -> Done {
    needs("report")
}
