//! The chip: its state, and which command goes where.

use std::collections::BTreeSet;

use super::decode::{Command, decode};
use super::files::{Access, Df, Ef, Files, Place};
use super::guard::{Forbidden, forbidden};
use super::latency::Work;
use super::profile::{KeyType, Quirks};

/// Status words (ISO/IEC 7816-4 table 5 and 6, and the card's own).
pub(super) mod sw {
    pub(crate) const OK: u16 = 0x9000;
    pub(crate) const MORE: u16 = 0x6100;
    pub(crate) const END_OF_FILE: u16 = 0x6282;
    pub(crate) const TRIES_LEFT: u16 = 0x63c0;
    pub(crate) const NO_KEY_DELIVERY: u16 = 0x66f1;
    pub(crate) const WRONG_LENGTH: u16 = 0x6700;
    pub(crate) const NO_CHANNEL: u16 = 0x6881;
    pub(crate) const NO_SECURE_MESSAGING: u16 = 0x6882;
    pub(crate) const NO_CHAINING: u16 = 0x6884;
    pub(crate) const WRONG_STRUCTURE: u16 = 0x6981;
    pub(crate) const SECURITY_STATUS: u16 = 0x6982;
    pub(crate) const METHOD_BLOCKED: u16 = 0x6983;
    pub(crate) const REFERENCE_BLOCKED: u16 = 0x6984;
    pub(crate) const CONDITIONS: u16 = 0x6985;
    pub(crate) const NO_CURRENT_EF: u16 = 0x6986;
    pub(crate) const NO_SM_OBJECT: u16 = 0x6987;
    pub(crate) const NO_SESSION: u16 = 0x69fc;
    pub(crate) const NO_FUNCTION: u16 = 0x6a81;
    pub(crate) const NOT_FOUND: u16 = 0x6a82;
    pub(crate) const NO_RECORD: u16 = 0x6a83;
    pub(crate) const WRONG_P1_P2: u16 = 0x6a86;
    pub(crate) const NO_DATA_OBJECT: u16 = 0x6a88;
    pub(crate) const OUTSIDE_FILE: u16 = 0x6b00;
    pub(crate) const CORRECT_LE: u16 = 0x6c00;
    pub(crate) const UNKNOWN_INS: u16 = 0x6d00;
    pub(crate) const UNKNOWN_CLA: u16 = 0x6e00;
    pub(crate) const INTERNAL: u16 = 0x6f00;
}

/// Data and status word of an answer, or a bare status word.
pub(super) type Reply = Result<(Vec<u8>, u16), u16>;

pub(super) fn done() -> Reply {
    Ok((Vec::new(), sw::OK))
}

pub(super) struct Chip {
    pub(super) store: Files,
    pub(super) quirks: Quirks,
    pub(super) extended: bool,
    pub(super) key_type: KeyType,
    pub(super) atr: Vec<u8>,
    pub(super) holder: super::holder::Holder,
    pub(super) df: Df,
    pub(super) ef: Option<u16>,
    pub(super) verified: BTreeSet<Place>,
    /// Touched by the command under way, for the guard.
    touched: Vec<Forbidden>,
    /// Waiting for GET RESPONSE.
    pub(super) held: Vec<u8>,
    /// Data of a chain that is not complete.
    chain: Option<([u8; 3], Vec<u8>)>,
    /// No command was heard since power-on.
    fresh: bool,
}

impl Chip {
    pub(super) fn new(
        profile: &super::Profile,
        holder: super::holder::Holder,
        store: Files,
    ) -> Self {
        Self {
            store,
            quirks: profile.quirks,
            extended: profile.extended,
            key_type: profile.key_type,
            atr: profile.atr.clone(),
            holder,
            df: Df::Manager,
            ef: None,
            verified: BTreeSet::new(),
            touched: Vec::new(),
            held: Vec::new(),
            chain: None,
            fresh: true,
        }
    }

    /// Loses everything but what is stored: cold reset, or no power.
    pub(super) fn cold_reset(&mut self) {
        self.df = Df::Manager;
        self.verified.clear();
        self.fresh = true;
        self.forget();
    }

