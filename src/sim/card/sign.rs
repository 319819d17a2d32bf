//! COMPUTE DIGITAL SIGNATURE and INTERNAL AUTHENTICATE.

use rsa::Pss;
use sha2::{Digest as _, Sha256};

use super::chip::{Chip, Reply, sw};
use super::decode::Command;
use super::files::{Df, Ef};
use super::keyring::{Key, Owner, digest_info};
use super::profile::KeyType;

impl Chip {
    /// P1 says what the input is and what is done with it, P2 which key.
    pub(super) fn compute_signature(&mut self, command: &Command<'_>) -> Reply {
        let id = match (command.p2, self.df) {
            (0x00, Df::Surface) => 0x1a,
            (0x00, Df::Text) => 0x13,
            _ => self.by_p2(command.p2, self.quirks.refuses_short_ef.sign)?,
        };
        let (key, access) = match self.file(id)? {
            Ef::SigningKey { key, access } => (*key, *access),
            Ef::AuthenticationKey(_) => return Err(sw::CONDITIONS),
            _ => return Err(sw::WRONG_STRUCTURE),
        };
        if command.p1 > 0x05 {
            return Err(sw::WRONG_P1_P2);
        }
        self.allow(access)?;
        let data = command.data;
        if data.is_empty() || command.le.is_none_or(|le| le < key.signature_size()) {
            return Err(sw::WRONG_LENGTH);
        }
        if key.key_type == KeyType::P384 {
            return sign_p384(key, command.p1, data);
        }
        let owner = key.owner;
        let is_hash = matches!(command.p1, 0x02 | 0x04);
        if is_hash && data.len() != 32 {
            return Err(sw::CONDITIONS);
        }
        let signature = match command.p1 {
            0x00 => owner.sign_bare(data),
            0x01 => owner.sign_bare(&Sha256::digest(data)),
            0x02 => owner.sign_bare(&digest_info(data)),
            0x03 => Some(owner.sign(data)),
            0x04 => sign_pss(owner, data),
            _ => sign_pss(owner, &Sha256::digest(data)),
        };
        Ok((signature.ok_or(sw::CONDITIONS)?, sw::OK))
    }

    /// Only a key of the common application answers; the others say why not.
    pub(super) fn internal_authenticate(&mut self, command: &Command<'_>) -> Reply {
        if command.p1 != 0 {
            return Err(sw::WRONG_P1_P2);
        }
        let id = self.by_p2(command.p2, self.quirks.refuses_short_ef.sign)?;
        let key = match self.file(id)? {
            Ef::AuthenticationKey(key) => *key,
            Ef::SigningKey { access, .. } => {
                self.allow(*access)?;
                return Err(sw::CONDITIONS);
            }
            _ => return Err(sw::WRONG_STRUCTURE),
        };
        if command.data.is_empty() || command.le.is_none_or(|le| le < key.signature_size()) {
            return Err(sw::WRONG_LENGTH);
        }
        Ok((key.sign(command.data), sw::OK))
    }
}

/// What a P-384 card might do: a guess in analogy to RSA, without what only RSA has.
fn sign_p384(key: Key, p1: u8, data: &[u8]) -> Reply {
    let signature = match p1 {
        0x00 | 0x02 => key.sign_bare(data),
        0x01 | 0x03 => Some(key.sign(data)),
        _ => return Err(sw::WRONG_P1_P2),
    };
    Ok((signature.ok_or(sw::CONDITIONS)?, sw::OK))
}

/// RSASSA-PSS with SHA-256 and a random salt of 32 bytes.
fn sign_pss(owner: Owner, hash: &[u8]) -> Option<Vec<u8>> {
    let padding = Pss::new::<Sha256>();
    owner
        .key()
        .sign_with_rng(&mut rand_core::OsRng, padding, hash)
        .ok()
}
