//! Visits of people who lay no card on the reader.

use super::*;
use crate::checkin::{Credential, Fallback, MethodSet, Papers};

/// Somebody who presses a button of the first screen, once.
struct Cardless {
    /// The phone that is presented; without one, papers are shown.
    phone: Option<Method>,
    papers: Papers,
    came: bool,
}

impl Screen for Cardless {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            Shown::Prompt(prompt) if prompt.message == MessageId::Welcome && !self.came => {
                self.came = true;
                match self.phone {
                    Some(method) => input.choose(method),
                    None => input.without_card(),
                }
            }
            Shown::AskPapers(ticket) => input.papers(ticket, self.papers),
            Shown::Consent { ticket, .. } => input.consent(ticket, ConsentAnswer::Yes),
            _ => {}
        }
    }
}

fn come(phone: Option<Method>, papers: Papers) -> (Reception, SessionReport) {
    let mut reception = Reception::new(Visit {
        policy: Policy {
            methods: MethodSet::all(),
            ..policy()
        },
        ..Visit::default()
    });
    let mut person = Cardless {
        phone,
        papers,
        came: false,
    };
    let wait = Wait::at_most(reception.clock.shared(), Duration::from_secs(600));
    let report = reception
        .runner
        .run_session(&mut person, &wait)
        .expect("ends by itself");
    (reception, report)
}

#[test]
fn a_phone_checks_in() {
    for method in [Method::PhonePin, Method::PhoneBiometric] {
        let (reception, report) = come(Some(method), Papers::default());
        assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
        assert_eq!(report.credential, Credential::Phone);
        assert_eq!(report.method, Some(method));
        assert_eq!(reception.government.submitted().len(), 1);
    }
}

#[test]
fn papers_lead_to_the_counter() {
    let papers = Papers {
        certificate: true,
        ..Papers::default()
    };
    let (reception, report) = come(None, papers);
    let certificate = Outcome::Fallback {
        reason: FailureCode::WithoutCard,
        routes: vec![Fallback::EligibilityCertificate],
    };
    assert_eq!(report.outcome, certificate);
    assert_eq!(reception.government.calls(), 0);
}
