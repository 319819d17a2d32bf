//! The two threads and what they share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::FAREWELL;
use super::journal::{Fate, Journal, Reference, Stage, Ticket, hung};
use super::slot::Slot;
use crate::error::{Error, ErrorKind, Result};
use crate::face::{FaceDetector, FaceEmbedder, FaceRegion, Motion, QualityGate, QualityReason};
use crate::imaging::{Image, ImageView, Rect};
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// A picture on its way.
struct Picture {
    ticket: Ticket,
    kind: Kind,
    image: Image,
}

#[derive(Clone, Copy)]
enum Kind {
    Frame { captured_at: Timestamp },
    Portrait,
}

impl Picture {
    fn is_frame(&self) -> bool {
        matches!(self.kind, Kind::Frame { .. })
    }
}

/// The owner's end: dropping it ends the threads.
pub(super) struct Stages(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    to_detection: Slot<Picture>,
    to_embedding: Slot<(Picture, FaceRegion)>,
    journal: Mutex<Journal>,
    /// Wakes the owner: a reference is answered, or a thread ended.
    told: Wake,
}

/// What stage one judges by.
pub(super) struct Judge {
    frame: QualityGate,
    portrait: QualityGate,
    motion: Motion,
    /// Whose motion it is: the ticket of the portrait.
    follows: Option<Ticket>,
    /// Where the face was that was judged last.
    face: Option<Rect>,
}

impl Judge {
    pub(super) fn new(frame: QualityGate) -> Self {
        Self {
            frame,
            portrait: QualityGate::reference(),
            motion: Motion::new(),
            follows: None,
            face: None,
        }
    }

    fn judge(
        &mut self,
        picture: &Picture,
        detector: &mut dyn FaceDetector,
        aligned: &mut Image,
    ) -> Result<std::result::Result<FaceRegion, Vec<QualityReason>>> {
        let image = picture.image.view();
        self.face = None;
        let faces = detector.detect(&image)?;
        let person = picture.ticket.of_the_portrait();
        if self.follows != Some(person) {
            self.follows = Some(person);
            self.motion = Motion::new();
        }
        match picture.kind {
            Kind::Portrait => self.portrait.assess(&image, &faces),
            Kind::Frame { captured_at } => {
                let main = self.frame.main_face(&faces);
                self.face = main.map(|face| face.bounds);
                let speed = self.motion.follow(main, captured_at);
                self.frame.assess_with(&image, &faces, speed, aligned)
            }
        }
    }
}

impl Stages {
    pub(super) fn start(
        clock: &Arc<dyn Clock>,
        mut detector: impl FaceDetector + 'static,
        mut embedder: impl FaceEmbedder + 'static,
        mut judge: Judge,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            clock: clock.clone(),
            to_detection: Slot::new(),
            to_embedding: Slot::new(),
            journal: Mutex::default(),
            told: Wake::new(),
        });
        // Made first, so that the first thread ends when the second cannot be started.
        let stages = Self(shared);
        stages.spawn("face-detection", move |shared| {
            while let Some(picture) = shared.to_detection.take(&*shared.clock) {
                shared.detect(picture, &mut detector, &mut judge);
            }
        })?;
        stages.spawn("face-embedding", move |shared| {
            while let Some((picture, face)) = shared.to_embedding.take(&*shared.clock) {
                shared.embed(picture, &face, &mut embedder);
            }
        })?;
        Ok(stages)
    }

    fn spawn(&self, name: &str, body: impl FnOnce(&Shared) + Send + 'static) -> Result<()> {
        let shared = self.0.clone();
        let seat = self.0.clock.participant();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _seat = seat.enter();
                let leaving = Leaving(shared);
                body(&leaving.0);
            })
            .map_err(|source| {
                Error::new(ErrorKind::Unavailable, "no thread can be started").with_source(source)
            })?;
        self.journal().start_thread();
        Ok(())
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0.journal()
    }

    /// Whether the engine can still be expected to answer.
    pub(super) fn check(&self) -> Result<()> {
        let now = self.0.clock.now();
        self.journal().check(now)
    }

    /// Hands a camera frame to stage one.
    ///
    /// # Errors
    /// `InvalidInput`: not a usable picture.
    pub(super) fn offer(&self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<()> {
        let mut image = self.journal().buffer();
        // Not under the lock: decoding takes milliseconds.
        if let Err(error) = frame.to_rgb8_into(&mut image) {
            self.journal().damaged();
            return Err(error.into());
        }
        let admitted = self.journal().admit();
        if let Some(ticket) = admitted {
            let kind = Kind::Frame { captured_at };
            let replaced = self.0.to_detection.put(Picture {
                ticket,
                kind,
                image,
            });
            self.0.drop_before(Stage::Detection, replaced);
        }
        Ok(())
    }

    /// Has both stages work on a portrait and waits for the result.
    ///
    /// # Errors
    /// `Unavailable`: the engine does not come back. `Other`: the engine broke.
    pub(super) fn reference(&self, portrait: Image) -> Reference {
        let ticket = self.journal().ticket();
        let picture = Picture {
            ticket,
            kind: Kind::Portrait,
            image: portrait,
        };
        drop(self.0.to_detection.put(picture));
        // Detection and embedding, each of which may take the limit.
        let wait = Wait::at_most(self.0.clock.clone(), super::ENGINE_LIMIT * 2);
        let answer = wait.until(&self.0.told, || {
            let mut journal = self.journal();
            let answer = journal.take_reference();
            answer.or_else(|| journal.check(self.0.clock.now()).err().map(Err))
        });
        answer.unwrap_or_else(|_| Err(hung()))
    }

    /// Ends a verification: frames that wait are wiped now, those that an engine holds when it is
    /// done with them.
    pub(super) fn turn_over(&self) {
        self.0
            .drop_before(Stage::Detection, self.0.to_detection.clear());
        let usable = self.0.to_embedding.clear();
        self.0
            .drop_before(Stage::Embedding, usable.map(|(picture, _)| picture));
        self.journal().turn_over();
    }
}

