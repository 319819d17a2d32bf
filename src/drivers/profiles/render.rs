//! The table as text.

use std::fmt::Write as _;

use super::{Evidence, Exchange, KNOWN, Needs, Quirk, ReaderProfile};

/// The table in Markdown, a line for each reader.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "| reader | USB | exchange | longest message | PIN pad | needs | special | known by |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for known in KNOWN {
        // Writing into a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            known.make,
            ids(known),
            exchange(known.exchange),
            known
                .max_message
                .map_or_else(|| "–".to_owned(), |bytes| bytes.to_string()),
            pad(known),
            needs(known.needs),
            special(known),
            evidence(known.evidence),
        );
    }
    text
}

fn ids(known: &ReaderProfile) -> String {
    let ids: Vec<String> = known
        .usb_ids
        .iter()
        .map(|(vendor, product)| format!("{vendor:04X}:{product:04X}"))
        .collect();
    ids.join(", ")
}

fn exchange(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::Tpdu => "blocks",
        Exchange::Short => "short commands",
        Exchange::Extended => "every length",
        Exchange::Vendor => "not CCID",
    }
}

fn pad(known: &ReaderProfile) -> String {
    match (known.pin_pad, known.pin_digits) {
        (false, _) => "–".to_owned(),
        (true, None) => "yes".to_owned(),
        (true, Some((least, most))) => format!("{least} to {most} digits"),
    }
}

fn needs(needs: Needs) -> &'static str {
    match needs {
        Needs::Libccid => "libccid",
        Needs::LaterLibccid => "libccid after 1.5.2",
        Needs::Libacsccid => "libacsccid1",
        Needs::NoDriver => "this crate's driver `port100`; no PC/SC driver on Linux",
        Needs::VendorDriver => "its maker's driver",
    }
}

fn special(known: &ReaderProfile) -> String {
    let words: Vec<&str> = known
        .quirks
        .iter()
        .map(|quirk| match quirk {
            Quirk::OlderThanTheClass => "USB class FF",
            Quirk::ClaimsAPad => "claims a PIN pad it lacks",
            Quirk::OkKeyOnly => "OK key only",
            Quirk::ThreeMessages => "always three messages",
            Quirk::EscapeBeforeBarePin => "escape before a PIN without template",
            Quirk::AnswersLate => "answers up to 1 s late without a card",
            Quirk::TwoInterfaces => "two interfaces, two readers",
        })
        .collect();
    words.join("; ")
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Descriptor => "descriptor",
        Evidence::Simulated => "descriptor, simulated",
        Evidence::Reported => "reported",
        Evidence::Protocol => "other programs' sources, simulated; not yet seen on hardware",
    }
}
