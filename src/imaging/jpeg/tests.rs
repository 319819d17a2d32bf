//! Frames as cameras send them, whole and damaged.

use super::mjpeg::decode_frame;
use super::tables::TYPICAL;
use super::*;
use crate::imaging::ImageView;
use crate::imaging::hostile::{jpeg_of_noise, jpeg_sample};

/// The segments before the scan, with their markers, and the scan with everything behind it.
fn segments(bytes: &[u8]) -> (Vec<(u8, Vec<u8>)>, &[u8]) {
    let (mut found, mut at) = (Vec::new(), 2);
    loop {
        let before = at;
        let (marker, _) = header::next_segment(bytes, &mut at).expect("well-formed");
        if marker == 0xda {
            return (found, &bytes[before..]);
        }
        found.push((marker, bytes[before..at].to_vec()));
    }
}

fn assembled(segments: &[(u8, Vec<u8>)], scan: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    segments.iter().for_each(|(_, part)| bytes.extend(part));
    bytes.extend(scan);
    bytes
}

/// The frame as a camera sends it that leaves the tables out.
fn without_tables(bytes: &[u8]) -> Vec<u8> {
    let (mut found, scan) = segments(bytes);
    found.retain(|(marker, _)| *marker != 0xc4);
    assembled(&found, scan)
}

