//! What a report says that a match by face is worth.

use super::*;

#[test]
fn a_report_never_takes_the_rate_of_a_comparison_for_that_of_the_session() {
    for (misses, bound) in [(0, "2e-4"), (1, "4e-4"), (2, "6e-4")] {
        let mut w = World::new();
        w.feed(Event::FaceEngine(engine()));
        w.choosing().capturing();
        for _ in 0..misses {
            w.face(FaceAnswer::NoMatch(None));
        }
        let report = w.face(MATCH).finish_visit();
        let face = report.face.as_ref().expect("attempts were made");
        assert_eq!((face.attempts, face.allowed), (misses + 1, 3));
        assert_eq!(face.bound().expect("claimed").to_string(), bound);
        assert_eq!(
            face.to_string(),
            format!(
                "engine 1: false match rate 1e-4 per comparison, claimed by the maker (manual, \
                 page 12); at most {bound} for this session (attempts made: {}), 6e-4 for the 3 \
                 allowed",
                misses + 1
            )
        );
    }
}

#[test]
fn no_face_no_claim_and_no_statement_no_rate() {
    let mut w = World::new();
    w.feed(Event::FaceEngine(engine()));
    w.choosing().feed(Event::Chosen(Method::Pin));
    let verified = PinAnswer::Verified {
        proven: ProvenSet::EMPTY,
    };
    assert_eq!(w.pin(verified).finish_visit().face, None);

    let mut w = World::new();
    w.choosing().capturing();
    let report = w.face(MATCH).finish_visit();
    let face = report.face.as_ref().expect("an attempt was made");
    assert_eq!(face.bound_allowed(), None);
    assert_eq!(
        face.to_string(),
        "an engine that states nothing: no false match rate is known"
    );
}
