//! The webcam itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::controls::Controls;
use super::descriptor::{self, PAYLOAD, PICTURES};
use super::picture::Picture;
use super::product::{Mode, WebcamProduct};
use crate::descriptor::Descriptors;
use crate::device::{Read, Setup, UsbDevice, Waker};

/// Requests (UVC 1.0, table A-8).
mod request {
    pub(super) const SET_CUR: u8 = 0x01;
    pub(super) const GET_CUR: u8 = 0x81;
    pub(super) const GET_MIN: u8 = 0x82;
    pub(super) const GET_MAX: u8 = 0x83;
    pub(super) const GET_LEN: u8 = 0x85;
    pub(super) const GET_INFO: u8 = 0x86;
    pub(super) const GET_DEF: u8 = 0x87;
}

/// Selectors of the streaming interface (table A-14).
const PROBE: u8 = 1;
const COMMIT: u8 = 2;

/// Bytes of the probe and commit control (UVC 1.0 §4.3.1.1).
const NEGOTIATION: usize = 26;

/// Bits of a payload's header (§2.4.3.3).
mod header {
    pub(super) const FRAME_ID: u8 = 0x01;
    pub(super) const END_OF_FRAME: u8 = 0x02;
    pub(super) const ERROR: u8 = 0x40;
    pub(super) const END_OF_HEADER: u8 = 0x80;
}

/// What a webcam does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Sends half of every frame.
    HalfFrames,
    /// Sends a frame and a half each time.
    LongFrames,
    /// Says of every second frame that it is damaged.
    Errors,
    /// Sends what is no picture.
    Noise,
    /// Sends payloads of which the header is longer than they are.
    LongHeaders,
}

/// A webcam. Clones are the same one: a test keeps one and plugs the other in.
#[derive(Clone)]
pub struct Webcam {
    descriptors: Arc<Descriptors>,
    state: Arc<Mutex<State>>,
}

struct State {
    formats: Vec<Vec<Mode>>,
    controls: Controls,
    probe: [u8; NEGOTIATION],
    running: Option<Running>,
    silent: bool,
    lie: Option<Lie>,
    /// Frames sent since it was made.
    sent: u32,
    waker: Waker,
}

/// What it sends.
struct Running {
    mode: Mode,
    interval: Duration,
    /// When the next frame is due.
    next: Instant,
    frame: Vec<u8>,
    /// How much of the frame was sent.
    at: usize,
    frame_id: u8,
    /// The stream begins anew, or the frame is over.
    is_between: bool,
}

