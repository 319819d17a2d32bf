//! The same dialogues with the same card by different clients: what each costs.
//!
//! One private `pcscd`, one virtual card; the card's log counts. Milliseconds of an interface are
//! computed from that log by the virtual card's latency model, so that nobody has to wait for
//! them, and so that they are the same on every machine. Wall time is measured without latency.

mod bound;
mod clients;
mod measure;
mod svg;
mod text;

pub use bound::smallest;
pub use clients::{Client, Guard, Lengths};
pub use measure::{Contest, compete};
pub use svg::chart;
pub use text::{markdown, table};

use serde_json::{Value, json};

/// What is to be done with the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialogue {
    /// Read the user-authentication certificate.
    Certificate,
    /// PIN and signature; the certificate is known from before.
    Signature,
    /// Certificate, checked against its CA, PIN, and a signature checked against the certificate.
    Proof,
    /// The face record, opened with 照合番号B.
    CardFace,
}

impl Dialogue {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Certificate,
        Self::Signature,
        Self::Proof,
        Self::CardFace,
    ];

    /// Name in kebab-case, as the client programs take it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Signature => "signature",
            Self::Proof => "proof",
            Self::CardFace => "card-face",
        }
    }

    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Certificate => "Read the authentication certificate",
            Self::Signature => "PIN and signature, certificate known",
            Self::Proof => "Certificate with chain, PIN, checked signature",
            Self::CardFace => "Face record, verified, chip present",
        }
    }
}

/// What a dialogue costs the card and the way to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Command APDUs.
    pub apdus: u64,
    /// Bytes of all commands.
    pub sent: u64,
    /// Bytes of all answers, status words included.
    pub received: u64,
    /// Milliseconds of card and air, contactless Type B at 106 kbit/s, by the model.
    pub typeb106_ms: f64,
    /// Milliseconds of card and contacts, T=1, by the model.
    pub contact_ms: f64,
}

/// A dialogue that a client brought to its end.
#[derive(Clone, Debug)]
pub struct Measured {
    /// By the card's log; the same in every round.
    pub cost: Cost,
    /// Milliseconds at latency none, one for each round.
    pub wall_ms: Vec<f64>,
    /// Milliseconds of one run with a card that took its time, Type B at 106 kbit/s.
    pub waited_ms: Option<f64>,
}

impl Measured {
    /// The median wall time at latency none, in milliseconds.
    #[must_use]
    pub fn median_ms(&self) -> f64 {
        let mut times = self.wall_ms.clone();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    /// The shortest, which a busy machine disturbs least.
    #[must_use]
    pub fn least_ms(&self) -> f64 {
        self.wall_ms.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// One client's attempt at one dialogue.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was to be done.
    pub dialogue: Dialogue,
    /// By whom.
    pub client: Client,
    /// What it cost, or what happened instead.
    pub outcome: Result<Measured, String>,
}

/// Everything that one run found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Grouped by dialogue, in the order of [`Dialogue::ALL`].
    pub rows: Vec<Row>,
    /// Names and versions of everything that took part.
    pub versions: Vec<(String, String)>,
    /// Rounds behind the wall times.
    pub rounds: usize,
    /// Load averages of the machine, before and after.
    pub load: [String; 2],
}

impl Report {
    /// The rows of a dialogue.
    pub fn of(&self, dialogue: Dialogue) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.dialogue == dialogue)
    }

    /// What `client` paid for `dialogue`, if it got it.
    #[must_use]
    pub fn cost(&self, dialogue: Dialogue, client: Client) -> Option<Cost> {
        self.of(dialogue)
            .find(|row| row.client == client)
            .and_then(|row| row.outcome.as_ref().ok())
            .map(|measured| measured.cost)
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| match &row.outcome {
            Ok(measured) => json!({
                "dialogue": row.dialogue.code(),
                "client": row.client.label(),
                "card": row.client.lengths().code(),
                "cost": cost_json(measured.cost),
                "wall": row.client.clock(),
                "wall_median_ms": measured.median_ms(),
                "wall_least_ms": measured.least_ms(),
                "wall_ms": measured.wall_ms,
                "waited_typeb106_ms": measured.waited_ms,
            }),
            Err(why) => json!({
                "dialogue": row.dialogue.code(),
                "client": row.client.label(),
                "card": row.client.lengths().code(),
                "error": why,
            }),
        });
        let bounds = Dialogue::ALL.iter().flat_map(|dialogue| {
            Lengths::ALL.map(|lengths| {
                json!({
                    "dialogue": dialogue.code(),
                    "card": lengths.code(),
                    "cost": cost_json(smallest(*dialogue, lengths)),
                })
            })
        });
        json!({
            "versions": self.versions.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            "rounds": self.rounds,
            "load_before": self.load[0],
            "load_after": self.load[1],
            "rows": rows.collect::<Vec<_>>(),
            "smallest": bounds.collect::<Vec<_>>(),
        })
    }
}

fn cost_json(cost: Cost) -> Value {
    json!({
        "apdus": cost.apdus,
        "bytes_to_card": cost.sent,
        "bytes_from_card": cost.received,
        "typeb106_ms": cost.typeb106_ms,
        "contact_ms": cost.contact_ms,
    })
}
