//! Webcams as they are, and webcams that lie.

use std::time::Duration;

use hw_tests::report::Notes;
use libtest_mimic::{Failed, Trial};
use myna_hal::ErrorKind;
use myna_hal::camera::{Camera, CameraCapabilities, Frame, FrameMode, FrameStream};
use myna_hal::imaging::PixelFormat;
use usb_sim::uvc::{Format, Lie, Mode, WEBCAMS, WebcamProduct, number_of};

use super::desk::{Desk, WAYS, Way};
use super::{RECORDER, Verdict, timed, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for product in &WEBCAMS {
        let key = product.key;
        trials.push(trial(
            format!("webcam/{key}/v4l2/is-described"),
            move || is_described(product),
        ));
        for mode in product.modes {
            let name = |way: Way| {
                let Mode {
                    format,
                    width,
                    height,
                    ..
                } = mode;
                format!("webcam/{key}/{}/{format:?}-{width}x{height}", way.name())
            };
            trials.push(timed(name(Way::V4l2), move |notes| {
                byte_for_byte(product, mode, Way::V4l2, notes)
            }));
            trials.push(match beyond_nokhwa(product) {
                Some(why) => RECORDER.ignored(&name(Way::Nokhwa), why),
                None => timed(name(Way::Nokhwa), move |notes| {
                    byte_for_byte(product, mode, Way::Nokhwa, notes)
                }),
            });
        }
    }
    for way in WAYS {
        for lie in [
            Lie::HalfFrames,
            Lie::LongFrames,
            Lie::Errors,
            Lie::Noise,
            Lie::LongHeaders,
        ] {
            for format in [PixelFormat::Yuyv, PixelFormat::Mjpeg] {
                let name = format!("lies/{}/{lie:?}-{format:?}", way.name());
                trials.push(trial(name, move || survives(way, lie, format)));
            }
        }
    }
    trials.push(trial("busy/v4l2/other-program", busy));
    trials
}

/// Why `nokhwa` does not offer a product.
fn beyond_nokhwa(product: &WebcamProduct) -> Option<&'static str> {
    if product.modes.iter().all(|mode| mode.format == Format::Y8) {
        return Some("nokhwa does not know the kernel's name for grey");
    }
    // What the kernel keeps of a name, without the zero behind it.
    let cut = product.name.len() > 31 && !product.name.is_char_boundary(31);
    cut.then_some("nokhwa panics about a name that ends in the middle of a character")
}

fn known_as(format: Format) -> PixelFormat {
    match format {
        Format::Yuy2 => PixelFormat::Yuyv,
        Format::Y8 => PixelFormat::Grey8,
        Format::Mjpeg => PixelFormat::Mjpeg,
    }
}

fn is_described(product: &'static WebcamProduct) -> Verdict {
    let desk = Desk::with(product.key, Way::V4l2)?;
    let mut cameras = Way::V4l2.context(&desk.clock).cameras()?;
    if cameras.len() != 1 {
        return Err(format!("{} cameras, metadata nodes among them", cameras.len()).into());
    }
    let camera = &mut cameras[0];
    let info = camera.info().clone();
    let identity = format!("{:04x}:{:04x}", product.vendor, product.product);
    if info.name != product.name
        || !info.id.as_str().contains(&identity)
        || !info.id.as_str().contains(product.serial)
    {
        return Err(format!("{info:?} of {product:?}").into());
    }
    let grey = product.modes.iter().all(|mode| mode.format == Format::Y8);
    if camera.capabilities().contains(CameraCapabilities::INFRARED) != grey {
        return Err(format!("{:?}", camera.capabilities()).into());
    }
    let wanted: Vec<FrameMode> = product.modes.iter().flat_map(modes).collect();
    let told = camera.modes()?;
    match told == wanted {
        true => Ok(()),
        false => Err(format!("{told:?} instead of {wanted:?}").into()),
    }
}

/// What the library calls a mode, at each of its rates.
fn modes(mode: &Mode) -> Vec<FrameMode> {
    let (width, height) = (mode.width.into(), mode.height.into());
    let rate = |interval: &u32| (10_000_000.0 / f64::from(*interval)).round() as u32;
    let rates = mode.intervals.iter().map(rate);
    rates
        .map(|rate| FrameMode::new(known_as(mode.format), width, height, rate))
        .collect()
}

