//! One run of everybody against everybody.

use std::process::Command;

use myna_hal::myna::{TrustStore, UserCertificate};
use myna_hal::sim::card::Profile;
use serde_json::Value;

use super::clients::{Brought, Contestant, again, bytes, own, secrets};
use super::{Client, Cost, Dialogue, Lengths, Measured, Report, Row};
use crate::pcscd::Pcscd;
use crate::program::{Companion, LIMIT, attempt};
use crate::vpcd::{LentCard, Log};

/// What to run.
pub struct Contest<'c> {
    /// Measured runs of each client; one more before them is not counted.
    pub rounds: usize,
    /// What they do.
    pub dialogues: &'c [Dialogue],
    /// Whether each client also runs once with a card that takes its time.
    pub waited: bool,
    /// Hears what is being done.
    pub progress: &'c dyn Fn(&str),
}

/// Has all clients do all dialogues.
///
/// # Panics
/// When the rig itself does not work; says what to install. What a client does wrong becomes a row.
#[must_use]
pub fn compete(contest: &Contest<'_>) -> Report {
    let before = load();
    let rig = Pcscd::start();
    let extended: Vec<_> = Client::ours(Lengths::Extended)
        .into_iter()
        .chain(Client::PEERS)
        .collect();
    let none = ["--latency", "none"];
    let mut rows = contest.phase(&rig, &none, &extended, contest.rounds);
    let short = ["--latency", "none", "--short-only"];
    rows.extend(contest.phase(&rig, &short, &Client::ours(Lengths::Short), contest.rounds));
    if contest.waited {
        let slow = ["--latency", "typeb106"];
        for waited in contest.phase(&rig, &slow, &extended, 1) {
            let same =
                |row: &&mut Row| row.dialogue == waited.dialogue && row.client == waited.client;
            if let (
                Some(Row {
                    outcome: Ok(row), ..
                }),
                Ok(waited),
            ) = (rows.iter_mut().find(same), &waited.outcome)
            {
                row.waited_ms = Some(waited.median_ms());
            }
        }
    }
    // Grouped by dialogue; the sort keeps the order within each.
    rows.sort_by_key(|row| Dialogue::ALL.iter().position(|it| *it == row.dialogue));
    Report {
        rows,
        versions: versions(),
        rounds: contest.rounds,
        load: [before, load()],
    }
}

impl Contest<'_> {
    /// All dialogues of some clients with one card.
    fn phase(&self, rig: &Pcscd, options: &[&str], clients: &[Client], rounds: usize) -> Vec<Row> {
        rig.await_readers(|readers| !readers.contains("\"present\""));
        let card = rig.lend(options);
        let mut truth = Truth::of(rig, &card);
        let mut rows = Vec::new();
        for dialogue in self.dialogues.iter().copied() {
            (self.progress)(&format!("{} ({})", dialogue.title(), options.join(" ")));
            let mut entries: Vec<_> = clients
                .iter()
                .filter(|client| client.offers(dialogue))
                .map(|client| Entry::new(*client, dialogue, rig, &card))
                .collect();
            // Round by round, so that whatever else the machine does hits everybody.
            for round in 0..=rounds {
                for entry in &mut entries {
                    entry.round(&mut truth, dialogue, &card, round > 0);
                }
            }
            rows.extend(entries.into_iter().map(|entry| {
                let row = entry.row(dialogue);
                (self.progress)(&describe(&row));
                row
            }));
        }
        rows
    }
}

fn describe(row: &Row) -> String {
    let label = row.client.label();
    match &row.outcome {
        Ok(measured) => format!(
            "  {label}: {} APDUs, {:.1} ms by the model, {:.1} ms of wall time",
            measured.cost.apdus,
            measured.cost.typeb106_ms,
            measured.median_ms()
        ),
        Err(why) => format!("  {label}: {why}"),
    }
}

/// A client in one dialogue.
struct Entry<'r> {
    client: Client,
    contestant: Contestant<'r>,
    cost: Option<Cost>,
    wall_ms: Vec<f64>,
    failed: Option<String>,
}

impl<'r> Entry<'r> {
    fn new(client: Client, dialogue: Dialogue, rig: &'r Pcscd, card: &LentCard) -> Self {
        Self {
            client,
            contestant: Contestant::start(client, dialogue, rig, card),
            cost: None,
            wall_ms: Vec::new(),
            failed: None,
        }
    }

