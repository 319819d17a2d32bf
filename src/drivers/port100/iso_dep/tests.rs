//! Dialogues word by word, and what holds for whatever a card says.

use proptest::prelude::*;

use super::*;

/// Says `.1` to the frame `.0`, in turn; what is not in the script is a failure.
struct Script<'a> {
    lines: &'a [(&'a str, &'a str)],
    at: usize,
    waits: Vec<u128>,
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("literal"))
        .collect()
}

impl Radio for Script<'_> {
    fn exchange(&mut self, frame: &[u8], wait: Duration) -> Result<Heard> {
        let (sent, said) = self.lines[self.at];
        assert_eq!(frame, hex(sent), "frame {}", self.at);
        self.at += 1;
        self.waits.push(wait.as_millis());
        Ok(match said {
            "nothing" => Heard::Nothing,
            "broken" => Heard::Broken,
            said => Heard::Frame(Zeroizing::new(hex(said))),
        })
    }
}

fn script<'a>(lines: &'a [(&'a str, &'a str)]) -> Script<'a> {
    Script {
        lines,
        at: 0,
        waits: Vec::new(),
    }
}

/// Frames of 16 bytes: 13 of information.
fn link() -> Link {
    Link::new(16, Duration::from_millis(77))
}

/// Has one dialogue to the end of its script.
fn play(link: &mut Link, command: &str, lines: &[(&str, &str)]) -> Result<Vec<u8>> {
    let mut radio = script(lines);
    let answer = link.transmit(&hex(command), &mut radio);
    assert_eq!(radio.at, lines.len(), "the script was cut short");
    answer.map(|answer| answer.to_vec())
}

fn answer(link: &mut Link, command: &str, lines: &[(&str, &str)]) -> String {
    let answer = play(link, command, lines).expect("an answer");
    let words: Vec<String> = answer.iter().map(|byte| format!("{byte:02X}")).collect();
    words.join(" ")
}

