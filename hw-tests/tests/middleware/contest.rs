//! Everybody against everybody, by the card's log: counts, and times that the latency model
//! computes from them. Wall time is for the program `card-report` to measure.

use std::sync::LazyLock;

use hw_tests::contest::{
    Client, Contest, Cost, Dialogue, Guard, Lengths, Report, compete, smallest,
};

/// How much more time than the smallest possible sequence a learned one may take.
const SLACK: f64 = 1.02;

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    compete(&Contest {
        rounds: 1,
        dialogues: &Dialogue::ALL,
        waited: false,
        progress: &|line| eprintln!("FIGURE {line}"),
    })
});

fn ours(dialogue: Dialogue, guard: Guard, lengths: Lengths) -> Cost {
    let client = Client::Ours(guard, lengths);
    let cost = REPORT.cost(dialogue, client);
    cost.unwrap_or_else(|| panic!("{} failed at {}", client.label(), dialogue.code()))
}

fn peers(dialogue: Dialogue) -> impl Iterator<Item = (Client, Cost)> {
    Client::PEERS
        .into_iter()
        .filter_map(move |client| Some((client, REPORT.cost(dialogue, client)?)))
}

#[test]
fn everybody_brings_what_is_on_the_card() {
    for row in &REPORT.rows {
        if let Err(why) = &row.outcome {
            panic!("{} at {}: {why}", row.client.label(), row.dialogue.code());
        }
    }
    for dialogue in Dialogue::ALL {
        let others = if dialogue == Dialogue::CardFace { 2 } else { 5 };
        assert_eq!(peers(dialogue).count(), others, "{}", dialogue.code());
    }
}

#[test]
fn nobody_needs_fewer_commands() {
    for dialogue in Dialogue::ALL {
        for lengths in Lengths::ALL {
            let bare = ours(dialogue, Guard::Bare, lengths);
            let guarded = ours(dialogue, Guard::Guarded, lengths);
            let least = smallest(dialogue, lengths);
            assert_eq!(bare.apdus, least.apdus, "{}", dialogue.code());
            for (peer, theirs) in peers(dialogue) {
                let place = format!("{} at {}", peer.label(), dialogue.code());
                assert!(bare.apdus < theirs.apdus, "{place}: {bare:?}, {theirs:?}");
                // The one more that a guard costs is paid for by what the others waste.
                let most = theirs.apdus;
                assert!(guarded.apdus <= most, "{place}: {guarded:?}, {theirs:?}");
            }
        }
    }
}

#[test]
fn nobody_is_faster_though_they_guard_nothing() {
    for dialogue in Dialogue::ALL {
        let ours = ours(dialogue, Guard::Guarded, Lengths::Extended);
        for (peer, theirs) in peers(dialogue) {
            let place = format!("{} at {}", peer.label(), dialogue.code());
            assert!(
                ours.typeb106_ms < theirs.typeb106_ms,
                "{place}: {ours:?}, {theirs:?}"
            );
        }
    }
}

#[test]
fn a_learned_card_costs_what_it_must() {
    for dialogue in Dialogue::ALL {
        let ours = ours(dialogue, Guard::Bare, Lengths::Extended);
        let least = smallest(dialogue, Lengths::Extended);
        let ratio = ours.typeb106_ms / least.typeb106_ms;
        assert!(
            ratio <= SLACK,
            "{}: {ratio:.3} times {least:?}: {ours:?}",
            dialogue.code()
        );
    }
}
