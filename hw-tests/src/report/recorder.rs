//! Trials that write down what they come to.

use std::any::Any;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};

use super::record::{Line, MARK, milliseconds};
use super::{Device, Figure, Outcome, Phase, Rig, TrialName, TrialRecord};

/// The variable that says where lines go: a file to append to, or `-` for the console.
const VARIABLE: &str = "MYNA_HAL_REPORT";

/// Makes trials that write down what they come to. Clones write to the same place.
#[derive(Clone)]
pub struct Recorder(Arc<Shared>);

struct Shared {
    sink: Mutex<Sink>,
    rig: Once,
}

enum Sink {
    Nowhere,
    /// Each line for itself.
    File(File),
    /// Each line after [`MARK`].
    Console,
}

/// What a trial notes besides its outcome.
#[derive(Default)]
pub struct Notes {
    phases: Vec<Phase>,
    figures: Vec<Figure>,
    device: Option<Device>,
    took: Option<Duration>,
}

impl Notes {
    /// How long the trial took, where it only tells what ran before: a case of a kit.
    pub fn took(&mut self, took: Duration) {
        self.took = Some(took);
    }

    /// How long each of the calls of one kind took. Of a phase that is noted twice, the last counts.
    pub fn phase(&mut self, name: &str, calls: &[Duration]) {
        if let Some(phase) = Phase::of(name, calls) {
            self.phases.retain(|noted| noted.name != name);
            self.phases.push(phase);
        }
    }

    /// Something measured that is no time.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str) {
        self.figures.push(Figure {
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
        });
    }

    /// The device that the trial runs on.
    pub fn device(&mut self, device: Device) {
        self.device = Some(device);
    }
}

impl Recorder {
    fn new(sink: Sink) -> Self {
        Self(Arc::new(Shared {
            sink: Mutex::new(sink),
            rig: Once::new(),
        }))
    }

    /// Writes where `MYNA_HAL_REPORT` says: to the console if it is `-`, or else to the end of the
    /// file of that name. Without it, nothing is written.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn from_environment() -> std::io::Result<Self> {
        match std::env::var_os(VARIABLE) {
            None => Ok(Self::new(Sink::Nowhere)),
            Some(place) if place == "-" => Ok(Self::to_console()),
            Some(path) => Self::to_file(path.as_ref()),
        }
    }

    /// Writes to the end of a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn to_file(path: &Path) -> std::io::Result<Self> {
        let file = File::options().append(true).create(true).open(path)?;
        Ok(Self::new(Sink::File(file)))
    }

    /// Prints, with a mark before each line.
    #[must_use]
    pub fn to_console() -> Self {
        Self::new(Sink::Console)
    }

    /// A trial, `GROUP/PRODUCT/CASE`, that writes down what it comes to. One that panics has failed.
    pub fn trial(
        &self,
        name: &str,
        run: impl FnOnce(&mut Notes) -> Result<Completion, Failed> + Send + 'static,
    ) -> Trial {
        let (recorder, name) = (self.clone(), TrialName::from(name));
        Trial::ignorable_test(name.to_string(), move || recorder.watch(name, run))
    }

    /// A trial that cannot be run here, and why.
    pub fn ignored(&self, name: &str, why: impl Into<String>) -> Trial {
        let why = why.into();
        self.trial(name, move |_| Ok(Completion::ignored_with(why)))
    }

    fn watch(
        &self,
        name: TrialName,
        run: impl FnOnce(&mut Notes) -> Result<Completion, Failed>,
    ) -> Result<Completion, Failed> {
        self.write(&Line::Began(name.to_string()));
        let mut notes = Notes::default();
        let begun = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| run(&mut notes)));
        let result = ended.unwrap_or_else(|panic| Err(words(&*panic).into()));
        let ms = milliseconds(notes.took.unwrap_or_else(|| begun.elapsed()));
        let outcome = match &result {
            Ok(Completion::Completed) => Outcome::Passed,
            Ok(Completion::Ignored { reason }) => {
                Outcome::Ignored(reason.clone().unwrap_or_default())
            }
            Err(failed) => Outcome::Failed(failed.message().unwrap_or_default().to_owned()),
        };
        self.write(&Line::Trial(TrialRecord {
            name,
            outcome,
            ms,
            phases: notes.phases,
            figures: notes.figures,
            device: notes.device,
        }));
        result
    }

    /// Writes a line, and before the first one what the trials run on. A line that cannot be written
    /// fails the trial: a report with a hole in it is worse than none.
    fn write(&self, line: &Line) {
        self.0.rig.call_once(|| self.put(&Line::Rig(Rig::here())));
        self.put(line);
    }

    fn put(&self, line: &Line) {
        let json = serde_json::to_string(line).expect("a line is plain data");
        let mut sink = self.0.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece: another process may append to the same file, and a kernel writes to the
        // same console.
        let written = match &mut *sink {
            Sink::Nowhere => Ok(()),
            Sink::File(file) => file.write_all(format!("{json}\n").as_bytes()),
            Sink::Console => {
                let mut console = std::io::stdout().lock();
                console
                    .write_all(format!("{MARK}{json}\n").as_bytes())
                    .and_then(|()| console.flush())
            }
        };
        if let Err(error) = written {
            panic!("the report cannot be written: {error}");
        }
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it panicked: {}", said.unwrap_or("without words"))
}
