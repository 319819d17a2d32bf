//! SELECT (ISO/IEC 7816-4 §11.1.1).

use super::chip::{Chip, Reply, done, sw};
use super::decode::Command;
use super::files::Df;

impl Chip {
    pub(super) fn select(&mut self, command: &Command<'_>) -> Reply {
        match command.p1 {
            0x00 => self.select_by_identifier(command),
            0x02 => self.select_file(command),
            0x04 => self.select_application(command),
            _ => Err(sw::WRONG_P1_P2),
        }
    }

    /// By DF name or the beginning of one. P2: first or next occurrence, with or without file
    /// control information.
    fn select_application(&mut self, command: &Command<'_>) -> Reply {
        let next = match command.p2 {
            0x00 | 0x0c => false,
            0x02 | 0x0e => true,
            _ => return Err(sw::WRONG_P1_P2),
        };
        let mut found = Df::ALL
            .into_iter()
            .filter(|df| df.name().starts_with(command.data));
        if next && self.df.name().starts_with(command.data) {
            found.by_ref().find(|df| *df == self.df);
        }
        let df = found.next().ok_or(sw::NOT_FOUND)?;
        if df != self.df || self.quirks.reselect_clears {
            self.verified.clear();
        }
        self.df = df;
        self.ef = None;
        if command.p2 & 0x0c != 0 || command.le.is_none() {
            return done();
        }
        // What real cards put here is not published: the name alone, in a template.
        let name = df.name();
        let length = u8::try_from(name.len()).unwrap_or_default();
        Ok(([&[0x6f, length + 2, 0x84, length], name].concat(), sw::OK))
    }

    fn select_file(&mut self, command: &Command<'_>) -> Reply {
        if !matches!(command.p2, 0x00 | 0x0c) {
            return Err(sw::WRONG_P1_P2);
        }
        let &[high, low] = command.data else {
            return Err(sw::WRONG_LENGTH);
        };
        let id = u16::from_be_bytes([high, low]);
        self.reach(id)?;
        self.ef = Some(id);
        if command.p2 & 0x0c != 0 || command.le.is_none() {
            return done();
        }
        Ok((vec![0x6f, 0x04, 0x83, 0x02, high, low], sw::OK))
    }

    /// There is no master file to be found by its identifier; without an identifier the command
    /// changes nothing once an application is selected (observed).
    fn select_by_identifier(&self, command: &Command<'_>) -> Reply {
        match (command.data, self.df) {
            ([], Df::Manager) => Err(sw::WRONG_P1_P2),
            ([], _) => done(),
            _ => Err(sw::NOT_FOUND),
        }
    }
}
