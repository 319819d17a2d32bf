//! Writes the seeds of the fuzz targets anew, into the folder `seeds` beside this file: genuine
//! files and dialogues of the virtual card, and what hostile cards are known to send. To be run
//! when the virtual card changes (`cargo run -p myna-hal-fuzz --bin make_seeds`).

mod targets;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};

use myna_hal::apdu::{Atr, CommandApdu, ResponseApdu};
use myna_hal::card::{CardConnection, Disposition, Protocol};
use myna_hal::device::DeviceInfo;
use myna_hal::{Result, Wait};

use targets::DIALOGUES;
use targets::world::{World, connect, world};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut written = 0;
    for (target, name, bytes) in seeds(world()) {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)?;
        written += 1;
    }
    eprintln!("{written} seeds written to {}", folder.display());
    Ok(())
}

/// Target, name and bytes of every seed. What begins with `good-` must be taken, everything else
/// refused.
fn seeds(world: &World) -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, bytes: &[u8]| {
        seeds.push((target, name.to_owned(), bytes.to_vec()));
    };
    add("atr", "good-contactless", &world.card.atr());
    add(
        "atr",
        "good-contact",
        &[0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14],
    );
    add("atr", "bad-empty", &[]);
    add("atr", "bad-promises-more", &[0x3B, 0xFF]);

    add("apdu", "good-ok", &[0x90, 0x00]);
    add("apdu", "good-tries-left", &[0x63, 0xC2]);
    add("apdu", "good-more-waits", &[0x61, 0x00]);
    add("apdu", "good-wrong-le", &[0x6C, 0x10]);
    add(
        "apdu",
        "good-extended-read",
        &[0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00],
    );
    add(
        "apdu",
        "good-verify",
        &[0x00, 0x20, 0x00, 0x98, 4, 1, 2, 3, 4],
    );
    add("apdu", "bad-no-status", &[0x90]);

    add(
        "tlv",
        "good-constructed",
        &[0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07],
    );
    add("tlv", "good-record", &world.face_record);
    add("tlv", "bad-indefinite", &[0x30, 0x80, 0x00, 0x00]);
    add(
        "tlv",
        "bad-length-of-four-gigabytes",
        &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
    );
    add(
        "tlv",
        "bad-endless-tag",
        &[0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    );

    for (target, good) in [
        ("certificate", &world.certificate),
        ("cv_certificate", &world.issuer_certificate),
        ("face_record", &world.face_record),
    ] {
        add(target, "good-genuine", good);
        add(target, "bad-cut", &good[..good.len() / 2]);
        let mut long = good.clone();
        long[2] = 0xFF;
        add(target, "bad-length", &long);
    }
    add("portrait", "good-chip", world.card.portrait());
    add("portrait", "bad-cut", &world.card.portrait()[..40]);
    add("trust", "good-virtual", world.card.trust_pem().as_bytes());
    add("trust", "bad-no-block", b"-----BEGIN CERTIFICATE-----\n");

    for which in 0..DIALOGUES.len() {
        let script = script(world, which);
        add("dialogue", &format!("good-{which}"), &script);
        add(
            "dialogue",
            &format!("bad-cut-{which}"),
            &script[..script.len() - 1],
        );
    }
    seeds
}

/// The answers of the virtual card in dialogue number `which`, as the target reads them.
fn script(world: &World, which: usize) -> Vec<u8> {
    let heard = Arc::default();
    let mut card = Listening {
        card: connect(&world.card, &world.clock),
        heard: Arc::clone(&heard),
    };
    let mut client = world.client();
    DIALOGUES[which](world, &mut client, &mut card).expect("a genuine card");
    let mut script = vec![which as u8];
    script.extend(heard.lock().unwrap_or_else(PoisonError::into_inner).iter());
    script
}

/// Writes down what a card answers, each answer behind its length.
struct Listening {
    card: Box<dyn CardConnection>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl CardConnection for Listening {
    fn reader(&self) -> &DeviceInfo {
        self.card.reader()
    }

    fn atr(&self) -> &Atr {
        self.card.atr()
    }

    fn protocol(&self) -> Protocol {
        self.card.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let response = self.card.transmit(command, wait)?;
        let bytes = response.as_bytes();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
        heard.extend_from_slice(bytes);
        Ok(response)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.card.begin_transaction(wait)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        self.card.end_transaction(disposition)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        self.card.reconnect(disposition, wait)
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        self.card.disconnect(disposition)
    }
}
