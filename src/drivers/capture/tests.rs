use std::sync::mpsc;

use super::*;
use crate::imaging::PixelFormat;
use crate::time::SystemClock;

/// What a test has the platform do next.
enum Step {
    Frame(u8),
    Short,
    Damaged,
    Fail(ErrorKind),
    Leave,
    Panic,
}

/// A platform that does what it is told, and nothing as long as it is told nothing.
struct Told(mpsc::Receiver<Step>, Arc<Mutex<()>>);

impl Feed for Told {
    fn next(&mut self, frame: &mut FrameBuffer) -> Result<Caught> {
        let step = self.0.recv_timeout(Duration::from_millis(5));
        drop(self.1.lock());
        match step {
            Ok(Step::Frame(value)) => frame.fill(&[value; 4]),
            Ok(Step::Short) => frame.fill(&[0; 3]),
            Ok(Step::Damaged) => return Ok(Caught::Damaged),
            Ok(Step::Fail(kind)) => return Err(Error::new(kind, "the platform says why")),
            Ok(Step::Leave) => panic!("it runs"),
            Ok(Step::Panic) => panic!("a library that panics"),
            Err(_) => return Ok(Caught::Nothing),
        }
        Ok(Caught::Frame)
    }

    fn is_listed(&self) -> bool {
        !matches!(
            self.0.recv_timeout(Duration::from_millis(1)),
            Ok(Step::Leave)
        )
    }
}

fn mode() -> FrameMode {
    FrameMode::new(PixelFormat::Grey8, 2, 2, 30)
}

fn soon(clock: &Arc<dyn Clock>) -> Wait {
    Wait::at_most(clock.clone(), Duration::from_secs(10))
}

/// A stream of the camera `name`, its platform, and a gate that the platform's calls pass.
fn stream(
    clock: &Arc<dyn Clock>,
    name: &str,
) -> Result<(Capture, mpsc::SyncSender<Step>, Arc<Mutex<()>>)> {
    // What was sent was heard: a platform that is to hang does so.
    let (tell, told) = mpsc::sync_channel(0);
    let gate = Arc::new(Mutex::new(()));
    let theirs = gate.clone();
    let layout = Layout {
        mode: mode(),
        stride: 2,
    };
    let camera = DeviceId::new("test", name);
    let capture = Capture::start(clock, &camera, &soon(clock), move || {
        Ok((Told(told, theirs), layout))
    })?;
    Ok((capture, tell, gate))
}

/// Waits until the platform has delivered `count` frames.
fn until_delivered(capture: &Capture, count: u64) {
    while capture.thread.shared.lock().delivered < count {
        std::thread::yield_now();
    }
}

#[test]
fn the_newest_frame_is_given_and_the_others_are_counted() {
    let clock = SystemClock::shared();
    let (mut capture, tell, _) = stream(&clock, "counts").expect("free");
    for step in [
        Step::Frame(1),
        Step::Frame(2),
        Step::Damaged,
        Step::Frame(3),
    ] {
        tell.send(step).expect("it listens");
    }
    until_delivered(&capture, 4);
    let frame = capture.next_frame(&soon(&clock)).expect("a frame");
    assert_eq!((frame.sequence(), frame.dropped_before()), (4, 3));
    assert_eq!(frame.view().data(), [3; 4]);
    let brief = Wait::at_most(clock.clone(), Duration::from_millis(20));
    let error = capture.next_frame(&brief).expect_err("given once");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    tell.send(Step::Frame(4)).expect("it listens");
    let frame = capture.next_frame(&soon(&clock)).expect("the next one");
    assert_eq!((frame.sequence(), frame.dropped_before()), (5, 0));
}

#[test]
fn a_frame_of_the_wrong_size_is_told_and_counted() {
    let clock = SystemClock::shared();
    let (mut capture, tell, _) = stream(&clock, "lies").expect("free");
    tell.send(Step::Short).expect("it listens");
    let error = capture.next_frame(&soon(&clock)).expect_err("too short");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    tell.send(Step::Frame(7)).expect("it listens");
    let frame = capture
        .next_frame(&soon(&clock))
        .expect("as good as before");
    assert_eq!((frame.sequence(), frame.dropped_before()), (2, 0));
}

#[test]
fn the_end_is_told_first_with_its_cause_and_then_for_ever() {
    let clock = SystemClock::shared();
    let (mut capture, tell, _) = stream(&clock, "ends").expect("free");
    tell.send(Step::Frame(1)).expect("it listens");
    tell.send(Step::Fail(ErrorKind::Disconnected))
        .expect("it listens");
    let mut told = Vec::new();
    while told.len() < 3 {
        if let Err(error) = capture.next_frame(&soon(&clock)) {
            assert_eq!(error.kind(), ErrorKind::Disconnected);
            told.push(error.to_string());
        }
    }
    assert_eq!(told[0], "the platform says why");
    assert_eq!(
        capture.stop().expect_err("gone").kind(),
        ErrorKind::Disconnected
    );
}