/// Frames are the bytes that were sent, those in between are counted, and the rate is kept.
fn byte_for_byte(product: &WebcamProduct, mode: &Mode, way: Way, notes: &mut Notes) -> Verdict {
    const FRAMES: u32 = 20;
    let desk = Desk::with(product.key, way)?;
    let wanted = modes(mode)[0];
    let mut stream = desk.start(&wanted)?;
    // The first ones may have been begun before anybody listened.
    for _ in 0..5 {
        stream.next_frame(&desk.ample())?;
    }
    // `lost` went to nobody in the kernel, which had no room for them.
    let (mut last, mut dropped, mut lost) = (None, 0, 0);
    let mut times = Vec::new();
    let sent = desk.webcam.sent();
    for _ in 0..FRAMES {
        let frame = stream.next_frame(&desk.ample())?;
        let number = check(&frame, &desk, mode)?;
        if let Some(last) = last {
            let between = u64::from(number) - u64::from(last) - 1;
            let told = frame.dropped_before();
            if told > between {
                return Err(format!("{told} dropped between {last} and {number}").into());
            }
            lost += between - told;
        }
        dropped += frame.dropped_before();
        last = Some(number);
        times.push((frame.captured_at(), frame.sequence()));
    }
    let (first, end) = (times[0], times[times.len() - 1]);
    let took = end.0.since(first.0).as_secs_f64();
    let got = (end.1 - first.1) as f64 / took;
    let came = f64::from(desk.webcam.sent() - sent) / took;
    println!(
        "{}: {wanted}: {got:.1}/s, {came:.1}/s sent, {dropped} dropped, {lost} lost",
        way.name()
    );
    let between: Vec<_> = times
        .windows(2)
        .map(|two| two[1].0.since(two[0].0))
        .collect();
    notes.phase(
        &format!("frame {}x{}", wanted.width, wanted.height),
        &between,
    );
    // A guest without the help of a processor may be too slow to send as many as it should.
    match got > 0.9 * f64::from(wanted.frames_per_second).min(came) {
        true => Ok(()),
        false => Err(format!("{got:.1} frames a second in {wanted}").into()),
    }
}

/// The number of a frame that is what was sent.
fn check(frame: &Frame, desk: &Desk, mode: &Mode) -> Result<u32, Failed> {
    let data = frame.view().data();
    let number = number_of(mode.format, data).ok_or("a frame without its number")?;
    let sent = desk.webcam.frame(mode, number);
    match data == sent {
        true => Ok(number),
        false => {
            let at = data.iter().zip(&sent).position(|(got, sent)| got != sent);
            let (got, sent) = (data.len(), sent.len());
            Err(format!("frame {number}: {got} bytes of {sent}, other ones from {at:?}").into())
        }
    }
}

/// Whatever a camera sends: typed errors in bounded time, no panic, and frames once it sends them.
fn survives(way: Way, lie: Lie, format: PixelFormat) -> Verdict {
    let desk = Desk::with("webcam", way)?;
    // Small ones: what is whole is found out by reading every pixel.
    let wanted = FrameMode::new(format, 320, 240, 30);
    let mut stream = desk.start(&wanted)?;
    stream.next_frame(&desk.ample())?;
    desk.webcam.lie(Some(lie));
    let (mut whole, mut broken, mut errors) = (0, 0, Vec::new());
    let spell = desk.within(Duration::from_millis(700));
    while spell.check().is_ok() {
        let limit = Duration::from_millis(500);
        let begun = desk.clock.now();
        match stream.next_frame(&desk.within(limit)) {
            Ok(frame) if frame.view().to_rgb8().is_ok() => whole += 1,
            Ok(_) => broken += 1,
            Err(error) => errors.push(error.kind()),
        }
        let took = desk.clock.now().since(begun);
        if took > limit + Duration::from_millis(1500) {
            return Err(format!("next_frame took {took:?}").into());
        }
    }
    errors.dedup();
    println!(
        "{}: {lie:?} in {format:?}: {whole} whole, {broken} broken, {errors:?}",
        way.name()
    );
    let typed = |kind: &ErrorKind| matches!(kind, ErrorKind::TimedOut | ErrorKind::Protocol);
    if !errors.iter().all(typed) {
        return Err(format!("{errors:?}").into());
    }
    // Marked by the kernel: the driver that sees the mark lets none through.
    if way == Way::V4l2 && format == PixelFormat::Yuyv && broken > 0 {
        return Err("frames that the kernel marked were given".into());
    }
    desk.webcam.lie(None);
    recovers(&desk, &mut *stream)
}

/// Within a while frames are whole again.
fn recovers(desk: &Desk, stream: &mut dyn FrameStream) -> Verdict {
    let wait = desk.ample();
    for _ in 0..60 {
        if let Ok(frame) = stream.next_frame(&wait)
            && frame.view().to_rgb8().is_ok()
        {
            return Ok(());
        }
    }
    Err("no whole frame after the camera sends them again".into())
}

/// The kernel gives a camera to one handle at a time; the drivers are two programs to it.
fn busy() -> Verdict {
    let desk = Desk::with("webcam", Way::V4l2)?;
    let mode = FrameMode::new(PixelFormat::Mjpeg, 640, 480, 30);
    let mut cameras: Vec<(Way, Box<dyn Camera>)> = Vec::new();
    for way in WAYS {
        cameras.push((way, way.context(&desk.clock).cameras()?.swap_remove(0)));
    }
    for running in [0, 1] {
        let mut stream = cameras[running].1.start(&mode, &desk.ample())?;
        stream.next_frame(&desk.ample())?;
        let (way, other) = &mut cameras[1 - running];
        let kind = other.start(&mode, &desk.ample()).map(drop).err();
        if kind.as_ref().map(myna_hal::Error::kind) != Some(ErrorKind::Busy) {
            return Err(format!("{} while another program runs it: {kind:?}", way.name()).into());
        }
        stream.next_frame(&desk.ample())?;
    }
    Ok(())
}
