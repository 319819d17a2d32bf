use super::*;
use crate::camera::{CameraContext, CameraEvent};
use crate::sim;

fn clock() -> sim::Clock {
    sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"))
}

fn mode(format: PixelFormat) -> FrameMode {
    FrameMode::new(format, 640, 480, 30)
}

#[test]
fn frames_are_paced_and_the_newest_is_given() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let mut camera = VirtualCamera::drawn(clock.shared(), Scene::Face { person: 1 });
    let mut stream = camera.start(&mode(PixelFormat::Rgb8), &wait).expect("free");
    for number in 1..=3 {
        let frame = stream.next_frame(&wait).expect("runs");
        assert_eq!((frame.sequence(), frame.dropped_before()), (number, 0));
        assert_eq!(frame.captured_at(), clock.now());
    }
    assert_eq!(clock.now(), Timestamp::new(Duration::from_millis(100)));
    clock.advance(Duration::from_secs(1));
    let frame = stream.next_frame(&wait).expect("runs");
    assert_eq!((frame.sequence(), frame.dropped_before()), (33, 29));
}

#[test]
fn an_unplugged_camera_stays_disconnected() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let camera = VirtualCamera::drawn(clock.shared(), Scene::Empty);
    let control = camera.control();
    let mut context = VirtualCameras::new(vec![camera]);
    let mut watch = context.watch().expect("supported");
    let mut camera = context.cameras().expect("one").remove(0);
    let mut stream = camera
        .start(&mode(PixelFormat::Grey8), &wait)
        .expect("free");
    stream.next_frame(&wait).expect("runs");
    control.unplug();
    for _ in 0..2 {
        let error = stream.next_frame(&wait).expect_err("unplugged");
        assert_eq!(error.kind(), ErrorKind::Disconnected);
    }
    let removed = CameraEvent::CameraRemoved(camera.info().id.clone());
    assert_eq!(watch.next_event(&wait).expect("an event"), removed);
    assert!(context.cameras().expect("none").is_empty());
    assert!(stream.stop().is_err());
}

#[test]
fn a_camera_that_came_back_left_first() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let camera = VirtualCamera::drawn(clock.shared(), Scene::Empty);
    let control = camera.control();
    let mut context = VirtualCameras::new(vec![camera]);
    let mut watch = context.watch().expect("supported");
    let mut camera = context.cameras().expect("one").remove(0);
    let mut old = camera
        .start(&mode(PixelFormat::Grey8), &wait)
        .expect("free");
    control.unplug();
    control.plug();
    let info = camera.info().clone();
    for event in [
        CameraEvent::CameraRemoved(info.id.clone()),
        CameraEvent::CameraAdded(info),
    ] {
        assert_eq!(watch.next_event(&wait).expect("an event"), event);
    }
    let mut new = camera
        .start(&mode(PixelFormat::Grey8), &wait)
        .expect("free again");
    let error = old.next_frame(&wait).expect_err("it was pulled out");
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    drop(old);
    new.next_frame(&wait).expect("not disturbed");
    let busy = camera.start(&mode(PixelFormat::Grey8), &wait).err();
    assert_eq!(busy.map(|error| error.kind()), Some(ErrorKind::Busy));
}

#[test]
fn a_stalled_camera_is_a_time_out_on_the_virtual_clock() {
    let clock = clock();
    let _me = clock.enter();
    let mut camera = VirtualCamera::drawn(clock.shared(), Scene::Empty);
    let control = camera.control();
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(2));
    let mut stream = camera.start(&mode(PixelFormat::Rgb8), &wait).expect("free");
    control.stall(true);
    let error = stream.next_frame(&wait).expect_err("stalled");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(clock.now(), Timestamp::new(Duration::from_secs(2)));
    control.stall(false);
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(2));
    assert!(stream.next_frame(&wait).is_ok());
}

#[test]
fn one_stream_at_a_time_and_only_its_own_modes() {
    let clock = clock();
    let wait = Wait::forever(clock.shared());
    let mut camera = VirtualCamera::drawn(clock.shared(), Scene::Empty);
    let stream = camera.start(&mode(PixelFormat::Yuyv), &wait).expect("free");
    let busy = camera.start(&mode(PixelFormat::Yuyv), &wait).err();
    assert_eq!(busy.map(|error| error.kind()), Some(ErrorKind::Busy));
    drop(stream);
    assert!(camera.start(&mode(PixelFormat::Yuyv), &wait).is_ok());
    let unknown = camera.start(&mode(PixelFormat::Nv12), &wait).err();
    assert_eq!(
        unknown.map(|error| error.kind()),
        Some(ErrorKind::Unsupported)
    );
}

#[test]
fn yuyv_shows_the_same_picture() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let mut pixels = Vec::new();
    for format in [PixelFormat::Rgb8, PixelFormat::Yuyv] {
        let mut camera =
            VirtualCamera::picture(clock.shared(), sim::DRAWN_FACE_JP2).expect("a picture");
        let mut stream = camera.start(&mode(format), &wait).expect("free");
        let frame = stream.next_frame(&wait).expect("runs");
        pixels.push(frame.view().to_rgb8().expect("raw"));
    }
    let largest = pixels[0]
        .data()
        .iter()
        .zip(pixels[1].data())
        .map(|(a, b)| a.abs_diff(*b))
        .max();
    assert!(
        largest.is_some_and(|difference| difference <= 4),
        "{largest:?}"
    );
}

#[test]
fn a_folder_is_shown_in_order() {
    let folder = std::env::temp_dir().join(format!("myna-hal-camera-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("writable");
    std::fs::write(folder.join("a.jp2"), sim::DRAWN_FACE_JP2).expect("writable");
    std::fs::write(folder.join("b.txt"), "no picture").expect("writable");
    let clock = clock();
    let shown = VirtualCamera::folder(clock.shared(), &folder);
    std::fs::remove_dir_all(&folder).expect("ours");
    assert!(shown.is_ok());
    let missing = VirtualCamera::folder(clock.shared(), &folder).err();
    assert_eq!(missing.map(|error| error.kind()), Some(ErrorKind::NotFound));
}

#[test]
fn a_camera_that_was_plugged_in_again_starts_anew_and_the_old_stream_stays_dead() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(1));
    let mut camera = VirtualCamera::drawn(clock.shared(), Scene::Empty);
    let control = camera.control();
    let mode = mode(PixelFormat::Rgb8);
    let mut old = camera.start(&mode, &wait).expect("free");
    control.unplug();
    control.plug();
    let error = old.next_frame(&wait).expect_err("it was pulled");
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    drop(old);
    let mut new = camera.start(&mode, &wait).expect("free");
    assert!(new.next_frame(&wait).is_ok());
}