fn fails(command: &str, lines: &[(&str, &str)]) {
    let error = play(&mut link(), command, lines).expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

const FIFTEEN: &str = "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E";

#[test]
fn numbers_toggle_with_every_answer() {
    let mut link = link();
    assert_eq!(
        answer(&mut link, "00 84", &[("02 00 84", "02 90 00")]),
        "90 00"
    );
    assert_eq!(
        answer(&mut link, "00 84", &[("03 00 84", "03 6A 82")]),
        "6A 82"
    );
    assert_eq!(
        answer(&mut link, "00 84", &[("02 00 84", "02 90 00")]),
        "90 00"
    );
}

/// Scenarios of ISO/IEC 14443-4 annex B: chaining in both directions.
#[test]
fn commands_and_answers_go_in_parts() {
    let mut link = link();
    let said = answer(
        &mut link,
        FIFTEEN,
        &[
            ("12 00 01 02 03 04 05 06 07 08 09 0A 0B 0C", "A2"),
            ("03 0D 0E", "13 AA BB"),
            ("A2", "12 CC"),
            ("A3", "03 90 00"),
        ],
    );
    assert_eq!(said, "AA BB CC 90 00");
    assert_eq!(link.number, 0);
}

/// Rule 4: what did not arrive is asked for by R(NAK), and the card repeats its answer.
#[test]
fn a_lost_answer_is_asked_for() {
    for lost in ["nothing", "broken", "FF", ""] {
        let said = answer(
            &mut link(),
            "00 84",
            &[("02 00 84", lost), ("B2", lost), ("B2", "02 90 00")],
        );
        assert_eq!(said, "90 00");
    }
}

/// Rule 6: R(ACK) with the other number says that the block never came.
#[test]
fn a_lost_block_is_sent_again_with_its_number() {
    let said = answer(
        &mut link(),
        "00 84",
        &[
            ("02 00 84", "nothing"),
            ("B2", "A3"),
            ("02 00 84", "02 90 00"),
        ],
    );
    assert_eq!(said, "90 00");
}

#[test]
fn parts_that_were_lost_in_a_chain_are_repaired() {
    let said = answer(
        &mut link(),
        FIFTEEN,
        &[
            ("12 00 01 02 03 04 05 06 07 08 09 0A 0B 0C", "broken"),
            ("B2", "A2"),
            ("03 0D 0E", "13 AA"),
            // Rule 5: R(ACK) again, not R(NAK).
            ("A2", "nothing"),
            ("A2", "12 BB"),
            ("A3", "03 90 00"),
        ],
    );
    assert_eq!(said, "AA BB 90 00");
}

#[test]
fn time_is_granted_as_it_is_asked_for() {
    let mut radio = script(&[
        ("02 00 84", "F2 03"),
        // The bits that say how strong the field is do not go back.
        ("F2 03", "F2 FB"),
        ("F2 3B", "nothing"),
        ("B2", "02 90 00"),
    ]);
    let said = link().transmit(&hex("00 84"), &mut radio);
    assert_eq!(**said.expect("an answer"), [0x90, 0x00]);
    assert_eq!(radio.waits, [77, 3 * 77, 59 * 77, 77]);
    let mut slow = Link::new(16, Duration::from_millis(2_473));
    let mut radio = script(&[("02 00", "F2 3B"), ("F2 3B", "02 90 00")]);
    slow.transmit(&[0], &mut radio).expect("an answer");
    assert_eq!(radio.waits, [2_473, 4_949], "never longer than FWI 14");
}

#[test]
fn nobody_is_asked_for_ever() {
    fails(
        "00 84",
        &[("02 00 84", "nothing"), ("B2", "nothing"), ("B2", "broken")],
    );
    fails(
        "00 84",
        &[("02 00 84", "A3"), ("02 00 84", "A3"), ("02 00 84", "A3")],
    );
    // Blocks that are no answer.
    for said in ["03 90 00", "A2", "B2", "C2", "F2 00", "F2 3C", "12"] {
        fails("00 84", &[("02 00 84", said)]);
    }
    // An answer where more of the command was to come; an acknowledgement of something else.
    let first = "12 00 01 02 03 04 05 06 07 08 09 0A 0B 0C";
    fails(FIFTEEN, &[(first, "02 90 00")]);
}

struct Endless(&'static str, u32);

impl Radio for Endless {
    fn exchange(&mut self, _: &[u8], _: Duration) -> Result<Heard> {
        self.1 += 1;
        Ok(Heard::Frame(Zeroizing::new(hex(self.0))))
    }
}

#[test]
fn time_without_end_ends() {
    let mut radio = Endless("F2 3B", 0);
    let error = link().transmit(&[0], &mut radio).expect_err("for ever");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(radio.1, 14, "a minute of 59 times 77 ms, and the block");
    let mut radio = Endless("F2 01", 0);
    let mut quick = Link::new(16, Duration::from_micros(303));
    assert!(quick.transmit(&[0], &mut radio).is_err());
    assert_eq!(radio.1, MORE_TIMES + 1);
}

#[test]
fn presence_is_asked_and_changes_nothing() {
    let mut link = link();
    let mut radio = script(&[("B2", "A3"), ("B2", "nothing"), ("B2", "A3")]);
    for _ in 0..2 {
        assert!(link.is_there(&mut radio).expect("asked"));
    }
    assert_eq!(answer(&mut link, "00", &[("02 00", "02 90 00")]), "90 00");
    let mut radio = script(&[("B3", "nothing"), ("B3", "broken"), ("B3", "nothing")]);
    assert!(!link.is_there(&mut radio).expect("asked"));
    let mut radio = script(&[("C2", "nothing")]);
    link.deselect(&mut radio).expect("left alone");
}

#[test]
fn an_empty_command_is_refused() {
    let error = play(&mut link(), "", &[]).expect_err("nothing to send");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// Says what it was given, block by block, and then nothing.
struct Anything {
    blocks: Vec<Vec<u8>>,
    sent: Vec<Vec<u8>>,
}

impl Radio for Anything {
    fn exchange(&mut self, frame: &[u8], _: Duration) -> Result<Heard> {
        self.sent.push(frame.to_vec());
        Ok(self
            .blocks
            .pop()
            .map_or(Heard::Nothing, |block| Heard::Frame(Zeroizing::new(block))))
    }
}

proptest! {
    /// Whatever a card says: it ends, and no I-block is sent under a new number before the card has
    /// taken the last one.
    #[test]
    fn a_command_is_never_sent_as_a_new_one(
        blocks in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..6),
                prop_oneof![Just(vec![0xA2]), Just(vec![0xA3]), Just(vec![0xF2, 1]),
                            Just(vec![0x02, 0x90, 0]), Just(vec![0x13, 0]), Just(vec![0x12, 0])],
            ],
            0..40,
        ),
    ) {
        let mut radio = Anything { blocks, sent: Vec::new() };
        let _ = link().transmit(&hex("00 20 00 98 04"), &mut radio);
        for sent in radio.sent {
            prop_assert!(sent.len() <= 14, "longer than the card takes");
            if sent[0] & 0xE2 == 0x02 {
                prop_assert_eq!(&sent, &hex("02 00 20 00 98 04"));
            }
        }
    }
}
