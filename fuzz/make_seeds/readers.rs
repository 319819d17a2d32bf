//! Seeds of readers on USB: what they say of themselves, and what they say when they are asked.

/// The number of an interface, and a configuration with two of them: a keyboard and a reader.
pub(crate) fn configurations() -> Vec<(&'static str, Vec<u8>)> {
    let keyboard = [
        9, 4, 0, 0, 1, 3, 1, 1, 0, 9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0,
    ];
    let reader = [9, 4, 1, 0, 3, 0x0B, 0, 0, 0];
    let mut class = [0; 0x36];
    class[..8].copy_from_slice(&[0x36, 0x21, 0x10, 1, 0, 7, 3, 0]);
    class[28] = 254;
    class[40..46].copy_from_slice(&[0xB2, 7, 2, 0, 15, 1]);
    let end = [7, 5, 0x81, 2, 64, 0, 0];
    let head = [1, 9, 2, 0, 0, 2, 1, 0, 0x80, 50];
    let whole = [&head[..], &keyboard, &reader, &class, &end].concat();
    let class_at = whole.len() - end.len() - class.len();
    let changed = |at: usize, value: u8| {
        let mut changed = whole.clone();
        changed[at] = value;
        changed
    };
    vec![
        ("good-second-interface", whole.clone()),
        (
            "good-empty-descriptor-before",
            [&head[..], &[0, 0], &whole[head.len()..]].concat(),
        ),
        ("bad-cut-in-the-class", whole[..class_at + 20].to_vec()),
        ("bad-keyboard", changed(0, 0)),
        ("bad-no-such-interface", changed(0, 7)),
        ("bad-length-beyond-the-end", changed(10, 0xFF)),
        ("bad-class-too-short", changed(class_at, 9)),
        ("bad-empty", vec![0]),
    ]
}

/// What a reader says from the first question on: a card is there, its answer to reset, and 9000 to
/// everything. The first byte is the level of exchange.
pub(crate) fn readers() -> Vec<(&'static str, Vec<u8>)> {
    let message = |kind: u8, icc: u8, data: &[u8]| {
        let mut message = vec![1, 10 + data.len() as u8, kind];
        message.extend([0, 0, 0, 0, 0, 0, icc, 0, 0]);
        message.extend_from_slice(data);
        message
    };
    let atr = b"\x3B\x8A\x81\x31\xFE\x45MYNA RIG 1\xF7";
    let (inactive, active) = (message(0x81, 1, &[]), message(0x80, 0, atr));
    let (present, done) = (message(0x81, 0, &[]), message(0x80, 0, &[0x90, 0x00]));
    let session = |level: u8, parts: &[&Vec<u8>]| {
        let parts = parts.iter().flat_map(|part| part.iter().copied());
        std::iter::once(level).chain(parts).collect::<Vec<u8>>()
    };
    let contact = b"\x3B\xDA\x13\xFF\x81\x31\xFB\x46\x80\x12\x39\x2F\x31\xC1\x73\xC6\x01\xC0\x3B";
    let bank = b"\x3B\x65\x00\x00\x9C\x11\x01\x01\x03";
    let (contact, bank) = (message(0x80, 0, contact), message(0x80, 0, bank));
    let told = message(0x82, 0, &[]);
    let block = |pcb: u8, information: &[u8]| {
        let mut block = vec![0, pcb, information.len() as u8];
        block.extend_from_slice(information);
        block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
        message(0x80, 0, &block)
    };
    let faster = message(0x80, 0, &[0xFF, 0x11, 0x13, 0xFD]);
    let (even, odd) = (block(0x00, &[0x90, 0x00]), block(0x40, &[0x90, 0x00]));
    // Of a card with contacts, from where everything is agreed on.
    let blocks = |parts: &[&Vec<u8>]| {
        let agreed = [&inactive, &contact, &faster, &told, &block(0xE1, &[0xFE])];
        session(3, &[&agreed, parts].concat())
    };
    let mute = message(0x81, 0x41, &[]);
    let more_time = message(0x80, 0x80, &[]);
    vec![
        (
            "good-extended",
            session(2, &[&inactive, &active, &present, &done, &done, &done]),
        ),
        (
            "bad-blocks-without-blocks",
            session(0, &[&inactive, &active, &done]),
        ),
        ("good-blocks", blocks(&[&present, &even, &odd, &even])),
        // The card did not get the block with the PIN, and says so.
        (
            "good-asks-for-the-pin-again",
            blocks(&[&present, &even, &block(0x91, &[]), &odd, &even]),
        ),
        (
            "bad-asks-for-another-block",
            blocks(&[&present, &even, &block(0x81, &[]), &odd]),
        ),
        (
            "bad-speed-refused-twice",
            session(3, &[&inactive, &contact, &mute, &inactive, &contact, &mute]),
        ),
        (
            "bad-extended-length-through-t0",
            session(3, &[&inactive, &bank, &told, &present, &done, &done]),
        ),
        ("bad-mute", session(1, &[&inactive, &mute, &mute, &mute])),
        (
            "bad-time-without-end",
            session(
                2,
                &[[&inactive, &active].as_slice(), &[&more_time; 40]].concat(),
            ),
        ),
        ("bad-silent", vec![2]),
    ]
}
