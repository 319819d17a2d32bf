//! A running camera, and the handle by which its controls are set.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use linuxvideo::Device;

use super::controls::{self, Found};
use super::error::asked;
use crate::camera::{Control, ControlState, Frame, FrameMode, FrameStream, Setting};
use crate::drivers::capture::Capture;
use crate::drivers::worker::Worker;
use crate::error::{Error, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// How long a camera may take for a control. The kernel waits up to five seconds for one that does
/// not answer (`uvcvideo`), and the caller has frames to fetch.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct V4l2Stream {
    capture: Capture,
    /// On a thread and a handle of their own: frames come meanwhile.
    controls: Worker<Question, Result<Answer>>,
    clock: Arc<dyn Clock>,
}

enum Question {
    State(Control),
    Set(Control, Setting),
}

enum Answer {
    State(ControlState),
    Set,
}

impl V4l2Stream {
    pub(super) fn new(capture: Capture, path: PathBuf, clock: &Arc<dyn Clock>) -> Result<Self> {
        let controls = Worker::spawn(clock, "myna-hal v4l2 controls", move |port| {
            let mut handle = Handle { path, opened: None };
            while let Some(question) = port.next() {
                port.reply(handle.answer(question));
            }
        })?;
        Ok(Self {
            capture,
            controls,
            clock: clock.clone(),
        })
    }

    fn ask(&self, question: Question) -> Result<Answer> {
        let wait = Wait::at_most(self.clock.clone(), PATIENCE);
        self.controls.call(question, &wait)?
    }
}

impl FrameStream for V4l2Stream {
    fn mode(&self) -> &FrameMode {
        self.capture.mode()
    }

    fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        self.capture.next_frame(wait)
    }

    fn control(&mut self, control: Control) -> Result<ControlState> {
        match self.ask(Question::State(control))? {
            Answer::State(state) => Ok(state),
            Answer::Set => Err(Error::protocol("the answer to another question")),
        }
    }

    fn set_control(&mut self, control: Control, setting: Setting) -> Result<()> {
        self.ask(Question::Set(control, setting)).map(drop)
    }

    fn stop(self: Box<Self>) -> Result<()> {
        self.capture.stop()
    }
}

/// A handle of the node, opened by the first question: most streams are never asked.
struct Handle {
    path: PathBuf,
    opened: Option<(Device, Vec<Found>)>,
}

impl Handle {
    fn answer(&mut self, question: Question) -> Result<Answer> {
        let (device, found) = match &mut self.opened {
            Some(opened) => opened,
            none => none.insert(open(&self.path)?),
        };
        match question {
            Question::State(control) => controls::state(device, found, control).map(Answer::State),
            Question::Set(control, setting) => {
                controls::set(device, found, control, setting).map(|()| Answer::Set)
            }
        }
    }
}

fn open(path: &PathBuf) -> Result<(Device, Vec<Found>)> {
    let device = asked(|| Device::open(path))?;
    let found = controls::find(&device)?;
    Ok((device, found))
}
