//! The state graph of the documentation, drawn from the machine itself.
//!
//! After a wanted change run the test with `MYNA_HAL_UPDATE=1` in the environment and look at the
//! picture.

use std::fmt::Write;

use super::*;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checkin/states.svg");

type Ways = BTreeSet<(&'static str, &'static str)>;

/// Where each state stands: column and row. Sessions run from left to right.
const PLACES: [(&str, u16, u16); 21] = [
    ("idle", 0, 2),
    ("out-of-service", 0, 4),
    ("card-settling", 1, 2),
    ("phone-await", 1, 4),
    ("without-card", 1, 5),
    ("reading-card", 2, 2),
    ("choose-method", 3, 2),
    ("unlocking-portrait", 4, 1),
    ("pin-entry", 4, 2),
    ("staff-gate", 4, 3),
    ("face-capture", 5, 1),
    ("pin-verifying", 5, 2),
    ("staff-confirm", 5, 3),
    ("authenticating", 6, 2),
    ("offering-registration", 7, 1),
    ("querying", 7, 2),
    ("registering", 8, 0),
    ("consenting", 8, 2),
    ("submitting", 9, 2),
    ("showing", 10, 2),
    ("remove-card", 11, 2),
];

const WIDTH: u16 = 150;
const HEIGHT: u16 = 66;
const STEP: (u16, u16) = (194, 104);

fn corner(state: &str) -> (u16, u16) {
    let place = PLACES.iter().find(|(name, ..)| *name == state);
    let (_, column, row) = place.expect("every state has a place");
    (20 + column * STEP.0, 70 + row * STEP.1)
}

/// The events that are not late.
fn current(world: &World) -> impl Iterator<Item = Event> {
    let open = world.state.waits_for();
    events(world).into_iter().filter(move |event| match event {
        Event::Answer(ticket, _) => open == Some(*ticket),
        _ => true,
    })
}

/// The ways that `walk` takes.
fn walked(walk: impl FnOnce()) -> Ways {
    TRAIL.set(Some(Ways::new()));
    walk();
    TRAIL.take().unwrap_or_default()
}

/// Every way of the machine: all events in all states, and again in what comes of them.
fn all_ways() -> Ways {
    walked(|| {
        for start in everywhere() {
            for event in current(&start) {
                let mut world = start.clone();
                world.feed(event);
                if world.effects.is_empty() {
                    continue;
                }
                for event in current(&world) {
                    world.clone().feed(event);
                }
            }
        }
    })
}

/// Whether the way is drawn as a line; the others are written into the state that they leave.
fn is_line(from: &str, to: &str) -> bool {
    let column = |state| corner(state).0;
    column(from) < column(to) && (to != "remove-card" || from == "showing")
}

fn draw(all: &Ways, covered: &Ways) -> String {
    let mut svg = String::new();
    let size = (12 * STEP.0, 70 + 6 * STEP.1);
    let moves = || all.iter().filter(|(from, to)| from != to);
    let seen = moves().filter(|way| covered.contains(*way)).count();
    // No blank line: the picture stands in the documentation's Markdown.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" \
         font-family=\"sans-serif\" font-size=\"11\" role=\"img\">",
        size.0, size.1
    );
    svg.push_str(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#345\"/></marker></defs>\n",
    );
    let _ = writeln!(
        svg,
        "<rect width=\"{}\" height=\"{}\" fill=\"#fff\"/>",
        size.0, size.1
    );
    let _ = writeln!(
        svg,
        "<text x=\"20\" y=\"26\" font-size=\"16\" fill=\"#123\">The check-in session: {} states, \
         {} ways between them, {seen} walked by the {} scenarios</text>",
        PLACES.len(),
        moves().count(),
        scenarios::ALL.len(),
    );
    svg.push_str(
        "<text x=\"20\" y=\"46\" fill=\"#456\">Lines lead on; the words in a state are where else \
         it leads. Dark: walked by a scenario. Red and dashed: by the table of all cells only.</text>\n",
    );
    for (from, to) in moves().filter(|(from, to)| is_line(from, to)) {
        line(&mut svg, from, to, covered.contains(&(*from, *to)));
    }
    for (state, ..) in PLACES {
        let ways = moves().filter(|(from, to)| *from == state && !is_line(from, to));
        let words = ways.map(|way| (way.1, covered.contains(way)));
        state_box(&mut svg, state, words);
    }
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, from: &str, to: &str, covered: bool) {
    let ((x1, y1), (x2, y2)) = (corner(from), corner(to));
    let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
    let columns = (x2 - x1) / STEP.0;
    let bend = 30 + columns * 40;
    let course = match columns {
        // Below the other rows, then up between two columns.
        3.. if y1 > y2 => format!("H{} V{y2} H{x2}", x2 - 22),
        _ => {
            // A line that passes over states of its row goes round above them.
            let lift = if y1 == y2 { columns * 62 } else { 0 };
            let (up, down) = (y1 - lift, y2 - lift);
            format!("C{} {up} {} {down} {x2} {y2}", x1 + bend, x2 - bend)
        }
    };
    let (colour, dash) = match covered {
        true => ("#345", ""),
        false => ("#c55", " stroke-dasharray=\"4 3\""),
    };
    let _ = writeln!(
        svg,
        "<path d=\"M{x1} {y1}{course}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\" \
         marker-end=\"url(#tip)\"{dash}/>",
    );
}

fn state_box<'a>(svg: &mut String, state: &str, ways: impl Iterator<Item = (&'a str, bool)>) {
    let (x, y) = corner(state);
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"#eef4fa\" \
         stroke=\"#345\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\" \
         font-weight=\"bold\" fill=\"#123\">{state}</text>",
        x + WIDTH / 2,
        y + 15
    );
    for (number, (to, covered)) in (0u16..).zip(ways) {
        let colour = if covered { "#456" } else { "#c55" };
        let style = if covered {
            ""
        } else {
            " font-style=\"italic\""
        };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" font-size=\"8.5\" fill=\"{colour}\"{style}>\u{2192} {to}</text>",
            x + 5 + number / 4 * 78,
            y + 27 + number % 4 * 10
        );
    }
}

#[test]
fn the_picture_shows_the_machine() {
    let covered = walked(|| scenarios::ALL.iter().for_each(|scenario| scenario()));
    let all: Ways = all_ways().union(&covered).copied().collect();
    let svg = draw(&all, &covered);
    assert!(!svg.contains("\n\n"));
    if std::env::var_os("MYNA_HAL_UPDATE").is_some() {
        std::fs::write(PICTURE, &svg).expect("the picture can be written");
    }
    let known = std::fs::read_to_string(PICTURE).expect("the picture is there");
    assert!(
        known == svg,
        "states.svg is stale: see the top of this file"
    );
}

#[test]
fn the_scenarios_come_through_every_state() {
    let covered = walked(|| scenarios::ALL.iter().for_each(|scenario| scenario()));
    for (state, ..) in PLACES {
        assert!(covered.iter().any(|(_, to)| *to == state), "{state}");
    }
}
