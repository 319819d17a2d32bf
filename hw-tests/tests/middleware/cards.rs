//! Cards that leave, are swapped, fall silent, or are reset by somebody else.

use std::time::{Duration, Instant};

use hw_tests::client::{SELECT, signature_command};
use hw_tests::ifd::protocol::operation;
use hw_tests::ifd::{Pulled, Scripted};
use hw_tests::pcscd::{NOTICE, READER};
use hw_tests::program::Companion;
use hw_tests::puppet::Puppet;
use myna_hal::sim::card::{Answer, Fault, Trigger};

use crate::bed::Bed;

fn select() -> String {
    format!("send {SELECT}")
}

/// When a card is pulled out, and what it is then called.
enum Pull {
    Before,
    /// Before, and before the daemon noticed.
    JustBefore,
    /// During, reported as either.
    During(Pulled),
    After,
    /// After a command inside a transaction.
    AfterInside,
}

/// PC/SC has three codes and one success for it; the library has one answer.
#[test]
fn a_pulled_card_is_no_card_whenever_it_leaves() {
    let [vpcd, own] = Bed::both();
    for (bed, pull) in [
        (&vpcd, Pull::Before),
        (&vpcd, Pull::JustBefore),
        (&vpcd, Pull::After),
        (&vpcd, Pull::AfterInside),
        (&own, Pull::Before),
        (&own, Pull::JustBefore),
        (&own, Pull::During(Pulled::Failed)),
        (&own, Pull::During(Pulled::Absent)),
        (&own, Pull::After),
        (&own, Pull::AfterInside),
    ] {
        let puppet = bed.connected();
        if matches!(pull, Pull::AfterInside) {
            assert_eq!(puppet.ask('a', "begin"), "ok");
        }
        if matches!(pull, Pull::After | Pull::AfterInside) {
            assert_eq!(puppet.ask('a', &select()), "9000");
        }
        match &pull {
            Pull::During(reported) => {
                let (reader, card) = bed.reader();
                reader.set_pulled(*reported);
                card.inject(Trigger::Nth(1), Fault::RemoveDuring);
            }
            _ => bed.remove(),
        }
        if matches!(pull, Pull::Before) {
            puppet.until('b', "state Myna", "absent");
        }
        let outcome = puppet.ask('a', &select());
        assert_eq!(outcome, "no-card", "{bed}: {outcome:?}");
        puppet.until('b', "state Myna", "absent");
        let outcome = puppet.ask('a', &select());
        assert_eq!(outcome, "no-card", "{bed}: {outcome:?}");
        if matches!(pull, Pull::AfterInside) {
            // What it comes to is nobody's business; that it ends is.
            puppet.ask('a', "end unpower");
        }
        comes_back(bed, &puppet);
    }
}

/// Another card is not used before somebody reconnected.
fn comes_back(bed: &Bed, puppet: &Puppet) {
    bed.insert();
    puppet.until('b', "state Myna", "present");
    let outcome = puppet.ask('a', &select());
    assert_eq!(outcome, "card-reset", "{bed}: {outcome:?}");
    assert_eq!(bed.commands(), 0, "{bed}: a command to another card");
    let outcome = puppet.ask('a', "reconnect leave");
    assert_eq!(outcome, "ok", "{bed}: {outcome:?}");
    let outcome = puppet.ask('a', &select());
    assert_eq!(outcome, "9000", "{bed}: {outcome:?}");
}

#[test]
fn a_card_that_was_swapped_within_one_look_is_never_taken_for_the_same() {
    for bed in Bed::both() {
        for inside in [false, true] {
            let puppet = bed.connected();
            let changes = puppet.ask('b', "changes Myna").result;
            if inside {
                assert_eq!(puppet.ask('a', "begin"), "ok");
            }
            assert_eq!(puppet.ask('a', &select()), "9000");
            bed.insert();
            // Long enough for the daemon to look more than once.
            let end = Instant::now() + Duration::from_secs(1);
            while Instant::now() < end {
                let outcome = puppet.ask('a', &select());
                // `protocol` when the daemon never noticed, as with vpcd.
                assert!(
                    ["no-card", "card-reset", "protocol"].contains(&outcome.result.as_str()),
                    "{bed}: {outcome:?}"
                );
            }
            if inside {
                puppet.ask('a', "end unpower");
            }
            assert_eq!(bed.commands(), 0, "{bed}: a command to another card");
            puppet.until('a', "reconnect leave", "ok");
            let outcome = puppet.ask('a', &select());
            assert_eq!(outcome, "9000", "{bed}: {outcome:?}");
            // vpcd hides the swap even from the daemon: no count tells of it.
            let counted = puppet.ask('b', "changes Myna").result != changes;
            assert!(counted || bed.is_vpcd(), "{bed}: {changes}");
        }
    }
}