impl Webcam {
    /// A webcam that nobody asked for pictures yet.
    #[must_use]
    pub fn new(product: &'static WebcamProduct) -> Self {
        let formats = product.formats();
        let mut state = State {
            formats,
            controls: Controls::new(),
            probe: [0; NEGOTIATION],
            running: None,
            silent: false,
            lie: None,
            sent: 0,
            waker: Waker::new(),
        };
        state.probe = state.settle(&[]);
        Self {
            descriptors: Arc::new(descriptor::descriptors(product)),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Stops (or resumes) sending frames, without any error.
    pub fn stall(&self, silent: bool) {
        let mut state = self.lock();
        state.silent = silent;
        state.waker.wake();
    }

    /// Does something wrong from the next frame on, or nothing any more.
    pub fn lie(&self, lie: Option<Lie>) {
        self.lock().lie = lie;
    }

    /// How many frames it has begun to send.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.lock().sent
    }

    /// What frame `number` has to look like in `mode`.
    #[must_use]
    pub fn frame(&self, mode: &Mode, number: u32) -> Vec<u8> {
        Picture::frame(mode, number)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The mode and interval that `probe` asks for, or the nearest that there are.
    fn wanted(&self, probe: &[u8; NEGOTIATION]) -> (Mode, u32) {
        let format = usize::from(probe[2].max(1)).min(self.formats.len()) - 1;
        let modes = &self.formats[format];
        let mode = modes[usize::from(probe[3].max(1)).min(modes.len()) - 1];
        let wish = u32::from_le_bytes([probe[4], probe[5], probe[6], probe[7]]);
        let nearest = mode.intervals.iter().min_by_key(|it| it.abs_diff(wish));
        let interval = match wish {
            0 => mode.intervals[0],
            _ => *nearest.unwrap_or(&mode.intervals[0]),
        };
        (mode, interval)
    }

    /// The answer to a wish: what will be done instead.
    fn settle(&self, wish: &[u8]) -> [u8; NEGOTIATION] {
        let mut probe = [0; NEGOTIATION];
        let known = wish.len().min(NEGOTIATION);
        probe[..known].copy_from_slice(&wish[..known]);
        probe[2] = probe[2].clamp(1, self.formats.len() as u8);
        let modes = self.formats[usize::from(probe[2]) - 1].len();
        probe[3] = probe[3].clamp(1, modes as u8);
        let (mode, interval) = self.wanted(&probe);
        probe[4..8].copy_from_slice(&interval.to_le_bytes());
        probe[18..22].copy_from_slice(&descriptor::size(&mode).to_le_bytes());
        probe[22..26].copy_from_slice(&PAYLOAD.to_le_bytes());
        probe
    }

    fn streaming(&mut self, selector: u8, request: u8, data: &[u8]) -> Option<Vec<u8>> {
        match (selector, request) {
            (PROBE | COMMIT, request::GET_LEN) => Some((NEGOTIATION as u16).to_le_bytes().to_vec()),
            (PROBE | COMMIT, request::GET_INFO) => Some(vec![0b11]),
            (PROBE, request::SET_CUR) => {
                self.probe = self.settle(data);
                Some(Vec::new())
            }
            (COMMIT, request::SET_CUR) => {
                let (mode, interval) = self.wanted(&self.settle(data));
                self.running = Some(Running {
                    mode,
                    interval: Duration::from_nanos(u64::from(interval) * 100),
                    next: Instant::now(),
                    frame: Vec::new(),
                    at: 0,
                    frame_id: 0,
                    is_between: true,
                });
                Some(Vec::new())
            }
            (
                PROBE | COMMIT,
                request::GET_CUR | request::GET_MIN | request::GET_MAX | request::GET_DEF,
            ) => Some(self.probe.to_vec()),
            _ => None,
        }
    }

    /// The next payload, if one is due.
    fn payload(&mut self, length: usize) -> Option<Vec<u8>> {
        let Self { running, sent, .. } = self;
        let running = running.as_mut()?;
        if running.is_between {
            let now = Instant::now();
            if self.silent || now < running.next {
                return None;
            }
            // A host that was late gets the next frame in time, not those that it missed.
            running.next = (running.next + running.interval).max(now);
            *sent += 1;
            running.frame = Picture::frame(&running.mode, *sent);
            match self.lie {
                Some(Lie::HalfFrames) => running.frame.truncate(running.frame.len() / 2),
                Some(Lie::LongFrames) => {
                    running.frame.extend_from_within(..running.frame.len() / 2)
                }
                Some(Lie::Noise) => running.frame.iter_mut().for_each(|byte| *byte ^= 0x5a),
                _ => {}
            }
            (running.at, running.is_between) = (0, false);
            running.frame_id ^= header::FRAME_ID;
        }
        let room = length.min(PAYLOAD as usize).saturating_sub(2);
        let rest = running.frame.len() - running.at;
        let part = &running.frame[running.at..running.at + rest.min(room)];
        let is_last = part.len() == rest;
        let mut bits = header::END_OF_HEADER | running.frame_id;
        if is_last {
            bits |= header::END_OF_FRAME;
        }
        if self.lie == Some(Lie::Errors) && sent.is_multiple_of(2) {
            bits |= header::ERROR;
        }
        let head = match self.lie {
            Some(Lie::LongHeaders) => [0xff, bits],
            _ => [2, bits],
        };
        let payload = [&head[..], part].concat();
        running.at += part.len();
        running.is_between = is_last;
        Some(payload)
    }
}

impl UsbDevice for Webcam {
    fn descriptors(&self) -> &Descriptors {
        &self.descriptors
    }

    fn attached(&mut self, waker: Waker) {
        let mut state = self.lock();
        state.waker = waker;
        state.running = None;
    }

    fn control(&mut self, setup: &Setup, data: &[u8]) -> Option<Vec<u8>> {
        let [interface, entity] = setup.index.to_le_bytes();
        let [_, selector] = setup.value.to_le_bytes();
        let mut state = self.lock();
        match (interface, entity) {
            (1, 0) => state.streaming(selector, setup.request, data),
            (0, entity) => {
                let controls = &mut state.controls;
                controls.answer(entity, selector, setup.request, data)
            }
            _ => None,
        }
    }

    fn read(&mut self, endpoint: u8, length: usize) -> Read {
        if endpoint != PICTURES {
            return Read::Stall;
        }
        let payload = self.lock().payload(length);
        payload.map_or(Read::Pending, Read::Data)
    }

    /// The host has stopped the stream: with a bulk pipe there is no other sign of it.
    fn clear_halt(&mut self, _: u8) {
        self.lock().running = None;
    }

    fn due_in(&self) -> Option<Duration> {
        let state = self.lock();
        let running = state.running.as_ref().filter(|_| !state.silent)?;
        Some(running.next.saturating_duration_since(Instant::now()))
    }
}
