//! What a frame allocates on its way to an engine, once the buffers are there: nothing of its size.
#![allow(
    unsafe_code,
    reason = "watching allocations takes a global allocator, whose trait is unsafe"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use myna_hal::imaging::{Image, ImageView, PixelFormat};

/// The system's allocator, with the largest request of each thread.
struct Largest;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn note(bytes: usize) {
    // A thread that ends allocates after its counter is gone.
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(bytes)));
}

// SAFETY: every call goes to the system's allocator as it came; noting does not allocate, because
// the counter has a constant initial value and nothing to drop.
unsafe impl GlobalAlloc for Largest {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this `layout`, by the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as for `dealloc`, and `size` is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Largest = Largest;

/// The largest block that `work` asks for on this thread, in bytes.
fn largest(work: impl FnOnce()) -> usize {
    LARGEST.set(0);
    work();
    LARGEST.get()
}

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;

/// The buffers of a frame path.
#[derive(Default)]
struct Buffers {
    rgb: Image,
    grey: Image,
    half: Image,
    other: Image,
    padded: Image,
    part: Image,
}

impl Buffers {
    fn pass(&mut self, frame: &ImageView<'_>) {
        frame.to_rgb8_into(&mut self.rgb).expect("whole");
        frame.to_grey8_into(&mut self.grey).expect("whole");
        let rgb = self.rgb.view();
        rgb.resize_into(320, 240, &mut self.half).expect("small");
        rgb.resize_into(300, 225, &mut self.other).expect("small");
        let half = self.half.view();
        half.pad_into(0, 8, [0; 3], &mut self.padded)
            .expect("small");
        rgb.crop_into(100, 50, 300, 300, &mut self.part)
            .expect("inside");
    }
}

fn jpeg() -> Vec<u8> {
    let pixels: Vec<u8> = (0..WIDTH * HEIGHT * 3)
        .map(|at| (at / 7 % 251) as u8)
        .collect();
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode(&pixels, WIDTH, HEIGHT, image::ExtendedColorType::Rgb8)
        .expect("into memory");
    bytes
}

#[test]
fn a_frame_after_the_first_allocates_nothing_of_its_size() {
    let compressed = jpeg();
    let pixels = vec![99; (WIDTH * HEIGHT * 3) as usize];
    for format in [
        PixelFormat::Yuyv,
        PixelFormat::Nv12,
        PixelFormat::Grey8,
        PixelFormat::Rgb8,
        PixelFormat::Bgr8,
        PixelFormat::Mjpeg,
    ] {
        let (stride, bytes) = match format {
            PixelFormat::Mjpeg => (0, &compressed[..]),
            _ => (format.row_bytes(WIDTH), &pixels[..]),
        };
        let view = ImageView::new(format, WIDTH, HEIGHT, stride, bytes).expect("sizes agree");
        let mut buffers = Buffers::default();
        let first = largest(|| buffers.pass(&view));
        let frame = (WIDTH * HEIGHT) as usize;
        assert!(first >= frame, "{format:?}: the watch sees nothing");
        let next = largest(|| (0..3).for_each(|_| buffers.pass(&view)));
        // A row of sums, a table of weights, and in the codec a row of blocks.
        let most = match format {
            PixelFormat::Mjpeg => frame / 8,
            _ => 16 * 1024,
        };
        println!("{format:?}: at most {next} bytes at once");
        assert!(next <= most, "{format:?}: {next} bytes");
    }
}
