//! What the chip does with each command.

use std::collections::BTreeMap;
use std::time::Duration;

pub(super) const IN_COMM_RF: u8 = 0x04;

/// Refusals, in one byte.
const GOOD: u8 = 0;
const PARAMETER: u8 = 1;
const COMMAND_TYPE: u8 = 7;

/// The longest frame for the air.
const LONGEST: usize = 290;

/// Settings of the air that a card of Type B needs: the chip makes and checks check bytes, SOF and EOF,
/// and sends whole bytes.
const TYPE_B: [(u8, u8); 7] = [
    (0x01, 1),
    (0x02, 1),
    (0x07, 8),
    (0x09, 1),
    (0x0A, 1),
    (0x0B, 1),
    (0x0C, 1),
];

/// What comes of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answer(Vec<u8>),
    /// There is no such command.
    Unknown,
    ToCard {
        frame: Vec<u8>,
        wait: Duration,
        /// Whether a card of Type B understands it.
        heard: bool,
    },
}

/// What the chip was told.
#[derive(Default)]
pub(super) struct Firmware {
    command_type: Option<u8>,
    rf: Option<[u8; 4]>,
    settings: BTreeMap<u8, u8>,
    pub(super) field: bool,
}

impl Firmware {
    pub(super) fn command(&mut self, code: u8, data: &[u8]) -> Outcome {
        let one = |refusal: u8| Outcome::Answer(vec![refusal]);
        match (code, data) {
            (0x2A, [kind @ 0..=1]) => {
                self.command_type = Some(*kind);
                one(GOOD)
            }
            (0x2A, _) => one(PARAMETER),
            // 1.11.
            (0x20, _) => Outcome::Answer(vec![0x11, 0x01]),
            (0x22, _) => Outcome::Answer(vec![0x00, 0x01]),
            (0x28, _) => Outcome::Answer(vec![0, 0, 0, 0, 0, 0, 0, 3]),
            (0x00 | 0x02 | 0x04 | 0x06, _) if self.command_type != Some(1) => one(COMMAND_TYPE),
            (0x00, &[a, b, c, d]) => {
                self.rf = Some([a, b, c, d]);
                one(GOOD)
            }
            (0x02, pairs) if !pairs.is_empty() && pairs.len().is_multiple_of(2) => {
                for pair in pairs.chunks_exact(2) {
                    if pair[0] > 0x13 {
                        return one(PARAMETER);
                    }
                    self.settings.insert(pair[0], pair[1]);
                }
                one(GOOD)
            }
            (0x06, [on @ 0..=1]) => {
                self.field = *on == 1;
                one(GOOD)
            }
            (IN_COMM_RF, [low, high, frame @ ..])
                if frame.len() <= LONGEST && self.rf.is_some() =>
            {
                self.field = true;
                let tenths = u16::from_le_bytes([*low, *high]);
                let set = |&(key, value): &(u8, u8)| self.settings.get(&key) == Some(&value);
                Outcome::ToCard {
                    frame: frame.to_vec(),
                    wait: Duration::from_micros(u64::from(tenths) * 100),
                    heard: self.rf == Some([3, 7, 15, 7]) && TYPE_B.iter().all(set),
                }
            }
            (0x00 | 0x02 | 0x04 | 0x06, _) => one(PARAMETER),
            _ => Outcome::Unknown,
        }
    }
}
