//! How long it takes from a card that lies still to a patient who is known.
//!
//! The card answers as slowly as a contactless one of Type B at 106 kbit/s does, the camera gives
//! 30 frames a second, and the face engine takes what the reference engine took when it was
//! measured. What the steps add up to one after another is compared with what the runner makes of
//! them.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::face::{FaceOutcome, FaceVerifier, MatchStatement, ReferenceOutcome};
use myna_hal::imaging::ImageView;
use myna_hal::sim::ScriptedVerifier;
use myna_hal::sim::card::LogEntry;
use myna_hal::time::{Clock, Timestamp};
use myna_hal::{Result, Wait};

use crate::reception::{Path, Reception};

/// Measured: YuNet on a frame, SFace on a face, the portrait of a card decoded.
const DETECT: Duration = Duration::from_millis(11);
const EMBED: Duration = Duration::from_millis(28);
const DECODE: Duration = Duration::from_micros(2200);

/// Usable frames until the engine decides. The reference policy takes five at most, and fewer where
/// the match is clear.
const FRAMES: u32 = 3;
/// From the camera's start to its first picture: an assumption.
pub(crate) const CAMERA: Duration = Duration::from_millis(500);
/// A look at the card's face: an assumption. Two are made.
pub(crate) const LOOK: Duration = Duration::from_millis(250);
/// One frame at 30 a second.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 30);
/// What the person takes to type.
pub(crate) const TYPING: Duration = Duration::from_secs(3);
/// The government system's challenge.
pub(crate) const CHALLENGE: Duration = Duration::from_millis(300);

/// What the critical path may be exceeded by.
const SLACK: f64 = 1.10;

/// An engine that takes its time on the virtual clock.
pub(crate) struct Timed {
    verifier: ScriptedVerifier,
    clock: Arc<dyn Clock>,
}

impl Timed {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let more = FaceOutcome::MoreFrames {
            reasons: Vec::new(),
        };
        let mut outcomes = vec![more; FRAMES as usize - 1];
        outcomes.push(FaceOutcome::Match { score: None });
        Self {
            verifier: ScriptedVerifier::answering(outcomes),
            clock,
        }
    }

    fn takes(&self, time: Duration) {
        drop(Wait::forever(self.clock.clone()).sleep(time));
    }
}

impl FaceVerifier for Timed {
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome> {
        self.takes(DECODE + DETECT + EMBED);
        self.verifier.start(portrait)
    }

    fn probe(&mut self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<FaceOutcome> {
        self.takes(DETECT + EMBED);
        self.verifier.probe(frame, captured_at)
    }

    fn forget(&mut self) {
        self.verifier.forget();
    }

    fn warm_up(&mut self) -> Result<()> {
        self.takes(DETECT);
        Ok(())
    }

    fn statement(&self) -> MatchStatement {
        self.verifier.statement()
    }
}

/// The time that these commands took.
fn dialogue(log: &[LogEntry]) -> Duration {
    log.iter().map(|entry| entry.elapsed).sum()
}

/// Runs one visit of a card that is known already; the time from a stable card to a known patient,
/// and the commands before the patient chose and after.
fn measure(path: Path) -> (Duration, Duration, Duration) {
    let mut reception = Reception::measured(path);
    // What the card can do is learned once per reader and kind of card.
    assert!(reception.visit().is_completed());
    reception.idle(Duration::from_secs(3));
    drop(reception.hands.card.take_log());
    let visit = reception.visit();
    assert!(visit.is_completed(), "{:#?}", visit.report);
    let stable = visit.patient.entered("reading-card").expect("read");
    let known = visit.patient.entered("authenticating").expect("known");
    let log = reception.hands.card.take_log();
    let until = |code| visit.patient.entered(code).expect("entered").since(stable);
    let choice = until("choose-method");
    // The card works from the moment it is stable: what was answered by then came before.
    let mut passed = Duration::ZERO;
    let before = log
        .iter()
        .take_while(|entry| {
            passed += entry.elapsed;
            passed <= choice
        })
        .count();
    let (screening, proof) = log.split_at(before);
    (known.since(stable), dialogue(screening), dialogue(proof))
}

fn row(what: &str, took: Duration, critical: Duration, one_by_one: Duration) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{what}: {:.0} ms; critical path {:.0} ms, ratio {:.3}; one after another {:.0} ms, \
         ratio {:.3}",
        ms(took),
        ms(critical),
        ms(took) / ms(critical),
        ms(one_by_one),
        ms(took) / ms(one_by_one),
    );
    assert!(
        ms(took) <= SLACK * ms(critical),
        "{what}: {took:?} against a critical path of {critical:?}"
    );
}

#[test]
fn time_to_identity_by_face() {
    let _process = crate::beside_others();
    let (took, screening, proof) = measure(Path::Face);
    let engine = DECODE + (DETECT + EMBED) * (FRAMES + 1);
    let one_by_one = screening + LOOK * 2 + CAMERA + proof + engine + FRAME * FRAMES;
    // The code cannot be presented before it was read, and it is read from the card's arrival on:
    // what is left of that after the debounce time is waited for, or the certificate.
    let debounce = Duration::from_millis(300);
    let scan = (LOOK * 2).saturating_sub(debounce);
    let card = screening.max(scan) + proof;
    println!(
        "by face: screening {screening:?}, scan {scan:?} left, face record {proof:?}, engine {engine:?}"
    );
    row("by face", took, card.max(engine), one_by_one);
}

#[test]
fn time_to_identity_by_pin() {
    let _process = crate::beside_others();
    let (took, screening, proof) = measure(Path::Pin);
    println!("by PIN: screening {screening:?}, PIN and signature {proof:?}, typing {TYPING:?}");
    let one_by_one = screening + CHALLENGE + TYPING + proof;
    row(
        "by PIN",
        took,
        screening + TYPING.max(CHALLENGE) + proof,
        one_by_one,
    );
}
