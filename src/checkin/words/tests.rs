use super::*;
use crate::checkin::explain::Explanation;
use crate::checkin::{FailureCode, MessageId};
use jiff::civil::date;

fn shipped(language: Language) -> Catalogue {
    Catalogue::shipped(language).expect("the shipped words are complete")
}

fn prompt(message: MessageId, detail: Detail) -> Prompt {
    Prompt {
        message,
        detail,
        audio: false,
    }
}

#[test]
fn every_language_has_every_text() {
    for language in Language::ALL {
        let words = shipped(*language);
        for id in TextId::all() {
            let text = words.text(id);
            assert!(!text.is_empty() && text != id.key(), "{language:?} {id:?}");
            let english = *language == Language::English;
            assert_eq!(text.is_ascii(), english, "{language:?}: {text}");
        }
    }
}

#[test]
fn numbers_and_dates_stand_in_the_sentence() {
    let wrong = |left| prompt(MessageId::PinWrong, Detail::TriesLeft(left));
    let grace = prompt(
        MessageId::ExpiredInGrace,
        Detail::LastDay(date(2025, 5, 31)),
    );
    let soon = |days| prompt(MessageId::ExpiresSoon, Detail::DaysLeft(days));
    let english = shipped(Language::English);
    assert_eq!(
        english.prompt(&wrong(2)),
        "The PIN is wrong. 2 tries are left."
    );
    assert_eq!(
        english.prompt(&wrong(1)),
        "The PIN is wrong. One try is left."
    );
    assert!(
        english
            .prompt(&grace)
            .ends_with("The last usable day is 31 May 2025.")
    );
    assert!(english.prompt(&soon(0)).ends_with("Today is the last day."));
    let japanese = shipped(Language::Japanese);
    assert_eq!(
        japanese.prompt(&wrong(2)),
        "暗証番号が違います。残りは2回です。"
    );
    assert!(
        japanese
            .prompt(&grace)
            .ends_with("最後に使える日は2025年5月31日です。")
    );
    assert!(japanese.prompt(&soon(0)).ends_with("本日が最終日です。"));
    let plain = prompt(MessageId::Welcome, Detail::None);
    assert_eq!(japanese.prompt(&plain), japanese.text(MessageId::Welcome));
}

#[test]
fn lines_have_numbers_hours_and_languages() {
    let lost = shipped(Language::Japanese).line(Contact::LostCard);
    assert_eq!(lost.number, "0120-95-0178");
    assert_eq!(lost.hours, "24時間365日");
    let questions = shipped(Language::English).line(Contact::CardQuestions);
    assert!(questions.languages.contains("Portuguese"));
    assert!(questions.hours.contains("17:30"));
    for language in Language::ALL {
        for contact in Contact::ALL {
            let line = shipped(*language).line(*contact);
            let digits = line.number.chars().filter(char::is_ascii_digit).count();
            assert_eq!(digits, 10, "{language:?}: {line:?}");
        }
    }
}

#[test]
fn missing_words_are_named_when_the_catalogue_is_loaded() {
    let source: String = Language::English
        .source()
        .lines()
        .filter(|line| !line.starts_with("welcome =") && !line.starts_with("next-use-pin ="))
        .map(|line| format!("{line}\n"))
        .collect();
    let names = ["welcome", "next-use-pin"].map(str::to_owned);
    assert_eq!(
        Catalogue::load("en", source).expect_err("words are missing"),
        CatalogueError::Missing(names.to_vec())
    );
    let source = Language::English
        .source()
        .replacen("    .hours = 24 hours, every day\n", "", 1);
    assert_eq!(
        Catalogue::load("en", source).expect_err("hours are missing"),
        CatalogueError::Missing(vec!["contact-lost-card.hours".to_owned()])
    );
}

#[test]
fn what_cannot_be_a_catalogue_is_refused() {
    let english = Language::English.source();
    let asks = english.replacen("done = You", "done = { $name }, you", 1);
    assert_eq!(
        Catalogue::load("en", asks).expect_err("nobody tells a name"),
        CatalogueError::Unformattable(vec!["done".to_owned()])
    );
    let twice = format!("{english}\ndone = Done.\n");
    let twice = Catalogue::load("en", twice).expect_err("defined twice");
    assert!(matches!(twice, CatalogueError::Twice(_)), "{twice}");
    let broken = Catalogue::load("en", "done { = x\n").expect_err("no syntax");
    assert!(matches!(broken, CatalogueError::Syntax(_)), "{broken}");
    let nowhere = Catalogue::load("no language", english).expect_err("no tag");
    assert!(matches!(nowhere, CatalogueError::Language(_)), "{nowhere}");
    assert!(matches!(
        Catalogue::load("en", ""),
        Err(CatalogueError::Missing(_))
    ));
}

/// The bare word for "lapsed" covers two states and frightens people in the grace period; some
/// people cannot see their data on the portal, and nobody is to read why.
#[test]
fn no_patient_reads_what_would_frighten_or_betray() {
    let words = shipped(Language::Japanese);
    let english = shipped(Language::English);
    for id in TextId::all().filter(|id| !id.key().starts_with("staff-")) {
        let text = words.text(id);
        for word in ["失効", "支援措置", "不開示", "保護"] {
            assert!(!text.contains(word), "{id:?}: {text}");
        }
        let text = english.text(id).to_lowercase();
        for word in ["violence", "protected", "withheld", "revoked"] {
            assert!(!text.contains(word), "{id:?}: {text}");
        }
    }
    let miss = words.text(FailureCode::NoMatch.patient_message());
    let suspect = words.text(FailureCode::SpoofSuspected.patient_message());
    assert_eq!(suspect, miss);
}

#[test]
fn an_item_of_the_application_is_named_by_its_code() {
    let own = crate::checkin::ConsentItem::Other("allergies");
    let words = shipped(Language::English);
    assert_eq!(words.text(own), "item-allergies");
    let line = words.text(Explanation::TelephoneRelay);
    assert!(line.contains("relay"));
}
