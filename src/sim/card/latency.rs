//! How long a command takes on a given interface.

use std::str::FromStr;
use std::time::Duration;

/// A model of how long one command takes: the air or the contacts, the reader, and the chip.
///
/// The figures are assumptions that add up to what people report, not measurements of a card:
/// 3 ms in host and reader; SELECT 4 ms, READ 1 ms + 4 µs per byte, VERIFY 25 ms and an RSA-2048
/// operation 400 ms in the chip; contactless 10 etu per byte, 24 etu of start and end of frame
/// and 0.3 ms turnaround per frame of at most 253 bytes, chained frames acknowledged
/// (ISO/IEC 14443-3 Type B and 14443-4); contacts 12 etu per byte at 93 clocks per etu and 4 MHz,
/// blocks of at most 254 bytes (ISO/IEC 7816-3, T=1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latency {
    /// Answers at once.
    #[default]
    None,
    /// Contactless Type B at 106 kbit/s.
    TypeB106,
    /// Contactless Type B at 424 kbit/s.
    TypeB424,
    /// Contacts, T=1.
    Contact,
}

/// What the chip does for a command, in terms of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Select,
    Read,
    Verify,
    Rsa,
    Other,
}

/// One direction of the link.
struct Link {
    byte: Duration,
    /// Start, end and turnaround of one frame.
    frame: Duration,
    /// Bytes of a frame that carry no payload.
    overhead: u32,
    payload: usize,
}

impl Latency {
    fn link(self) -> Option<Link> {
        const ETU_106: Duration = Duration::from_nanos(9_440);
        match self {
            Self::None => None,
            Self::TypeB106 | Self::TypeB424 => {
                let etu = if self == Self::TypeB424 {
                    ETU_106 / 4
                } else {
                    ETU_106
                };
                Some(Link {
                    byte: etu * 10,
                    frame: etu * 24 + Duration::from_micros(300),
                    overhead: 3,
                    payload: 253,
                })
            }
            // 93 clocks at 4 MHz are 23.25 µs.
            Self::Contact => Some(Link {
                byte: Duration::from_nanos(23_250) * 12,
                frame: Duration::from_nanos(23_250) * 22,
                overhead: 4,
                payload: 254,
            }),
        }
    }

    /// The time from the first byte sent to the last byte received.
    pub(super) fn of(self, work: Work, sent: usize, received: usize) -> Duration {
        let Some(link) = self.link() else {
            return Duration::ZERO;
        };
        let chip = match work {
            Work::Select => Duration::from_millis(4),
            Work::Read => {
                Duration::from_millis(1) + Duration::from_micros(4) * saturating(received)
            }
            Work::Verify => Duration::from_millis(25),
            Work::Rsa => Duration::from_millis(400),
            Work::Other => Duration::from_millis(1),
        };
        Duration::from_millis(3) + chip + link.way(sent) + link.way(received)
    }
}

impl Link {
    fn way(&self, bytes: usize) -> Duration {
        let frames = saturating(bytes.div_ceil(self.payload).max(1));
        // Every frame but the last is acknowledged by an empty one.
        let all = frames + (frames - 1);
        self.byte * (saturating(bytes) + all * self.overhead) + self.frame * all
    }
}

fn saturating(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A latency model that does not exist was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected none, typeb106, typeb424 or contact")]
pub struct UnknownLatency;

impl FromStr for Latency {
    type Err = UnknownLatency;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "none" => Ok(Self::None),
            "typeb106" => Ok(Self::TypeB106),
            "typeb424" => Ok(Self::TypeB424),
            "contact" => Ok(Self::Contact),
            _ => Err(UnknownLatency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_the_model() {
        let typical =
            |latency: Latency, work, sent, received| latency.of(work, sent, received).as_millis();
        assert_eq!(typical(Latency::TypeB106, Work::Select, 15, 2), 10);
        assert_eq!(typical(Latency::TypeB106, Work::Read, 5, 258), 33);
        assert_eq!(typical(Latency::TypeB106, Work::Rsa, 57, 258), 435);
        assert_eq!(typical(Latency::TypeB424, Work::Rsa, 57, 258), 412);
        assert_eq!(typical(Latency::Contact, Work::Rsa, 57, 258), 497);
        assert_eq!(typical(Latency::None, Work::Rsa, 57, 258), 0);
    }

    #[test]
    fn names() {
        assert_eq!("typeb424".parse(), Ok(Latency::TypeB424));
        assert_eq!("warp".parse::<Latency>(), Err(UnknownLatency));
    }
}
