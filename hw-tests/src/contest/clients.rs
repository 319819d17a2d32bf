//! Who takes part, and how each is set to work.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Dialogue;
use crate::pcscd::{Pcscd, READER};
use crate::program::{Companion, attempt, dialogue as ours, peers};
use crate::vpcd::LentCard;
use crate::{hex, unhex};

/// PIN of the virtual card.
const PIN: &str = "1234";

/// How long one dialogue may take, on a busy machine and with a slow card.
const LIMIT: Duration = Duration::from_secs(60);

/// Whether this library looks at a counter before it spends a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It does not.
    Bare,
    /// It does, knowing what works on the card.
    Guarded,
    /// It does, knowing nothing of the card.
    GuardedCold,
}

/// Which lengths the card takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// Extended ones, too.
    Extended,
    /// Short ones only.
    Short,
}

impl Lengths {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Extended, Self::Short];

    /// Name of the kind of card.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Extended => "extended",
            Self::Short => "short-only",
        }
    }
}

/// A client of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// This library.
    Ours(Guard, Lengths),
    /// The crate `myna-card`.
    MynaCard,
    /// The crate `myna`.
    Myna,
    /// The crate `jpki`.
    Jpki,
    /// OpenSC, told that the card is a My Number Card.
    OpenScToldSo,
    /// OpenSC as it is installed.
    OpenSc,
}

impl Client {
    /// Those that nobody here wrote.
    pub const PEERS: [Self; 5] = [
        Self::MynaCard,
        Self::Myna,
        Self::Jpki,
        Self::OpenScToldSo,
        Self::OpenSc,
    ];

    /// This library in every way, on one kind of card.
    #[must_use]
    pub fn ours(lengths: Lengths) -> [Self; 3] {
        [Guard::Bare, Guard::Guarded, Guard::GuardedCold].map(|guard| Self::Ours(guard, lengths))
    }

    /// In words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ours(Guard::Bare, _) => "myna-hal, bare",
            Self::Ours(Guard::Guarded, _) => "myna-hal, guarded",
            Self::Ours(Guard::GuardedCold, _) => "myna-hal, guarded, cold",
            Self::MynaCard => "myna-card",
            Self::Myna => "myna",
            Self::Jpki => "jpki",
            Self::OpenScToldSo => "OpenSC, card_drivers = jpki",
            Self::OpenSc => "OpenSC",
        }
    }

    /// Where it does not do all that the dialogue's title says, or more.
    #[must_use]
    pub fn remark(self, dialogue: Dialogue) -> Option<&'static str> {
        match (dialogue, self) {
            (Dialogue::CardFace, Self::Jpki) => Some("verifies nothing"),
            (Dialogue::Signature, Self::OpenSc | Self::OpenScToldSo) => {
                Some("reads certificates, too")
            }
            (Dialogue::Proof, Self::OpenSc | Self::OpenScToldSo) => Some("checks nothing"),
            _ => None,
        }
    }

    /// The kind of card that it is given. The others' counts do not depend on that: none of them
    /// uses extended lengths.
    #[must_use]
    pub fn lengths(self) -> Lengths {
        match self {
            Self::Ours(_, lengths) => lengths,
            _ => Lengths::Extended,
        }
    }

    /// What the wall time is of.
    #[must_use]
    pub fn clock(self) -> &'static str {
        if self.is_tool() {
            "whole process"
        } else {
            "in process, context to result"
        }
    }

    /// Whether it is a command-line tool.
    #[must_use]
    pub fn is_tool(self) -> bool {
        matches!(self, Self::OpenSc | Self::OpenScToldSo)
    }

    /// Whether it has such a dialogue at all.
    #[must_use]
    pub fn offers(self, dialogue: Dialogue) -> bool {
        dialogue != Dialogue::CardFace
            || !matches!(self, Self::Myna | Self::OpenSc | Self::OpenScToldSo)
    }
}

/// A client at work on one dialogue.
pub(super) enum Contestant<'r> {
    /// A program that stays and repeats the dialogue.
    Library(Companion),
    /// One that is started anew every time.
    Tool(Tool<'r>),
}

pub(super) struct Tool<'r> {
    rig: &'r Pcscd,
    dialogue: Dialogue,
    configuration: String,
}

/// Wall time in milliseconds, and what the client brought.
pub(super) type Brought = (f64, Value);

