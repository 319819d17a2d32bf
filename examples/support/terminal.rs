//! A person at a terminal.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use myna_hal::device::DeviceInfo;
use myna_hal::myna::{Client, Failure};
use myna_hal::pin::{Pin, PinEntry, PinPad, PinPrompt, PinSource, PinStep};
use myna_hal::time::{Clock, Wake};
use myna_hal::{Error, ErrorKind, Result, Wait};
use zeroize::Zeroizing;

use super::problem::Problem;

/// Variable that holds the PIN for unattended runs. There is no argument for it on purpose:
/// arguments are seen by every user of the machine and stay in the shell's history.
pub const PIN_VARIABLE: &str = "MYNA_PIN";

/// The same for the new PIN of a change, which is entered twice.
pub const NEW_PIN_VARIABLE: &str = "MYNA_NEW_PIN";

/// Takes the PIN from [`PIN_VARIABLE`], or asks without echo.
///
/// A variable serves each kind of entry once: a wrong PIN from it must not be sent a second time.
pub struct TerminalPin {
    info: DeviceInfo,
    /// The entries that a variable has served.
    served: Vec<PinStep>,
    /// A question that was given up and that the terminal still reads for.
    unanswered: Option<Question>,
}

impl TerminalPin {
    pub fn new() -> Self {
        Self {
            info: DeviceInfo::new("terminal", "terminal"),
            served: Vec::new(),
            unanswered: None,
        }
    }

    /// Asks without echo for as long as `wait` lasts.
    fn ask(
        &mut self,
        question: &str,
        variable: &'static str,
        wait: &Wait,
    ) -> Result<Option<Zeroizing<String>>> {
        wait.check()?;
        let asked = match self.unanswered.take().filter(Question::is_open) {
            // Two threads that read one terminal would share the digits between them.
            Some(asked) => {
                asked.resume(question)?;
                asked
            }
            None => Question::ask(question, variable)?,
        };
        match wait.until(&asked.shared.arrived, || asked.shared.lock().take()) {
            Ok(answer) => answer,
            Err(given_up) => {
                asked.pause();
                self.unanswered = Some(asked);
                Err(given_up)
            }
        }
    }

    /// What the person enters for `prompt`, whatever it is. `None`: they cancelled.
    pub fn digits(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<Option<Zeroizing<String>>> {
        let (what, variable) = match prompt.step {
            PinStep::New => ("New PIN", NEW_PIN_VARIABLE),
            PinStep::NewAgain => ("New PIN once more", NEW_PIN_VARIABLE),
            _ => ("PIN", PIN_VARIABLE),
        };
        if let Ok(digits) = std::env::var(variable) {
            let first = !self.served.contains(&prompt.step);
            self.served.push(prompt.step);
            return Ok(first.then(|| Zeroizing::new(digits)));
        }
        let left = match prompt.retries_left {
            None => String::new(),
            Some(1) => ", THE LAST TRY: a wrong one locks it".to_owned(),
            Some(left) => format!(", {left} tries left"),
        };
        let question = format!("{what} ({} digits{left}): ", prompt.format.max);
        self.ask(&question, variable, wait)
    }
}

impl PinSource for TerminalPin {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn read_pin(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<Result<Pin, PinEntry>> {
        let Some(digits) = self.digits(prompt, wait)? else {
            return Ok(Err(PinEntry::CancelledByUser));
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
        Err(error) => Err(not_entered(&error)),
    }
}

/// What to say of an entry that brought no PIN and was not cancelled either.
pub fn not_entered(error: &Error) -> Problem {
    Problem::new(
        "pin-not-entered",
        error.to_string(),
        format!(
            "enter four digits at a terminal, or set {PIN_VARIABLE} (a new PIN: \
             {NEW_PIN_VARIABLE})"
        ),
    )
}

/// Asks without echo, for as long as it takes. `None`: the person entered nothing. `variable` is
/// what to set where nobody can be asked.
pub fn ask(question: &str, variable: &str) -> Result<Option<Zeroizing<String>>> {
    use std::io::ErrorKind as Io;
    match rpassword::prompt_password(question) {
        Ok(answer) => {
            let answer = Zeroizing::new(answer);
            Ok((!answer.is_empty()).then_some(answer))
        }
        // Ctrl-C and Ctrl-D: the terminal is there, and the person would rather not.
        Err(source) if matches!(source.kind(), Io::Interrupted | Io::UnexpectedEof) => Ok(None),
        Err(source) => Err(Error::new(
            ErrorKind::Unavailable,
            format!("there is no terminal to ask at; set the variable {variable}"),
        )
        .with_source(source)),
    }
}

type Answer = Result<Option<Zeroizing<String>>>;

/// A question that a thread of its own has put to the person.
///
/// Reading a terminal cannot be called off, so the thread of a question that was given up stays
/// behind: it reads on until a line comes, or until the process ends, and its answer is wiped
/// unless somebody asks again before it comes.
struct Question {
    shared: Arc<Shared>,
    /// How the terminal was set before, in the words of `stty -g`.
    before: Option<String>,
}

struct Shared {
    answer: Mutex<Option<Answer>>,
    arrived: Wake,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question {
    fn ask(question: &str, variable: &'static str) -> Result<Self> {
        let asked = Self {
            shared: Arc::new(Shared {
                answer: Mutex::default(),
                arrived: Wake::new(),
            }),
            before: stty(&["-g"]),
        };
        let (theirs, question) = (asked.shared.clone(), question.to_owned());
        std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || {
                let answer = ask(&question, variable);
                *theirs.lock() = Some(answer);
                theirs.arrived.notify();
            })
            .map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "no thread can be started for the terminal",
                )
                .with_source(source)
            })?;
        Ok(asked)
    }

    /// Whether the thread still reads. What was typed while nobody asked answers nothing.
    fn is_open(&self) -> bool {
        self.shared.lock().is_none()
    }

    /// Gives the terminal its echo and line editing back: the thread that took them away does so
    /// only when a line comes, and the process may end before.
    fn pause(&self) {
        if let Some(before) = &self.before {
            stty(&[before]);
        }
        eprintln!();
    }

    /// Asks again through the thread that still reads.
    fn resume(&self, question: &str) -> Result<()> {
        // As the thread had it. Without `stty` it was never changed back.
        let hidden = ["-echo", "-icanon", "-isig", "min", "1", "time", "0"];
        if self.before.is_some() && stty(&hidden).is_none() {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "the terminal would show the digits",
            ));
        }
        eprint!("{question}");
        Ok(())
    }
}

/// Runs `stty` on the terminal; `None` where there is none of either.
fn stty(arguments: &[&str]) -> Option<String> {
    let terminal = std::fs::File::open("/dev/tty").ok()?;
    let output = Command::new("stty")
        .args(arguments)
        .stdin(terminal)
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
