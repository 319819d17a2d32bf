//! Running cameras that each break one rule.

use std::sync::atomic::Ordering;
use std::thread::ThreadId;
use std::time::Duration;

use super::{How, Made};
use crate::camera::{Control, ControlState, Frame, FrameInfo, FrameMode, FrameStream, Setting};
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::PixelFormat;
use crate::time::Timestamp;
use crate::wait::Wait;

/// Whose frames are not what the camera gave. To make those of the others anew would take long.
const SPOILS_FRAMES: [How; 10] = [
    How::CutsTheLastRows,
    How::SwapsColours,
    How::RepeatsANumber,
    How::StampsTheFuture,
    How::CountsNothing,
    How::RunsAtHalf,
    How::GivesTheOldest,
    How::GivesTwice,
    How::GivesWhatWasBefore,
    How::KeepsTheLastFrame,
];

pub(super) struct BrokenStream {
    inner: Option<Box<dyn FrameStream>>,
    mode: FrameMode,
    made: Made,
    thread: ThreadId,
    /// The frame that was given last.
    last: Option<FrameInfo>,
    /// Whether it was said since then that no frame came.
    was_silent: bool,
    was_gone: bool,
    was_set: bool,
}

impl BrokenStream {
    pub(super) fn new(inner: Box<dyn FrameStream>, mode: FrameMode, made: Made) -> Self {
        made.streams.fetch_add(1, Ordering::SeqCst);
        Self {
            inner: Some(inner),
            mode,
            made,
            thread: std::thread::current().id(),
            last: None,
            was_silent: false,
            was_gone: false,
            was_set: false,
        }
    }

    fn inner(&mut self) -> &mut dyn FrameStream {
        self.inner.as_deref_mut().expect("until it is dropped")
    }

    fn over(&self) -> Wait {
        Wait::at_most(self.made.clock.clone(), Duration::ZERO)
    }

    /// What the mutant makes of a frame.
    fn spoil(&self, frame: Frame) -> Frame {
        if !SPOILS_FRAMES.contains(&self.made.how) {
            return frame;
        }
        let (view, last) = (frame.view(), self.last);
        let mut data = view.data().to_vec();
        let (width, mut height) = (view.width(), view.height());
        let mut info = FrameInfo {
            sequence: frame.sequence(),
            captured_at: frame.captured_at(),
            dropped_before: frame.dropped_before(),
        };
        match (self.made.how, last) {
            (How::CutsTheLastRows, _) if view.format() == PixelFormat::Grey8 => height -= 2,
            (How::SwapsColours, _) if view.format() == PixelFormat::Rgb8 => {
                data.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
            }
            (How::RepeatsANumber, _) if info.sequence == 4 => info.sequence = 3,
            (How::StampsTheFuture, _) => {
                info.captured_at = info.captured_at + Duration::from_secs(1);
            }
            (How::CountsNothing, _) => info.dropped_before = 0,
            (How::RunsAtHalf, _) => {
                info.sequence /= 2;
                let before = last.map_or(0, |last| last.sequence);
                info.dropped_before = info.sequence - before - 1;
            }
            (How::GivesTheOldest, Some(last)) => {
                info = FrameInfo {
                    sequence: last.sequence + 1,
                    captured_at: last.captured_at + Duration::from_millis(33),
                    dropped_before: 0,
                };
            }
            (How::GivesTwice, Some(last)) if info.sequence == 2 => {
                info.captured_at = last.captured_at;
            }
            (How::GivesWhatWasBefore, Some(last)) if self.was_silent => info = last,
            (How::KeepsTheLastFrame, None) => {
                if let Some((_, captured_at)) = self.made.ended() {
                    info.captured_at = captured_at;
                }
            }
            _ => {}
        }
        let format = view.format();
        Frame::new(format, (width, height), view.stride(), data, info).expect("as whole as it was")
    }

    fn refused(&self, wait: &Wait) -> Option<Error> {
        let kind = wait.check().err()?.kind();
        match (self.made.how, kind) {
            (How::OverIsBusy, ErrorKind::TimedOut) => Some(ErrorKind::Busy.into()),
            (How::TimedOutWins, ErrorKind::Cancelled) => Some(ErrorKind::TimedOut.into()),
            _ => None,
        }
    }
}

