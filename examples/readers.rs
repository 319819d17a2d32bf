//! The card readers that are attached, what is in them and what they can do.
//!
//! ```sh
//! cargo run --features pcsc --example readers -- --watch
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

use std::process::ExitCode;

use clap::Parser;

mod support;

/// List the card readers with their state and capabilities.
///
/// The exit status is 0 when at least one reader is attached.
#[derive(Parser)]
struct Arguments {
    /// Go on, and tell what comes and goes, until interrupted
    #[arg(long)]
    watch: bool,
    /// Print JSON: one array, or one object per line with --watch
    #[arg(long)]
    json: bool,
}

#[cfg(not(feature = "pcsc"))]
fn main() -> ExitCode {
    use support::problem::Problem;
    let arguments = Arguments::parse();
    let _ = arguments.watch;
    Problem::new(
        "unsupported",
        "this program was built without the PC/SC driver",
        "build it with --features pcsc (on Linux: apt-get install libpcsclite-dev pkg-config)",
    )
    .report(arguments.json)
}

#[cfg(feature = "pcsc")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = if arguments.watch {
        attached::watch(arguments.json)
    } else {
        attached::list(arguments.json)
    };
    result.unwrap_or_else(|problem| problem.report(arguments.json))
}

#[cfg(feature = "pcsc")]
mod attached {
    use std::process::ExitCode;
    use std::sync::Arc;

    use myna_hal::Wait;
    use myna_hal::card::{
        CardContext, CardPresence, CardReader, ReaderCapabilities, ReaderEvent, ReaderState,
        ReaderUsage,
    };
    use myna_hal::device::DeviceInfo;
    use myna_hal::drivers::pcsc::PcscContext;
    use myna_hal::time::{Clock, SystemClock};
    use serde_json::{Value, json};

    use super::support::problem::Problem;

    pub(super) fn list(json: bool) -> Result<ExitCode, Problem> {
        let clock: Arc<dyn Clock> = SystemClock::shared();
        let mut context = PcscContext::new(clock);
        let mut described = Vec::new();
        for mut reader in context.readers_with_features()? {
            let state = reader.state()?;
            described.push(describe(reader.info(), &state, reader.capabilities()));
        }
        if json {
            println!("{}", Value::from(described.clone()));
        } else if described.is_empty() {
            println!("No reader is attached. Attach one; --watch tells when it is seen.");
        } else {
            described.iter().for_each(show);
        }
        Ok(if described.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    pub(super) fn watch(json: bool) -> Result<ExitCode, Problem> {
        let clock: Arc<dyn Clock> = SystemClock::shared();
        let mut watch = PcscContext::new(clock.clone()).watch()?;
        let forever = Wait::forever(clock);
        loop {
            let event = watch.next_event(&forever)?;
            let value = match &event {
                ReaderEvent::ReaderAdded(info) => {
                    json!({ "event": "reader-added", "reader": info.name })
                }
                ReaderEvent::ReaderRemoved(id) => {
                    json!({ "event": "reader-removed", "reader": id.as_str() })
                }
                ReaderEvent::StateChanged { reader, state } => json!({
                    "event": "state-changed",
                    "reader": reader.as_str(),
                    "card": presence(state.card),
                    "usage": usage(state.usage),
                    "atr": state.atr.as_ref().map(ToString::to_string),
                }),
                ReaderEvent::ServiceLost => json!({ "event": "service-lost" }),
                ReaderEvent::ServiceBack => json!({ "event": "service-back" }),
                _ => json!({ "event": "other" }),
            };
            if json {
                println!("{value}");
            } else {
                let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
                println!("{:<15} {} {}", text("event"), text("reader"), text("card"));
            }
        }
    }

    fn describe(info: &DeviceInfo, state: &ReaderState, can: ReaderCapabilities) -> Value {
        let names: Vec<String> = can
            .iter_names()
            .map(|(name, _)| name.to_lowercase().replace('_', "-"))
            .collect();
        json!({
            "reader": info.name,
            "card": presence(state.card),
            "usage": usage(state.usage),
            "atr": state.atr.as_ref().map(ToString::to_string),
            "capabilities": names,
        })
    }

    fn show(reader: &Value) {
        let text = |key: &str| reader[key].as_str().unwrap_or("–").to_owned();
        println!("{}", text("reader"));
        println!("  card          {}", text("card"));
        println!("  in use        {}", text("usage"));
        println!("  ATR           {}", text("atr"));
        let can: Vec<_> = reader["capabilities"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        println!("  capabilities  {}", can.join(", "));
    }

    fn presence(card: CardPresence) -> &'static str {
        match card {
            CardPresence::Absent => "absent",
            CardPresence::Present => "present",
            CardPresence::Mute => "mute",
            _ => "unknown",
        }
    }

    fn usage(usage: ReaderUsage) -> &'static str {
        match usage {
            ReaderUsage::Free => "free",
            ReaderUsage::Shared => "shared",
            ReaderUsage::Exclusive => "exclusive",
            _ => "unknown",
        }
    }
}
