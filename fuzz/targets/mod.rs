//! What the fuzzer runs, one function per kind of bytes that come from outside.
//!
//! The same functions run over the seeds in an ordinary test of the library (`tests/seeds.rs`),
//! which is why they say whether they took the input.

// Each fuzz target is a program of its own and uses one of these.
#![allow(dead_code)]

pub(crate) mod camera;
pub(crate) mod comparison;
pub(crate) mod dialogue;
#[cfg(feature = "ccid")]
pub(crate) mod driver;
#[cfg(feature = "port100")]
pub(crate) mod port100;
#[cfg(feature = "ccid")]
pub(crate) mod readers;
pub(crate) mod world;

use myna_hal::apdu::{Atr, CommandApdu, ResponseApdu, tlv};
use myna_hal::exchange::KnowledgeStore;
use myna_hal::imaging::{
    Image, ImageView, PixelFormat, decode_jpeg2000, decode_jpeg2000_lax, decode_mjpeg, mjpeg_length,
};
use myna_hal::layer::{Recording, Replay};
use myna_hal::myna::{CvCertificate, TrustStore, UnverifiedFaceRecord, UserCertificate};
use myna_hal::pin::reader::{Features, PadAnswer, PadProfile, PadProperties};
use zeroize::Zeroizing;

pub(crate) use camera::camera;
pub(crate) use comparison::comparison;
pub(crate) use dialogue::dialogue;
use world::world;

/// Whether an input was taken for what it claims to be.
pub(crate) type Taken = bool;

/// A target: never panics, hangs or allocates without bound, whatever it is given.
pub(crate) type Target = fn(&[u8]) -> Taken;

/// Every target by the name of its program and of its folder of seeds.
pub(crate) const ALL: [(&str, Target); 16] = [
    ("atr", atr),
    ("apdu", apdu),
    ("tlv", self::tlv),
    ("certificate", certificate),
    ("cv_certificate", cv_certificate),
    ("face_record", face_record),
    ("portrait", portrait),
    ("mjpeg", mjpeg),
    ("frame", frame),
    ("camera", camera),
    ("trust", trust),
    ("part10", part10),
    ("recording", recording),
    ("knowledge", knowledge),
    ("dialogue", dialogue),
    ("comparison", comparison),
];

/// An answer to reset.
pub(crate) fn atr(data: &[u8]) -> Taken {
    let Ok(atr) = Atr::parse(data) else {
        return false;
    };
    assert_eq!(atr.as_bytes(), data);
    let _ = (atr.historical_bytes(), atr.card_services());
    // Only the last group announces no other one.
    let groups: Vec<_> = atr.interface_bytes().collect();
    assert!(groups.len() <= data.len());
    let (last, others) = groups.split_last().expect("T0 announces the first");
    assert!(last.td.is_none() && others.iter().all(|group| group.td.is_some()));
    true
}

/// A response APDU, and the same bytes as a command APDU.
pub(crate) fn apdu(data: &[u8]) -> Taken {
    if let Ok(command) = CommandApdu::parse(data) {
        // What is read as a command is written as the same command.
        assert_eq!(command.as_bytes(), data);
        assert!(command.data().len() <= data.len());
    }
    let Ok(response) = ResponseApdu::new(data.to_vec()) else {
        assert!(data.len() < 2);
        return false;
    };
    assert_eq!(response.data().len() + 2, data.len());
    let _ = (
        response.status().retries_left(),
        response.status().to_string(),
    );
    true
}

/// BER-TLV data objects.
pub(crate) fn tlv(data: &[u8]) -> Taken {
    let mut whole = 0;
    for object in tlv::iter(data) {
        let Ok(object) = object else { return false };
        assert!(object.value.len() < object.object.len());
        whole += object.object.len();
        assert_eq!(tlv::expect(object.object, object.tag), Ok(object));
    }
    assert!(whole <= data.len());
    whole == data.len()
}

/// The user-authentication certificate of a card.
pub(crate) fn certificate(data: &[u8]) -> Taken {
    let world = world();
    let Ok(certificate) = UserCertificate::check(data, &world.trust) else {
        return false;
    };
    // The issuer signs nobody else: another certificate that is taken is a forgery.
    assert_eq!(certificate.der(), world.certificate);
    let _ = certificate.validity(world.clock.utc());
    assert!(!certificate.verifies(data, data));
    true
}

/// The card-verifiable certificate that the issuer of a face record has.
pub(crate) fn cv_certificate(data: &[u8]) -> Taken {
    CvCertificate::check(data, &world().trust).is_ok()
}

