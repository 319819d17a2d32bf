//! Which trials are wanted: a kit runs no others, for somebody may have to move things for each.

use libtest_mimic::Arguments;

/// Whether the command line wants the trial of this name, by the rules of the test harness.
pub(crate) fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    let is_said = |said: &str| match arguments.exact {
        true => name == said,
        false => name.contains(said),
    };
    let filter = arguments.filter.as_deref();
    filter.is_none_or(is_said) && !arguments.skip.iter().any(|skip| is_said(skip))
}
