//! What became of frames, in their order.

use std::collections::VecDeque;

use super::FrameCounter;
use crate::error::{Error, ErrorKind, Result};
use crate::face::{QualityReason, Template};
use crate::imaging::{Image, Rect};
use crate::time::Timestamp;

/// Frames whose fate is not told yet, at most: some seconds of a camera. Reached only when an
/// engine hangs.
const MOST_PENDING: usize = 256;

/// Frames under way, at most: one at each stage and one before each. More buffers are not kept.
const MOST_SPARE: usize = 4;

/// Which verification a picture belongs to, and its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    verification: u64,
    number: u64,
}

impl Ticket {
    /// The ticket of the portrait that this picture is compared with.
    pub(super) fn of_the_portrait(self) -> Self {
        Self { number: 0, ..self }
    }
}

/// What became of a frame.
#[derive(Debug)]
pub(super) enum Fate {
    Unusable(Vec<QualityReason>),
    Embedded(Template),
    Failed(Error),
    DroppedBeforeDetection,
    DroppedBeforeEmbedding,
}

/// The answer to a portrait.
pub(super) type Reference = Result<std::result::Result<Template, Vec<QualityReason>>>;

/// The stages, as places in [`Journal::busy`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    Detection,
    Embedding,
}

/// What the stages and the verifier know together.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) counts: FrameCounter,
    /// Where the face is in the newest frame that was searched.
    pub(super) face: Option<Rect>,
    /// That face cut out: a buffer for the next one.
    pub(super) aligned: Image,
    verification: u64,
    /// Number of the frame whose fate is told next, and the fates from there on.
    next: u64,
    fates: VecDeque<Option<Fate>>,
    reference: Option<Reference>,
    /// Since when each stage works on something.
    busy: [Option<Timestamp>; 2],
    /// Threads that were started, and those that ended.
    started: usize,
    ended: usize,
    /// Buffers to be used again.
    spare: Vec<Image>,
}

impl Journal {
    /// Ends a verification: whatever is still under way belongs to nobody.
    pub(super) fn turn_over(&mut self) {
        self.verification += 1;
        self.next = 0;
        self.fates.clear();
        self.reference = None;
        self.face = None;
        self.aligned = Image::default();
        self.spare.clear();
    }

    pub(super) fn is_current(&self, ticket: Ticket) -> bool {
        ticket.verification == self.verification
    }

    /// The ticket of the portrait.
    pub(super) fn ticket(&self) -> Ticket {
        Ticket {
            verification: self.verification,
            number: 0,
        }
    }

    /// The ticket of the next frame; `None` when too many wait for their fate.
    pub(super) fn admit(&mut self) -> Option<Ticket> {
        self.counts.add(|counts| &mut counts.seen);
        if self.fates.len() >= MOST_PENDING {
            self.counts
                .add(|counts| &mut counts.dropped_before_detection);
            return None;
        }
        let number = self.next + self.fates.len() as u64;
        self.fates.push_back(None);
        Some(Ticket {
            number,
            ..self.ticket()
        })
    }

    /// Notes a frame that could not be decoded.
    pub(super) fn damaged(&mut self) {
        self.counts.add(|counts| &mut counts.seen);
        self.counts.add(|counts| &mut counts.failed);
    }

    /// Notes what became of a frame, also of one that belongs to nobody any more.
    pub(super) fn settle(&mut self, ticket: Ticket, fate: Fate) {
        self.counts.add(|counts| match fate {
            Fate::Unusable(_) => &mut counts.gated_out,
            Fate::Embedded(_) => &mut counts.embedded,
            Fate::Failed(_) => &mut counts.failed,
            Fate::DroppedBeforeDetection => &mut counts.dropped_before_detection,
            Fate::DroppedBeforeEmbedding => &mut counts.dropped_before_embedding,
        });
        let place = ticket.number.checked_sub(self.next);
        if self.is_current(ticket)
            && let Some(place) = place.and_then(|place| usize::try_from(place).ok())
            && let Some(open) = self.fates.get_mut(place)
        {
            *open = Some(fate);
        }
    }

    /// The next fate, if the oldest frame that waits for one has it.
    pub(super) fn tell(&mut self) -> Option<Fate> {
        let fate = self.fates.front_mut()?.take()?;
        self.fates.pop_front();
        self.next += 1;
        Some(fate)
    }

    pub(super) fn answer(&mut self, ticket: Ticket, reference: Reference) {
        if self.is_current(ticket) {
            self.reference = Some(reference);
        }
    }

    pub(super) fn take_reference(&mut self) -> Option<Reference> {
        self.reference.take()
    }

    /// A buffer for a frame, with the pixels of an earlier one or none.
    pub(super) fn buffer(&mut self) -> Image {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps the buffer of a frame for the next one; that of an earlier verification is wiped.
    pub(super) fn give_back(&mut self, ticket: Ticket, image: Image) {
        if self.is_current(ticket) && self.spare.len() < MOST_SPARE {
            self.spare.push(image);
        }
    }

    pub(super) fn set_busy(&mut self, stage: Stage, since: Option<Timestamp>) {
        self.busy[stage as usize] = since;
    }

    pub(super) fn start_thread(&mut self) {
        self.started += 1;
    }

    pub(super) fn end_thread(&mut self) {
        self.ended += 1;
    }

    pub(super) fn all_threads_ended(&self) -> bool {
        self.ended >= self.started
    }

    /// Whether the engine can still be expected to answer.
    pub(super) fn check(&self, now: Timestamp) -> Result<()> {
        if self.ended > 0 {
            return Err(Error::new(
                ErrorKind::Other,
                "the face engine's thread ended",
            ));
        }
        let hangs = |since: &Timestamp| now.since(*since) >= super::ENGINE_LIMIT;
        if self.busy.iter().flatten().any(hangs) {
            return Err(hung());
        }
        Ok(())
    }
}

/// What to say of an engine that does not come back.
pub(super) fn hung() -> Error {
    Error::new(ErrorKind::Unavailable, "the face engine does not come back")
}
