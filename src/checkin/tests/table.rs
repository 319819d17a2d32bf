//! The state × event table, cell by cell: what `table.txt` lists happens, and everything else is
//! ignored and counted.
//!
//! After a wanted change run the test with `MYNA_HAL_UPDATE=1` in the environment and read what
//! changed in the file.

use std::collections::BTreeMap;

use super::*;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checkin/tests/table.txt");

const HEAD: &str = "\
# What each event does in each state, in the shapes that `product.rs` puts a machine in. Events that
# are not listed are ignored and counted. An event that comes in several shapes, for example a wrong
# PIN with one try left and with two, has several results.
#
#   =                        the state stays
#   ended OUTCOME, STATE     the session ended, and the machine stands there now
#   remove-card: OUTCOME     the session ends like that when the card is taken
";

/// An event without what varies in it.
fn name(event: &Event) -> String {
    let debug = match event {
        Event::Answer(_, answer) => format!("{answer:?}"),
        Event::Timeout(_) => "Timeout".to_owned(),
        Event::FaceEngine(_) => "FaceEngine".to_owned(),
        other => format!("{other:?}"),
    };
    let mut depth = 0;
    let plain: String = debug
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '{');
            let keep = depth == 0;
            depth -= i32::from(*c == '}');
            keep
        })
        .collect();
    plain.replace(' ', "")
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Fallback { reason, .. } => format!("fallback {}", reason.code()),
        Outcome::Cancelled {
            by: CancelledBy::System,
        } => "cancelled by the system".to_owned(),
        other => other.code().to_owned(),
    }
}

/// What `event` does to `world`.
fn result(world: &mut World, event: Event) -> String {
    let before = (world.state.phase(), world.state.counters().ignored);
    let sessions = world.reports.len();
    world.feed(event);
    let phase = world.state.phase();
    if world.state.counters().ignored > before.1 {
        assert_eq!(phase, before.0, "ignored, and yet something happened");
        assert!(
            world.effects.is_empty(),
            "ignored, and yet something is done"
        );
        return "ignored".to_owned();
    }
    let mut cell = match (phase, &world.state.session.outcome) {
        (Phase::RemoveCard(_), Some(outcome)) if phase != before.0 => {
            format!("remove-card: {}", words(outcome))
        }
        _ if phase == before.0 => "=".to_owned(),
        _ => phase.code().to_owned(),
    };
    if let Some(report) = world.reports.get(sessions) {
        cell = format!("ended {}, {cell}", words(&report.outcome));
    }
    cell
}

/// What each event does in each state.
fn cells() -> Vec<(&'static str, BTreeMap<String, String>)> {
    let row = |start: World| {
        let mut cells: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for event in events(&start) {
            let late = match &event {
                Event::Answer(ticket, _) => start.state.waits_for() != Some(*ticket),
                Event::Timeout(timer) => start.state.armed_timer() != Some(*timer),
                _ => false,
            };
            if !late {
                let cell = result(&mut start.clone(), event.clone());
                cells.entry(name(&event)).or_default().insert(cell);
            }
        }
        let joined = |cell: BTreeSet<String>| cell.into_iter().collect::<Vec<_>>().join(" | ");
        let named = cells.into_iter().map(|(event, cell)| (event, joined(cell)));
        named.filter(|(_, cell)| cell != "ignored").collect()
    };
    let worlds = product::named().into_iter();
    worlds.map(|(state, start)| (state, row(start))).collect()
}

fn table() -> String {
    let rows = cells();
    let everywhere = |event: &String| {
        rows.iter()
            .all(|(_, row)| row.get(event).is_some_and(|cell| cell == "="))
    };
    let mut text = HEAD.to_owned();
    text.push_str("\nany state\n");
    for event in rows[0].1.keys().filter(|event| everywhere(event)) {
        text.push_str(&format!("    {event:<44} =\n"));
    }
    for (state, row) in &rows {
        text.push_str(&format!("\n{state}\n"));
        for (event, cell) in row.iter().filter(|(event, _)| !everywhere(event)) {
            text.push_str(&format!("    {event:<44} {cell}\n"));
        }
    }
    text
}

#[test]
fn every_cell_of_the_table() {
    let table = table();
    if std::env::var_os("MYNA_HAL_UPDATE").is_some() {
        std::fs::write(TABLE, &table).expect("the table can be written");
    }
    let known = std::fs::read_to_string(TABLE).expect("the table is there");
    for (line, (is, was)) in table.lines().zip(known.lines()).enumerate() {
        assert_eq!(is, was, "table.txt, line {}", line + 1);
    }
    assert_eq!(table.lines().count(), known.lines().count());
}

/// The deadline of each state, in seconds.
#[test]
fn every_state_has_its_deadline() {
    let due: Vec<_> = product::named()
        .into_iter()
        .filter_map(|(name, mut world)| {
            world.state.armed_timer()?;
            let entered = world.state.entered;
            world.time_out();
            let waited = Timestamp::new(world.at).since(entered);
            // One event takes a tenth of a second here.
            Some((name, waited.as_secs()))
        })
        .collect();
    assert_eq!(
        due,
        [
            ("card-settling", 2),
            ("reading-card", 5),
            ("reading-card, staff stand by", 5),
            ("reading-card, system failure", 5),
            ("reading-card, clock not believed", 5),
            ("choose-method", 60),
            ("unlocking-portrait", 10),
            ("face-capture", 20),
            ("phone-await", 30),
            ("authenticating, a phone", 10),
            ("without-card", 60),
            ("pin-entry", 60),
            ("pin-entry, last try", 60),
            ("pin-verifying, on the pad", 65),
            ("pin-verifying, other software", 65),
            ("staff-gate", 60),
            ("staff-confirm", 120),
            ("authenticating", 10),
            ("offering-registration", 60),
            ("registering", 10),
            ("querying", 15),
            ("querying, card gone", 15),
            ("querying, reader lost", 15),
            ("consenting", 60),
            ("consenting, practice", 60),
            ("submitting", 10),
            ("submitting, card gone", 10),
            ("showing", 20),
            ("remove-card, cancelled", 5),
            ("remove-card, shutting down", 2),
            ("remove-card, left behind", 5),
        ]
    );
}