impl FrameStream for BrokenStream {
    fn mode(&self) -> &FrameMode {
        &self.mode
    }

    fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        if let Some(error) = self.refused(wait) {
            return Err(error);
        }
        if self.made.is(How::KnowsItsThread) && std::thread::current().id() != self.thread {
            return Err(Error::protocol("not on this thread"));
        }
        if self.made.is(How::ForgetsTheUnplug) && self.was_gone {
            return Err(ErrorKind::TimedOut.into());
        }
        let deaf = self.made.deaf(wait);
        let wait = match self.made.how {
            How::IgnoresCancel => &deaf,
            _ => wait,
        };
        let mut frame = self.inner().next_frame(wait);
        while self.made.is(How::RunsAtHalf)
            && frame.as_ref().is_ok_and(|frame| frame.sequence() % 2 == 1)
        {
            frame = self.inner().next_frame(wait);
        }
        if let Err(error) = &frame {
            self.was_silent |= error.kind() == ErrorKind::TimedOut;
            self.was_gone |= error.kind() == ErrorKind::Disconnected;
            match (error.kind(), self.made.how) {
                (ErrorKind::TimedOut, How::OverstaysFrames) => {
                    self.made.pause(Duration::from_secs(4));
                }
                (ErrorKind::Disconnected, How::NoticesLate) => {
                    self.made.pause(Duration::from_secs(5));
                }
                _ => {}
            }
        }
        let frame = self.spoil(frame?);
        self.was_silent = false;
        self.last = Some(FrameInfo {
            sequence: frame.sequence(),
            captured_at: frame.captured_at(),
            dropped_before: frame.dropped_before(),
        });
        Ok(frame)
    }

    fn control(&mut self, control: Control) -> Result<ControlState> {
        let how = self.made.how;
        let asked = match (how, control) {
            (How::HasASecretControl, Control::Brightness) => Control::Gain,
            _ => control,
        };
        let mut state = self.inner().control(asked)?;
        match (how, control) {
            (How::ClaimsAutomaticGain, Control::Gain) => state.range.has_automatic = true,
            (How::TellsAnOddValue, Control::Exposure) if !self.was_set => {
                state.value = state.range.max + 1;
            }
            _ => {}
        }
        Ok(state)
    }

    fn set_control(&mut self, control: Control, setting: Setting) -> Result<()> {
        self.was_set = true;
        let setting = match (self.made.how, setting) {
            (How::RoundsValues, Setting::Manual(value)) => {
                let range = self.inner().control(control)?.range;
                Setting::Manual(range.nearest(value.into()))
            }
            (How::ForgetsSettings, Setting::Manual(value)) => {
                let range = self.inner().control(control)?.range;
                if range.nearest(value.into()) == value {
                    return Ok(());
                }
                setting
            }
            _ => setting,
        };
        self.inner().set_control(control, setting)
    }

    fn stop(mut self: Box<Self>) -> Result<()> {
        match self.inner.take() {
            Some(inner) => inner.stop(),
            None => Ok(()),
        }
    }
}

impl Drop for BrokenStream {
    fn drop(&mut self) {
        let over = self.over();
        let gone = self.inner.as_mut().is_some_and(|inner| {
            let frame = inner.next_frame(&over);
            frame.is_err_and(|error| error.kind() == ErrorKind::Disconnected)
        });
        match self.made.how {
            How::DropIsSlow if self.last.is_none() => self.made.pause(Duration::from_secs(5)),
            How::DropWaitsForTheCamera if gone => self.made.pause(Duration::from_secs(5)),
            _ => {}
        }
        drop(self.inner.take());
        self.made.streams.fetch_sub(1, Ordering::SeqCst);
        let captured = self.last.map_or(Timestamp::START, |last| last.captured_at);
        let ended = (self.made.clock.now(), captured);
        *self.made.ended.lock().expect("not poisoned") = Some(ended);
    }
}