#[test]
fn a_reset_by_another_program_is_told_and_forgets_the_selection() {
    for bed in Bed::both() {
        let (puppet, other) = (bed.connected(), bed.connected());
        for how in ["reset", "unpower"] {
            assert_eq!(puppet.ask('a', &select()), "9000");
            assert_eq!(other.ask('a', "connect Myna shared"), "ok");
            assert_eq!(other.ask('a', &format!("disconnect {how}")), "ok");
            for order in [&select(), "begin", &select()] {
                let outcome = puppet.ask('a', order);
                assert_eq!(outcome, "card-reset", "{bed}, {how}: {outcome:?}");
            }
            assert_eq!(puppet.ask('a', "reconnect leave"), "ok");
            // Whatever the card has selected now, the key is out of reach.
            let outcome = puppet.ask('a', &format!("send {}", signature_command()));
            assert!(outcome.result.starts_with('6'), "{bed}, {how}: {outcome:?}");
        }
    }
}

/// What the client of the library remembers of the card goes with the reset, too.
#[test]
fn a_client_starts_anew_after_a_reset_by_another_program() {
    let bed = Bed::own();
    let (_, card) = bed.reader();
    let trust = bed.rig.folder().join("trust.pem");
    std::fs::write(&trust, card.trust_pem()).expect("a file");
    let other = bed.puppet();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_persistent"));
    let mut client = Companion::start(bed.rig.client(&mut command).arg(READER).arg(&trust));
    let said = |client: &Companion| -> serde_json::Value {
        client.hear(NOTICE, |line| serde_json::from_str(line).ok())
    };
    assert_eq!(said(&client)["connect"], "certificate-chain");
    for how in ["reset", "unpower"] {
        assert_eq!(other.ask('a', "connect Myna shared"), "ok");
        assert_eq!(other.ask('a', &format!("disconnect {how}")), "ok");
        client.say("again");
        assert_eq!(said(&client)["again"], "certificate-chain", "{how}");
    }
}

#[test]
fn a_mute_card_is_given_up_and_its_handle_recovers() {
    let bed = Bed::own();
    let (reader, card) = bed.reader();
    reader.set_patience(Duration::from_secs(2));
    let puppet = bed.connected();
    let threads = puppet.census().0;
    for _ in 0..3 {
        card.inject(Trigger::Nth(1), Fault::Mute);
        let outcome = puppet.ask('a', &format!("{} 500ms", select()));
        assert_eq!(outcome, "timed-out", "{outcome:?}");
        assert!(outcome.ms >= 500, "{outcome:?}");
        // Until the reader gives up; then the card's state is unknown.
        puppet.until('a', &select(), "card-reset");
        assert_eq!(puppet.ask('a', "reconnect leave"), "ok");
        let outcome = puppet.ask('a', &select());
        assert_eq!(outcome, "9000", "{outcome:?}");
    }
    puppet.settles(|census| census.0 == threads);
}

#[test]
fn a_card_that_stays_mute_makes_the_reader_unavailable_and_piles_nothing_up() {
    let bed = Bed::own();
    let (reader, card) = bed.reader();
    reader.set_patience(Duration::from_secs(600));
    let puppet = bed.connected();
    assert_eq!(puppet.ask('b', "readers"), "1");
    let (threads, sockets) = puppet.census();
    // A context that nobody uses may be kept or be in use again, so there may be fewer.
    let no_more = || puppet.settles(|now| now.0 <= threads && now.1 <= sockets);
    card.inject(Trigger::Nth(1), Fault::Mute);
    let outcome = puppet.ask('a', &format!("{} 300ms", select()));
    assert_eq!(outcome, "timed-out", "{outcome:?}");
    let outcome = puppet.ask('a', &select());
    assert_eq!(outcome, "busy", "{outcome:?}");
    puppet.until('a', &select(), "unavailable");
    let outcome = puppet.ask('a', "drop");
    assert!(outcome.ms < 10_000, "{outcome:?}");

    // The thread is still in its call; nobody joins it.
    for _ in 0..50 {
        let outcome = puppet.ask('a', "connect Myna shared 5000ms");
        assert_eq!(outcome, "busy", "{outcome:?}");
    }
    no_more();
    // Pulling the card frees the reader, and with it the thread.
    bed.remove();
    puppet.until('a', "connect Myna shared", "no-card");
    bed.insert();
    puppet.until('a', "connect Myna shared", "ok");
    assert_eq!(puppet.ask('a', &select()), "9000");
    no_more();
}

