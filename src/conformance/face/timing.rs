//! How long calls take. Told, not judged: what is fast enough depends on the machine.

use std::time::Duration;

use super::Bench;
use crate::conformance::report::Timing;
use crate::error::Result;

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
    let mut took = (0..CALLS)
        .map(|_| {
            let begun = clock.now();
            call().map(|()| clock.now().since(begun))
        })
        .collect::<Result<Vec<Duration>>>()?;
    took.sort_unstable();
    Ok(Timing {
        what,
        calls: CALLS,
        median: took[CALLS / 2],
        longest: took[CALLS - 1],
    })
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

fn probe(bench: &mut Bench) -> Result<Timing> {
    let mut verifier = bench.verifier()?;
    let fixture = bench.fixture();
    verifier.start(&fixture.portrait.view())?;
    let mut at = crate::time::Timestamp::START;
    timed("probe", bench, || {
        at = at + Duration::from_millis(33);
        verifier.probe(&fixture.again.image.view(), at).map(drop)
    })
}
