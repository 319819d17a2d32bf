//! What can go wrong, done by hands from outside.

use std::time::Duration;

use myna_hal::ErrorKind;
use myna_hal::checkin::ports::UpstreamOutage;
use myna_hal::sim::card::{Fault as CardFault, Trigger};
use myna_hal::sim::ports::Behaviour;

use crate::devices::{DeskFault, PadFault};
use crate::reception::Hands;

/// Something that goes wrong, at whatever moment.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) strike: fn(&Hands),
    /// The program ends with it, so that nobody is served afterwards.
    pub(crate) ends: bool,
}

const fn fault(name: &'static str, strike: fn(&Hands)) -> Fault {
    Fault {
        name,
        strike,
        ends: false,
    }
}

fn next(hands: &Hands, fault: CardFault) {
    hands.card.inject(Trigger::Nth(1), fault);
}

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[
    fault("card pulled", |hands| drop(hands.reader.remove())),
    fault("card pulled during a command", |hands| {
        next(hands, CardFault::RemoveDuring);
    }),
    fault("card exchanged for itself", |hands| {
        hands.reader.remove();
        hands.reader.insert(&hands.card);
    }),
    fault("card mute", |hands| next(hands, CardFault::Mute)),
    fault("answer lost", |hands| next(hands, CardFault::AnswerLost)),
    fault("reset by another program", |hands| {
        hands.reader.reset_by_other();
    }),
    fault("garbage: one byte", |hands| {
        next(hands, CardFault::Truncate(1));
    }),
    fault("garbage: cut short", |hands| {
        next(hands, CardFault::Truncate(7));
    }),
    fault("garbage: status word", |hands| {
        next(hands, CardFault::Status(0x6F00));
    }),
    fault("link error", |hands| next(hands, CardFault::LinkError)),
    fault("slow card, 3 s", |hands| {
        next(hands, CardFault::Delay(Duration::from_secs(3)));
    }),
    fault("slow card, 30 s", |hands| {
        next(hands, CardFault::Delay(Duration::from_secs(30)));
    }),
    fault("reader unplugged", |hands| hands.reader.unplug()),
    fault("service stopped", |hands| hands.context.lose_service()),
    fault("service restarted", |hands| {
        hands.context.lose_service();
        hands.context.restore_service();
    }),
    fault("camera stalled", |hands| hands.camera.stall(true)),
    fault("camera gone", |hands| hands.camera.unplug()),
    fault("camera out and in", |hands| {
        hands.camera.unplug();
        hands.camera.plug();
    }),
    fault("frames of noise", |hands| hands.camera_faults.garbage(true)),
    fault("pad cancelled", |hands| {
        hands.pad_faults.set(Some(PadFault::Cancelled));
    }),
    fault("pad timed out", |hands| {
        hands.pad_faults.set(Some(PadFault::TimedOut));
    }),
    fault("pad broken", |hands| {
        hands.pad_faults.set(Some(PadFault::Broken));
    }),
    fault("nobody types", |hands| hands.keys.clear()),
    fault("eligibility system out", |hands| {
        outage(hands, UpstreamOutage::EligibilitySystem);
    }),
    fault("certificate authority out", |hands| {
        outage(hands, UpstreamOutage::CertificateAuthority);
    }),
    fault("network down", |hands| {
        behave(hands, Behaviour::Fails(ErrorKind::Disconnected));
    }),
    fault("out for 10 s", |hands| {
        let end = myna_hal::time::Clock::now(&hands.clock) + Duration::from_secs(10);
        let outage = UpstreamOutage::EligibilitySystem;
        behave(hands, Behaviour::OutageUntil(outage, end));
    }),
    fault("no answer from the system", |hands| {
        behave(hands, Behaviour::Never);
    }),
    fault("late answer, 40 s", |hands| {
        behave(hands, Behaviour::Deaf(Duration::from_secs(40)));
    }),
    fault("wrong answer", |hands| behave(hands, Behaviour::Wrongly)),
    fault("scanner, staff fail", |hands| {
        hands.desk_faults.set(Some(DeskFault::Fails));
    }),
    fault("scanner, staff hang", |hands| {
        hands.desk_faults.set(Some(DeskFault::Hangs));
    }),
    fault("patient cancels", |hands| hands.input.cancel()),
    fault("staff called", |hands| hands.input.call_staff()),
    Fault {
        name: "program stops",
        strike: |hands| hands.input.shut_down(),
        ends: true,
    },
];

fn outage(hands: &Hands, outage: UpstreamOutage) {
    behave(hands, Behaviour::Outage(outage));
}

fn behave(hands: &Hands, behaviour: Behaviour) {
    hands.government.behave(behaviour);
    hands.government.behave_for_challenges(behaviour);
}
