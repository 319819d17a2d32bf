//! What a report says as JSON: what is known, and nothing about anybody.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::reception::{Path, Reception};

/// Every key that a report may have, at any depth.
const KEYS: &[&str] = &[
    "allowed",
    "answer",
    "assisted",
    "at",
    "attempts",
    "authenticated",
    "bound",
    "bound_allowed",
    "by",
    "capability",
    "code",
    "confirmed_by",
    "consents",
    "consents_assisted",
    "consents_sent",
    "consumed",
    "credential",
    "eligibility",
    "engine",
    "face",
    "failures",
    "item",
    "kind",
    "left",
    "method",
    "mode",
    "notices",
    "outcome",
    "pad",
    "pad_evidence",
    "portrait_damaged",
    "presentation",
    "proven",
    "provided",
    "reason",
    "reception",
    "routes",
    "session",
    "step",
    "steps",
    "took_ms",
    "valid_until",
    "validity",
    "vendor_code",
    "version",
];

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn a_report_has_known_keys_and_nothing_about_anybody() {
    let _process = crate::beside_others();
    for path in Path::ALL {
        for pulled in [false, true] {
            let mut reception = Reception::new(path);
            let hands = reception.hands.clone();
            let pull: Box<dyn FnOnce() + Send> = Box::new(move || drop(hands.reader.remove()));
            reception.moments.begin(pulled.then_some((12, pull)));
            let report = reception.visit().report.expect("a session began");
            let json = serde_json::to_value(&report).expect("a report");
            let mut found = BTreeSet::new();
            keys(&json, &mut found);
            for key in &found {
                assert!(KEYS.contains(&key.as_str()), "{key} in {json:#}");
            }
            let text = json.to_string();
            let holder = reception.hands.card.holder();
            let year = holder.birth.year().to_string();
            // A card ends on its holder's birthday.
            let ends = holder.expiry.to_string();
            for secret in [&holder.name, &holder.card_face_code, &year, &ends] {
                assert!(!text.contains(secret.as_str()), "{secret} in {text}");
            }
            assert_eq!(json["outcome"]["kind"], report.outcome.code());
            let told = report.reception.map(|it| format!("{:032x}", it.number()));
            assert_eq!(json["reception"], Value::from(told));
        }
    }
}
