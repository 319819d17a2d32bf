//! T=0, the protocol of bytes of cards with contacts (ISO/IEC 7816-3 §10 and §12.2). My Number Cards do not
//! need it; other cards that people put in do, and are told apart by what they answer.

use zeroize::Zeroizing;

/// A header and P3.
const HEADER: usize = 5;

/// A command in the form in which it goes to the card; `None` when its length fields are extended.
///
/// What a card has to say to a command with data it says when asked (`61xx`), which is for the caller
/// of a driver to do.
pub(super) fn tpdu(command: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let tpdu = match *command {
        // Neither data nor answer.
        [_, _, _, _] => [command, &[0]].concat(),
        [_, _, _, _, _] => command.to_vec(),
        [_, _, _, _, 0, ..] => return None,
        // Without Le, which has no place.
        [_, _, _, _, length, ..] => command.get(..HEADER + usize::from(length))?.to_vec(),
        _ => return None,
    };
    Some(Zeroizing::new(tpdu))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_cases() {
        let same = |sent: &[u8], goes: &[u8]| {
            assert_eq!(tpdu(sent).as_deref().map(Vec::as_slice), Some(goes));
        };
        same(&[0, 0x20, 0, 0x98], &[0, 0x20, 0, 0x98, 0]);
        same(&[0, 0xB0, 0, 0, 0], &[0, 0xB0, 0, 0, 0]);
        same(&[0, 0x20, 0, 0x98, 1, 7], &[0, 0x20, 0, 0x98, 1, 7]);
        same(&[0, 0x2A, 0, 0x97, 1, 7, 0], &[0, 0x2A, 0, 0x97, 1, 7]);
        assert_eq!(tpdu(&[0, 0xB0, 0, 0, 0, 0, 0]), None, "extended");
        assert_eq!(tpdu(&[0, 0xA4, 4]), None);
        assert_eq!(tpdu(&[0, 0xA4, 4, 0, 5, 1]), None);
    }
}
