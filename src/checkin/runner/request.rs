//! One request of the machine on its way through the lanes.

use std::sync::Arc;

use super::inbox::Input;
use crate::checkin::{Answer, Event, Ticket};
use crate::error::Result;
use crate::time::{Clock, Timestamp};
use crate::wait::{CancelToken, Wait};

/// A question of the machine, and where the answer goes. Clones are the same request.
#[derive(Clone)]
pub(super) struct Request {
    ticket: Ticket,
    cancel: CancelToken,
    input: Input,
    /// When it ends whatever happens.
    until: Timestamp,
}

impl Request {
    pub(super) fn new(ticket: Ticket, input: Input, until: Timestamp) -> Self {
        Self {
            ticket,
            cancel: CancelToken::new(),
            input,
            until,
        }
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Nobody waits for the answer any more.
    pub(super) fn abandon(&self) {
        self.cancel.cancel();
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// As long as the machine waits: it has the deadline, and abandons the request. Where nobody
    /// runs the machine any more, the request's own end holds.
    pub(super) fn wait(&self, clock: &Arc<dyn Clock>) -> Wait {
        let left = self.until.since(clock.now());
        Wait::at_most(clock.clone(), left).with_cancel(self.cancel.clone())
    }

    pub(super) fn answer(&self, answer: Answer) {
        self.tell(Event::Answer(self.ticket, answer));
    }

    /// Answers with what a call brought: an error is passed on as its kind, and what follows
    /// from it is the machine's business.
    pub(super) fn reply(&self, answer: Result<Answer>) {
        self.answer(answer.unwrap_or_else(|error| Answer::Failed(error.kind())));
    }

    /// Tells something beside the answer.
    pub(super) fn tell(&self, event: Event) {
        self.input.send(event);
    }
}
