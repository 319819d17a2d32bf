//! Commands that this program was built without: they are listed, and say what builds them.

use std::ffi::OsString;

use clap::Args;

use crate::Done;

/// Whatever the command would take.
#[derive(Args)]
pub(crate) struct Any {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    any: Vec<OsString>,
}

pub(crate) fn needs(feature: &str) -> Done {
    Err(format!(
        "this program was built without it: cargo run -p hw-tests --features {feature} -- …"
    )
    .into())
}