/// Grey blocks of 8x8 pixels, each of one level, with a restart marker after every `interval`.
fn blocks(levels: &[u8], columns: u16, interval: u16) -> Vec<u8> {
    let rows = levels.len() as u16 / columns;
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    bytes.extend([8; 64]);
    bytes.extend([0xff, 0xc0, 0, 11, 8]);
    bytes.extend((rows * 8).to_be_bytes());
    bytes.extend((columns * 8).to_be_bytes());
    bytes.extend([1, 1, 0x11, 0]);
    bytes.extend([0xff, 0xdd, 0, 4]);
    bytes.extend(interval.to_be_bytes());
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    // The codes of table K.3 by category; 1010 ends a block (table K.5).
    let codes = [
        "00", "010", "011", "100", "101", "110", "1110", "11110", "111110",
    ];
    let (mut bits, mut before) = (String::new(), 128i32);
    let flush = |bits: &mut String, bytes: &mut Vec<u8>| {
        while !bits.len().is_multiple_of(8) {
            bits.push('1');
        }
        for at in (0..bits.len()).step_by(8) {
            let byte = u8::from_str_radix(&bits[at..at + 8], 2).expect("bits");
            bytes.push(byte);
            if byte == 0xff {
                bytes.push(0);
            }
        }
        bits.clear();
    };
    for (number, level) in levels.iter().enumerate() {
        let number = number as u16;
        if interval != 0 && number != 0 && number.is_multiple_of(interval) {
            flush(&mut bits, &mut bytes);
            bytes.extend([0xff, 0xd0 + (number / interval - 1) as u8 % 8]);
            before = 128;
        }
        let difference = i32::from(*level) - before;
        before = i32::from(*level);
        let category = (32 - difference.unsigned_abs().leading_zeros()) as usize;
        bits.push_str(codes[category]);
        if category > 0 {
            let below = if difference < 0 {
                (1 << category) - 1
            } else {
                0
            };
            bits.push_str(&format!("{:0category$b}", difference + below));
        }
        bits.push_str("1010");
    }
    flush(&mut bits, &mut bytes);
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn is_malformed(bytes: &[u8]) -> bool {
    matches!(decode_mjpeg(bytes), Err(ImageError::Malformed { .. }))
}

#[test]
fn missing_tables_are_put_back() {
    let whole = jpeg_sample(64, 48);
    let bare = without_tables(&whole);
    assert!(bare.len() + 400 < whole.len());
    assert!(decode_jpeg(&bare).is_err(), "else the repair is not needed");
    let (a, b) = (
        decode_mjpeg(&whole).expect("whole"),
        decode_mjpeg(&bare).expect("bare"),
    );
    assert_eq!(a.data(), b.data());
}

#[test]
fn tables_are_complete() {
    for (_, counts, values) in TYPICAL {
        let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
        assert_eq!(codes, values.len());
    }
}

#[test]
fn what_follows_a_frame_is_not_looked_at() {
    let (first, second) = (jpeg_sample(64, 48), jpeg_sample(32, 16));
    let alone = decode_mjpeg(&first).expect("whole");
    for tail in [&[0; 700][..], &[0xff; 9], &second, &second[99..], b"junk"] {
        let both = [&first[..], tail].concat();
        assert_eq!(decode_mjpeg(&both).expect("cut").data(), alone.data());
    }
}

#[test]
fn a_frame_that_is_cut_anywhere_is_refused() {
    for sample in [
        jpeg_sample(160, 120),
        without_tables(&jpeg_sample(160, 120)),
    ] {
        let whole = decode_mjpeg(&sample).expect("whole");
        for length in 1..sample.len() {
            let cut = &sample[..length];
            match decode_mjpeg(cut) {
                // Only the EOI marker, or half of it, is missing.
                Ok(image) => {
                    assert!(length >= sample.len() - 2, "{length} of {}", sample.len());
                    assert_eq!(image.data(), whole.data());
                }
                Err(ImageError::Malformed { .. }) => {}
                Err(other) => panic!("{length}: {other}"),
            }
            // An EOI marker does not make it whole.
            let ended = [cut, &[0xff, 0xd9]].concat();
            let is_whole = length >= sample.len() - 2;
            assert_eq!(decode_mjpeg(&ended).is_ok(), is_whole, "{length} and EOI");
        }
    }
}

#[test]
fn the_tail_of_an_earlier_frame_does_not_complete_a_frame() {
    let (sample, earlier) = (jpeg_of_noise(320, 240, 1), jpeg_of_noise(320, 240, 2));
    let length = sample.len().min(earlier.len());
    let taken = (700..length - 100)
        .step_by(97)
        .map(|at| [&sample[..at], &earlier[at..]].concat())
        .filter(|mixed| decode_mjpeg(mixed).is_ok())
        .count();
    let mixed = (length - 800) / 97;
    // Codes that come out even by chance cannot be told from good ones.
    assert!(mixed > 50 && taken * 20 <= mixed, "{taken} of {mixed}");
}

#[test]
fn a_lost_packet_is_noticed() {
    let sample = jpeg_of_noise(320, 240, 3);
    let (mut gaps, mut taken) = (0, 0);
    for at in (700..sample.len() - 2_000).step_by(61) {
        // What a packet of the bus has, at full and high speed.
        for lost in [512, 1_012] {
            let gap = [&sample[..at], &sample[at + lost..]].concat();
            gaps += 1;
            taken += usize::from(decode_mjpeg(&gap).is_ok());
        }
    }
    assert!(gaps > 100 && taken * 20 <= gaps, "{taken} of {gaps}");
}

#[test]
fn restart_markers_are_in_their_order() {
    let levels: Vec<u8> = (0..48).map(|n| (n * 5) as u8).collect();
    let sample = blocks(&levels, 8, 4);
    let image = decode_mjpeg(&sample).expect("whole");
    assert_eq!((image.width(), image.height()), (64, 48));
    for (number, level) in levels.iter().enumerate() {
        let at = number / 8 * 8 * 64 + number % 8 * 8;
        assert!(image.data()[at].abs_diff(*level) <= 1, "block {number}");
    }
    let markers: Vec<usize> = (0..sample.len() - 1)
        .filter(|at| sample[*at] == 0xff && (0xd0..=0xd7).contains(&sample[*at + 1]))
        .collect();
    assert_eq!(markers.len(), 11);
    // One interval lost, two exchanged, one marker of another number.
    let lost = [&sample[..markers[2]], &sample[markers[3]..]].concat();
    assert!(is_malformed(&lost));
    let exchanged = [
        &sample[..markers[2]],
        &sample[markers[3]..markers[4]],
        &sample[markers[2]..markers[3]],
        &sample[markers[4]..],
    ];
    assert!(is_malformed(&exchanged.concat()));
    let mut renamed = sample.clone();
    renamed[markers[5] + 1] ^= 1;
    assert!(is_malformed(&renamed));
}

#[test]
fn padding_is_not_a_fault() {
    let sample = jpeg_sample(64, 48);
    let whole = decode_mjpeg(&sample).expect("whole");
    let body = &sample[..sample.len() - 2];
    for padding in [&[0xff, 0xff, 0xff, 0xd9][..], &[0, 0, 0, 0xff, 0xd9]] {
        let padded = [body, padding].concat();
        assert_eq!(decode_mjpeg(&padded).expect("whole").data(), whole.data());
    }
    // Anything else that is left over is picture.
    assert!(is_malformed(&[body, &[0x5a, 0x5a, 0xff, 0xd9]].concat()));
    // The start of a frame is where a transfer begins.
    assert!(is_malformed(&[&[0, 0], &sample[..]].concat()));
}

#[test]
fn application_segments_are_passed_over() {
    let sample = without_tables(&jpeg_sample(64, 48));
    let whole = decode_mjpeg(&sample).expect("whole");
    let (mut found, scan) = segments(&sample);
    // AVI1, and one that has a whole small picture in it.
    let thumbnail = jpeg_sample(8, 8);
    for (marker, contents) in [(0xe4, &b"AVI1\0\0\0\0"[..]), (0xe1, &thumbnail[..])] {
        let mut segment = vec![0xff, marker];
        segment.extend((contents.len() as u16 + 2).to_be_bytes());
        segment.extend(contents);
        found.insert(0, (marker, segment));
    }
    let more = assembled(&found, scan);
    assert_eq!(decode_mjpeg(&more).expect("whole").data(), whole.data());
}

#[test]
fn what_cameras_do_not_send_is_unsupported() {
    let unsupported = |bytes: &[u8]| matches!(decode_mjpeg(bytes), Err(ImageError::Unsupported(_)));
    let sample = jpeg_sample(64, 48);
    let frame = sample
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("baseline");
    // Arithmetic, lossless, differential; twelve bits a sample.
    for process in [0xc3, 0xc5, 0xc9, 0xca] {
        let mut other = sample.clone();
        other[frame + 1] = process;
        assert!(unsupported(&other), "{process:x}");
        assert!(matches!(
            decode_jpeg(&other),
            Err(ImageError::Unsupported(_))
        ));
    }
    let mut deep = sample.clone();
    deep[frame + 4] = 12;
    assert!(unsupported(&deep));
    let mut four = sample.clone();
    four[frame + 3] = 20;
    four[frame + 9] = 4;
    four.splice(frame + 19..frame + 19, [4, 0x11, 1]);
    assert!(unsupported(&four));
    // A progressive picture of one block, of which the DC coefficient alone is sent: "00".
    let mut progressive = blocks(&[128], 1, 0);
    let length = progressive.len();
    progressive.splice(length - 6.., [0, 0, 0x3f, 0xff, 0xd9]);
    let frame = progressive
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("baseline");
    progressive[frame + 1] = 0xc2;
    assert!(unsupported(&progressive));
}

#[test]
fn a_frame_of_another_size_than_the_mode_is_refused() {
    let sample = jpeg_sample(64, 48);
    let view = ImageView::new(PixelFormat::Mjpeg, 64, 48, 0, &sample).expect("a view");
    let mut out = view.to_rgb8().expect("its size");
    let wrong = ImageView::new(PixelFormat::Mjpeg, 640, 480, 0, &sample).expect("a view");
    assert!(matches!(
        wrong.to_rgb8_into(&mut out),
        Err(ImageError::OtherSize {
            announced: (640, 480),
            ..
        })
    ));
    // The frame before is not there to be taken for this one.
    assert!(out.data().iter().all(|value| *value == 0));
}

#[test]
fn grey_is_the_luminance() {
    let sample = jpeg_sample(61, 47);
    let view = ImageView::new(PixelFormat::Mjpeg, 61, 47, 0, &sample).expect("a view");
    let direct = view.to_grey8().expect("whole");
    let by_colour = view
        .to_rgb8()
        .expect("whole")
        .view()
        .to_grey8()
        .expect("raw");
    let far = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 12;
    let pairs = direct.data().iter().zip(by_colour.data());
    assert_eq!(pairs.clone().filter(|pair| far(*pair)).count(), 0);
    // A grey frame gives colour where colour is asked for.
    let grey = blocks(&[40, 200], 2, 0);
    let mut out = Image::default();
    decode_frame(&grey, Some((16, 8)), Some(PixelFormat::Rgb8), &mut out).expect("whole");
    assert!(out.data()[0].abs_diff(40) <= 1 && out.data()[47].abs_diff(200) <= 1);
}

#[test]
fn the_length_of_a_picture_ends_with_its_end() {
    let sample = jpeg_sample(48, 32);
    let longer = [&sample[..], &sample, &[0x55; 9]].concat();
    assert_eq!(mjpeg_length(&longer), Some(sample.len()));
    assert!(decode_mjpeg(&longer[..sample.len()]).is_ok());
    // A preview in a segment has an end of its own; coded data has escapes and restarts.
    let preview = [0xff, 0xe1, 0, 8, 0xff, 0xd8, 0xff, 0xd9, 0, 0];
    let data = [0xff, 0x00, 1, 0xff, 0xd3, 2];
    let scan = [0xff, 0xda, 0, 3, 7];
    let whole = [&[0xff, 0xd8][..], &preview, &scan, &data, &[0xff, 0xd9]].concat();
    assert_eq!(mjpeg_length(&whole), Some(whole.len()));
    for length in 0..whole.len() {
        assert_eq!(mjpeg_length(&whole[..length]), None, "{length}");
    }
    assert_eq!(mjpeg_length(&[0; 100]), None);
}
