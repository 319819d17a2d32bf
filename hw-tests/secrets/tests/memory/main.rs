//! Whole dialogues under the watching allocator.
//!
//! One test in one binary: the allocator watches the whole process, and two tests at a time would
//! not know whose findings they see.

mod frames;
#[path = "../../../../tests/leaks/world.rs"]
mod world;

use myna_hal::checkin::{Method, Outcome};
use myna_hal::imaging::{Image, PixelFormat};
use myna_hal::myna::{CardFaceCode, Client, Failure, PinOptions, RetryGuard};
use myna_hal::pin::{Pin, PinFormat, PinPad};
use myna_hal::sim::card::{Fault, Profile, Trigger};
use secrets::{Finding, Owner, Secret, Watch, exempt, findings, register};
use world::{Desk, Keyboard, NEW_PIN, PIN, WRONG_PIN, marker, profile};

#[global_allocator]
static WATCH: Watch = Watch;

/// No buffer that holds a PIN alone is larger, and a larger one holds any four digits by chance.
const SMALL: usize = 4_096;

/// What is left behind and cannot be helped from here; README.md tells of it.
fn is_known(finding: &Finding) -> bool {
    match finding.owner {
        // The world knows its own secrets.
        Owner::VirtualDevice => true,
        Owner::Foreign("hayro_jpeg2000") => finding.secret == "pixels as numbers",
        _ => false,
    }
}

/// The secrets of the card on the desk.
fn secrets_of(desk: &Desk) -> Vec<Secret> {
    let code = &desk.card.holder().card_face_code;
    let portrait = desk.card.portrait();
    // The signature of the file and its headers are in every such file; its body is this face.
    let body = &portrait[portrait.len() / 4..];
    let mut secrets = vec![
        Secret::new("PIN", PIN.as_bytes()).in_blocks_up_to(SMALL),
        Secret::new("new PIN", NEW_PIN.as_bytes()).in_blocks_up_to(SMALL),
        Secret::new("wrong PIN", WRONG_PIN.as_bytes()).in_blocks_up_to(SMALL),
        Secret::new("card-face code", code.as_bytes()),
    ];
    for (name, part) in [
        ("portrait, first half", &body[..body.len() / 2]),
        ("portrait, second half", &body[body.len() / 2..]),
    ] {
        secrets.push(Secret::new(name, &marker(part).expect("compressed data")));
    }
    let image = myna_hal::imaging::decode_jpeg2000(portrait).expect("ours");
    let pixels = image.data();
    let grey = marker(pixels).expect("not one colour");
    let colour: Vec<u8> = grey.iter().flat_map(|level| [*level; 3]).collect();
    secrets.push(Secret::new("pixels", &grey));
    secrets.push(Secret::samples("pixels as numbers", &grey));
    secrets.push(Secret::new("pixels as RGB", &colour));
    secrets.extend(frames::secrets());
    secrets
}

fn authenticate(desk: &Desk, client: &mut Client, pad: &mut dyn PinPad) -> Result<(), Failure> {
    let options = PinOptions::default();
    let mut connection = desk.connect();
    client
        .authenticate(&mut *connection, pad, &[7; 32], None, options, &desk.wait())
        .map(drop)
}

fn by_pin(desk: &Desk) {
    let mut client = desk.client();
    authenticate(desk, &mut client, &mut Keyboard::pad(PIN)).expect("the right PIN");
    authenticate(desk, &mut client, &mut Keyboard::pad(WRONG_PIN)).expect_err("wrong");
    exempt(|| desk.keys.types(PIN));
    authenticate(desk, &mut client, &mut desk.reader_pad()).expect("at the reader");
    // Collected and never used.
    let mut pad = Keyboard::pad(PIN);
    let prompt = Client::pin_prompt();
    let _ = pad.prepare(&prompt, &desk.wait()).expect("a keyboard");
    drop(pad);
}

fn by_pin_in_trouble(fault: Fault) {
    let desk = exempt(|| Desk::new(profile()));
    desk.card.inject(Trigger::Ins(0x20), fault);
    let mut client = desk.client();
    let _ = authenticate(&desk, &mut client, &mut Keyboard::pad(PIN));
    exempt(|| drop(desk));
}

fn changed() {
    let desk = exempt(|| Desk::new(profile()));
    let mut client = desk.client();
    let mut connection = desk.connect();
    client
        .change_pin(
            &mut *connection,
            &mut Keyboard::pad(PIN),
            RetryGuard::KEEP_LAST,
            &desk.wait(),
        )
        .expect("changed");
    drop(connection);
    exempt(|| {
        for digits in [NEW_PIN, PIN, PIN] {
            desk.keys.types(digits);
        }
    });
    let mut connection = desk.connect();
    client
        .change_pin(
            &mut *connection,
            &mut desk.reader_pad(),
            RetryGuard::KEEP_LAST,
            &desk.wait(),
        )
        .expect("changed back");
    drop(connection);
    exempt(|| drop(desk));
}

