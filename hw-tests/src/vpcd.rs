//! vpcd of the vsmartcard project, a reader that nobody here wrote, and cards for it.
//!
//! It serves two slots on two neighbouring TCP ports; the example `vcard` is a card that connects
//! to one of them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use crate::pcscd::{NOTICE, Pcscd};
use crate::program::{Companion, INSTALL, example};

/// Where Debian puts vpcd's driver.
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// The daemon's configuration for a reader called `name` on `port` and the next.
pub(crate) fn configuration(name: &str, port: u16) -> String {
    assert!(
        Path::new(DRIVER).exists(),
        "vpcd is not installed; on Debian: {INSTALL}"
    );
    format!(
        "FRIENDLYNAME \"{name}\"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {DRIVER}\nCHANNELID 0x{port:X}\n"
    )
}

impl Pcscd {
    /// Lends a virtual card to the reader and waits until the daemon sees it. `options` are
    /// those of the example `vcard`. Every call lends a new card.
    ///
    /// # Panics
    /// When the card cannot be lent.
    #[must_use]
    pub fn lend(&self, options: &[&str]) -> LentCard {
        self.lend_to(0, options)
    }

    /// [`Pcscd::lend`] to one of the reader's two slots, from 0. Fill them in this order.
    ///
    /// # Panics
    /// When the card cannot be lent.
    #[must_use]
    pub fn lend_to(&self, slot: u16, options: &[&str]) -> LentCard {
        let log = self.folder().join(format!("apdus{slot}.jsonl"));
        let trust = self.folder().join(format!("trust{slot}.pem"));
        let port = self.port.expect("a daemon with a reader of vpcd");
        let mut code = None;
        // For figures like a real card's; see README.md.
        let latency = std::env::var("MYNA_HAL_RIG_LATENCY")
            .ok()
            .filter(|_| !options.contains(&"--latency"))
            .map(|model| format!("--latency={model}"));
        let program = Companion::start(
            Command::new(example("vcard"))
                .args(["--vpcd", &format!("127.0.0.1:{}", port + slot)])
                .arg("--log")
                .arg(&log)
                .arg("--export-ca")
                .arg(&trust)
                .args(options)
                .args(latency),
        );
        program.hear(NOTICE, |line| {
            if let Some(("照合番号B", digits)) = line.split_once(": ") {
                code = Some(digits.to_owned());
            }
            line.starts_with("inserted").then_some(())
        });
        let card = LentCard {
            program,
            log,
            trust,
            card_face_code: code.expect("the virtual card tells its 照合番号B"),
        };
        self.await_readers(|readers| readers.matches("\"present\"").count() > usize::from(slot));
        card
    }
}

/// A virtual card in the reader; dropping it takes the card away.
pub struct LentCard {
    program: Companion,
    log: PathBuf,
    /// The card's trust anchors.
    pub trust: PathBuf,
    /// 照合番号B, as printed on the card.
    pub card_face_code: String,
}

impl LentCard {
    /// What the card saw so far.
    ///
    /// # Panics
    /// When the log is not JSON lines.
    #[must_use]
    pub fn log(&self) -> Log {
        self.log_from(0)
    }

    /// Where the log ends now.
    #[must_use]
    pub fn mark(&self) -> usize {
        std::fs::metadata(&self.log)
            .map_or(0, |file| usize::try_from(file.len()).unwrap_or(usize::MAX))
    }

    /// What the card saw since [`LentCard::mark`].
    ///
    /// # Panics
    /// When the log is not JSON lines.
    #[must_use]
    pub fn log_from(&self, mark: usize) -> Log {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        Log(log[mark.min(log.len())..]
            .lines()
            .map(|line| serde_json::from_str(line).expect("one JSON value per line"))
            .collect())
    }

    /// Whether the card's program says that the daemon let go of it.
    pub fn hear_goodbye(&self) {
        self.program.hear(NOTICE, |line| {
            line.contains("the card is out").then_some(())
        });
    }
}

/// What a card saw: one JSON value per APDU, without bodies.
pub struct Log(pub Vec<Value>);

impl Log {
    /// The entries after the first `count`.
    #[must_use]
    pub fn since(mut self, count: usize) -> Self {
        self.0.drain(..count);
        self
    }

    /// Number of APDUs.
    #[must_use]
    pub fn apdus(&self) -> u64 {
        self.0.len() as u64
    }

    /// Bytes of all commands.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sum("command_length")
    }

    /// Bytes of all answers, status words included.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.sum("response_length")
    }

    /// Milliseconds that the card would have taken by a latency model of the example `vcard`.
    #[must_use]
    pub fn model_milliseconds(&self, model: &str) -> f64 {
        self.0
            .iter()
            .filter_map(|entry| entry["model_ms"][model].as_f64())
            .sum()
    }

    /// Milliseconds that the card took, on its own clock.
    #[must_use]
    pub fn milliseconds(&self) -> f64 {
        self.0.iter().filter_map(|entry| entry["ms"].as_f64()).sum()
    }

    fn sum(&self, key: &str) -> u64 {
        self.0.iter().filter_map(|entry| entry[key].as_u64()).sum()
    }

    /// VERIFY commands that carried a secret: those without a body only ask for the counter.
    #[must_use]
    pub fn secrets_sent(&self) -> usize {
        let verify = |entry: &&Value| entry["header"].as_str().is_some_and(|h| h[2..4] == *"20");
        self.0
            .iter()
            .filter(verify)
            .filter(|entry| entry["command_length"].as_u64() > Some(5))
            .count()
    }

    /// Status words of all signature commands: those without a body only ask for the name of the
    /// key.
    #[must_use]
    pub fn signatures(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter(|entry| {
                entry["header"]
                    .as_str()
                    .is_some_and(|h| h.starts_with("802A"))
            })
            .filter(|entry| entry["command_length"].as_u64() > Some(5))
            .map(|entry| entry["status"].as_str().unwrap_or("none"))
            .collect()
    }
}

impl std::fmt::Display for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} APDUs, {} bytes to the card, {} from it",
            self.apdus(),
            self.sent(),
            self.received()
        )?;
        for entry in &self.0 {
            write!(f, "\n  {entry}")?;
        }
        Ok(())
    }
}

/// A port whose neighbour is free too: vpcd's driver listens on both. Taken from below the range
/// that the system hands out by itself, and never twice by one process: the daemon opens it later.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 18_000;
    const PAIRS: u16 = 6_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run side by side start at different places.
    let start = u16::try_from(std::process::id() * 61 % u32::from(PAIRS)).expect("below PAIRS");
    for _ in 0..200 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (start + step) % PAIRS * 2;
        // The driver listens on every address.
        let free = |port| TcpListener::bind(("0.0.0.0", port)).is_ok();
        if free(port) && free(port + 1) {
            return port;
        }
    }
    panic!("no two neighbouring ports are free");
}
