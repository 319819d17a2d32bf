//! One group: ours, and peers whose samples alternate with ours.

use std::cell::RefCell;
use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{Criterion, SamplingMode, Throughput};

use crate::report::{Case, record};

/// Runs so many times and gives the processor time that it took.
pub(crate) type Timed<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// Another library's loop.
pub(crate) struct Peer<'a> {
    pub(crate) name: &'static str,
    run: Timed<'a>,
}

impl<'a> Peer<'a> {
    /// A loop in this process.
    pub(crate) fn new(name: &'static str, mut run: impl FnMut() + 'a) -> Self {
        Self {
            name,
            run: Box::new(move |times| clock(times, &mut run)),
        }
    }

    /// A loop that takes its own time, in another process.
    pub(crate) fn timed(name: &'static str, run: impl FnMut(u64) -> Duration + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }
}

/// What the machine allows at most for a group.
pub(crate) struct Limit<'a> {
    /// For people: `read`, `multiply-add`.
    pub(crate) what: &'static str,
    /// How many of its runs are as much work as one run of ours.
    pub(crate) runs: f64,
    pub(crate) run: Box<dyn FnMut() + 'a>,
}

/// A group to measure.
pub(crate) struct Race<'a> {
    pub(crate) name: String,
    /// What the time is told for: a comparison, mostly.
    pub(crate) unit: &'static str,
    /// Units in one run.
    pub(crate) units: u64,
    pub(crate) ours: Box<dyn FnMut() + 'a>,
    pub(crate) peers: Vec<Peer<'a>>,
    pub(crate) limit: Option<Limit<'a>>,
}

/// Shorter measurements are thrown away: the clock itself takes time.
const SHORTEST: Duration = Duration::from_micros(500);
/// Longer runs are measured fewer times, and without an untimed run before.
const LONG: Duration = Duration::from_millis(30);

impl Race<'_> {
    /// Measures ours and the peers, and records for each peer the median of its time over ours.
    pub(crate) fn run(self, criterion: &mut Criterion) {
        let Self {
            name,
            unit,
            units,
            mut ours,
            peers,
            limit,
        } = self;
        let mut group = criterion.benchmark_group(&name);
        ours();
        let long = clock(1, &mut *ours) > LONG;
        group.sample_size(if long { 10 } else { 20 });
        if long {
            group.sampling_mode(SamplingMode::Flat);
        }
        group.warm_up_time(Duration::from_millis(200));
        group.measurement_time(Duration::from_millis(if long { 1000 } else { 700 }));
        group.throughput(Throughput::Elements(units));

        let own = RefCell::new(Vec::new());
        group.bench_function("myna-hal", |bencher| {
            bencher.iter_custom(|times| {
                let took = clock(times, &mut *ours);
                if took >= SHORTEST {
                    own.borrow_mut().push(took.as_secs_f64() / times as f64);
                }
                took
            });
        });
        let (limit_name, limit) = match limit {
            Some(Limit { what, runs, run }) => {
                let mut run = run;
                let peer = Peer {
                    name: "LIMIT",
                    run: Box::new(move |times| clock(times, &mut run).mul_f64(runs)),
                };
                (Some(what), Some(peer))
            }
            None => (None, None),
        };
        let mut ratios = Vec::new();
        let mut share = None;
        for mut peer in peers.into_iter().chain(limit) {
            let mut pairs = Vec::new();
            let mut turn = false;
            group.bench_function(peer.name, |bencher| {
                bencher.iter_custom(|times| {
                    turn = !turn;
                    let mut mine = || {
                        if !long {
                            ours();
                        }
                        clock(times, &mut *ours)
                    };
                    let before = turn.then(&mut mine);
                    if !long {
                        (peer.run)(1);
                    }
                    let theirs = (peer.run)(times);
                    let mine = before.unwrap_or_else(&mut mine);
                    if mine.min(theirs) >= SHORTEST {
                        own.borrow_mut().push(mine.as_secs_f64() / times as f64);
                        pairs.push(theirs.as_secs_f64() / mine.as_secs_f64());
                    }
                    // A limit's time is told for as much work as ours.
                    theirs
                });
            });
            match (median(pairs), peer.name) {
                (Some(ratio), "LIMIT") => share = Some(ratio),
                (Some(ratio), name) => ratios.push((name, ratio)),
                // Left out by the filter of the command line.
                (None, _) => {}
            }
        }
        group.finish();
        if let (Some(seconds), false) = (median(own.into_inner()), ratios.is_empty()) {
            record(Case {
                name,
                unit,
                nanoseconds: seconds * 1e9 / units as f64,
                ratios,
                limit: limit_name.zip(share),
            });
        }
    }
}

fn clock(times: u64, run: &mut (impl FnMut() + ?Sized)) -> Duration {
    let start = ThreadTime::now();
    for _ in 0..times {
        run();
    }
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
