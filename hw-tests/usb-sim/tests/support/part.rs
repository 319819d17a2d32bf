//! Guests side by side share the trials of one program.

use std::sync::LazyLock;

/// `MYNA_HAL_RIG_PART`: which part of the trials is done here, and of how many, as in `1/2`.
const VARIABLE: &str = "MYNA_HAL_RIG_PART";

/// Everything, unless somebody says otherwise.
static PART: LazyLock<(usize, usize)> = LazyLock::new(|| {
    let Ok(said) = std::env::var(VARIABLE) else {
        return (0, 1);
    };
    parse(&said).expect("MYNA_HAL_RIG_PART is as in `1/2`")
});

fn parse(said: &str) -> Option<(usize, usize)> {
    let (which, of) = said.split_once('/')?;
    let (which, of): (usize, usize) = (which.parse().ok()?, of.parse().ok()?);
    (1..=of).contains(&which).then(|| (which - 1, of))
}

/// Whether a group of trials belongs to this part; groups are numbered from 0.
pub(crate) fn is_here(group: usize) -> bool {
    let (part, of) = *PART;
    group % of == part
}
