//! The calendar clock.

use std::process::Command;
use std::time::SystemTime;

use myna_hal::time::{JST, UtcTime};

use crate::codes;
use crate::report::Finding;

/// From then on this program is too old to be believed about time, in seconds: ten years.
const OLD: i64 = 10 * 365 * 86_400;

/// What can be said of the clock. `made` is when this program was.
pub(crate) fn check(now: UtcTime, made: Option<jiff::Timestamp>) -> Finding {
    let age = made.map(|made| now.instant.as_second() - made.as_second());
    let code = match age {
        _ if !now.trusted => &codes::CLOCK_UNSET,
        Some(age) if age < 0 => &codes::CLOCK_EARLY,
        Some(age) if age > OLD => &codes::CLOCK_LATE,
        _ => &codes::CLOCK_PLAUSIBLE,
    };
    let japan = JST.to_datetime(now.instant);
    Finding::new(code)
        .with(
            "japan",
            format!("{}+09:00", japan.strftime("%Y-%m-%dT%H:%M:%S")),
        )
        .with("system_offset", system_offset())
        .with("days_since_made", age.map(|age| age / 86_400))
}

/// When the file of this program was written.
pub(crate) fn made() -> Option<jiff::Timestamp> {
    let file = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let since = file.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH);
    jiff::Timestamp::from_second(since.ok()?.as_secs().try_into().ok()?).ok()
}

/// What the machine adds to UTC, where it says so. Dates of a session do not depend on it.
fn system_offset() -> Option<String> {
    let output = Command::new("date").arg("+%:z").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    Some(said.trim().to_owned()).filter(|said| said.starts_with(['+', '-']))
}
