//! The person before the kiosk: shows words, answers questions, takes the card.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use myna_hal::CancelToken;
use myna_hal::checkin::consent::ConsentItem;
use myna_hal::checkin::runner::{Input, Screen, Shown};
use myna_hal::checkin::words::{Catalogue, CatalogueError, Language};
use myna_hal::checkin::{ConsentAnswer, Event, MessageId, Method, Ticket};
use myna_hal::sim::VirtualReader;

use crate::{Arguments, Consents};

/// What a person could not do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stopped {
    /// The method of the command line was not offered.
    NotOffered,
    /// What was entered is no PIN.
    NoPin,
}

impl Stopped {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotOffered => "method-not-offered",
            Self::NoPin => "pin-not-entered",
        }
    }

    pub(crate) fn next_step(self) -> &'static str {
        match self {
            Self::NotOffered => {
                "this card cannot be used that way, perhaps because its PIN is blocked: use the \
                 other --method"
            }
            Self::NoPin => "start again with four digits, at the terminal or in MYNA_PIN",
        }
    }
}

/// One person at a terminal. Clones are the same person.
#[derive(Clone)]
pub(crate) struct Person {
    reader: Option<VirtualReader>,
    method: Method,
    consents: Consents,
    acknowledges_last_try: bool,
    remove_wait: Duration,
    words: Arc<Words>,
    shared: Arc<Shared>,
}

/// What a kiosk shows, in two languages.
struct Words {
    japanese: Catalogue,
    english: Catalogue,
}

#[derive(Default)]
struct Shared {
    chosen: AtomicBool,
    card_came: AtomicBool,
    gave_up: AtomicBool,
    taking_card: AtomicBool,
    finished: Mutex<bool>,
    /// Why the person went on no further, where the session only knows that they did not.
    stopped: OnceLock<Stopped>,
}

impl Person {
    pub(crate) fn new(
        arguments: &Arguments,
        method: Method,
        reader: Option<VirtualReader>,
    ) -> Result<Self, CatalogueError> {
        let words = Words {
            japanese: Catalogue::shipped(Language::Japanese)?,
            english: Catalogue::shipped(Language::English)?,
        };
        Ok(Self {
            reader,
            method,
            consents: arguments.consents,
            acknowledges_last_try: arguments.acknowledge_last_try,
            remove_wait: Duration::from_secs(arguments.remove_wait),
            words: Arc::new(words),
            shared: Arc::default(),
        })
    }

    /// Gives up when no card comes in time.
    pub(crate) fn expect_card(&self, limit: Duration, give_up: CancelToken) {
        self.later(limit, move |shared| {
            if !shared.card_came.load(Ordering::SeqCst) {
                shared.gave_up.store(true, Ordering::SeqCst);
                give_up.cancel();
            }
        });
    }

    /// Whether the visit ended because no card came.
    pub(crate) fn no_card_came(&self) -> bool {
        self.shared.gave_up.load(Ordering::SeqCst)
    }

    /// Why the person went on no further.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.shared.stopped.get().copied()
    }

    /// Lets the helpers that still wait know that nobody needs them.
    pub(crate) fn finish(&self) {
        *self
            .shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Does something after `limit`, unless the visit is over by then.
    fn later(&self, limit: Duration, act: impl FnOnce(&Shared) + Send + 'static) {
        let shared = self.shared.clone();
        std::thread::spawn(move || {
            std::thread::sleep(limit);
            let finished = shared
                .finished
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if !*finished {
                act(&shared);
            }
        });
    }

    /// Takes the virtual card, or waits for somebody to take the real one.
    fn take_card(&self, input: &Input) {
        if self.shared.taking_card.swap(true, Ordering::SeqCst) {
            return;
        }
        match &self.reader {
            Some(reader) => {
                let reader = reader.clone();
                self.later(Duration::from_millis(300), move |_| drop(reader.remove()));
            }
            None => {
                let input = input.clone();
                self.later(self.remove_wait, move |_| {
                    eprintln!("The card is still in the reader; it is nobody's business any more.");
                    input.send(Event::StaffClear);
                });
            }
        }
    }

    fn ask_consent(&self, ticket: Ticket, items: &[ConsentItem], input: &Input) {
        let names: Vec<_> = items
            .iter()
            .map(|item| self.words.english.text(*item))
            .collect();
        let names = names.join(", ");
        match self.consents {
            Consents::Yes | Consents::No => {
                let yes = self.consents == Consents::Yes;
                eprintln!("  consent to {names}: {}", if yes { "yes" } else { "no" });
                input.consent(
                    ticket,
                    if yes {
                        ConsentAnswer::Yes
                    } else {
                        ConsentAnswer::No
                    },
                );
            }
            Consents::Ask if !std::io::stdin().is_terminal() => {
                eprintln!("  consent to {names}: no (nobody is at the terminal to say yes)");
                input.consent(ticket, ConsentAnswer::No);
            }
            Consents::Ask => {
                // On a thread of its own: a card that is pulled meanwhile must be heard.
                let input = input.clone();
                std::thread::spawn(move || {
                    eprint!("  consent to {names}? [y/N] ");
                    let _ = std::io::stderr().flush();
                    let mut line = String::new();
                    let _ = std::io::stdin().lock().read_line(&mut line);
                    let yes = matches!(line.trim(), "y" | "Y" | "yes");
                    input.consent(
                        ticket,
                        if yes {
                            ConsentAnswer::Yes
                        } else {
                            ConsentAnswer::No
                        },
                    );
                });
            }
        }
    }
}

impl Screen for Person {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            // The words to the next patient: this program serves one.
            Shown::Prompt(prompt)
                if prompt.message == MessageId::Welcome
                    && self.shared.taking_card.load(Ordering::SeqCst) => {}
            Shown::Prompt(prompt) => {
                eprintln!("{}", self.words.japanese.prompt(&prompt));
                eprintln!("  {}", self.words.english.prompt(&prompt));
                match prompt.message {
                    MessageId::Reading => self.shared.card_came.store(true, Ordering::SeqCst),
                    MessageId::PinFourDigits => {
                        let _ = self.shared.stopped.set(Stopped::NoPin);
                    }
                    MessageId::PinLastTry if self.acknowledges_last_try => {
                        input.send(Event::AcknowledgeLastTry);
                    }
                    MessageId::PinLastTry => input.cancel(),
                    // The result was read; nobody has to wait for the screen to end by itself.
                    MessageId::Done => input.cancel(),
                    MessageId::RemoveCard => self.take_card(input),
                    _ => {}
                }
            }
            Shown::Methods(offered) => {
                // One method per run: what fails is reported, not papered over.
                let first = !self.shared.chosen.swap(true, Ordering::SeqCst);
                if first && offered.contains(self.method) {
                    input.choose(self.method);
                } else {
                    if first {
                        let _ = self.shared.stopped.set(Stopped::NotOffered);
                    }
                    input.cancel();
                }
            }
            Shown::Consent { ticket, items, .. } => self.ask_consent(ticket, items, input),
            Shown::OfferRegistration(ticket) => input.register(ticket, true),
            Shown::CompareWithPhoto => input.staff_decides(false),
            Shown::Staff { message, .. } => {
                eprintln!("  [to the staff] {}", self.words.english.text(message));
            }
            _ => {}
        }
    }
}
