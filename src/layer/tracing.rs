//! Lines as events of `tracing`.

use super::Sink;

impl Sink {
    /// Gives every line to `tracing`, as the message of an event of level `TRACE` and target
    /// `myna_hal::layer`.
    #[must_use]
    pub fn tracing() -> Self {
        Self::new(
            |line| tracing::event!(target: "myna_hal::layer", tracing::Level::TRACE, "{line}"),
        )
    }
}
