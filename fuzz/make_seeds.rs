//! Writes the seeds of the fuzz targets anew, into the folder `seeds` beside this file: genuine
//! files and dialogues of the virtual card, and what hostile cards are known to send. To be run
//! when the virtual card changes (`cargo run -p myna-hal-fuzz --example make_seeds`).

#[path = "make_seeds/readers.rs"]
mod readers;
mod targets;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io, io::Write as _};

use myna_hal::apdu::{Atr, CommandApdu, ResponseApdu};
use myna_hal::card::{CardConnection, CardReader, ControlCode, Disposition, Protocol, ShareMode};
use myna_hal::device::DeviceInfo;
use myna_hal::exchange::{Knowledge, KnowledgeStore};
use myna_hal::imaging::decode_mjpeg;
use myna_hal::layer::{Lines, Record};
use myna_hal::sim::firmware::PinPadProduct;
use myna_hal::sim::{Keypad, PinPadFirmware, VirtualContext};
use myna_hal::{Result, Wait};

use targets::dialogue::DIALOGUES;
use targets::world::{World, connect, world};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut written = 0;
    for (target, name, bytes) in seeds(world()) {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)?;
        written += 1;
    }
    writeln!(
        io::stderr(),
        "{written} seeds written to {}",
        folder.display()
    )
}

