//! One group: ours, and peers whose samples alternate with ours.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};

/// A peer's name and one call of its loop.
pub(crate) type Peer<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// Measures ours and the peers and prints, for each peer, the median of its time over ours.
pub(crate) fn race(
    criterion: &mut Criterion,
    name: &str,
    throughput: Throughput,
    ours: &mut dyn FnMut(),
    peers: Vec<Peer<'_>>,
) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.warm_up_time(Duration::from_millis(300));
    group.measurement_time(Duration::from_millis(1500));
    group.throughput(throughput);
    group.bench_function("myna-hal", |bencher| bencher.iter(&mut *ours));
    let mut ratios = Vec::new();
    for (peer, mut run) in peers {
        let mut pairs = Vec::new();
        group.bench_function(peer, |bencher| {
            bencher.iter_custom(|times| {
                let ours_first = pairs.len() % 2 == 0;
                let before = ours_first.then(|| clock(times, &mut *ours));
                let theirs = clock(times, &mut *run);
                let own = before.unwrap_or_else(|| clock(times, &mut *ours));
                pairs.push(theirs.as_secs_f64() / own.as_secs_f64());
                theirs
            });
        });
        if let Some(ratio) = median(pairs) {
            ratios.push((ratio, peer));
        }
    }
    group.finish();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (ratio, peer) in ratios {
        println!("RATIO {name}: {ratio:.2} x {peer}");
    }
}

fn clock(times: u64, run: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
