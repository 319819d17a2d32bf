//! What files may say, and what is said of those that may not.

use super::*;
use crate::scenario::{Instructions, Language};

const HEAD: &str = "title = \"A visit\"\ncards = { A = \"ordinary\", B = \"last-try\" }\n";

fn parse(rest: &str) -> Result<Scenario, FormatError> {
    Scenario::parse("folder/visit.toml", &format!("{HEAD}{rest}"))
}

fn refused(rest: &str) -> String {
    parse(rest).expect_err(rest).to_string()
}

#[test]
fn a_file_is_read() {
    let scenario = parse(
        "policy = { methods = [\"pin\"], seconds = { reminder = 0.5 } }\n\
         [[step]]\ninsert = \"B\"\n\
         [[step]]\ntype = \"12\"\nexpect = { screen = \"enter-pin\", within = 3 }\n",
    );
    let scenario = scenario.expect("well-formed");
    assert_eq!((&*scenario.name, &*scenario.title), ("visit", "A visit"));
    assert_eq!(scenario.cards[1], ("B".to_owned(), CardKind::LastTry));
    let policy = scenario.policy();
    assert_eq!(policy.deadlines.reminder, Duration::from_millis(500));
    assert_eq!(policy.methods.iter().count(), 1);
    let [insert, digits] = &scenario.steps[..] else {
        panic!("{:?}", scenario.steps);
    };
    assert_eq!(insert.line, 4);
    assert_eq!(insert.does, Some(Deed::Act(Act::Insert("B".to_owned()))));
    let typed = Act::Keys(Entry::Digits("12".to_owned()));
    assert_eq!(digits.does, Some(Deed::Act(typed)));
    let expect = digits.expect.as_ref().expect("something");
    assert_eq!(expect.within, Duration::from_secs(3));
    assert!(!format!("{:?}", digits.does).contains("12"));
}

#[test]
fn errors_name_file_and_line_and_what_is_allowed() {
    for (rest, line, words) in [
        ("", 1, "[[step]]"),
        ("step = 3\n", 3, "[[step]]"),
        ("[[step]]\n", 3, "one thing that is done"),
        ("[[step]]\ninsert = \"C\"\n", 4, "A, B"),
        ("[[step]]\ninsert = 1\n", 4, "a text in quotes"),
        ("[[step]]\nremove = true\nmute = true\n", 3, "one thing"),
        ("[[step]]\nremove = false\n", 4, "true, the only value"),
        ("[[step]]\ntyp = \"right\"\n", 4, "unknown key `typ`"),
        ("[[step]]\ntype = \"12a4\"\n", 4, "right, wrong, cancel"),
        ("[[step]]\nface = \"twin\"\n", 4, "holder, stranger, none"),
        ("[[step]]\nwait = -1\n", 4, "from 0 to 3600"),
        ("[[step]]\nwait = nan\n", 4, "from 0 to 3600"),
        ("[[step]]\nexpect = {}\n", 4, "expects nothing"),
        ("[[step]]\nexpect = { scren = \"done\" }\n", 4, "`scren`"),
        (
            "[[step]]\nexpect = { by = \"pin\" }\n",
            4,
            "`outcome` is missing",
        ),
        ("[[step]]\nexpect = { screen = \"hello\" }\n", 4, "welcome"),
        ("[[step]]\nexpect = { phase = \"x\" }\n", 4, "pin-entry"),
        (
            "[[step]]\nexpect = { tries-left = 300 }\n",
            4,
            "from 0 to 15",
        ),
        (
            "policy = { seconds = { reading = 1 } }\n[[step]]\n",
            3,
            "reminder",
        ),
        (
            "policy = { face-attempts = 0 }\n[[step]]\n",
            3,
            "from 1 to 9",
        ),
        (
            "answers = { consent = true }\n[[step]]\n",
            3,
            "yes, no, detail",
        ),
        (
            "reader = 7\n[[step]]\nremove = true\n",
            3,
            "a text in quotes",
        ),
        ("[[step]]\nremove = tru\n", 4, ""),
        ("title = \"again\"\n", 3, "duplicate"),
    ] {
        let error = refused(rest);
        let place = format!("folder/visit.toml:{line}: ");
        assert!(error.starts_with(&place), "{rest:?}: {error}");
        assert!(error.contains(words), "{rest:?}: {error}");
    }
    let error = Scenario::parse("x.toml", "[[step]]\nremove = true\n");
    assert!(error.expect_err("no title").message.contains("`title`"));
}

/// Cut and changed anywhere, a file is read or refused, and nothing else happens.
#[test]
fn no_text_brings_the_parser_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let text = std::fs::read_to_string(folder.join("two-patients.toml")).expect("shipped");
    for at in 0..text.len() {
        let _ = Scenario::parse("cut", &text[..at]);
        for other in ["\"", "[", "=", "9", "\u{7f}", "\n"] {
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            let _ = Scenario::parse("changed", &changed);
        }
    }
    let deep = format!("title = {}", "[".repeat(10_000));
    assert!(Scenario::parse("deep", &deep).is_err());
}

#[test]
fn instructions_are_numbered_and_have_no_pin() {
    let scenario = parse(
        "[[step]]\ninsert = \"A\"\nexpect = { screen = \"remove-card\", within = 4 }\n\
         [[step]]\ntype = \"right\"\n[[step]]\ntype = \"9876\"\n",
    );
    let scenario = scenario.expect("well-formed");
    let english = Instructions::new(&scenario, Language::English).to_string();
    assert!(
        english.contains(" 1. Put card A into the reader.\n"),
        "{english}"
    );
    assert!(
        english.contains("\"Please take your card.\" (within 4 s)"),
        "{english}"
    );
    assert!(
        english.contains(" 2. Type the right PIN (4 digits).\n"),
        "{english}"
    );
    let japanese = Instructions::new(&scenario, Language::Japanese).to_string();
    assert!(
        japanese.contains(" 2. 正しい暗証番号（4桁）を入力します。\n"),
        "{japanese}"
    );
    for text in [english, japanese] {
        assert!(!text.contains("9876"), "{text}");
    }
}
