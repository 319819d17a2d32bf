//! The virtual card that the targets are measured by: its genuine files and its issuers.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use myna_hal::card::{CardConnection, CardReader, ShareMode};
use myna_hal::exchange::{Aid, Dialogue, Knowledge, RetryGuard, ShortFileId};
use myna_hal::myna::{CardFaceCode, Client, CvCertificate, TrustStore};
use myna_hal::pin::{Pin, PinFormat, PinOutcome};
use myna_hal::sim::card::Profile;
use myna_hal::sim::{self, PinPadFirmware, VirtualCard, VirtualContext};
use myna_hal::{Clock, Wait};

/// One card, made on a fixed day, so that seeds stay good.
pub(crate) struct World {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) card: VirtualCard,
    pub(crate) trust: TrustStore,
    pub(crate) certificate: Vec<u8>,
    pub(crate) issuer_certificate: Vec<u8>,
    pub(crate) issuer: CvCertificate,
    pub(crate) face_record: Vec<u8>,
}

/// The world, made once.
pub(crate) fn world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(World::new);
    &WORLD
}

impl World {
    fn new() -> Self {
        let day = "2026-11-22T00:00:00Z".parse().expect("a literal");
        let clock = sim::Clock::starting_at(day).shared();
        let card = VirtualCard::new(Profile::default(), clock.clone());
        let trust = trust(&card);
        let (issuer_certificate, face_record) = surface_files(&card, &clock);
        Self {
            certificate: card.auth_certificate().to_vec(),
            issuer: CvCertificate::check(&issuer_certificate, &trust).expect("genuine"),
            issuer_certificate,
            face_record,
            trust,
            card,
            clock,
        }
    }

    /// Time that no target needs.
    pub(crate) fn wait(&self) -> Wait {
        wait(&self.clock)
    }

    /// A client that believes the issuers of the card.
    pub(crate) fn client(&self) -> Client {
        Client::new(trust(&self.card))
    }

    /// What is printed on the card.
    pub(crate) fn code(&self) -> CardFaceCode {
        CardFaceCode::parse(&self.card.holder().card_face_code).expect("as printed")
    }
}

fn wait(clock: &Arc<dyn Clock>) -> Wait {
    Wait::at_most(clock.clone(), Duration::from_secs(60))
}

fn trust(card: &VirtualCard) -> TrustStore {
    TrustStore::from_pem(&card.trust_pem()).expect("its own issuers")
}

/// A connection to `card` in a reader of its own.
pub(crate) fn connect(
    card: &VirtualCard,
    clock: &Arc<dyn Clock>,
    pad: Option<PinPadFirmware>,
) -> Box<dyn CardConnection> {
    let mut reader = VirtualContext::new(clock.clone()).add_reader("fuzz");
    reader.insert(card);
    if let Some(pad) = pad {
        reader.set_pin_pad(pad);
    }
    reader
        .connect(ShareMode::Shared, &wait(clock))
        .expect("a card is in it")
}

/// The issuer's certificate and the face record as `card` holds them.
fn surface_files(card: &VirtualCard, clock: &Arc<dyn Clock>) -> (Vec<u8>, Vec<u8>) {
    let wait = wait(clock);
    let mut connection = connect(card, clock, None);
    let mut dialogue = Dialogue::begin(&mut *connection, Knowledge::default(), &wait)
        .map_err(|(_, error)| error)
        .expect("nobody else has the card");
    let surface = Aid(&[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02]);
    dialogue.select_application(surface, &wait).expect("there");
    let issuer = dialogue
        .read_file(ShortFileId::new(4), &wait)
        .expect("free to read");
    let code = &card.holder().card_face_code;
    let code = Pin::new(code, PinFormat::exactly(14)).expect("as printed");
    let outcome = dialogue
        .verify_secret(ShortFileId::new(0x12), &code, RetryGuard::KEEP_LAST, &wait)
        .expect("sent");
    assert!(matches!(outcome, PinOutcome::Verified));
    let record = dialogue
        .read_file(ShortFileId::new(2), &wait)
        .expect("open now");
    (issuer.to_vec(), record.to_vec())
}
