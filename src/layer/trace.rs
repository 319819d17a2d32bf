//! What only a [`Trace`] tells: contexts, watches and PIN pads.

use std::fmt;

use super::tap::{Tapped, Told, done, tell};
use super::{Outcome, Trace};
use crate::card::{CardConnection, CardContext, CardReader, ReaderEvent, ReaderWatch};
use crate::device::DeviceInfo;
use crate::error::Result;
use crate::pin::{
    ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, PinEntry, PinOutcome, PinPad, PinPath,
    PinPrompt, PinRequest,
};
use crate::wait::Wait;

impl<D: CardContext> CardContext for Trace<D> {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let tap = &self.open.tap;
        let call = || self.device.readers();
        let readers = tell(tap, &"readers", call, |readers| {
            format!("{} readers", readers.len())
        })?;
        Ok(readers
            .into_iter()
            .map(|reader| -> Box<dyn CardReader> {
                let tap = tap.named(&reader.info().name);
                Box::new(Tapped::<_, Told>::wrap(reader, tap, false))
            })
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        let call = || self.device.watch();
        let watch = tell(&self.open.tap, &"watch", call, done)?;
        let tap = self.open.tap.named(&"watch");
        Ok(Box::new(Tapped::<_, Told>::wrap(watch, tap, false)))
    }
}

impl<D: ReaderWatch> ReaderWatch for Trace<D> {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        let call = || self.device.next_event(wait);
        tell(&self.open.tap, &"next event", call, |event| {
            InWords(event).to_string()
        })
    }
}

/// An event or outcome in words.
struct InWords<'a, T>(&'a T);

impl fmt::Display for InWords<'_, ReaderEvent> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ReaderEvent::ReaderAdded(info) => write!(f, "reader added {}", info.id),
            ReaderEvent::ReaderRemoved(id) => write!(f, "reader removed {id}"),
            ReaderEvent::StateChanged { reader, state } => write!(
                f,
                "state {reader}: card {:?}, {:?}, {:?} changes",
                state.card, state.usage, state.changes
            ),
            ReaderEvent::ServiceLost => f.write_str("service lost"),
            ReaderEvent::ServiceBack => f.write_str("service back"),
        }
    }
}

impl fmt::Display for InWords<'_, PinOutcome> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            PinOutcome::Unanswered(error) => write!(f, "unanswered, {}: {error}", error.kind()),
            // The others hold a status word or a number of tries.
            outcome => write!(f, "{outcome:?}"),
        }
    }
}

impl<D: PinPad> PinPad for Trace<D> {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn path(&self) -> PinPath {
        self.device.path()
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        let what = format!(
            "prepare {:?}, {} to {} digits, {:?} tries left",
            prompt.purpose, prompt.format.min, prompt.format.max, prompt.retries_left
        );
        let call = || self.device.prepare(prompt, wait);
        tell(&self.open.tap, &what, call, |entry| format!("{entry:?}"))
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        let what = format!("verify {:?}, {:?} path", request.header, self.device.path());
        let call = || self.device.verify(card, request, wait);
        tell(&self.open.tap, &what, call, |outcome| {
            InWords(outcome).to_string()
        })
    }

    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        let what = format!(
            "prepare change {:?}, {} to {} digits",
            prompt.purpose, prompt.new.min, prompt.new.max
        );
        let call = || self.device.prepare_change(prompt, wait);
        tell(&self.open.tap, &what, call, |entry| format!("{entry:?}"))
    }

    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        let what = format!("change {:?}, {:?} path", request.change, self.device.path());
        let call = || self.device.change(card, request, wait);
        tell(&self.open.tap, &what, call, |outcome| {
            InWords(outcome).to_string()
        })
    }

    fn discard(&mut self) {
        let call = || {
            self.device.discard();
            Ok(Outcome::Done)
        };
        // Nothing that could fail.
        let _ = tell(&self.open.tap, &"discard", call, Outcome::clone);
    }
}

impl fmt::Display for InWords<'_, ChangeOutcome> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ChangeOutcome::NotVerified(outcome) => write!(f, "not verified: {}", InWords(outcome)),
            ChangeOutcome::NotSent(error) => write!(f, "not sent, {}: {error}", error.kind()),
            ChangeOutcome::Unanswered(error) => write!(f, "unanswered, {}: {error}", error.kind()),
            outcome => write!(f, "{outcome:?}"),
        }
    }
}
