//! READ BINARY, READ RECORD, GET DATA, and how answers may differ.

use super::*;

#[test]
fn the_certificate_in_short_reads_and_in_one() {
    let card = plain();
    send(&card, JPKI);
    let (whole, status) = send(&card, "00B08A00 000000");
    assert_eq!((whole.len(), status), (1900, 0x9000));
    let der = card.auth_certificate();
    assert_eq!(&whole[..der.len()], der);
    assert!(whole[der.len()..].iter().all(|byte| *byte == 0));

    let mut parts = send(&card, "00B08A00 00").0;
    while parts.len() < 1900 {
        let at = parts.len();
        // By offset in the file that the first read made current.
        let part = send(&card, &format!("00B0{at:04x} 00"));
        assert_eq!(part.1, 0x9000);
        parts.extend(part.0);
    }
    assert_eq!(parts, whole);
}

#[test]
fn the_end_of_a_file() {
    let card = plain();
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00A4020C02000A", 0x9000),
            ("00B0076C 01", 0x6b00),
            ("00B0076B 01", 0x9000),
        ],
    );
    // What is there, no more.
    assert_eq!(send(&card, "00B0076A 00"), (vec![0, 0], 0x9000));
    assert_eq!(send(&card, "00B08602 00").0.len(), 158);
    assert_eq!(status(&card, "00B086A0 01"), 0x6b00);
}

#[test]
fn physical_sizes() {
    let card = plain();
    let sizes = |application: &str, verify: &str, ids: &[u8]| -> Vec<usize> {
        send(&card, application);
        assert_eq!(status(&card, verify), 0x9000);
        ids.iter()
            .map(|id| {
                send(&card, &format!("00B0{:02x}00 000000", 0x80 | id))
                    .0
                    .len()
            })
            .collect()
    };
    assert_eq!(
        sizes(JPKI, "0020009B 06 414243313233", &[1, 2, 6, 8, 10, 11]),
        [1900, 1900, 160, 3, 1900, 1900]
    );
    assert_eq!(
        sizes(TEXT, "00200091 04 31323334", &[1, 3, 4, 5, 6, 7, 8]),
        [17, 336, 568, 256, 269, 536, 16]
    );
    let code = super::access::code_b(&card, 0x12);
    assert_eq!(sizes(SURFACE, &code, &[3, 4, 6]), [320, 568, 16]);
    // The face record is longer than its content, and filled up with FF.
    let face = send(&card, "00B08200 000000").0;
    let content = 5 + usize::from(u16::from_be_bytes([face[3], face[4]]));
    assert_eq!(face.len(), content + 64);
    assert!(face[content..].iter().all(|byte| *byte == 0xff));
    let portrait = face
        .windows(card.portrait().len())
        .any(|window| window == card.portrait());
    assert!(portrait);
}

#[test]
fn reads_that_make_no_sense() {
    let card = plain();
    dialogue(
        &card,
        &[
            ("00B00000 01", 0x6986),
            (JPKI, 0x9000),
            ("00B00000 01", 0x6986),
            ("00B00000", 0x6700),
            ("00B08A00 01 41", 0x6700),
            ("00B09700 01", 0x6981),
            ("00B09800 01", 0x6981),
            ("00B08300 01", 0x6a82),
            ("00B0FF00 01", 0x6a86),
            (COMMON, 0x9000),
            ("00B08100 01", 0x6981),
        ],
    );
}

#[test]
fn records() {
    let card = plain();
    send(&card, COMMON);
    let (record, status_word) = send(&card, "00B2010C 00");
    assert_eq!(status_word, 0x9000);
    assert_eq!(record[..2], [0x01, 0x1c]);
    assert_eq!(&record[2..], b"7000000000000019999920360510");
    assert_eq!(send(&card, "00B20104 00").0, record);
    assert_eq!(send(&card, "00B20105 00").0, record);
    dialogue(
        &card,
        &[
            ("00B2020C 00", 0x6a83),
            ("00B2000C 00", 0x6a83),
            ("00B20108 00", 0x6a86),
            ("00B2011C 00", 0x6a82),
            ("00B2010C", 0x6700),
        ],
    );
    let reference = send(&card, "00B20114 00").0;
    send(&card, RESIDENT);
    assert_eq!(send(&card, "00B20114 00").0, reference);
    assert_eq!(reference.len(), 18);
    send(&card, JPKI);
    assert_eq!(status(&card, "00B20154 00"), 0x6981);
}

#[test]
fn objects_of_the_card_manager() {
    let card = plain();
    assert_eq!(send(&card, "00CA00F0 00").0, b"99999");
    assert_eq!(send(&card, "00CA00F2 00").0, b"20360510");
    assert_eq!(send(&card, "00CA0042 00").0.len(), 16);
    dialogue(
        &card,
        &[
            ("00CA00F1 00", 0x6a88),
            ("00CA00F8 00", 0x6700),
            ("00CA7F21 00", 0x6700),
        ],
    );
    assert_eq!(send(&card, "00CA00F8 000000").0.len(), 575);
    // The answer to reset without its first byte.
    assert_eq!(send(&card, "00CA5F51 00").0, card.reset()[1..]);
    dialogue(&card, &[(JPKI, 0x9000), ("00CA00F0 00", 0x6a88)]);
}

#[test]
fn answers_of_256_bytes_can_be_refused() {
    let card = quirky(|quirks| quirks.refuses_answers_of = Some(256));
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08A00 00", 0x6700),
            ("00B08A00 FF", 0x9000),
            ("00B08600 00", 0x9000),
            ("00B08A00 000000", 0x9000),
            (PIN, 0x9000),
            ("802A0097 01 41 00", 0x9000),
        ],
    );
}

