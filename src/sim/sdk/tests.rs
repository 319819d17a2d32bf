//! The contract of a verifier, on drawn faces and through the vendor's codes.

use super::*;
use crate::imaging::{Image, PixelFormat, decode_jpeg2000};
use crate::sim::{DRAWN_FACE_JP2, DrawnFace, Pose};

const NOW: Timestamp = Timestamp::START;

fn frame(person: u64) -> Image {
    let mut frame = Image::filled(PixelFormat::Rgb8, 640, 480, [187; 3]).expect("small");
    let pose = Pose {
        centre: (317.0, 235.0),
        height: 230.0,
        tilt: 1.0,
    };
    DrawnFace::new(person).draw(&mut frame, &pose);
    frame
}

fn empty() -> Image {
    Image::filled(PixelFormat::Rgb8, 640, 480, [187; 3]).expect("small")
}

fn started(sdk: &FakeSdk) -> SdkVerifier {
    let mut verifier = SdkVerifier::new(sdk.clone());
    let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
    let outcome = verifier.start(&portrait.view()).expect("a picture");
    assert_eq!(outcome, ReferenceOutcome::Ready);
    verifier
}

#[test]
fn the_person_on_the_portrait_matches_and_a_stranger_does_not() {
    let sdk = FakeSdk::new();
    let mut verifier = started(&sdk);
    for _ in 0..2 {
        let outcome = verifier.probe(&frame(1).view(), NOW).expect("a frame");
        assert_eq!(outcome, FaceOutcome::Match { score: None });
    }
    let mut verifier = started(&sdk);
    let mut looks = 0;
    let outcome = loop {
        looks += 1;
        match verifier.probe(&frame(2).view(), NOW).expect("a frame") {
            FaceOutcome::MoreFrames { reasons } => assert_eq!(reasons, []),
            decided => break decided,
        }
    };
    assert_eq!(outcome, FaceOutcome::NonMatch { score: None });
    assert_eq!(Some(looks), verifier.statement().looks());
    // Decided is decided.
    assert_eq!(
        verifier.probe(&frame(1).view(), NOW).expect("a frame"),
        outcome
    );
}

#[test]
fn its_flags_become_reasons_and_its_frames_are_bounded() {
    let mut verifier = started(&FakeSdk::new()).with_max_frames(4);
    let reasons = vec![QualityReason::NoFace];
    for _ in 1..4 {
        let outcome = verifier.probe(&empty().view(), NOW).expect("a frame");
        let reasons = reasons.clone();
        assert_eq!(outcome, FaceOutcome::MoreFrames { reasons });
    }
    let outcome = verifier.probe(&empty().view(), NOW).expect("a frame");
    assert_eq!(outcome, FaceOutcome::FailureToAcquire { reasons });

    let mut two = frame(1);
    let pose = Pose {
        centre: (540.0, 235.0),
        height: 140.0,
        tilt: 0.0,
    };
    DrawnFace::new(2).draw(&mut two, &pose);
    let mut verifier = started(&FakeSdk::new());
    let reasons = vec![QualityReason::SeveralFaces];
    let outcome = verifier.probe(&two.view(), NOW).expect("a frame");
    assert_eq!(outcome, FaceOutcome::MoreFrames { reasons });
}

#[test]
fn its_codes_become_kinds_of_errors() {
    let sdk = FakeSdk::new();
    let mut verifier = started(&sdk);
    sdk.set_expired(true);
    let error = verifier.probe(&frame(1).view(), NOW).expect_err("expired");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().ends_with("(code -10)"), "{error}");
    sdk.set_expired(false);
    // The vendor's trouble is no answer about the person.
    let outcome = verifier.probe(&frame(1).view(), NOW).expect("renewed");
    assert_eq!(outcome, FaceOutcome::Match { score: None });

    let tiny = [0u8; 4];
    let tiny = ImageView::packed(PixelFormat::Grey8, 2, 2, &tiny).expect("sizes agree");
    let error = verifier.start(&tiny).expect_err("impossible");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = verifier.probe(&frame(1).view(), NOW).expect_err("none");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn handles_are_few_and_every_one_is_closed() {
    let sdk = FakeSdk::new();
    let mut verifier = started(&sdk);
    let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
    for _ in 0..5 {
        verifier.start(&portrait.view()).expect("a picture");
        assert_eq!(sdk.open_handles(), 1, "the one before was closed");
    }
    let others: Vec<_> = (1..MAX_HANDLES).map(|_| started(&sdk)).collect();
    let mut late = SdkVerifier::new(sdk.clone());
    let error = late.start(&portrait.view()).expect_err("all are open");
    assert_eq!(error.kind(), ErrorKind::Busy);
    drop(others);
    assert!(late.start(&portrait.view()).is_ok());
    late.forget();
    drop(verifier);
    assert_eq!(sdk.open_handles(), 0);
}

#[test]
fn a_portrait_without_a_face_is_no_reference() {
    let mut verifier = SdkVerifier::new(FakeSdk::new());
    let outcome = verifier.start(&empty().view()).expect("a picture");
    let reasons = vec![QualityReason::NoFace];
    assert_eq!(outcome, ReferenceOutcome::Unusable { reasons });
    assert!(verifier.probe(&frame(1).view(), NOW).is_err());
}
