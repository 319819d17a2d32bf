//! Frames of the chip.

pub(super) const ACK: [u8; 6] = [0, 0, 0xFF, 0, 0xFF, 0];
/// What it says of a frame that it does not understand.
pub(super) const ERROR: [u8; 5] = [0, 0, 0xFF, 0xFF, 0xFF];

/// What the host sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    Ack,
    Command { code: u8, data: Vec<u8> },
    Nonsense,
}

/// Takes the first request out of what came in; `None` while it is not whole.
pub(super) fn take(incoming: &mut Vec<u8>) -> Option<Request> {
    if incoming.starts_with(&ACK) {
        incoming.drain(..ACK.len());
        return Some(Request::Ack);
    }
    if incoming.len() < 8 {
        return None;
    }
    let length = usize::from(u16::from_le_bytes([incoming[5], incoming[6]]));
    let starts = incoming.starts_with(&[0, 0, 0xFF, 0xFF, 0xFF]);
    if !starts || sum(&incoming[5..8]) != 0 {
        incoming.clear();
        return Some(Request::Nonsense);
    }
    if incoming.len() < 8 + length + 2 {
        return None;
    }
    let frame: Vec<u8> = incoming.drain(..8 + length + 2).collect();
    match &frame[8..8 + length] {
        [0xD6, code, data @ ..] if sum(&frame[8..8 + length + 1]) == 0 => Some(Request::Command {
            code: *code,
            data: data.to_vec(),
        }),
        _ => Some(Request::Nonsense),
    }
}

/// The frame of an answer.
pub(super) fn answer(code: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() + 2) as u16;
    let mut frame = vec![0, 0, 0xFF, 0xFF, 0xFF];
    frame.extend(length.to_le_bytes());
    frame.push(0u8.wrapping_sub(sum(&frame[5..7])));
    frame.extend([0xD7, code + 1]);
    frame.extend_from_slice(data);
    frame.push(0u8.wrapping_sub(sum(&frame[8..])));
    frame.push(0);
    frame
}

fn sum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_one_by_one() {
        let set_command_type = [0, 0, 0xFF, 0xFF, 0xFF, 3, 0, 0xFD, 0xD6, 0x2A, 1, 0xFF, 0];
        let mut incoming = [&ACK[..], &set_command_type[..7]].concat();
        assert_eq!(take(&mut incoming), Some(Request::Ack));
        assert_eq!(take(&mut incoming), None, "not whole");
        incoming.extend(&set_command_type[7..]);
        let command = Request::Command {
            code: 0x2A,
            data: vec![1],
        };
        assert_eq!(take(&mut incoming), Some(command));
        assert!(incoming.is_empty());
        let mut wrong = set_command_type.to_vec();
        wrong[10] = 2;
        assert_eq!(take(&mut wrong), Some(Request::Nonsense));
    }

    #[test]
    fn answers_are_written_as_they_are_on_the_bus() {
        let frame = answer(0x2A, &[0]);
        assert_eq!(
            frame,
            [0, 0, 0xFF, 0xFF, 0xFF, 3, 0, 0xFD, 0xD7, 0x2B, 0, 0xFE, 0]
        );
    }
}