#[test]
fn shorter_answers_can_be_refused_too() {
    let card = quirky(|quirks| quirks.refuses_answers_of = Some(200));
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08A00 E0", 0x6700),
            ("00B08A00 80", 0x9000),
            ("00B08600 00", 0x9000),
        ],
    );
}

#[test]
fn files_are_filled_up_in_different_ways() {
    let length = |file: &[u8]| 4 + usize::from(u16::from_be_bytes([file[2], file[3]]));
    for (padding, filling) in [
        (Padding::AsObserved, Some(0x00)),
        (Padding::Zeros, Some(0x00)),
        (Padding::Ones, Some(0xff)),
        (Padding::Absent, None),
    ] {
        let card = quirky(|quirks| quirks.padding = padding);
        send(&card, JPKI);
        let file = send(&card, "00B08A00 000000").0;
        let content = length(&file);
        let physical = filling.map_or(content, |_| 1900);
        assert_eq!(file.len(), physical, "{padding:?}");
        let filled = |byte: &u8| Some(*byte) == filling;
        assert!(file[content..].iter().all(filled), "{padding:?}");

        send(&card, SURFACE);
        assert_eq!(status(&card, &super::access::code_b(&card, 0x12)), 0x9000);
        let face = send(&card, "00B08200 000000").0;
        let content = 5 + usize::from(u16::from_be_bytes([face[3], face[4]]));
        let filling = match padding {
            Padding::AsObserved => Some(0xff),
            _ => filling,
        };
        let physical = filling.map_or(content, |_| content + 64);
        assert_eq!(face.len(), physical, "{padding:?}");
        let filled = |byte: &u8| Some(*byte) == filling;
        assert!(face[content..].iter().all(filled), "{padding:?}");
    }
}

#[test]
fn the_issuer_can_write_another_certificate() {
    let card = plain();
    card.rewrite_certificate(&[0x30, 0x02, 0x05, 0x00]);
    send(&card, JPKI);
    let file = send(&card, "00B08A00 000000").0;
    assert_eq!(file.len(), 1900);
    assert_eq!(file[..6], [0x30, 0x02, 0x05, 0x00, 0x00, 0x00]);
}

#[test]
fn a_card_can_want_the_pin_before_the_certificate() {
    let card = quirky(|quirks| quirks.certificate_wants_pin = true);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08A00 00", 0x6982),
            (PIN, 0x9000),
            ("00B08A00 00", 0x9000),
        ],
    );
    assert!(send(&card, "00B08600 20").0.starts_with(b"JPKIAPICCTOKEN2"));
}

#[test]
fn a_wrong_le_can_be_corrected_with_6c() {
    let card = quirky(|quirks| quirks.corrects_le = true);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00B08600 00", 0x6ca0),
            ("00B08600 A0", 0x9000),
            ("00B08A00 000000", 0x6700),
            ("00B08A00 00076C", 0x9000),
        ],
    );
}

#[test]
fn the_end_of_a_file_can_be_a_warning() {
    let card = quirky(|quirks| quirks.warns_at_end = true);
    send(&card, JPKI);
    let (data, status_word) = send(&card, "00B08600 00");
    assert_eq!((data.len(), status_word), (160, 0x6282));
    assert_eq!(send(&card, "00B08600 A0").1, 0x9000);
}

#[test]
fn answers_can_wait_for_get_response() {
    let card = quirky(|quirks| quirks.holds_responses = true);
    dialogue(
        &card,
        &[
            (JPKI, 0x9000),
            ("00C00000 00", 0x6985),
            (PIN, 0x9000),
            ("802A0097 01 41 00", 0x6100),
            ("00C00000 00", 0x9000),
            ("802A0097 01 41 00", 0x6100),
        ],
    );
    let (half, status_word) = send(&card, "00C00000 80");
    assert_eq!((half.len(), status_word), (128, 0x6180));
    assert_eq!(send(&card, "00C00000 80").0.len(), 128);
    // Another command in between, and the answer is lost.
    dialogue(
        &card,
        &[
            ("802A0097 01 41 00", 0x6100),
            ("00200098", 0x63c3),
            ("00C00000 00", 0x6985),
        ],
    );
}

#[test]
fn a_child_has_no_signature_certificate() {
    let card = card(Profile {
        sign_certificate: false,
        ..Profile::default()
    });
    send(&card, JPKI);
    assert_eq!(send(&card, "00B08800 03").0, [0x00, 0x8f, 0x00]);
    let card = plain();
    send(&card, JPKI);
    assert_eq!(send(&card, "00B08800 03").0, [0x8f, 0x8f, 0x00]);
}

#[test]
fn every_byte_of_the_largest_portrait_can_be_read() {
    let card = card(Profile {
        portrait: vec![0x5a; MAX_PORTRAIT + 1],
        extended: false,
        ..Profile::default()
    });
    dialogue(
        &card,
        &[
            (SURFACE, 0x9000),
            (&super::access::code_b(&card, 0x12), 0x9000),
            ("00A4020C020002", 0x9000),
        ],
    );
    let mut file = Vec::new();
    loop {
        let (part, status) = send(&card, &format!("00B0{:04x} 00", file.len()));
        if status == 0x6b00 {
            break;
        }
        file.extend(part);
    }
    let content = 5 + usize::from(u16::from_be_bytes([file[3], file[4]]));
    assert_eq!(file.len(), content + 64);
    assert!(content > MAX_PORTRAIT);
}
