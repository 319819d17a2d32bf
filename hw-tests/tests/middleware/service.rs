//! The service and its readers: what dies and comes back, who holds what, and what is left over.

use std::collections::HashMap;

use hw_tests::client::SELECT;
use hw_tests::ifd::protocol::operation;
use hw_tests::pcscd::NOTICE;

use crate::bed::Bed;

#[test]
fn a_client_outlives_its_daemon() {
    for mut bed in Bed::both() {
        let puppet = bed.connected();
        assert_eq!(puppet.ask('w', "watch"), "ok");
        puppet.until('w', "next", "present");
        bed.rig.kill();
        let outcome = puppet.ask('a', &format!("send {SELECT}"));
        assert_eq!(outcome, "unavailable", "{bed}: {outcome:?}");
        for order in ["readers", "state Myna", "connect Myna shared", "begin"] {
            let outcome = puppet.ask('b', order);
            let expected = if order == "begin" {
                "disconnected"
            } else {
                "unavailable"
            };
            assert_eq!(outcome, expected, "{bed}, {order}: {outcome:?}");
        }
        let outcome = puppet.ask('a', "reconnect leave");
        assert_eq!(outcome, "unavailable", "{bed}: {outcome:?}");
        puppet.until('w', "next", "service-lost");
        puppet.until('w', "next", "reader-removed");

        bed.restart();
        puppet.until('b', "state Myna", "present");
        let outcome = puppet.ask('a', &format!("send {SELECT}"));
        assert_eq!(outcome, "unavailable", "{bed}: {outcome:?}");
        let outcome = puppet.ask('a', "reconnect leave");
        assert_eq!(outcome, "ok", "{bed}: {outcome:?}");
        let outcome = puppet.ask('a', &format!("send {SELECT}"));
        assert_eq!(outcome, "9000", "{bed}: {outcome:?}");
        for event in ["service-back", "reader-added", "present"] {
            puppet.until('w', "next", event);
        }
    }
}

#[test]
fn a_daemon_that_dies_during_a_command_is_told_and_the_handle_recovers() {
    let mut bed = Bed::own();
    let reader = bed.reader().0.clone();
    let puppet = bed.connected();
    reader.hold(operation::TRANSMIT);
    puppet.tell('a', &format!("send {SELECT}"));
    assert!(reader.await_asked(operation::TRANSMIT, NOTICE));
    bed.rig.kill();
    let outcome = puppet.hear('a');
    assert_eq!(outcome, "unavailable", "{outcome:?}");
    reader.release();
    bed.rig.restart();
    puppet.until('a', "reconnect leave", "ok");
    assert_eq!(puppet.ask('a', &format!("send {SELECT}")), "9000");
}

#[test]
fn a_daemon_that_stands_still_holds_nobody_longer_than_they_said() {
    let bed = Bed::own();
    let puppet = bed.connected();
    assert_eq!(puppet.ask('w', "watch"), "ok");
    bed.rig.pause();
    let outcome = puppet.ask('a', &format!("send {SELECT} 300ms"));
    assert_eq!(outcome, "timed-out", "{outcome:?}");
    // Dropping the watch waits for nothing.
    let outcome = puppet.ask('w', "drop");
    assert!(outcome.ms < 2000, "{outcome:?}");
    bed.rig.resume();
    puppet.until('a', &format!("send {SELECT}"), "9000");
}

#[test]
fn a_reader_that_is_gone_is_unavailable_until_it_is_back() {
    let bed = Bed::own();
    let (reader, _) = bed.reader();
    let puppet = bed.connected();
    assert_eq!(puppet.ask('w', "watch"), "ok");
    puppet.until('w', "next", "present");
    reader.unplug();
    let select = format!("send {SELECT}");
    for order in [&select, "begin", &select] {
        let outcome = puppet.ask('a', order);
        assert_eq!(outcome, "unavailable", "{order}: {outcome:?}");
    }
    puppet.until('w', "next", "unknown");
    let outcome = puppet.ask('a', "connect Myna shared");
    assert_eq!(outcome, "unavailable", "{outcome:?}");
    reader.plug();
    bed.insert();
    puppet.until('w', "next", "present");
    assert_eq!(puppet.ask('a', "connect Myna shared"), "ok");
    assert_eq!(puppet.ask('a', &select), "9000");
}

