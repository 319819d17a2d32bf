//! Thousands of sessions with random faults in one process, and what they leave behind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::allocator;
use crate::faults::FAULTS;
use crate::reception::{Path, Reception};

/// How many sessions, unless the variable says otherwise.
const VARIABLE: &str = "MYNA_HAL_SOAK";
const SESSIONS: usize = if cfg!(debug_assertions) { 250 } else { 1000 };

/// Sessions of one runner; then it is dropped and another one made.
const PER_RUNNER: usize = 25;

/// Of a hundred visits this many meet a fault.
const FAULTY: u64 = 70;

/// Later than the last moment of most visits: some faults strike the next one, or nobody.
const MOMENTS: u64 = 36;

/// Until what hangs has come back.
const PAUSE: Duration = Duration::from_secs(90);

/// What the process holds between two runners.
#[derive(Clone, Copy)]
struct Sample {
    sessions: f64,
    live: f64,
    resident: f64,
    threads: usize,
    files: usize,
}

impl Sample {
    fn now(sessions: usize) -> Self {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let number = |key: &str| -> usize {
            let line = status.lines().find(|line| line.starts_with(key));
            let digits = line.and_then(|line| line.split_whitespace().nth(1));
            digits.and_then(|digits| digits.parse().ok()).expect(key)
        };
        Self {
            sessions: sessions as f64,
            live: allocator::live() as f64,
            resident: number("VmRSS:") as f64 * 1024.0,
            threads: number("Threads:"),
            files: std::fs::read_dir("/proc/self/fd").expect("Linux").count(),
        }
    }
}

/// The slope of the line through the samples that fits best, per session.
fn slope(samples: &[Sample], of: fn(&Sample) -> f64) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(&|it| it.sessions), mean(&of));
    let covariance: f64 = samples
        .iter()
        .map(|it| (it.sessions - x) * (of(it) - y))
        .sum();
    let variance: f64 = samples.iter().map(|it| (it.sessions - x).powi(2)).sum();
    covariance / variance
}

/// Knuth's MMIX: the same sessions every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Runs the sessions of one runner.
fn some_sessions(path: Path, dice: &mut Dice, ends: &mut BTreeMap<&'static str, usize>) {
    let mut reception = Reception::new(path);
    let mut faults = FAULTS
        .iter()
        .filter(|fault| !fault.ends)
        .collect::<Vec<_>>();
    for _ in 0..PER_RUNNER {
        let trap = (dice.below(100) < FAULTY).then(|| {
            let which = dice.below(faults.len() as u64) as usize;
            faults.swap(0, which);
            let (strike, hands) = (faults[0].strike, reception.hands.clone());
            let act: Box<dyn FnOnce() + Send> = Box::new(move || strike(&hands));
            (dice.below(MOMENTS) as usize, act)
        });
        reception.moments.begin(trap);
        let visit = reception.visit();
        reception.moments.end();
        *ends.entry(visit.end()).or_default() += 1;
        assert!(!visit.patient.left_open, "{:#?}", visit.report);
        drop(reception.wait(PAUSE).sleep(PAUSE));
        assert!(!reception.hands.card.is_unlocked(), "{:#?}", visit.report);
        reception.hands.repair();
        reception.idle(Duration::from_secs(3));
    }
}

#[test]
fn sessions_leave_nothing_behind() {
    let _process = crate::alone();
    let asked = std::env::var(VARIABLE).ok();
    let sessions = asked.map_or(SESSIONS, |number| number.parse().expect("a number"));
    let (mut dice, mut ends) = (Dice(20_261_122), BTreeMap::new());
    // Room for all of them now: what grows later is not the measurement.
    let (mut samples, begun) = (Vec::with_capacity(sessions), Instant::now());
    let paths = Path::ALL.into_iter().cycle();
    for (round, path) in paths.take(sessions.div_ceil(PER_RUNNER)).enumerate() {
        some_sessions(path, &mut dice, &mut ends);
        samples.push(Sample::now((round + 1) * PER_RUNNER));
    }
    // What is made once is made in the first rounds.
    let late = &samples[samples.len() / 3..];
    let (first, last) = (late[0], late[late.len() - 1]);
    let (live, resident) = (slope(late, |it| it.live), slope(late, |it| it.resident));
    println!(
        "{} sessions in {:.0} s: {ends:?}\n\
         allocated {:.0} → {:.0} bytes, slope {live:+.2} bytes a session\n\
         resident {:.0} → {:.0} KiB, slope {resident:+.0} bytes a session\n\
         threads {} → {}, file descriptors {} → {}",
        last.sessions,
        begun.elapsed().as_secs_f64(),
        first.live,
        last.live,
        first.resident / 1024.0,
        last.resident / 1024.0,
        first.threads,
        last.threads,
        first.files,
        last.files,
    );
    assert_eq!(first.threads, last.threads, "threads");
    assert_eq!(first.files, last.files, "file descriptors");
    assert!(live < 64.0, "{live} bytes a session stay allocated");
    // The allocator gives pages back when it likes to, so that few sessions tell little; a frame or
    // a portrait that stays would show even so.
    let most = if sessions < 5000 { 65_536.0 } else { 1024.0 };
    assert!(resident < most, "{resident} bytes a session stay resident");
    assert!(ends.len() > 3, "hardly anything went wrong: {ends:?}");
}
