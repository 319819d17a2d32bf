//! One hand: a thread that does one thing after the other.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hw_tests::{hex, unhex};
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{
    CardConnection, CardContext, CardPresence, CardReader, ControlCode, Disposition, ReaderEvent,
    ReaderWatch, ShareMode,
};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::time::SystemClock;
use myna_hal::wait::{CancelToken, Wait};
use myna_hal::{Error, ErrorKind, Result};
use serde_json::json;

pub(crate) struct Hand {
    name: String,
    context: Arc<Mutex<PcscContext>>,
    cancel: Arc<Mutex<CancelToken>>,
    card: Option<Box<dyn CardConnection>>,
    watch: Option<Box<dyn ReaderWatch>>,
}

impl Hand {
    pub(crate) fn new(
        name: &str,
        context: Arc<Mutex<PcscContext>>,
        cancel: Arc<Mutex<CancelToken>>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            context,
            cancel,
            card: None,
            watch: None,
        }
    }

    pub(crate) fn serve(mut self, orders: &Receiver<String>) {
        for order in orders {
            let start = Instant::now();
            let result = self.carry_out(&order);
            let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            let (result, why) = match result {
                Ok(result) => (result, String::new()),
                Err(error) => (error.kind().code().to_owned(), error.to_string()),
            };
            println!(
                "{}",
                json!({ "hand": self.name, "result": result, "ms": ms, "why": why })
            );
            // A cancellation is for one order.
            *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = CancelToken::new();
        }
    }

    /// An order's words; the last may be `NUMBERms`, how long it may take.
    fn carry_out(&mut self, order: &str) -> Result<String> {
        let mut words: Vec<&str> = order.split(' ').collect();
        let limit = words
            .last()
            .and_then(|word| word.strip_suffix("ms")?.parse().ok());
        if limit.is_some() {
            words.pop();
        }
        let wait = self.wait(Duration::from_millis(limit.unwrap_or(20_000)));
        match words[..] {
            ["connect", part, mode] => {
                self.card = None;
                self.card = Some(self.reader(part)?.connect(share_mode(mode)?, &wait)?);
                ok()
            }
            ["atr"] => Ok(self.card()?.atr().to_string()),
            ["can"] => Ok(format!("{:?}", self.card()?.capabilities())),
            ["send", command] => {
                let command = CommandApdu::parse(&unhex(command))?;
                let answer = self.card()?.transmit(&command, &wait)?;
                Ok(answer.status().to_string())
            }
            ["length", command] => {
                let command = CommandApdu::parse(&unhex(command))?;
                let answer = self.card()?.transmit(&command, &wait)?;
                Ok(answer.data().len().to_string())
            }
            ["control", code, input] => {
                let code = u32::from_str_radix(code, 16)
                    .map_err(|_| Error::invalid_input("a control code"))?;
                let input = unhex(input.trim_start_matches('-'));
                let answer = self.card()?.control(ControlCode(code), &input, &wait)?;
                Ok(hex(&answer))
            }
            ["begin"] => self.card()?.begin_transaction(&wait).and_then(|()| ok()),
            ["end", how] => self
                .card()?
                .end_transaction(disposition(how)?)
                .and_then(|()| ok()),
            ["reconnect", how] => self
                .card()?
                .reconnect(disposition(how)?, &wait)
                .and_then(|()| ok()),
            ["disconnect", how] => {
                let card = self.card.take();
                let card = card.ok_or_else(|| Error::from(ErrorKind::Disconnected))?;
                card.disconnect(disposition(how)?).and_then(|()| ok())
            }
            ["drop"] => {
                self.card = None;
                self.watch = None;
                ok()
            }
            ["readers"] => {
                let readers = self.context().readers()?;
                Ok(readers.len().to_string())
            }
            ["state", part] => {
                let state = self.reader(part)?.state()?;
                Ok(presence(state.card).to_owned())
            }
            ["changes", part] => {
                let state = self.reader(part)?.state()?;
                Ok(format!("{:?}", state.changes))
            }
            ["watch"] => {
                let watch = self.context().watch()?;
                self.watch = Some(watch);
                ok()
            }
            ["next"] => {
                let watch = self.watch.as_mut();
                let watch = watch.ok_or_else(|| Error::invalid_input("no watch"))?;
                Ok(event(&watch.next_event(&wait)?))
            }
            ["rounds", part, count] => self.rounds(part, count, &wait),
            ["census"] => census(),
            _ => Err(Error::invalid_input(format!("no such order: {order}"))),
        }
    }

    fn wait(&self, limit: Duration) -> Wait {
        let token = self.cancel.lock().unwrap_or_else(PoisonError::into_inner);
        Wait::at_most(SystemClock::shared(), limit).with_cancel(token.clone())
    }

    fn context(&self) -> std::sync::MutexGuard<'_, PcscContext> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn card(&mut self) -> Result<&mut Box<dyn CardConnection>> {
        self.card.as_mut().ok_or(ErrorKind::Disconnected.into())
    }

    fn reader(&self, part: &str) -> Result<Box<dyn CardReader>> {
        let readers = self.context().readers()?;
        readers
            .into_iter()
            .find(|reader| reader.info().name.contains(part))
            .ok_or(ErrorKind::NotFound.into())
    }

    /// Connects, sends a command and disconnects, again and again; tells what it came to, how
    /// often.
    fn rounds(&self, part: &str, count: &str, wait: &Wait) -> Result<String> {
        let count: u32 = count
            .parse()
            .map_err(|_| Error::invalid_input("a number"))?;
        let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
        for number in 0..count {
            let outcome = self.round(part, number, wait);
            *outcomes
                .entry(outcome.map_or_else(|error| error.kind().code(), |()| "ok"))
                .or_default() += 1;
        }
        Ok(format!("{outcomes:?}"))
    }

    fn round(&self, part: &str, number: u32, wait: &Wait) -> Result<()> {
        let mut card = self.reader(part)?.connect(ShareMode::Shared, wait)?;
        card.transmit(&CommandApdu::parse(&unhex(hw_tests::client::SELECT))?, wait)?;
        // Every way to end a connection.
        match number % 4 {
            0 => Ok(()),
            1 => card.disconnect(Disposition::Leave),
            2 => card.disconnect(Disposition::Reset),
            _ => card.disconnect(Disposition::Unpower),
        }
    }
}

