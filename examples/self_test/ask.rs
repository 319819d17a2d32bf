//! Asking what may not answer.

use std::sync::mpsc::channel;
use std::time::Duration;

use myna_hal::card::CardReader;

use crate::readers::Listed;

/// How long a service may take to say what it knows.
pub(crate) const SERVICE_LIMIT: Duration = Duration::from_secs(15);

/// What `question` answers; `None` when it does not within `limit`. Its thread is left behind then.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    question: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, answer) = channel();
    std::thread::spawn(move || {
        // Nobody may listen any more.
        let _ = sender.send(question());
    });
    answer.recv_timeout(limit).ok()
}

/// Asks every reader how it stands.
pub(crate) fn states(readers: Vec<Box<dyn CardReader>>) -> Vec<Listed> {
    let ask = |mut reader: Box<dyn CardReader>| Listed {
        state: reader.state(),
        reader,
    };
    readers.into_iter().map(ask).collect()
}