/// The portrait, from the chip to pixels.
fn by_code(profile: Profile) {
    let desk = exempt(|| Desk::new(profile));
    let mut client = desk.client();
    let code = desk.code();
    let mut connection = desk.connect();
    let nonce = Client::fresh_challenge();
    let wait = desk.wait();
    let guard = Client::CARD_FACE_GUARD;
    let proof = client.face_record(&mut *connection, &code, None, guard, &nonce, &wait);
    if let Ok(proof) = proof {
        let portrait = proof.record.into_portrait();
        let image = portrait.decode().expect("a portrait");
        assert_eq!(image.format(), PixelFormat::Grey8);
        let rgb = image.view().to_rgb8().expect("convertible");
        let same = image.view().resize(image.width(), image.height());
        drop((rgb, same, image));
        let cut = &portrait.jpeg2000()[..portrait.jpeg2000().len() * 9 / 10];
        let _ = myna_hal::imaging::decode_jpeg2000(cut);
        drop(myna_hal::imaging::decode_jpeg2000_lax(cut));
    }
    drop(connection);
    exempt(|| drop(desk));
}

/// Filters, on a picture that is the same secret from top to bottom: what they keep between rows
/// is only the last of it.
fn filtered(desk: &Desk) {
    let (row, rows) = (4, 24);
    let image = exempt(|| {
        let portrait = myna_hal::imaging::decode_jpeg2000(desk.card.portrait()).expect("ours");
        let grey = marker(portrait.data()).expect("not one colour");
        let pixels = grey.repeat(row * rows);
        Image::from_packed(PixelFormat::Grey8, 16 * row as u32, rows as u32, pixels)
            .expect("sizes agree")
    });
    let view = image.view();
    for (width, height) in [(64, 24), (64, 12), (64, 48)] {
        drop(view.resize(width, height).expect("possible"));
    }
    drop(view.crop(0, 0, 33, 7).expect("inside"));
    drop(view.pad(1, 1, [0; 3]).expect("possible"));
    let rgb = view.to_rgb8().expect("convertible");
    drop(rgb.view().to_grey8().expect("convertible"));
    drop(rgb.view().resize(64, 24).expect("possible"));
}

fn refused_input(desk: &Desk) {
    let holder = desk.card.holder();
    let code = holder.card_face_code.as_str();
    assert!(CardFaceCode::parse(&code[..13]).is_err());
    let four = PinFormat::exactly(4);
    assert!(Pin::new(code, four).is_err());
}

fn report(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let Finding {
            secret,
            owner,
            place,
            blocks,
            bytes,
        } = finding;
        format!("{owner:?}: {secret}, {blocks} blocks of {bytes} bytes in all, in {place}\n")
    };
    findings.iter().map(line).collect()
}

#[test]
fn no_buffer_of_ours_is_freed_with_a_secret_in_it() {
    let desk = exempt(|| Desk::new(profile()));
    exempt(|| register(secrets_of(&desk)));

    // The watch itself: it must see what is not wiped, and what growing leaves behind.
    drop(std::hint::black_box(PIN.as_bytes().to_vec()));
    let mut growing = Vec::with_capacity(4);
    growing.extend_from_slice(PIN.as_bytes());
    growing.reserve(std::hint::black_box(100));
    growing.fill(0);
    drop(std::hint::black_box(growing));
    let seen = findings();
    assert_eq!(
        seen.iter().map(|finding| finding.blocks).sum::<usize>(),
        2,
        "{}",
        report(&seen)
    );

    by_pin(&desk);
    refused_input(&desk);
    filtered(&desk);
    frames::seen();
    changed();
    for fault in [
        Fault::RemoveBefore,
        Fault::RemoveDuring,
        Fault::AnswerLost,
        Fault::LinkError,
        Fault::Truncate(1),
    ] {
        by_pin_in_trouble(fault);
    }
    by_code(profile());
    by_code(Profile {
        extended: false,
        ..profile()
    });
    by_code(Profile {
        tampered_portrait: true,
        ..profile()
    });
    let mut desk = desk;
    let pad = Box::new(Keyboard::pad(PIN));
    let report_by_pin = desk.session(Method::Pin, pad, &mut |_| {});
    assert_eq!(
        report_by_pin.outcome,
        Outcome::Completed,
        "{report_by_pin:#?}"
    );
    let pad = Box::new(Keyboard::pad(PIN));
    let report_by_face = desk.session(Method::Face, pad, &mut |_| {});
    assert_eq!(
        report_by_face.outcome,
        Outcome::Completed,
        "{report_by_face:#?}"
    );
    exempt(|| drop(desk));

    let found = findings();
    println!("{}", report(&found));
    let (known, left): (Vec<_>, Vec<_>) = found.into_iter().partition(is_known);
    assert!(left.is_empty(), "left behind:\n{}", report(&left));
    // If this list grew shorter, README.md is to say so.
    let codec = |finding: &Finding| matches!(finding.owner, Owner::Foreign(_));
    assert!(known.iter().any(codec), "the decoder wipes by now");
}
