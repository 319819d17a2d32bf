//! How long calls take. Told, not judged: what is fast enough depends on the machine.

use std::time::Duration;

use super::Bench;
use crate::conformance::report::Timing;
use crate::error::Result;
use crate::time::Timestamp;

/// Calls of each kind.
const CALLS: usize = 7;

/// The calls of every engine that the bench has.
pub(super) fn of(bench: &mut Bench) -> Vec<Timing> {
    [detect(bench), embed(bench), reference(bench), probe(bench)]
        .into_iter()
        .filter_map(Result::ok)
        .collect()
}

fn timed(
    what: &'static str,
    bench: &Bench,
    mut call: impl FnMut() -> Result<()>,
) -> Result<Timing> {
    let clock = bench.clock();
    let times = (0..CALLS).map(|_| {
        let begun = clock.now();
        call().map(|()| clock.now().since(begun))
    });
    Ok(timing(what, times.collect::<Result<_>>()?))
}

fn timing(what: &'static str, mut took: Vec<Duration>) -> Timing {
    took.sort_unstable();
    Timing {
        what,
        calls: took.len(),
        median: took.get(took.len() / 2).copied().unwrap_or_default(),
        longest: took.last().copied().unwrap_or_default(),
    }
}

fn detect(bench: &mut Bench) -> Result<Timing> {
    let mut detector = bench.detector()?;
    let picture = &bench.fixture().face.image;
    timed("detect", bench, || {
        detector.detect(&picture.view()).map(drop)
    })
}

fn embed(bench: &mut Bench) -> Result<Timing> {
    let mut embedder = bench.embedder()?;
    let pictured = &bench.fixture().face;
    timed("embed", bench, || {
        embedder
            .embed(&pictured.image.view(), &pictured.face)
            .map(drop)
    })
}

fn reference(bench: &mut Bench) -> Result<Timing> {
    let mut verifier = bench.verifier()?;
    let portrait = &bench.fixture().portrait;
    timed("start", bench, || {
        verifier.start(&portrait.view()).map(drop)
    })
}

/// The first probe of a verification: later ones may only repeat an answer.
fn probe(bench: &mut Bench) -> Result<Timing> {
    let mut verifier = bench.verifier()?;
    let (clock, fixture) = (bench.clock(), bench.fixture());
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        verifier.start(&fixture.portrait.view())?;
        let begun = clock.now();
        verifier.probe(&fixture.again.image.view(), Timestamp::START)?;
        took.push(clock.now().since(begun));
    }
    Ok(timing("probe", took))
}
