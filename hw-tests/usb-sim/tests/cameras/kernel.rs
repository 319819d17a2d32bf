//! What the kernel says of the frames that a program took from it, in its own trace.

use std::fs;
use std::io;
use std::time::Duration;

/// Where the kernel traces to.
const TRACE: &str = "/sys/kernel/tracing/trace";

/// One line for each buffer that a program got (`VIDIOC_DQBUF`).
const TAKEN: &str = "/sys/kernel/tracing/events/v4l2/v4l2_dqbuf/enable";

/// A trace of frames. Dropping it ends it.
pub(crate) struct Trace(());

/// A frame that a program took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Its number. `uvcvideo` counts frames for which it had no buffer as well, so that a gap is
    /// frames that nobody can have.
    pub(crate) sequence: u32,
    /// When it began to arrive, on the kernel's monotonic clock.
    pub(crate) arrived: Duration,
}

impl Trace {
    /// Traces from now on.
    pub(crate) fn start() -> io::Result<Self> {
        fs::write(TAKEN, "1")?;
        let trace = Self(());
        trace.forget()?;
        Ok(trace)
    }

    /// Forgets what was traced.
    pub(crate) fn forget(&self) -> io::Result<()> {
        fs::write(TRACE, "")
    }

    /// What was taken since.
    pub(crate) fn taken(&self) -> io::Result<Vec<Taken>> {
        let lines = fs::read_to_string(TRACE)?;
        Ok(lines.lines().filter_map(taken).collect())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = fs::write(TAKEN, "0");
    }
}

/// The frame of a line `… v4l2_dqbuf: minor = 0, …, timestamp = 1234, …, sequence = 5`.
fn taken(line: &str) -> Option<Taken> {
    let (_, fields) = line.split_once(" v4l2_dqbuf: ")?;
    let value = |name: &str| {
        let named = |field: &str| {
            Some(
                field
                    .trim()
                    .strip_prefix(name)?
                    .strip_prefix(" = ")?
                    .parse(),
            )
        };
        fields.split(',').find_map(named)?.ok()
    };
    Some(Taken {
        sequence: u32::try_from(value("sequence")?).ok()?,
        arrived: Duration::from_nanos(value("timestamp")?),
    })
}