#[test]
fn an_answer_without_status_word_breaks_the_exchange() {
    let bed = Bed::own();
    let answers = [vec![], vec![0x90], vec![0x90, 0x00]];
    for short in [0, 1] {
        let mut answers = vec![answers[short].clone(), answers[2].clone()].into_iter();
        bed.reader().0.insert_chip(Scripted::new(move |_| {
            answers.next().map_or(Answer::Mute, Answer::Response)
        }));
        let puppet = bed.puppet();
        puppet.until('a', "connect Myna shared", "ok");
        let outcome = puppet.ask('a', "send 00B00000");
        assert_eq!(outcome, "protocol", "{outcome:?}");
        // The next command is not tried on a card whose state nobody knows.
        let outcome = puppet.ask('a', "send 00B00000");
        assert_eq!(outcome, "card-reset", "{outcome:?}");
        assert_eq!(puppet.ask('a', "reconnect leave"), "ok");
        assert_eq!(puppet.ask('a', "send 00B00000"), "9000");
    }
}

#[test]
fn the_longest_answer_arrives_whole() {
    let bed = Bed::own();
    bed.reader().0.insert_chip(Scripted::new(|_| {
        let mut answer = vec![0xA5; 65_536];
        answer.extend_from_slice(&[0x90, 0x00]);
        Answer::Response(answer)
    }));
    let puppet = bed.puppet();
    puppet.until('a', "connect Myna shared", "ok");
    let outcome = puppet.ask('a', "length 00B00000000000");
    assert_eq!(outcome, "65536", "{outcome:?}");
}

/// What is cancelled, what else it takes to have it blocked, and where.
#[test]
fn everything_that_waits_can_be_cancelled() {
    let bed = Bed::own();
    let (reader, _) = bed.reader();
    let puppet = bed.connected();
    let other = bed.connected();
    let select = select();
    for (order, blocked_in) in [
        ("connect Myna shared", operation::CONTROL),
        (select.as_str(), operation::TRANSMIT),
        ("control 42000D48 -", operation::CONTROL),
        ("reconnect reset", operation::RESET),
        ("reconnect unpower", operation::POWER_DOWN),
    ] {
        reader.hold(blocked_in);
        puppet.tell('a', order);
        assert!(reader.await_asked(blocked_in, NOTICE), "{order}");
        puppet.cancel('a');
        let outcome = puppet.hear('a');
        assert_eq!(outcome, "cancelled", "{order}: {outcome:?}");
        reader.release();
        puppet.until('a', "connect Myna shared", "ok");
        puppet.until('a', &select, "9000");
    }
    assert_eq!(puppet.ask('a', "watch"), "ok");
    other.until('a', "reconnect leave", "ok");
    assert_eq!(other.ask('a', "begin"), "ok");
    for order in ["begin", "next"] {
        puppet.tell('a', order);
        puppet.cancel('a');
        // The watch's first events are there before anybody cancels.
        while puppet.hear('a').result != "cancelled" {
            puppet.tell('a', order);
            puppet.cancel('a');
        }
    }
    assert_eq!(other.ask('a', "end leave"), "ok");
    puppet.until('a', &select, "9000");
}

/// A signature that was given up on: the transaction's end cuts the power behind it.
#[test]
fn a_cancelled_signature_leaves_no_key_open() {
    let bed = Bed::own();
    let (reader, card) = bed.reader();
    let puppet = bed.connected();
    assert_eq!(puppet.ask('a', "begin"), "ok");
    assert_eq!(puppet.ask('a', &select()), "9000");
    assert_eq!(puppet.ask('a', "send 002000980431323334"), "9000");
    assert!(card.is_unlocked());
    reader.hold(operation::TRANSMIT);
    puppet.tell('a', &format!("send {}", signature_command()));
    assert!(reader.await_asked(operation::TRANSMIT, NOTICE));
    puppet.cancel('a');
    assert_eq!(puppet.hear('a'), "cancelled");
    let outcome = puppet.ask('a', "end unpower");
    assert_eq!(outcome, "busy", "{outcome:?}");
    reader.release();
    let end = Instant::now() + NOTICE;
    while card.is_unlocked() {
        assert!(Instant::now() < end, "the key stays open");
        std::thread::sleep(Duration::from_millis(10));
    }
}
