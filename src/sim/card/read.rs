//! READ BINARY, READ RECORD, GET DATA and GET RESPONSE.

use super::chip::{Chip, Reply, held_length, sw};
use super::decode::Command;
use super::files::{Df, Ef};
use super::records;

impl Chip {
    pub(super) fn read_binary(&mut self, command: &Command<'_>) -> Reply {
        let le = expects_only(command)?;
        let (id, offset) = if command.p1 & 0x80 == 0 {
            let offset = usize::from(u16::from_be_bytes([command.p1, command.p2]));
            let id = self.ef.ok_or(sw::NO_CURRENT_EF)?;
            self.reach(id)?;
            (id, offset)
        } else {
            // Bits 7 and 6 are zero in the form with a short EF identifier.
            let id = u16::from(command.p1 & 0x7f);
            if self.quirks.refuses_short_ef.read || !(1..=30).contains(&id) {
                return Err(sw::WRONG_P1_P2);
            }
            self.reach(id)?;
            self.ef = Some(id);
            (id, usize::from(command.p2))
        };
        let Ef::Transparent { bytes, access } = self.file(id)? else {
            return Err(sw::WRONG_STRUCTURE);
        };
        self.allow(*access)?;
        let rest = match bytes.get(offset..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => return Err(sw::OUTSIDE_FILE),
        };
        let data = &rest[..le.min(rest.len())];
        let refused = self.quirks.refuses_answers_of;
        if !command.extended && refused.is_some_and(|length| data.len() >= length) {
            return Err(sw::WRONG_LENGTH);
        }
        if le > rest.len() && self.quirks.corrects_le {
            return Err(match u8::try_from(rest.len()) {
                Ok(length) => sw::CORRECT_LE | u16::from(length),
                Err(_) => sw::WRONG_LENGTH,
            });
        }
        let short = le > rest.len() && self.quirks.warns_at_end;
        Ok((data.to_vec(), if short { sw::END_OF_FILE } else { sw::OK }))
    }

    /// P2: short EF identifier in bits 8 to 4, then `100` for one record or `101` for all from
    /// it on.
    pub(super) fn read_record(&mut self, command: &Command<'_>) -> Reply {
        let le = expects_only(command)?;
        let id = match command.p2 >> 3 {
            0 => self.ef.ok_or(sw::NO_CURRENT_EF)?,
            _ if self.quirks.refuses_short_ef.read => return Err(sw::WRONG_P1_P2),
            id => u16::from(id),
        };
        self.reach(id)?;
        self.ef = Some(id);
        let Ef::Records(records) = self.file(id)? else {
            return Err(sw::WRONG_STRUCTURE);
        };
        let first = usize::from(command.p1)
            .checked_sub(1)
            .filter(|first| *first < records.len())
            .ok_or(sw::NO_RECORD)?;
        let mut data = match command.p2 & 0x07 {
            0x04 => records[first].clone(),
            0x05 => records[first..].concat(),
            _ => return Err(sw::WRONG_P1_P2),
        };
        data.truncate(le);
        Ok((data, sw::OK))
    }

    /// Answered by the card manager. Large objects want an extended Le (observed).
    pub(super) fn get_data(&mut self, command: &Command<'_>) -> Reply {
        let le = expects_only(command)?;
        let tag = u16::from_be_bytes([command.p1, command.p2]);
        let object = match self.df {
            Df::Manager => records::manager_object(tag, &self.holder, &self.atr, self.key_type),
            _ => None,
        };
        let object = object.ok_or(sw::NO_DATA_OBJECT)?;
        if object.len() > le {
            return Err(sw::WRONG_LENGTH);
        }
        Ok((object, sw::OK))
    }

    pub(super) fn get_response(&mut self, command: &Command<'_>) -> Reply {
        let le = expects_only(command)?;
        if self.held.is_empty() {
            return Err(sw::CONDITIONS);
        }
        let rest = self.held.split_off(le.min(self.held.len()));
        let data = std::mem::replace(&mut self.held, rest);
        let status = if self.held.is_empty() {
            sw::OK
        } else {
            sw::MORE | held_length(&self.held)
        };
        Ok((data, status))
    }
}

/// The Le of a command that has no data and must have one.
fn expects_only(command: &Command<'_>) -> Result<usize, u16> {
    match command.le {
        Some(le) if command.data.is_empty() => Ok(le),
        _ => Err(sw::WRONG_LENGTH),
    }
}
