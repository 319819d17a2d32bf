//! Which pad takes the PIN: the reader's own keys or the terminal.

use std::time::Duration;

use clap::{Args, ValueEnum};
use myna_hal::card::{CardConnection, CardReader};
use myna_hal::device::DeviceInfo;
use myna_hal::pin::{
    self, ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, HostPinPad, PinEntry,
    PinOutcome, PinPad, PinPath, PinPolicy, PinPrompt, PinRequest, PinStep,
};
use myna_hal::sim::Keypad;
use myna_hal::{Error, Result, Wait};
use zeroize::Zeroizing;

use super::problem::Problem;
use super::terminal::{PIN_VARIABLE, TerminalPin};

/// Where the PIN may be typed.
#[derive(Args, Clone, Debug)]
pub struct PadArguments {
    /// Where the PIN is typed
    #[arg(long, value_enum, default_value_t = Where::Any, value_name = "WHERE")]
    pub pin_pad: Where,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Where {
    /// On the reader's own keys if it has any, otherwise at the terminal
    Any,
    /// Only on the reader's own keys; without them nothing is done
    Secure,
    /// At the terminal, even if the reader has keys; such a reader may refuse it
    Host,
}

impl PadArguments {
    /// Picks the pad for `reader`, and says on standard error where the PIN goes. `keys` are
    /// those of a virtual reader, for the person at the terminal to type on.
    pub fn choose(
        &self,
        reader: &dyn CardReader,
        keys: Option<&Keypad>,
    ) -> std::result::Result<Box<dyn PinPad>, Problem> {
        let terminal: Box<dyn PinPad> = Box::new(HostPinPad::new(TerminalPin::new()));
        let pad = match self.pin_pad {
            Where::Host => terminal,
            Where::Any => choose(PinPolicy::AllowHost, reader, Some(terminal))?,
            Where::Secure => choose(PinPolicy::RequireSecure, reader, None)?,
        };
        let name = &reader.info().name;
        let in_variable = std::env::var_os(PIN_VARIABLE).is_some();
        match (pad.path(), keys) {
            (PinPath::Secure, Some(keys)) => {
                eprintln!("The PIN is typed on the keys of {name}: what you say here is pressed.");
                return Ok(Box::new(TypedKeys::new(pad, keys.clone())));
            }
            (PinPath::Secure, None) if in_variable => eprintln!(
                "Type the PIN on the keys of {name}; {PIN_VARIABLE} is not used (--pin-pad host \
                 would)."
            ),
            (PinPath::Secure, None) => eprintln!("Type the PIN on the keys of {name}."),
            _ if in_variable => eprintln!("The PIN comes from {PIN_VARIABLE}."),
            _ => eprintln!("The PIN is typed at the terminal."),
        }
        Ok(pad)
    }
}

fn choose(
    policy: PinPolicy,
    reader: &dyn CardReader,
    other: Option<Box<dyn PinPad>>,
) -> std::result::Result<Box<dyn PinPad>, Problem> {
    pin::choose(policy, reader, other).map_err(|error| {
        Problem::new(
            "no-secure-pin-pad",
            error.to_string(),
            "use a reader with PIN keys, or allow the terminal with --pin-pad any",
        )
    })
}

/// The keys of a virtual reader, with the person at the terminal before them. The terminal asks
/// before the card is held; the keys are pressed when the reader asks.
struct TypedKeys {
    pad: Box<dyn PinPad>,
    keys: Keypad,
    terminal: TerminalPin,
    /// `None` is the cancel key.
    typed: Vec<Option<Zeroizing<String>>>,
}

impl TypedKeys {
    fn new(pad: Box<dyn PinPad>, keys: Keypad) -> Self {
        Self {
            pad,
            keys,
            terminal: TerminalPin::new(),
            typed: Vec::new(),
        }
    }

    fn ask(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<()> {
        let typed = self.terminal.digits(prompt, wait)?;
        // Keys have digits and nothing else.
        if let Some(typed) = &typed
            && !typed.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(Error::invalid_input(
                "only digits are on the keys; the card was not asked",
            ));
        }
        self.typed.push(typed);
        Ok(())
    }

    fn press(&mut self) {
        for typed in self.typed.drain(..) {
            match typed {
                Some(digits) => self.keys.types(&digits),
                None => self.keys.cancels_after(Duration::ZERO),
            }
        }
    }
}

impl PinPad for TypedKeys {
    fn info(&self) -> &DeviceInfo {
        self.pad.info()
    }

    fn path(&self) -> PinPath {
        self.pad.path()
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        self.discard();
        self.ask(prompt, wait)?;
        self.pad.prepare(prompt, wait)
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        self.press();
        self.pad.verify(card, request, wait)
    }

    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        self.discard();
        for step in [PinStep::Present, PinStep::New, PinStep::NewAgain] {
            self.ask(&prompt.step(step), wait)?;
            if self.typed.last().is_some_and(Option::is_none) {
                break;
            }
        }
        self.pad.prepare_change(prompt, wait)
    }

    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        self.press();
        self.pad.change(card, request, wait)
    }

    fn discard(&mut self) {
        self.typed.clear();
        self.pad.discard();
    }
}
