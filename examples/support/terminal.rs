//! A person at a terminal.

use myna_hal::device::DeviceInfo;
use std::sync::Arc;

use myna_hal::myna::{Client, Failure};
use myna_hal::pin::{Pin, PinEntry, PinPad, PinPrompt, PinSource};
use myna_hal::time::Clock;
use myna_hal::{Error, Result, Wait};
use zeroize::Zeroizing;

use super::problem::Problem;

/// Variable that holds the PIN for unattended runs. There is no argument for it on purpose:
/// arguments are seen by every user of the machine and stay in the shell's history.
pub const PIN_VARIABLE: &str = "MYNA_PIN";

/// Takes the PIN from [`PIN_VARIABLE`], or asks without echo.
///
/// The variable serves one entry: a wrong PIN from it must not be sent a second time.
pub struct TerminalPin {
    info: DeviceInfo,
    variable_used: bool,
}

impl TerminalPin {
    pub fn new() -> Self {
        Self {
            info: DeviceInfo::new("terminal", "terminal"),
            variable_used: false,
        }
    }
}

impl PinSource for TerminalPin {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn read_pin(&mut self, prompt: &PinPrompt, _: &Wait) -> Result<Result<Pin, PinEntry>> {
        let digits = match std::env::var(PIN_VARIABLE) {
            Ok(_) if self.variable_used => return Ok(Err(PinEntry::CancelledByUser)),
            Ok(digits) => {
                self.variable_used = true;
                Zeroizing::new(digits)
            }
            Err(_) => {
                let left = prompt
                    .retries_left
                    .map_or(String::new(), |left| format!(", {left} tries left"));
                let question = format!("PIN ({} digits{left}): ", prompt.format.max);
                match ask(&question)? {
                    Some(digits) => digits,
                    None => return Ok(Err(PinEntry::CancelledByUser)),
                }
            }
        };
        Pin::new(&digits, prompt.format).map(Ok).map_err(|error| {
            Error::invalid_input(format!(
                "{error}; the card was not asked: the PIN has {} digits",
                prompt.format.max
            ))
        })
    }
}

/// Has the pad collect the PIN before the card is held.
pub fn prepare(pad: &mut dyn PinPad, clock: &Arc<dyn Clock>) -> std::result::Result<(), Problem> {
    let wait = Wait::forever(clock.clone());
    match pad.prepare(&Client::pin_prompt(), &wait) {
        Ok(PinEntry::Ready) => Ok(()),
        Ok(PinEntry::CancelledByUser) => Err(Failure::PinCancelled.into()),
        Ok(_) => Err(Failure::PinEntryTimedOut.into()),
        Err(error) => Err(Problem::new(
            "pin-not-entered",
            error.to_string(),
            format!("enter the 4-digit PIN, or set the variable {PIN_VARIABLE}"),
        )),
    }
}

/// Asks without echo. `None`: the person entered nothing.
pub fn ask(question: &str) -> Result<Option<Zeroizing<String>>> {
    let answer = rpassword::prompt_password(question).map_err(|source| {
        Error::invalid_input("there is no terminal to ask at; set the variable that the help names")
            .with_source(source)
    })?;
    let answer = Zeroizing::new(answer);
    Ok((!answer.is_empty()).then_some(answer))
}
