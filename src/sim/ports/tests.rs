use super::*;
use crate::checkin::card_face::{DEFAULT_CONFIDENCE, ReadingLog};
use crate::checkin::ports::{ExternalPinAnswer, PinAuthenticator};
use crate::checkin::{
    Answer, CardAnswer, CardFaceAnswer, CardFacts, Consent, ConsentAnswer, Effect, Event, Method,
    Now, Outcome, Policy, SessionReport, State, Ticket, ValueId, step,
};
use crate::sim::Clock;
use crate::time::Clock as _;
use jiff::civil::date;

fn clock() -> Clock {
    Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("a literal"))
}

fn external(seed: u64) -> ExternalPin {
    ExternalPin::new(Government::new(seed))
}

#[test]
fn answers_take_three_to_seven_seconds_and_the_same_ones_every_time() {
    let run = |seed| -> Vec<Duration> {
        let clock = clock();
        let _me = clock.enter();
        let mut port = external(seed);
        (0..20)
            .map(|_| {
                let begun = clock.now();
                port.authenticate(&Wait::forever(clock.shared()))
                    .expect("an answer");
                clock.now().since(begun)
            })
            .collect()
    };
    let delays = run(7);
    assert_eq!(delays, run(7));
    assert_ne!(delays, run(8));
    let seconds = Duration::from_secs(3)..=Duration::from_secs(7);
    assert!(
        delays.iter().all(|delay| seconds.contains(delay)),
        "{delays:?}"
    );
}

#[test]
fn a_service_that_never_answers_ends_with_the_wait() {
    let clock = clock();
    let _me = clock.enter();
    let mut port = external(1);
    port.government.behave(Behaviour::Never);
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(10));
    let error = port.authenticate(&wait).expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(clock.now().since_start(), Duration::from_secs(10));
}

#[test]
fn registered_patients_pass_without_the_certificate_authority() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let outage = Behaviour::Outage(UpstreamOutage::CertificateAuthority);
    let registered_system = Government::new(1);
    let mut registered = ExternalPin::new(registered_system.clone());
    registered_system.behave(outage);
    let mut new =
        ExternalPin::new(Government::new(1).with_registration(RegistrationState::NotRegistered));
    new.government.behave_once(outage);
    let passes = |port: &mut ExternalPin| {
        let answer = port.authenticate(&wait).expect("an answer");
        matches!(
            answer,
            ExternalPinAnswer::Authenticated(AuthAnswer::Accepted { .. })
        )
    };
    assert!(passes(&mut registered));
    assert!(!passes(&mut new));
    assert!(passes(&mut new), "the outage is over");
}

#[test]
fn a_deaf_service_answers_a_caller_who_is_gone() {
    let clock = clock();
    let _me = clock.enter();
    let mut port = external(1);
    port.government
        .behave(Behaviour::Deaf(Duration::from_secs(40)));
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(10));
    assert!(port.authenticate(&wait).is_ok(), "late, and an answer");
    assert_eq!(clock.now().since_start(), Duration::from_secs(40));
}

#[test]
fn an_outage_ends_at_its_time_and_a_wrong_answer_refuses() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let mut port = external(1);
    let end = clock.now() + Duration::from_secs(8);
    let outage = Behaviour::OutageUntil(UpstreamOutage::EligibilitySystem, end);
    port.government.behave(outage);
    let mut answer = || match port.authenticate(&wait).expect("an answer") {
        ExternalPinAnswer::Authenticated(answer) => answer,
        other => panic!("{other:?}"),
    };
    let out = AuthAnswer::Outage(UpstreamOutage::EligibilitySystem);
    assert_eq!(answer(), out);
    wait.sleep(Duration::from_secs(8)).expect("not cancelled");
    assert!(matches!(answer(), AuthAnswer::Accepted { .. }));
    port.government.behave(Behaviour::Wrongly);
    let refused = port.authenticate(&wait).expect("an answer");
    assert_eq!(
        refused,
        ExternalPinAnswer::Authenticated(AuthAnswer::Refused)
    );
}

#[test]
fn scripted_answers_come_first() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let mut staff = Staff::new();
    staff.answer(StaffCodeAnswer::Wrong);
    assert_eq!(
        staff.authorise(&wait).expect("an answer"),
        StaffCodeAnswer::Wrong
    );
    let right = staff.authorise(&wait).expect("an answer");
    assert!(matches!(right, StaffCodeAnswer::Accepted { .. }));
}

#[test]
fn a_misreading_is_seen_through_by_the_second_look() {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let mut scanner = Scanner::new(date(1980, 2, 17), 2030, *b"1234");
    scanner.misread(*b"1284", 0.95);
    let mut log = ReadingLog::new();
    let today = Some(date(2026, 11, 22));
    let mut look = || {
        let reading = scanner.scan(&wait).expect("a reading");
        log.judge(&reading, today, DEFAULT_CONFIDENCE)
    };
    assert_eq!(look(), None);
    assert_eq!(look(), None);
    assert_eq!(look(), Some(CardFaceAnswer::Accepted(ValueId(1))));
}