    pub(super) fn warm_reset(&mut self) {
        if self.quirks.warm_reset_clears {
            self.df = Df::Manager;
            self.verified.clear();
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.ef = None;
        self.held.clear();
        self.chain = None;
    }

    /// Carries a command out. Says what the work was and what forbidden things it touched.
    pub(super) fn run(&mut self, bytes: &[u8]) -> (Vec<u8>, Work, Vec<Forbidden>) {
        let work = work(bytes);
        let reply = self.command(bytes);
        let (mut answer, status) = match reply {
            Ok((data, status)) => (data, status),
            Err(status) => (Vec::new(), status),
        };
        answer.extend(status.to_be_bytes());
        (answer, work, std::mem::take(&mut self.touched))
    }

    fn command(&mut self, bytes: &[u8]) -> Reply {
        if std::mem::take(&mut self.fresh) && self.quirks.first_command_fails {
            return Err(sw::INTERNAL);
        }
        let cla = bytes.first().copied().unwrap_or_default();
        check_class(cla)?;
        let command = decode(bytes).ok_or(sw::WRONG_LENGTH)?;
        if command.extended && !self.extended {
            return Err(sw::WRONG_LENGTH);
        }
        let whole;
        let command = match self.unchain(command)? {
            None => return done(),
            Some(data) => {
                whole = data;
                Command {
                    cla: cla & !0x10,
                    data: &whole,
                    ..command
                }
            }
        };
        if command.ins != 0xc0 {
            self.held.clear();
        }
        let (data, status) = self.dispatch(&command)?;
        // ISO/IEC 7816-3 §12.2: what a T=0 card would do with an answer to a command with data.
        if self.quirks.holds_responses && !command.data.is_empty() && !data.is_empty() {
            self.held = data;
            return Err(sw::MORE | held_length(&self.held));
        }
        Ok((data, status))
    }

    /// The data of a complete chain; `None` while parts are missing.
    fn unchain(&mut self, command: Command<'_>) -> Result<Option<Vec<u8>>, u16> {
        let header = [command.ins, command.p1, command.p2];
        let mut data = match self.chain.take() {
            Some((begun, data)) if begun == header => data,
            _ => Vec::new(),
        };
        data.extend_from_slice(command.data);
        if command.cla & 0x10 == 0 {
            return Ok(Some(data));
        }
        if !self.quirks.chaining {
            return Err(sw::NO_CHAINING);
        }
        self.chain = Some((header, data));
        Ok(None)
    }

    fn dispatch(&mut self, command: &Command<'_>) -> Reply {
        match (command.cla, command.ins) {
            (0x00, 0xa4) => self.select(command),
            (0x00, 0xb0) => self.read_binary(command),
            (0x00, 0xb2) => self.read_record(command),
            (0x00, 0xc0) if self.quirks.holds_responses => self.get_response(command),
            (0x00, 0xca) => self.get_data(command),
            (0x00, 0x20) => self.verify(command),
            (0x00, 0x24) => self.change_reference_data(command),
            (0x80, 0x32) => self.change_key(command),
            (0x00, 0x84) => get_challenge(command),
            (0x00, 0x88) => self.internal_authenticate(command),
            (0x80, 0x2a) => self.compute_signature(command),
            (0x80, 0xa2) if self.df == Df::Jpki => match (command.p1, command.p2) {
                // The certificate of an institution that may use the key without a PIN. How it
                // goes on is not public, so every certificate is junk to this card.
                (0x06 | 0x00, 0xc1) => Err(sw::WRONG_LENGTH),
                _ => Err(sw::WRONG_P1_P2),
            },
            (0x80, 0xae) => self.set_session_key(),
            // EXTERNAL AUTHENTICATE without a challenge that counts.
            (0x00 | 0x80, 0x82) => Err(sw::CONDITIONS),
            // The last-command indicator of telephones.
            (0x80, 0xfc) => Err(sw::WRONG_LENGTH),
            // LOCK, UNLOCK, UNLOCK KEY, MANAGE ATTRIBUTES: the issuer's.
            (0x80, 0x50 | 0x52 | 0x54 | 0x8a) => Err(sw::SECURITY_STATUS),
            // UPDATE BINARY and UPDATE RECORD: the issuer's.
            (0x00, 0xd6 | 0xdc) => Err(sw::SECURITY_STATUS),
            _ => Err(sw::UNKNOWN_INS),
        }
    }

    /// The text application would take a session key for secure messaging. This card refuses it
    /// everywhere, as real cards do without a verified PIN.
    fn set_session_key(&self) -> Reply {
        Err(match self.df {
            Df::Common | Df::Surface => sw::NO_KEY_DELIVERY,
            Df::Text if self.verified.contains(&(Df::Text, 0x11)) => sw::NO_FUNCTION,
            _ => sw::SECURITY_STATUS,
        })
    }

    /// Notes that the command reached for `id`, and whether it exists.
    pub(super) fn reach(&mut self, id: u16) -> Result<(), u16> {
        let place = (self.df, id);
        if !self.store.files.contains_key(&place) {
            return Err(sw::NOT_FOUND);
        }
        self.touched.extend(forbidden(place));
        Ok(())
    }

    /// The EF that a P2 of `80 | short EF identifier` names, or the current one for `80`. Makes
    /// it current, as ISO/IEC 7816-4 says of every valid short EF identifier.
    pub(super) fn by_p2(&mut self, p2: u8, refuses_short: bool) -> Result<u16, u16> {
        let id = match p2 {
            0x80 => self.ef.ok_or(sw::NO_CURRENT_EF)?,
            0x81..=0x9e if refuses_short => return Err(sw::WRONG_P1_P2),
            0x81..=0x9e => u16::from(p2 & 0x1f),
            _ => return Err(sw::WRONG_P1_P2),
        };
        self.reach(id)?;
        self.ef = Some(id);
        Ok(id)
    }

    pub(super) fn file(&self, id: u16) -> Result<&Ef, u16> {
        self.store.files.get(&(self.df, id)).ok_or(sw::NOT_FOUND)
    }

    pub(super) fn allow(&self, access: Access) -> Result<(), u16> {
        let allowed = match access {
            Access::Free => true,
            Access::Never => false,
            Access::AnyOf(keys) => keys
                .iter()
                .any(|key| self.verified.contains(&(self.df, *key))),
        };
        allowed.then_some(()).ok_or(sw::SECURITY_STATUS)
    }
}

fn check_class(cla: u8) -> Result<(), u16> {
    match cla {
        0x00 | 0x10 | 0x80 | 0x90 => Ok(()),
        // Logical channels 1 to 3, and 4 to 19 (ISO/IEC 7816-4 §5.4.1).
        0x00..=0x1f | 0x80..=0x9f if cla & 0x03 != 0 => Err(sw::NO_CHANNEL),
        0x40..=0x7f => Err(sw::NO_CHANNEL),
        0x08 | 0x18 => Err(sw::NO_SESSION),
        0x0c | 0x1c => Err(sw::NO_SM_OBJECT),
        0x04 | 0x14 => Err(sw::NO_SECURE_MESSAGING),
        _ => Err(sw::UNKNOWN_CLA),
    }
}

/// SW2 of `61xx`: zero says 256 or more.
pub(super) fn held_length(held: &[u8]) -> u16 {
    u8::try_from(held.len()).map_or(0, u16::from)
}

fn get_challenge(command: &Command<'_>) -> Reply {
    use rand_core::RngCore as _;
    let length = command.le.ok_or(sw::WRONG_LENGTH)?;
    if (command.p1, command.p2) != (0, 0) {
        return Err(sw::WRONG_P1_P2);
    }
    if length > 256 {
        return Err(sw::CONDITIONS);
    }
    let mut challenge = vec![0; length];
    rand_core::OsRng.fill_bytes(&mut challenge);
    Ok((challenge, sw::OK))
}

fn work(bytes: &[u8]) -> Work {
    match bytes.get(1) {
        Some(0xa4) => Work::Select,
        Some(0xb0 | 0xb2 | 0xca) => Work::Read,
        // A query compares nothing.
        Some(0x20) if bytes.len() > 5 => Work::Verify,
        Some(0x24 | 0x32) => Work::Verify,
        // Without an input there is nothing to compute.
        Some(0x2a | 0x88) if bytes.len() > 5 => Work::Rsa,
        _ => Work::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_no_computations() {
        for (bytes, expected) in [
            (&[0x00, 0x20, 0x00, 0x98][..], Work::Other),
            (&[0x00, 0x20, 0x00, 0x98, 0x01, 0x31], Work::Verify),
            (&[0x80, 0x2a, 0x00, 0x97], Work::Other),
            (&[0x80, 0x2a, 0x00, 0x97, 0x01, 0x41, 0x00], Work::Rsa),
        ] {
            assert_eq!(work(bytes), expected, "{bytes:02x?}");
        }
    }
}