/// The face record.
pub(crate) fn face_record(data: &[u8]) -> Taken {
    let world = world();
    let record = UnverifiedFaceRecord::new(Zeroizing::new(data.to_vec()));
    let Ok(record) = record.verify(&world.issuer) else {
        return false;
    };
    assert_eq!(record.portrait().jpeg2000(), world.card.portrait());
    let _ = (record.birth(), record.stated_expiry());
    true
}

/// A portrait: JPEG 2000 from a chip, or from whoever forged one.
pub(crate) fn portrait(data: &[u8]) -> Taken {
    let strict = decode_jpeg2000(data);
    let lax = decode_jpeg2000_lax(data);
    assert!(strict.is_err() || lax.is_ok());
    strict.is_ok()
}

/// A frame of a motion JPEG camera.
pub(crate) fn mjpeg(data: &[u8]) -> Taken {
    if let Some(length) = mjpeg_length(data) {
        assert!(data[..length].ends_with(&[0xFF, 0xD9]));
        assert_eq!(mjpeg_length(&data[..length]), Some(length));
    }
    let Ok(image) = decode_mjpeg(data) else {
        return false;
    };
    // What was taken is taken the same with a frame and rubbish behind it.
    if data.ends_with(&[0xFF, 0xD9]) {
        let longer = [data, data, &[0x55; 9]].concat();
        let again = decode_mjpeg(&longer).expect("the same frame");
        assert_eq!(again.data(), image.data());
    }
    true
}

/// The format that a byte stands for.
fn format(number: u8) -> PixelFormat {
    match number {
        0 => PixelFormat::Yuyv,
        1 => PixelFormat::Nv12,
        2 => PixelFormat::Grey8,
        3 => PixelFormat::Rgb8,
        4 => PixelFormat::Bgr8,
        _ => PixelFormat::Mjpeg,
    }
}

/// An uncompressed frame: format, width, height and stride in the first seven bytes, then pixels.
pub(crate) fn frame(data: &[u8]) -> Taken {
    let Some((head, pixels)) = data.split_first_chunk::<7>() else {
        return false;
    };
    let number = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (width, height) = (number(1).into(), number(3).into());
    let Ok(view) = ImageView::new(format(head[0]), width, height, number(5).into(), pixels) else {
        return false;
    };
    let mut rgb = Image::default();
    let mut grey = Image::default();
    let converted = view.to_rgb8_into(&mut rgb).is_ok();
    assert_eq!(view.to_grey8_into(&mut grey).is_ok(), converted);
    if converted {
        assert_eq!((rgb.width(), rgb.height()), (width, height));
        let mut other = Image::default();
        let (half, low) = (width.div_ceil(2), height.div_ceil(2));
        for image in [&rgb, &grey] {
            let view = image.view();
            view.resize_into(half, low, &mut other).expect("smaller");
            view.resize_into(33, 7, &mut other).expect("small");
            view.crop_into(width / 2, height / 2, half, low, &mut other)
                .expect("inside");
        }
    }
    converted
}

/// A file of trust anchors.
pub(crate) fn trust(data: &[u8]) -> Taken {
    std::str::from_utf8(data).is_ok_and(|text| TrustStore::from_pem(text).is_ok())
}

/// What a reader with keys answers to control codes (PC/SC part 10).
pub(crate) fn part10(data: &[u8]) -> Taken {
    let features = Features::parse(data);
    let properties = PadProperties::parse_tlv(data).or(PadProperties::parse_structure(data));
    let _ = PadProfile::of(&properties, &String::from_utf8_lossy(data));
    let _ = PadAnswer::parse(data);
    features != Features::default() || PadProperties::parse_tlv(data) != PadProperties::default()
}

/// A recording of what went over a connection, and its replay.
pub(crate) fn recording(data: &[u8]) -> Taken {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let Ok(recording) = Recording::parse(text) else {
        return false;
    };
    let world = world();
    let replay = Replay::new(recording, world.clock.clone()).at_once();
    if let Ok(mut card) = replay.connection(&world.wait()) {
        let _ = world.client().screen(&mut *card, &world.wait());
    }
    let _ = replay.verdict();
    true
}

/// The file of what was learned about cards.
pub(crate) fn knowledge(data: &[u8]) -> Taken {
    let Ok((store, ignored)) = KnowledgeStore::parse(data) else {
        return false;
    };
    // What was read is written the same.
    let text = store.to_text();
    let again = KnowledgeStore::parse(text.as_bytes()).map(|(store, _)| store.to_text());
    assert_eq!(again.as_ref(), Ok(&text));
    ignored.is_empty()
}