/// The daemon answers nobody before it has looked into every reader once.
#[test]
fn a_reader_that_is_slow_to_start_is_waited_for() {
    let mut bed = Bed::own();
    let reader = bed.reader().0.clone();
    let puppet = bed.puppet();
    assert_eq!(puppet.ask('w', "watch"), "ok");
    puppet.until('w', "next", "present");
    bed.rig.kill();
    puppet.until('w', "next", "service-lost");
    reader.hold(operation::PRESENCE);
    bed.rig.restart();
    puppet.tell('b', "readers");
    puppet.until('w', "next 700ms", "timed-out");
    reader.release();
    assert_eq!(puppet.hear('b'), "1");
    puppet.until('w', "next", "present");
}

#[test]
fn what_another_program_holds_is_busy_when_the_wait_is_over() {
    for bed in Bed::both() {
        let (other, puppet) = (bed.puppet(), bed.puppet());
        assert_eq!(other.ask('a', "connect Myna exclusive"), "ok");
        for mode in ["shared", "exclusive"] {
            let outcome = puppet.ask('a', &format!("connect Myna {mode}"));
            assert_eq!(outcome, "busy", "{bed}, {mode}: {outcome:?}");
        }
        assert_eq!(other.ask('a', "connect Myna shared"), "ok");
        let outcome = puppet.ask('a', "connect Myna exclusive");
        assert_eq!(outcome, "busy", "{bed}: {outcome:?}");

        assert_eq!(puppet.ask('a', "connect Myna shared"), "ok");
        assert_eq!(other.ask('a', "begin"), "ok");
        let outcome = puppet.ask('a', "begin 300ms");
        assert_eq!(outcome, "busy", "{bed}: {outcome:?}");
        assert!(outcome.ms >= 300, "{bed}: {outcome:?}");
        let outcome = puppet.ask('a', &format!("send {SELECT}"));
        assert_eq!(outcome, "busy", "{bed}: {outcome:?}");
        assert_eq!(other.ask('a', "end leave"), "ok");
        puppet.until('a', "begin", "ok");
        assert_eq!(puppet.ask('a', &format!("send {SELECT}")), "9000");
        assert_eq!(puppet.ask('a', "end leave"), "ok");
    }
}

/// A program that runs for years: the daemon has room for 200 contexts and 200 handles.
#[test]
fn hundreds_of_connections_and_errors_leave_nothing_behind() {
    let mut bed = Bed::own();
    let reader = bed.reader().0.clone();
    let puppet = bed.puppet();
    let rounds = |count: u32, expected: &str| {
        let outcome = puppet.ask('a', &format!("rounds Myna {count} 30000ms"));
        let all = format!("{{\"{expected}\": {count}}}");
        assert_eq!(outcome.result, all, "{outcome:?}");
    };
    rounds(4, "ok");
    let at_first = puppet.census();
    rounds(250, "ok");
    bed.remove();
    puppet.until('a', "state Myna", "absent");
    rounds(210, "no-card");
    reader.unplug();
    puppet.until('a', "state Myna", "unknown");
    rounds(210, "unavailable");
    reader.plug();
    for _ in 0..3 {
        bed.rig.kill();
        rounds(70, "unavailable");
        bed.restart();
        puppet.until('a', "state Myna", "present");
        rounds(70, "ok");
    }
    puppet.settles(|census| census == at_first);

    for _ in 0..20 {
        assert_eq!(puppet.ask('a', "watch"), "ok");
    }
    assert_eq!(puppet.ask('a', "drop"), "ok");
    puppet.settles(|census| census == at_first);
}

/// libpcsclite goes through its list of contexts when a connection ends, and does not lock it: without care of
/// ours the program dies of it.
#[test]
fn connections_that_begin_and_end_at_the_same_time_do_each_other_no_harm() {
    const ROUNDS: u32 = 500;
    let bed = Bed::own();
    let puppet = bed.puppet();
    let hands = 'a'..='j';
    for hand in hands.clone() {
        puppet.tell(hand, &format!("rounds Myna {ROUNDS} 30000ms"));
    }
    for hand in hands {
        // They reset each other's card, so not all is well; but the program lives.
        let outcome = puppet.hear(hand);
        let counts: HashMap<String, u32> =
            serde_json::from_str(&outcome.result).expect("what rounds came to");
        assert_eq!(counts.values().sum::<u32>(), ROUNDS, "{outcome:?}");
        assert!(counts["ok"] > 0, "{outcome:?}");
    }
}
