//! How long the certificate on the recorded card was.

use myna_hal::apdu::LengthForm;
use myna_hal::layer::{Operation, Outcome, Recording, Step};

/// INS of READ BINARY (ISO/IEC 7816-4 §7.2.3).
const READ_BINARY: u8 = 0xB0;

/// P1 of READ BINARY from the beginning of the certificate, by its short EF identifier, 0A.
const CERTIFICATE: u8 = 0x80 | 0x0A;

/// The longest piece with a short Le.
const WHOLE: usize = 256;

/// Bytes of the certificate, where it was read in pieces: with extended length the file was, which
/// is longer than what is in it. `None` where it was not read, or not to its end.
pub(super) fn of_certificate(recording: &Recording) -> Option<usize> {
    let mut dialogues = recording.dialogues().iter();
    dialogues.find_map(|dialogue| {
        let begin = |step: &Step| piece(step).is_some_and(|piece| piece.is_first);
        let first = dialogue.steps.iter().position(begin)?;
        let pieces: Vec<_> = dialogue.steps[first..]
            .iter()
            .map_while(piece)
            .map(|piece| piece.length)
            .collect();
        let (last, before) = pieces.split_last()?;
        let in_pieces = before.iter().all(|length| *length == WHOLE) && *last < WHOLE;
        in_pieces.then(|| before.len() * WHOLE + last)
    })
}

/// A piece that was read in short form.
struct Piece {
    is_first: bool,
    length: usize,
}

fn piece(step: &Step) -> Option<Piece> {
    let Operation::Transmit(shape) = &step.operation else {
        return None;
    };
    let read = shape.header.ins == READ_BINARY && shape.form == LengthForm::Short;
    let is_first = shape.header.p1 == CERTIFICATE && shape.header.p2 == 0;
    match step.answer {
        Some((_, Outcome::Response(length, status))) if read && status.is_ok() => {
            Some(Piece { is_first, length })
        }
        _ => None,
    }
}