/// Drives the machine with these ports, as a runner would: staff confirm, the patient says yes.
fn visit(government: &Government) -> SessionReport {
    let clock = clock();
    let _me = clock.enter();
    let wait = Wait::forever(clock.shared());
    let policy = Policy::default();
    let mut staff = Staff::new();
    let (mut auth, mut eligibility) = (government.clone(), government.clone());
    let mut registration = government.clone();
    let mut state = State::new(1);
    let back = Event::ReaderBack {
        card_present: false,
    };
    let mut queue = VecDeque::from([Event::ServiceBack, back, Event::CardArrived]);
    let reply = |ticket: Ticket, answer: Result<Answer>| {
        let answer = answer.unwrap_or_else(|error| Answer::Failed(error.kind()));
        Event::Answer(ticket, answer)
    };
    loop {
        let event = queue
            .pop_front()
            .expect("the machine always waits for something");
        let now = Now {
            at: clock.now(),
            calendar: clock.utc(),
        };
        let (next, effects) = step(state, event, now, &policy);
        state = next;
        for effect in effects {
            queue.extend(match effect {
                Effect::SettleCard { debounce } => {
                    wait.sleep(debounce).expect("not cancelled");
                    Some(Event::CardStable)
                }
                Effect::ReadCard(ticket) => {
                    let read = CardAnswer::Read(CardFacts {
                        certificate_expiry: Some(date(2030, 2, 17)),
                        ..CardFacts::default()
                    });
                    Some(reply(ticket, Ok(Answer::Card(read))))
                }
                Effect::OfferMethods(_) => Some(Event::Chosen(Method::StaffVisual)),
                Effect::AskStaffCode(ticket) => {
                    Some(reply(ticket, staff.authorise(&wait).map(Answer::StaffCode)))
                }
                Effect::AskStaffToCompare => Some(Event::StaffDecision { same: true }),
                Effect::Authenticate(ticket, identified) => {
                    let limited = wait.shortened(policy.deadlines.authenticating);
                    let port: &mut dyn PinlessAuthenticator = &mut auth;
                    let answer = port.authenticate(&identified, &[], &limited);
                    Some(reply(ticket, answer.map(Answer::Authentication)))
                }
                Effect::OfferRegistration(ticket) => {
                    Some(reply(ticket, Ok(Answer::RegistrationChoice(true))))
                }
                Effect::Register(ticket, patient) => {
                    let answer = registration.register(&patient, &wait);
                    Some(reply(ticket, answer.map(Answer::Registration)))
                }
                Effect::Query(ticket, patient) => {
                    let answer = eligibility.query(&patient, &wait);
                    Some(reply(ticket, answer.map(Answer::Eligibility)))
                }
                Effect::AskConsent { ticket, .. } => {
                    Some(reply(ticket, Ok(Answer::Consent(ConsentAnswer::Yes))))
                }
                Effect::Submit(ticket, patient, consents) => {
                    let answer = eligibility.submit(&patient, &consents, &wait);
                    Some(reply(ticket, answer.map(|()| Answer::Submitted)))
                }
                Effect::PowerCycleCard => Some(Event::CardLeft),
                Effect::Ended(report) => return *report,
                _ => None,
            });
        }
        if queue.is_empty() {
            // Only the result on the screen is left: the patient takes the card.
            queue.push_back(Event::CardLeft);
        }
    }
}

#[test]
fn a_first_visit_registers_and_checks_in() {
    let government = Government::new(5).with_registration(RegistrationState::NotRegistered);
    let report = visit(&government);
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!(government.registration(), RegistrationState::Registered);
    assert_eq!(
        government.submitted(),
        std::slice::from_ref(&report.consents)
    );
    let granted = |(_, consent)| matches!(consent, Consent::Granted { .. });
    assert!(report.consents.iter().all(granted));
    let took: Duration = report.steps.iter().map(|step| step.took).sum();
    // Staff code, authentication, registration, query and submission.
    assert!(
        took > Duration::from_secs(14) && took < Duration::from_secs(31),
        "{took:?}"
    );
}

#[test]
fn a_silent_government_sends_the_patient_to_the_counter() {
    let government = Government::new(5);
    government.behave(Behaviour::Never);
    let report = visit(&government);
    assert!(
        matches!(report.outcome, Outcome::Fallback { .. }),
        "{:?}",
        report.outcome
    );
    assert!(!report.authenticated && government.submitted().is_empty());

    let government = Government::new(5);
    government.answer_authentication(AuthAnswer::Refused);
    assert!(matches!(
        visit(&government).outcome,
        Outcome::Fallback { .. }
    ));
    assert_eq!(
        visit(&government).outcome,
        Outcome::Completed,
        "the next one passes"
    );
}