impl<'r> Contestant<'r> {
    pub(super) fn start(
        client: Client,
        dialogue: Dialogue,
        rig: &'r Pcscd,
        card: &LentCard,
    ) -> Self {
        let mut command = match client {
            Client::Ours(guard, _) => {
                let (guard, knowledge) = match guard {
                    Guard::Bare => ("bare", "learned"),
                    Guard::Guarded => ("guarded", "learned"),
                    Guard::GuardedCold => ("guarded", "cold"),
                };
                own(dialogue.code(), guard, knowledge, card)
            }
            Client::MynaCard | Client::Myna | Client::Jpki => {
                let mut command = Command::new(peers());
                command.args([client.label(), dialogue.code()]);
                command.arg(&card.trust).arg("again");
                command
            }
            Client::OpenSc => return Self::tool(rig, dialogue, "app default {}"),
            Client::OpenScToldSo => {
                return Self::tool(rig, dialogue, "app default { card_drivers = jpki; }");
            }
        };
        Self::Library(Companion::start(secrets(rig.client(&mut command), card)))
    }

    fn tool(rig: &'r Pcscd, dialogue: Dialogue, configuration: &str) -> Self {
        Self::Tool(Tool {
            rig,
            dialogue,
            configuration: configuration.to_owned(),
        })
    }

    /// Has the dialogue once.
    pub(super) fn go(&mut self) -> Result<Brought, String> {
        match self {
            Self::Library(program) => again(program),
            Self::Tool(tool) => tool.go(),
        }
    }
}

/// The command of this library's own program.
pub(super) fn own(job: &str, guard: &str, knowledge: &str, card: &LentCard) -> Command {
    let mut command = Command::new(ours());
    command
        .args([job, guard, knowledge, READER])
        .arg(&card.trust);
    command
}

/// Gives a client what the holder would enter.
pub(super) fn secrets<'c>(command: &'c mut Command, card: &LentCard) -> &'c mut Command {
    command
        .env("MYNA_PIN", PIN)
        .env("MYNA_CARD_FACE_CODE", &card.card_face_code)
}

/// One more line to a program that stays, one more answer.
pub(super) fn again(program: &mut Companion) -> Result<Brought, String> {
    program.ask("again")?;
    let said: Value = program.listen(LIMIT, |line| serde_json::from_str(line).ok())?;
    match said["error"].as_str() {
        Some(why) => Err(why.to_owned()),
        None => Ok((said["result_us"].as_f64().unwrap_or(f64::NAN) / 1e3, said)),
    }
}

impl Tool<'_> {
    fn go(&self) -> Result<Brought, String> {
        let folder = self.rig.folder();
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (message, brought, conf) = (path("message"), path("brought"), path("opensc.conf"));
        let challenge = b"a challenge for several implementations";
        for (name, content) in [
            (&message, &challenge[..]),
            (&conf, self.configuration.as_bytes()),
        ] {
            std::fs::write(name, content).map_err(|error| format!("{name}: {error}"))?;
        }
        let certificate = self.dialogue == Dialogue::Certificate;
        let mut command = if certificate {
            let mut command = Command::new("pkcs15-tool");
            command.args(["--read-certificate", "01", "--output", &brought]);
            command
        } else {
            let mut command = Command::new("pkcs11-tool");
            command.args(["--module", "opensc-pkcs11.so", "--login", "--pin", PIN]);
            command.args(["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01"]);
            command.args(["--input-file", &message, "--output-file", &brought]);
            command
        };
        self.rig.client(&mut command).env("OPENSC_CONF", &conf);
        let start = Instant::now();
        let output = attempt(&mut command, LIMIT)?;
        let wall = start.elapsed().as_secs_f64() * 1e3;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let said = if certificate {
            let der = attempt(
                Command::new("openssl").args(["x509", "-outform", "DER", "-in", &brought]),
                LIMIT,
            )?;
            json!({ "der": hex(&der.stdout) })
        } else {
            let signature = std::fs::read(&brought).map_err(|error| error.to_string())?;
            json!({ "challenge": hex(challenge), "signature": hex(&signature) })
        };
        Ok((wall, said))
    }
}

/// What a client may have brought, to be compared with the card.
pub(super) fn bytes(said: &Value, key: &str) -> Option<Vec<u8>> {
    said[key].as_str().map(unhex)
}
