//! Straight into a driver's bus: no kernel, nothing to boot.

use std::sync::Arc;

use myna_hal::card::CardContext;
use myna_hal::time::Clock;

use crate::support::Way;

/// Where on the bus the one reader is.
pub(crate) const PLACE: &str = "bus 1";

/// A bus with one reader, which is plugged in by `plug`.
pub(crate) struct Straight<C, P> {
    pub(crate) context: C,
    pub(crate) plug: P,
}

impl<C, P> Way for Straight<C, P>
where
    C: CardContext + Clone + Send + 'static,
    P: FnMut(bool) + Send,
{
    fn context(&self, _: &Arc<dyn Clock>) -> Box<dyn CardContext> {
        Box::new(self.context.clone())
    }

    fn is(&self, _: &str) -> bool {
        true
    }

    fn plug(&mut self, plugged: bool) {
        (self.plug)(plugged);
    }
}
