//! No dead ends: wherever a patient stands, something can be done, and the staff can be reached.

use super::*;

/// What a machine comes to within one event from any of the usual states.
fn reachable() -> Vec<World> {
    let mut all = everywhere();
    for start in everywhere() {
        for event in events(&start) {
            let mut world = start.clone();
            world.feed(event);
            all.push(world);
        }
    }
    all
}

#[test]
fn every_reachable_state_has_a_next_step_and_a_way_to_the_staff() {
    let mut seen = HashSet::new();
    for mut world in reachable() {
        let phase = world.state.phase();
        let guidance = phase.guidance();
        assert!(!guidance.next.is_empty(), "{phase:?}");
        assert!(guidance.next.contains(&NextStep::CallStaff), "{phase:?}");
        // Said, and true: the bell rings, whatever else happens.
        world.feed(Event::CallStaff);
        assert!(world.notifies(MessageId::StaffIdentityHelp), "{phase:?}");
        assert!(world.says(MessageId::StaffComing), "{phase:?}");
        seen.insert(phase.code());
    }
    assert_eq!(seen.len(), 21, "{seen:?}");
}

#[test]
fn whatever_ends_a_session_says_what_to_do_next() {
    for mut world in reachable() {
        world.drain();
        for report in &world.reports {
            assert!(!report.outcome.guidance().next.is_empty());
            for failure in &report.failures {
                assert!(!failure.code.guidance().next.is_empty());
            }
            for notice in &report.notices {
                assert!(!notice.guidance().next.is_empty());
            }
            if let Outcome::Fallback { reason, routes } = &report.outcome {
                assert!(!routes.is_empty(), "{reason:?}");
                assert_ne!(routes[..], [Fallback::PortalScreenWithCard], "{reason:?}");
            }
        }
    }
}

/// A patient is never told to do what only staff can do, nor the other way round.
#[test]
fn messages_go_to_those_whom_they_concern() {
    for code in FailureCode::ALL {
        let guidance = code.guidance();
        let to_staff = guidance.staff.code().starts_with("staff-");
        assert!(to_staff, "{code:?}");
        let to_patient = !guidance.patient.code().starts_with("staff-");
        // The staff's own screen says it.
        assert!(to_patient || code.blame() == Blame::Staff, "{code:?}");
    }
    for hint in FaceHint::ALL {
        assert!(!hint.guidance().next.is_empty(), "{hint:?}");
    }
}