impl Drop for Stages {
    fn drop(&mut self) {
        drop(self.0.to_detection.close());
        drop(self.0.to_embedding.close());
        self.journal().turn_over();
        let wait = Wait::at_most(self.0.clock.clone(), FAREWELL);
        let ended = || self.journal().all_threads_ended().then_some(());
        let _ = wait.until(&self.0.told, ended);
    }
}

impl Shared {
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stage one: finds faces and judges the frame.
    fn detect(&self, picture: Picture, detector: &mut dyn FaceDetector, judge: &mut Judge) {
        self.begin(Stage::Detection);
        let mut aligned = std::mem::take(&mut self.journal().aligned);
        let judged = judge.judge(&picture, detector, &mut aligned);
        let mut journal = self.journal();
        journal.set_busy(Stage::Detection, None);
        if picture.is_frame() && judged.is_ok() {
            journal.counts.add(|counts| &mut counts.detected);
        }
        if picture.is_frame() && journal.is_current(picture.ticket) {
            journal.face = judge.face;
            journal.aligned = aligned;
        }
        let outcome = match judged {
            Ok(Ok(face)) if journal.is_current(picture.ticket) => {
                drop(journal);
                let replaced = self.to_embedding.put((picture, face));
                self.drop_before(Stage::Embedding, replaced.map(|(picture, _)| picture));
                return;
            }
            Ok(Ok(_)) => Fate::DroppedBeforeEmbedding,
            Ok(Err(reasons)) => Fate::Unusable(reasons),
            Err(error) => Fate::Failed(error),
        };
        self.finish(journal, picture, outcome);
    }

    /// Stage two: makes the template.
    fn embed(&self, picture: Picture, face: &FaceRegion, embedder: &mut dyn FaceEmbedder) {
        self.begin(Stage::Embedding);
        let outcome = match embedder.embed(&picture.image.view(), face) {
            Ok(template) => Fate::Embedded(template),
            Err(error) => Fate::Failed(error),
        };
        let mut journal = self.journal();
        journal.set_busy(Stage::Embedding, None);
        self.finish(journal, picture, outcome);
    }

    fn begin(&self, stage: Stage) {
        let now = self.clock.now();
        self.journal().set_busy(stage, Some(now));
    }

    fn finish(&self, mut journal: MutexGuard<'_, Journal>, picture: Picture, outcome: Fate) {
        match picture.kind {
            Kind::Frame { .. } => {
                journal.settle(picture.ticket, outcome);
                journal.give_back(picture.ticket, picture.image);
            }
            Kind::Portrait => {
                let reference = match outcome {
                    Fate::Embedded(template) => Ok(Ok(template)),
                    Fate::Unusable(reasons) => Ok(Err(reasons)),
                    Fate::Failed(error) => Err(error),
                    // Of a verification that ended: nobody waits for it.
                    Fate::DroppedBeforeDetection | Fate::DroppedBeforeEmbedding => return,
                };
                journal.answer(picture.ticket, reference);
                drop(journal);
                self.told.notify();
            }
        }
    }

    /// Counts a picture that a stage did not take in time. A portrait is never replaced by a
    /// frame: no frame comes before its answer.
    fn drop_before(&self, stage: Stage, picture: Option<Picture>) {
        let Some(picture) = picture.filter(Picture::is_frame) else {
            return;
        };
        let fate = match stage {
            Stage::Detection => Fate::DroppedBeforeDetection,
            Stage::Embedding => Fate::DroppedBeforeEmbedding,
        };
        let mut journal = self.journal();
        journal.settle(picture.ticket, fate);
        journal.give_back(picture.ticket, picture.image);
    }
}

/// Tells the owner that a thread ended, also by a panic.
struct Leaving(Arc<Shared>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.journal().end_thread();
        self.0.told.notify();
    }
}
