//! A connection that lets nothing through that could cost a try, but by permit.

use myna_hal::apdu::{Atr, CommandApdu, Header, ResponseApdu};
use myna_hal::card::{CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities};
use myna_hal::device::DeviceInfo;
use myna_hal::pin::reader::{Features, GET_FEATURE_REQUEST};
use myna_hal::{Error, ErrorKind, Result, Wait};

use super::custody::{Custody, Secret};

/// VERIFY (ISO/IEC 7816-4 §11.6.6).
const VERIFY: u8 = 0x20;

impl Secret {
    /// The VERIFY that names it by its short identifier.
    fn verify(self) -> Header {
        Header::new(0x00, VERIFY, 0x00, self.reference())
    }
}

/// COMPUTE DIGITAL SIGNATURE of the user-authentication application and of the one with the portrait
/// (observed).
const SIGN: (u8, u8) = (0x80, 0x2A);

/// Commands that cost nothing: GET CHALLENGE, SELECT, READ BINARY, READ RECORD, GET RESPONSE, GET DATA.
const FREE: [u8; 6] = [0x84, 0xA4, 0xB0, 0xB2, 0xC0, 0xCA];

/// Where the command stands in a PIN verification structure (PC/SC part 10 §2.5.2).
const STRUCTURE_COMMAND: usize = 19;

/// FEATURE_MODIFY_PIN_DIRECT (PC/SC part 10 §2.3), and how long an entry of the list is.
const MODIFY_PIN_DIRECT: u8 = 0x07;
const FEATURE: usize = 6;

/// A connection under [`Custody`]. Whatever is not known to be harmless is refused with
/// `PermissionDenied`, changes of a PIN among it; a VERIFY is sent in a transaction alone.
pub struct Guarded<C> {
    inner: C,
    custody: Custody,
    in_transaction: bool,
    features: Features,
    /// Whether what a visit does is let through.
    visits: bool,
}

impl<C: CardConnection> Guarded<C> {
    /// Puts a connection under custody.
    pub fn new(inner: C, custody: Custody) -> Self {
        Self {
            inner,
            custody,
            in_transaction: false,
            features: Features::default(),
            visits: false,
        }
    }

    /// Lets signatures and, by permit, the card-face code through, as visits want them. A signature
    /// costs no try; without a PIN that went through custody the card gives none for a person.
    #[must_use]
    pub fn visiting(mut self) -> Self {
        self.visits = true;
        self
    }

    /// What a VERIFY with data gives the card, if it is anything that may be given.
    fn given(&self, command: &CommandApdu) -> Option<Secret> {
        let mut known = Secret::ALL.into_iter();
        let given = known
            .find(|secret| command.header() == secret.verify() && command.nc() == secret.digits());
        given.filter(|secret| *secret == Secret::Pin || self.visits)
    }

    /// Leave for one VERIFY to the card that is there now.
    fn permit(&mut self, secret: Secret, wait: &Wait) -> Result<super::Permit> {
        if !self.in_transaction {
            return Err(denied(&format!("a {secret} outside of a transaction")));
        }
        let permit = self.custody.check(&mut self.inner, secret, wait);
        permit.map_err(|why| denied(&why))
    }

    /// Whether a control code only asks what the reader can do.
    fn is_question(&self, code: ControlCode) -> bool {
        let Features {
            ifd_pin_properties,
            get_tlv_properties,
            ..
        } = self.features;
        [ifd_pin_properties, get_tlv_properties].contains(&Some(code))
    }
}

fn denied(why: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, why.to_owned())
}

/// Whether the structure of a secure entry holds the VERIFY that is allowed.
fn verifies(structure: &[u8]) -> bool {
    let Header { cla, ins, p1, p2 } = Secret::Pin.verify();
    let command = structure.get(STRUCTURE_COMMAND..);
    command.is_some_and(|command| command.starts_with(&[cla, ins, p1, p2]))
}

/// A list of features without the change of a PIN.
fn without_changes(list: &[u8]) -> Vec<u8> {
    list.chunks(FEATURE)
        .filter(|feature| feature.first() != Some(&MODIFY_PIN_DIRECT))
        .flatten()
        .copied()
        .collect()
}

impl<C: CardConnection> CardConnection for Guarded<C> {
    fn reader(&self) -> &DeviceInfo {
        self.inner.reader()
    }

    fn atr(&self) -> &Atr {
        self.inner.atr()
    }

    fn protocol(&self) -> Protocol {
        self.inner.protocol()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.inner.capabilities()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let header = command.header();
        let is_query = header.ins == VERIFY && command.nc() == 0;
        let signs = self.visits && (header.cla, header.ins) == SIGN;
        if is_query || signs || FREE.contains(&header.ins) {
            return self.inner.transmit(command, wait);
        }
        let secret = self
            .given(command)
            .ok_or_else(|| denied("a command that might cost a try, or more"))?;
        let permit = self.permit(secret, wait)?;
        permit.verify(&mut self.inner, command, wait)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.inner.begin_transaction(wait)?;
        self.in_transaction = true;
        Ok(())
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        self.in_transaction = false;
        self.inner.end_transaction(disposition)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        self.inner.reconnect(disposition, wait)
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        if code == GET_FEATURE_REQUEST {
            let list = without_changes(&self.inner.control(code, input, wait)?);
            self.features = Features::parse(&list);
            return Ok(list);
        }
        if self.is_question(code) {
            return self.inner.control(code, input, wait);
        }
        if self.features.verify_pin_direct != Some(code) || !verifies(input) {
            return Err(denied(
                "a command to the reader that might cost a try, or more",
            ));
        }
        let permit = self.permit(Secret::Pin, wait)?;
        permit.enter(&mut self.inner, code, input, wait)
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        Box::new(self.inner).disconnect(disposition)
    }
}
