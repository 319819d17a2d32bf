//! The card's end of T=0 (ISO/IEC 7816-3 §10), for readers that pass commands on as they are. What the card
//! says to a command with data waits for GET RESPONSE
//! ([`Quirks::holds_responses`](myna_hal::sim::card::Quirks)).

/// Bytes of a header, and P3.
const HEADER: usize = 5;

/// Commands to which the card sends data (ISO/IEC 7816-4): P3 says how much. Of others it says how
/// much comes to the card.
const OUTGOING: [u8; 5] = [0x84, 0xB0, 0xB2, 0xC0, 0xCA];

/// Commands with data to which it has something to say, which nothing in the command tells.
const ANSWERED: u8 = 0x2A;

/// The command that a card makes of bytes; `None` when they are none.
pub(super) fn command(bytes: &[u8]) -> Option<Vec<u8>> {
    let [_, ins, _, _, p3, data @ ..] = bytes else {
        return None;
    };
    let command = if OUTGOING.contains(ins) {
        data.is_empty().then_some(bytes)
    } else if *p3 == 0 {
        data.is_empty().then(|| &bytes[..HEADER - 1])
    } else {
        (data.len() == usize::from(*p3)).then_some(bytes)
    };
    let mut command = command?.to_vec();
    if *ins == ANSWERED && !data.is_empty() {
        command.push(0);
    }
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3_says_what_the_command_makes_of_it() {
        let read = [0x00, 0xB0, 0x00, 0x00, 0x00];
        assert_eq!(command(&read).as_deref(), Some(&read[..]));
        let query = [0x00, 0x20, 0x00, 0x98, 0x00];
        assert_eq!(command(&query).as_deref(), Some(&query[..4]));
        let verify = [0x00, 0x20, 0x00, 0x98, 0x02, 0x31, 0x32];
        assert_eq!(command(&verify).as_deref(), Some(&verify[..]));
        let sign = [0x80, 0x2A, 0x00, 0x97, 0x01, 0x30];
        assert_eq!(command(&sign), Some([&sign[..], &[0]].concat()));
        assert_eq!(command(&verify[..6]), None);
        assert_eq!(command(&[0x00, 0xA4, 0x04, 0x00]), None);
    }
}