#[test]
fn a_library_that_panics_is_a_camera_that_left() {
    let clock = SystemClock::shared();
    let (mut capture, tell, _) = stream(&clock, "panics").expect("free");
    tell.send(Step::Panic).expect("it listens");
    for _ in 0..2 {
        let error = capture.next_frame(&soon(&clock)).expect_err("it panicked");
        assert_eq!(error.kind(), ErrorKind::Disconnected);
    }
    drop(capture);
    drop(stream(&clock, "panics").expect("free again"));
}

#[test]
fn a_camera_runs_once_and_is_free_as_soon_as_its_stream_is_dropped() {
    let clock = SystemClock::shared();
    for _ in 0..100 {
        let (first, _tell, _) = stream(&clock, "alone").expect("free");
        let second = stream(&clock, "alone").map(drop);
        assert_eq!(second.expect_err("it runs").kind(), ErrorKind::Busy);
        drop(first);
    }
    drop(stream(&clock, "another").expect("free"));
}

#[test]
fn what_opening_fails_with_is_what_start_fails_with() {
    let clock = SystemClock::shared();
    let camera = DeviceId::new("test", "refuses");
    for _ in 0..2 {
        let started = Capture::start(&clock, &camera, &soon(&clock), || {
            Err::<(Told, Layout), _>(ErrorKind::PermissionDenied.into())
        });
        let error = started.map(drop).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    }
}

#[test]
fn a_platform_that_hangs_is_left_behind_and_its_camera_busy() {
    let clock = SystemClock::shared();
    let (capture, tell, gate) = stream(&clock, "hangs").expect("free");
    let held = gate.lock().expect("not poisoned");
    tell.send(Step::Frame(1)).expect("it listens");
    let begun = clock.now();
    drop(capture);
    let took = clock.now().since(begun);
    assert!(took < FAREWELL * 2, "held up: {took:?}");
    let again = stream(&clock, "hangs").map(drop);
    assert_eq!(again.expect_err("it hangs").kind(), ErrorKind::Busy);
    drop(held);
    let patience = soon(&clock);
    while stream(&clock, "hangs").is_err() {
        patience.check().expect("it comes back");
        std::thread::yield_now();
    }
}

#[test]
fn a_start_that_is_given_up_returns_at_once() {
    let clock = SystemClock::shared();
    let gate = Arc::new(Mutex::new(()));
    let (held, theirs) = (gate.lock().expect("not poisoned"), gate.clone());
    let brief = Wait::at_most(clock.clone(), Duration::from_millis(20));
    let begun = clock.now();
    let camera = DeviceId::new("test", "slow to open");
    let started = Capture::start(&clock, &camera, &brief, move || {
        drop(theirs.lock());
        Err::<(Told, Layout), _>(ErrorKind::Other.into())
    });
    let took = clock.now().since(begun);
    assert_eq!(
        started.map(drop).expect_err("slow").kind(),
        ErrorKind::TimedOut
    );
    assert!(took < FAREWELL / 2, "held up: {took:?}");
    drop(held);
}

#[test]
fn a_buffer_is_used_again_where_it_is_large_enough() {
    let mut buffer = FrameBuffer::default();
    buffer.fill(&[1; 100]);
    let place = buffer.0.as_ptr();
    buffer.fill(&[2; 3]);
    buffer.fill(&[3; 200]);
    assert_eq!((buffer.0.as_ptr(), &buffer.0[..]), (place, &[3; 200][..]));
    buffer.fill(&[4; 100_000]);
    assert_eq!(buffer.0.len(), 100_000);
}

#[test]
fn a_camera_that_leaves_right_after_its_disorder_was_unplugged() {
    let clock = SystemClock::shared();
    for (name, leaves, kind) in [
        ("stays", false, ErrorKind::Protocol),
        ("leaves", true, ErrorKind::Disconnected),
    ] {
        let (mut capture, tell, _) = stream(&clock, name).expect("free");
        tell.send(Step::Fail(ErrorKind::Protocol))
            .expect("it listens");
        if leaves {
            tell.send(Step::Leave).expect("it looks");
        }
        let error = capture.next_frame(&soon(&clock)).expect_err("over");
        assert_eq!(error.kind(), kind, "{name}");
    }
}