fn ok() -> Result<String> {
    Ok("ok".to_owned())
}

/// Threads and sockets of this process.
fn census() -> Result<String> {
    let failed = |error| Error::new(ErrorKind::Other, "/proc").with_source(error);
    let entries = |path| std::fs::read_dir(path).map_err(failed);
    let threads = entries("/proc/self/task")?.count();
    let sockets = entries("/proc/self/fd")?
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|link| link.to_string_lossy().starts_with("socket:"))
        .count();
    Ok(format!("{threads} {sockets}"))
}

fn share_mode(word: &str) -> Result<ShareMode> {
    match word {
        "shared" => Ok(ShareMode::Shared),
        "exclusive" => Ok(ShareMode::Exclusive),
        _ => Err(Error::invalid_input("shared or exclusive")),
    }
}

fn disposition(word: &str) -> Result<Disposition> {
    match word {
        "leave" => Ok(Disposition::Leave),
        "reset" => Ok(Disposition::Reset),
        "unpower" => Ok(Disposition::Unpower),
        _ => Err(Error::invalid_input("leave, reset or unpower")),
    }
}

fn presence(card: CardPresence) -> &'static str {
    match card {
        CardPresence::Absent => "absent",
        CardPresence::Present => "present",
        CardPresence::Mute => "mute",
        _ => "unknown",
    }
}

fn event(event: &ReaderEvent) -> String {
    match event {
        ReaderEvent::ReaderAdded(_) => "reader-added".to_owned(),
        ReaderEvent::ReaderRemoved(_) => "reader-removed".to_owned(),
        ReaderEvent::StateChanged { state, .. } => presence(state.card).to_owned(),
        ReaderEvent::ServiceLost => "service-lost".to_owned(),
        ReaderEvent::ServiceBack => "service-back".to_owned(),
        _ => "other".to_owned(),
    }
}
