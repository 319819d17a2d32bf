//! VERIFY and the two ways to change a reference value.

use super::chip::{Chip, Reply, done, sw};
use super::decode::Command;
use super::files::{Df, Ef};

/// Longest reference value (JICSAP).
const LONGEST: usize = 16;

impl Chip {
    pub(super) fn verify(&mut self, command: &Command<'_>) -> Reply {
        if command.p1 != 0 {
            return Err(sw::WRONG_P1_P2);
        }
        let id = self.by_p2(command.p2, self.quirks.refuses_short_ef.verify)?;
        let place = (self.df, id);
        let blocked = if self.quirks.blocked_is_6983 {
            sw::METHOD_BLOCKED
        } else {
            sw::REFERENCE_BLOCKED
        };
        let Some(reference) = self.store.references.get_mut(&place) else {
            return Err(sw::WRONG_STRUCTURE);
        };
        // The free query. It says how many tries are left even when the key is verified.
        if command.data.is_empty() {
            return Err(sw::TRIES_LEFT | u16::from(reference.left));
        }
        if command.data.len() > LONGEST {
            return Err(sw::WRONG_LENGTH);
        }
        reference.verifies += 1;
        if reference.left == 0 {
            return Err(blocked);
        }
        // A value of another length is just wrong, and costs a try.
        if reference.value == command.data {
            reference.left = reference.most;
            self.verified.insert(place);
            done()
        } else {
            reference.left -= 1;
            self.verified.remove(&place);
            Err(sw::TRIES_LEFT | u16::from(reference.left))
        }
    }

    /// JPKI and text application: the new value alone, after the old one was verified.
    pub(super) fn change_reference_data(&mut self, command: &Command<'_>) -> Reply {
        if !matches!(self.df, Df::Jpki | Df::Text) {
            return Err(sw::UNKNOWN_INS);
        }
        self.change(command, 0x01)
    }

    /// The same in the common and the resident-register application, by JICSAP's CHANGE KEY.
    pub(super) fn change_key(&mut self, command: &Command<'_>) -> Reply {
        if !matches!(self.df, Df::Common | Df::Resident) {
            return Err(sw::UNKNOWN_INS);
        }
        self.change(command, 0x00)
    }

    fn change(&mut self, command: &Command<'_>, p1: u8) -> Reply {
        if (command.p1, command.p2) != (p1, 0x80) {
            return Err(sw::WRONG_P1_P2);
        }
        let id = self.by_p2(command.p2, false)?;
        if !matches!(self.file(id)?, Ef::Reference) {
            return Err(sw::WRONG_STRUCTURE);
        }
        if command.data.is_empty() || command.data.len() > LONGEST {
            return Err(sw::WRONG_LENGTH);
        }
        // A card-face code is printed: only what the citizen chose can be changed.
        let place = (self.df, id);
        let is_pin = matches!(
            place,
            (Df::Jpki, 0x18 | 0x1b) | (Df::Text, 0x11) | (Df::Common | Df::Resident, 0x1c)
        );
        if !is_pin || !self.verified.contains(&place) {
            return Err(sw::SECURITY_STATUS);
        }
        if let Some(reference) = self.store.references.get_mut(&place) {
            reference.value = command.data.to_vec();
            reference.left = reference.most;
        }
        done()
    }
}