    fn round(&mut self, truth: &mut Truth, dialogue: Dialogue, card: &LentCard, counts: bool) {
        if self.failed.is_some() {
            return;
        }
        truth.forget();
        let mark = card.mark();
        let brought = self.contestant.go();
        let cost = cost(&card.log_from(mark));
        match brought.and_then(|brought| truth.check(dialogue, brought)) {
            Ok(wall) if counts => {
                self.wall_ms.push(wall);
                let before = self.cost.replace(cost);
                if before.is_some_and(|before| before != cost) {
                    self.failed = Some(format!("not twice the same: {before:?}, then {cost:?}"));
                }
            }
            Ok(_) => {}
            Err(why) => self.failed = Some(why),
        }
    }

    fn row(self, dialogue: Dialogue) -> Row {
        let outcome = match (self.failed, self.cost) {
            (Some(why), _) => Err(why),
            (None, Some(cost)) => Ok(Measured {
                cost,
                wall_ms: self.wall_ms,
                waited_ms: None,
            }),
            (None, None) => Err("no round was counted".to_owned()),
        };
        Row {
            dialogue,
            client: self.client,
            outcome,
        }
    }
}

fn cost(log: &Log) -> Cost {
    Cost {
        apdus: log.apdus(),
        sent: log.sent(),
        received: log.received(),
        typeb106_ms: log.model_milliseconds("typeb106"),
        contact_ms: log.model_milliseconds("contact"),
    }
}

/// What is really on the card, to check what the clients bring.
struct Truth {
    certificate: UserCertificate,
    portrait: Vec<u8>,
    forgetful: Companion,
}

impl Truth {
    fn of(rig: &Pcscd, card: &LentCard) -> Self {
        let start = |job| {
            let mut command = own(job, "guarded", "learned", card);
            Companion::start(secrets(rig.client(&mut command), card))
        };
        let (_, said) = again(&mut start("certificate")).expect("the library reads its own card");
        let trust = std::fs::read_to_string(&card.trust).expect("the trust file");
        let certificate = UserCertificate::check(
            &bytes(&said, "der").expect("a certificate"),
            &TrustStore::from_pem(&trust).expect("the trust file"),
        )
        .expect("the chain was checked before");
        Self {
            certificate,
            portrait: Profile::default().portrait,
            forgetful: start("forget"),
        }
    }

    /// Cuts the card's power: whoever comes next finds nothing selected and nothing open.
    fn forget(&mut self) {
        again(&mut self.forgetful).expect("the card's power can be cut");
    }

    /// Whether a client brought what was asked for, and how long it took.
    fn check(&self, dialogue: Dialogue, (wall, said): Brought) -> Result<f64, String> {
        let der = bytes(&said, "der");
        if der.is_some_and(|der| der != self.certificate.der()) {
            return Err("brought another certificate".to_owned());
        }
        let right = match dialogue {
            Dialogue::Certificate => said["der"].is_string(),
            Dialogue::Signature | Dialogue::Proof => self.signed(&said),
            Dialogue::CardFace => bytes(&said, "portrait").is_some_and(|it| it == self.portrait),
        };
        if right {
            Ok(wall)
        } else {
            Err("brought something else than what is on the card".to_owned())
        }
    }

    fn signed(&self, said: &Value) -> bool {
        match (bytes(said, "challenge"), bytes(said, "signature")) {
            (Some(challenge), Some(signature)) => self.certificate.verifies(&challenge, &signature),
            _ => false,
        }
    }
}

/// The load averages of the last 1, 5 and 15 minutes.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn versions() -> Vec<(String, String)> {
    const LOCK: &str = include_str!("../../../Cargo.lock");
    let locked = |name: &str| {
        let after = LOCK
            .split(&format!("name = \"{name}\"\nversion = \""))
            .nth(1);
        let version = after.and_then(|rest| rest.split('"').next());
        (name.to_owned(), version.unwrap_or("?").to_owned())
    };
    let said = |name: &str, command: &str| {
        // Where services are is not on everybody's path.
        let command = format!("PATH=$PATH:/usr/sbin exec {command}");
        let output = attempt(Command::new("sh").args(["-c", &command]), LIMIT);
        let text = output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).into_owned(),
        );
        let is_version = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
        let first = text.lines().next().unwrap_or_default();
        let version = first.split([' ', ',']).find(is_version).unwrap_or("?");
        (name.to_owned(), version.trim_end_matches('.').to_owned())
    };
    let crates = ["myna-hal", "myna-card", "myna", "jpki", "pcsc"].map(locked);
    crates
        .into_iter()
        .chain([
            said("OpenSC", "opensc-tool --info"),
            said("pcscd", "pcscd --version"),
        ])
        .collect()
}
