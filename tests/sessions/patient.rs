//! Somebody before the kiosk.

use myna_hal::checkin::runner::{Input, Screen, Shown};
use myna_hal::checkin::{ConsentAnswer, MessageId, Method, MethodSet, Phase};
use myna_hal::sim::{Clock, VirtualCard, VirtualReader};
use myna_hal::time::{Clock as _, Timestamp};

/// Chooses, consents, and takes the card at the second reminder: by then everything is locked that
/// was to be locked.
pub(crate) struct Patient {
    clock: Clock,
    reader: VirtualReader,
    card: VirtualCard,
    methods: Vec<Method>,
    reminders: u32,
    /// Whether something was open on the card when it was taken.
    pub(crate) left_open: bool,
    /// How often the face was chosen.
    pub(crate) faces: u32,
    /// When which phase was entered.
    pub(crate) phases: Vec<(Phase, Timestamp)>,
}

impl Patient {
    /// Chooses `methods` in turn, then gives up.
    pub(crate) fn new(
        clock: &Clock,
        reader: &VirtualReader,
        card: &VirtualCard,
        methods: &[Method],
    ) -> Self {
        Self {
            clock: clock.clone(),
            reader: reader.clone(),
            card: card.clone(),
            methods: methods.iter().rev().copied().collect(),
            reminders: 0,
            left_open: false,
            faces: 0,
            phases: Vec::new(),
        }
    }

    /// When a phase with this name was entered first.
    pub(crate) fn entered(&self, code: &str) -> Option<Timestamp> {
        let entered = self.phases.iter().find(|(phase, _)| phase.code() == code);
        entered.map(|(_, at)| *at)
    }

    fn choose(&mut self, offered: MethodSet, input: &Input) {
        while let Some(method) = self.methods.pop() {
            if offered.contains(method) {
                self.faces += u32::from(method == Method::Face);
                return input.choose(method);
            }
        }
        input.cancel();
    }

    fn reminded(&mut self) {
        self.reminders += 1;
        if self.reminders > 1 {
            self.left_open |= self.card.is_unlocked();
            self.reader.remove();
        }
    }
}

impl Screen for Patient {
    fn show(&mut self, shown: Shown<'_>, input: &Input) {
        match shown {
            Shown::Entered { phase, .. } => self.phases.push((phase, self.clock.now())),
            Shown::Prompt(prompt)
                if matches!(
                    prompt.message,
                    MessageId::RemoveCard | MessageId::CardLeftBehind
                ) =>
            {
                self.reminded();
            }
            Shown::Methods(offered) => self.choose(offered, input),
            Shown::CompareWithPhoto => input.staff_decides(true),
            Shown::OfferRegistration(ticket) => input.register(ticket, true),
            Shown::Consent { ticket, .. } => input.consent(ticket, ConsentAnswer::Yes),
            _ => {}
        }
    }
}