/// Target, name and bytes of every seed. What begins with `good-` must be taken, everything else
/// refused.
fn seeds(world: &World) -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, bytes: &[u8]| {
        seeds.push((target, name.to_owned(), bytes.to_vec()));
    };
    add("atr", "good-contactless", &world.card.atr());
    add(
        "atr",
        "good-contact",
        &[0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14],
    );
    add("atr", "bad-empty", &[]);
    add("atr", "bad-promises-more", &[0x3B, 0xFF]);

    add("apdu", "good-ok", &[0x90, 0x00]);
    add("apdu", "good-tries-left", &[0x63, 0xC2]);
    add("apdu", "good-more-waits", &[0x61, 0x00]);
    add("apdu", "good-wrong-le", &[0x6C, 0x10]);
    add(
        "apdu",
        "good-extended-read",
        &[0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00],
    );
    add(
        "apdu",
        "good-verify",
        &[0x00, 0x20, 0x00, 0x98, 4, 1, 2, 3, 4],
    );
    add("apdu", "bad-no-status", &[0x90]);

    add(
        "tlv",
        "good-constructed",
        &[0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07],
    );
    add("tlv", "good-record", &world.face_record);
    add("tlv", "bad-indefinite", &[0x30, 0x80, 0x00, 0x00]);
    add(
        "tlv",
        "bad-length-of-four-gigabytes",
        &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
    );
    add(
        "tlv",
        "bad-endless-tag",
        &[0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    );

    for (target, good) in [
        ("certificate", &world.certificate),
        ("cv_certificate", &world.issuer_certificate),
        ("face_record", &world.face_record),
    ] {
        add(target, "good-genuine", good);
        add(target, "bad-cut", &good[..good.len() / 2]);
        let mut long = good.clone();
        long[2] = 0xFF;
        add(target, "bad-length", &long);
    }
    add("portrait", "good-chip", world.card.portrait());
    add("portrait", "bad-cut", &world.card.portrait()[..40]);
    let jpeg = camera_frame();
    add("mjpeg", "good-whole", &jpeg);
    add("mjpeg", "good-longer", &[&jpeg[..], &jpeg[..99]].concat());
    add("mjpeg", "bad-cut", &jpeg[..jpeg.len() / 2]);
    let ended = [&jpeg[..jpeg.len() / 2], &[0xFF, 0xD9]].concat();
    add("mjpeg", "bad-cut-and-ended", &ended);
    // Format, width, height, stride; the last row without its padding.
    for (name, head, length) in [
        ("good-yuyv", [0, 0, 3, 0, 3, 0, 10], 28),
        ("good-nv12", [1, 0, 3, 0, 3, 0, 6], 28),
        ("good-grey", [2, 0, 5, 0, 2, 0, 5], 10),
        ("good-rgb", [3, 0, 4, 0, 4, 0, 12], 48),
        ("bad-short", [0, 0, 4, 0, 4, 0, 8], 31),
        ("bad-stride", [1, 0, 5, 0, 4, 0, 5], 99),
        ("bad-empty", [2, 0, 0, 0, 4, 0, 0], 9),
        ("bad-huge", [3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 9),
    ] {
        add("frame", name, &[&head[..], &vec![0x77; length]].concat());
    }
    for (name, frames) in camera_streams(&jpeg) {
        add("camera", name, &frames);
    }
    add("trust", "good-virtual", world.card.trust_pem().as_bytes());
    add("trust", "bad-no-block", b"-----BEGIN CERTIFICATE-----\n");

    let list = [
        0x06, 4, 0x42, 0x33, 0, 6, 0x07, 4, 0x42, 0x33, 0, 7, 0x12, 4, 0x42, 0x33, 0, 0x12,
    ];
    add("part10", "good-features", &list);
    add(
        "part10",
        "good-properties",
        &[6, 1, 4, 7, 1, 12, 2, 1, 7, 11, 2, 0x4C, 0x08, 12, 2, 1, 0],
    );
    add("part10", "bad-cut", &list[..5]);
    add("part10", "bad-status", &[0x64, 0x01]);

    let answer = [0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x90, 0x00];
    add("ccid", "good-answer", &answer);
    add(
        "ccid",
        "good-more-time",
        &[0x80, 0, 0, 0, 0, 0, 7, 0x80, 1, 0],
    );
    add(
        "ccid",
        "good-mute",
        &[0x80, 0, 0, 0, 0, 0, 7, 0x41, 0xFE, 0],
    );
    add("ccid", "bad-notification", &[0x50, 0x03]);
    add("ccid", "bad-cut", &answer[..11]);
    add(
        "ccid",
        "bad-length",
        &[0x80, 255, 255, 255, 255, 0, 7, 0, 0, 0],
    );
    add("ccid", "bad-status", &[0x80, 0, 0, 0, 0, 0, 7, 0xC3, 0, 0]);
    add("t1", "good-information", &[0, 0x40, 2, 0x90, 0x00, 0xD2]);
    add("t1", "good-more-time", &[0, 0xC3, 1, 1, 0xC3]);
    add("t1", "bad-check", &[0, 0x40, 2, 0x90, 0x00, 0xD3]);
    add("t1", "bad-length", &[0, 0x40, 3, 0x90, 0x00, 0xD3]);
    add("t1", "bad-cut", &[0, 0x40]);

    for (name, said) in readers::readers() {
        add("driver", name, &said);
    }
    for (name, configuration) in readers::configurations() {
        add("usb", name, &configuration);
    }
    let selected = [1, 0xA2, 3, 0x03, 0x90, 0x00];
    add("iso_dep", "good-selected", &selected);
    add(
        "iso_dep",
        "good-lost-and-slow",
        &[
            255, 1, 0xA3, 1, 0xA2, 2, 0xF2, 1, 255, 2, 0xF2, 59, 2, 0x13, 0x90, 255, 2, 0x02, 0x00,
        ],
    );
    add("iso_dep", "bad-cut", &selected[..3]);
    add("iso_dep", "bad-number", &[1, 0xA2, 3, 0x02, 0x90, 0x00]);
    add("iso_dep", "bad-endless", &[2, 0xF2, 1].repeat(1100));
    add("iso_dep", "bad-time", &[1, 0xA2, 2, 0xF2, 0]);
    let heard = [
        0, 0, 0xFF, 0xFF, 0xFF, 10, 0, 0xF6, 0xD7, 5, 0, 0, 0, 0, 8, 0x02, 0x90, 0x00, 0x8A, 0,
    ];
    add("port100", "good-heard", &heard);
    add("port100", "good-acknowledged", &[0, 0, 0xFF, 0, 0xFF, 0]);
    add("port100", "bad-cut", &heard[..14]);
    add(
        "port100",
        "bad-atqb",
        &[0x50, 1, 2, 3, 4, 0, 0, 5, 0xE0, 0xB3, 0x81, 0xA1],
    );
    let mut check = heard;
    check[18] ^= 1;
    add("port100", "bad-check", &check);

    let tape = recorded(world);
    add("recording", "good-screening", tape.as_bytes());
    let (head, _) = tape.split_at(tape.len() / 2);
    add(
        "recording",
        "bad-cut",
        format!("{head}\nwhat is this").as_bytes(),
    );
    add("recording", "bad-heading", b"another file\n");

    let mut store = KnowledgeStore::new();
    let atr = Atr::parse(&world.card.atr()).expect("its own");
    store.learn("Front desk 1", &atr, Knowledge::everything_works());
    add("knowledge", "good-one-card", store.to_text().as_bytes());
    add("knowledge", "bad-version", b"myna-hal card knowledge 2\n");
    add(
        "knowledge",
        "bad-line",
        b"myna-hal card knowledge 1\nname\t3B\textended=perhaps\n",
    );

    for (name, dimensions, count, values) in [
        ("good-two", 1, 1, [1.0, 2.0, -3.0, 0.5]),
        ("good-copies", 1, 2, [0.6, 0.8, 0.6, 0.8]),
        (
            "good-extremes",
            1,
            63,
            [f32::MAX, f32::MIN_POSITIVE, -1e30, 1e-30],
        ),
        ("bad-no-number", 1, 1, [1.0, f32::NAN, 1.0, 1.0]),
        ("bad-infinite", 1, 1, [1.0, 1.0, f32::INFINITY, 1.0]),
        ("bad-zeros", 1, 1, [0.0, -0.0, 1.0, 1.0]),
        ("bad-denormal", 1, 1, [1e-45, 0.0, 1.0, 1.0]),
        ("bad-one-vector", 1, 1, [1.0; 4]),
    ] {
        let used = if name == "bad-one-vector" { 2 } else { 4 };
        let values = values[..used].iter().flat_map(|v: &f32| v.to_le_bytes());
        let seed: Vec<u8> = [dimensions, count].into_iter().chain(values).collect();
        add("comparison", name, &seed);
    }
    // As many vectors of 64 values and a little more as fill what the loops take at once.
    for (name, dimensions, size) in [("good-blocks", 4, 64), ("good-tails", 5, 65)] {
        let values = (0..24 * size).map(|i: u32| (i * i % 97) as f32 - 48.5);
        let values = values.flat_map(f32::to_le_bytes);
        let seed: Vec<u8> = [dimensions, 5].into_iter().chain(values).collect();
        add("comparison", name, &seed);
    }

    for which in 0..DIALOGUES.len() {
        let script = script(world, which);
        add("dialogue", &format!("good-{which}"), &script);
        add(
            "dialogue",
            &format!("bad-cut-{which}"),
            &script[..script.len() - 1],
        );
    }
    seeds
}

/// A frame as a motion JPEG camera sends it.
fn camera_frame() -> Vec<u8> {
    let pixels: Vec<u8> = (0..48 * 32 * 3).map(|at| (at * 7 % 251) as u8).collect();
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode(&pixels, 48, 32, image::ExtendedColorType::Rgb8)
        .expect("into memory");
    bytes
}

/// The answers of the virtual card in dialogue number `which`, as the target reads them.
fn script(world: &World, which: usize) -> Vec<u8> {
    let heard = Arc::default();
    let keys = Keypad::new("keys");
    keys.types("1234");
    let pad = PinPadFirmware::new(PinPadProduct::GEMPC_PINPAD, keys);
    let mut card = Listening {
        card: connect(&world.card, &world.clock, Some(pad)),
        heard: Arc::clone(&heard),
    };
    let mut client = world.client();
    DIALOGUES[which](world, &mut client, &mut card).expect("a genuine card");
    let mut script = vec![which as u8];
    script.extend(heard.lock().unwrap_or_else(PoisonError::into_inner).iter());
    script
}

fn push(script: &mut Vec<u8>, answer: &[u8]) {
    script.extend_from_slice(&(answer.len() as u16).to_be_bytes());
    script.extend_from_slice(answer);
}

/// Streams of a camera: format, width, height, stride and length of each frame, then its bytes.
fn camera_streams(jpeg: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let frame = |format: u8, [width, height, stride]: [u16; 3], pixels: &[u8]| {
        let mut frame = vec![format];
        for number in [width, height, stride, pixels.len() as u16] {
            frame.extend_from_slice(&number.to_be_bytes());
        }
        frame.extend_from_slice(pixels);
        frame
    };
    let picture = decode_mjpeg(jpeg).expect("whole");
    let size = [picture.width() as u16, picture.height() as u16, 0];
    let (yuyv, grey) = (
        frame(0, [4, 2, 8], &[0x77; 16]),
        frame(2, [5, 2, 5], &[0x77; 10]),
    );
    let rgb = frame(3, [4, 2, 12], &[0x77; 24]);
    let compressed = frame(9, size, jpeg);
    let cut = frame(9, size, &jpeg[..jpeg.len() / 2]);
    vec![
        ("good-yuyv-and-grey", [&yuyv[..], &grey, &yuyv].concat()),
        ("good-rgb-and-jpeg", [&rgb[..], &compressed].concat()),
        (
            "bad-one-byte-short",
            [&yuyv[..], &frame(0, [4, 2, 8], &[0x77; 15])].concat(),
        ),
        ("bad-grey-as-yuyv", frame(0, [5, 2, 5], &[0x77; 10])),
        ("bad-jpeg-of-another-size", frame(9, [640, 480, 0], jpeg)),
        (
            "bad-jpeg-cut-after-a-whole-one",
            [&compressed[..], &cut].concat(),
        ),
        ("bad-nothing", frame(1, [4, 2, 4], &[])),
        ("bad-cut-head", yuyv[..5].to_vec()),
    ]
}

/// The recording of a reading of everything that needs no PIN.
fn recorded(world: &World) -> String {
    let tape = Lines::new(1000);
    let reader = VirtualContext::new(world.clock.clone()).add_reader("fuzz");
    reader.insert(&world.card);
    let mut reader = Record::reader(reader, tape.sink(), world.clock.clone());
    let wait = world.wait();
    let mut card = reader
        .connect(ShareMode::Shared, &wait)
        .expect("a card is in it");
    world.client().screen(&mut *card, &wait).expect("genuine");
    drop(card);
    tape.text()
}

/// Writes down what a card answers, each answer behind its length.
struct Listening {
    card: Box<dyn CardConnection>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl CardConnection for Listening {
    fn reader(&self) -> &DeviceInfo {
        self.card.reader()
    }

    fn atr(&self) -> &Atr {
        self.card.atr()
    }

    fn protocol(&self) -> Protocol {
        self.card.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let response = self.card.transmit(command, wait)?;
        let bytes = response.as_bytes();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        push(&mut heard, bytes);
        Ok(response)
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let answer = self.card.control(code, input, wait)?;
        push(
            &mut self.heard.lock().unwrap_or_else(PoisonError::into_inner),
            &answer,
        );
        Ok(answer)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.card.begin_transaction(wait)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        self.card.end_transaction(disposition)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        self.card.reconnect(disposition, wait)
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        self.card.disconnect(disposition)
    }
}
