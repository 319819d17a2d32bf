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

#[cfg(feature = "pcsc")]
#[cfg_attr(feature = "port100", path = "support/sony.rs")]
#[cfg_attr(not(feature = "port100"), path = "support/no_sony.rs")]
mod sony;

/// List the card readers with their state and capabilities.
///
/// A reader with PIN keys says so without a card; how many digits it takes and whether it has a
/// display it may tell only with a card in it.
#[derive(Parser)]
#[command(after_help = "Exit status:
  0  at least one reader is attached
  1  none is, or the message says what is wrong and what to do next
  2  wrong arguments")]
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
    use std::path::Path;
    use std::process::ExitCode;
    use std::sync::Arc;
    use std::time::Duration;

    use myna_hal::Wait;
    use myna_hal::card::{
        CardContext, CardPresence, CardReader, Disposition, ReaderCapabilities, ReaderEvent,
        ReaderState, ShareMode,
    };
    use myna_hal::device::DeviceInfo;
    use myna_hal::drivers::pcsc::{PcscContext, PcscReader};
    use myna_hal::pin::ReaderPinPad;
    use myna_hal::pin::reader::{PadProfile, PadProperties};
    use myna_hal::time::{Clock, SystemClock};
    use serde_json::{Value, json};

    use super::support::problem::Problem;
    use super::support::reader::{presence, profile, usage};
    use super::support::usb::{self, UsbReader};

    pub(super) fn list(json: bool) -> Result<ExitCode, Problem> {
        let clock: Arc<dyn Clock> = SystemClock::shared();
        let mut context = PcscContext::new(clock.clone());
        let (mut described, mut names) = (Vec::new(), Vec::new());
        for mut reader in context.readers_with_features()? {
            let state = reader.state()?;
            let mut said = describe(reader.info(), &state, reader.capabilities());
            said["pin_pad"] = pin_keys(&mut reader, &state, &clock);
            said["profile"] = profile(&reader.info().name);
            names.push(reader.info().name.clone());
            described.push(said);
        }
        let attached = UsbReader::attached(Path::new(usb::DEVICES)).unwrap_or_default();
        described.extend(usb::unlisted(attached, &names).iter().map(unlisted));
        for mut reader in super::sony::readers(&clock) {
            described.push(match reader.state() {
                Ok(state) => {
                    let mut said = describe(reader.info(), &state, reader.capabilities());
                    said["driver"] = json!(reader.info().driver);
                    said["profile"] = profile(&reader.info().name);
                    said
                }
                Err(error) => json!({
                    "reader": reader.info().name,
                    "listed": false,
                    "remedy": error.to_string(),
                }),
            });
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

    /// A reader that USB shows and PC/SC does not list.
    fn unlisted(reader: &UsbReader) -> Value {
        json!({
            "reader": reader.name,
            "listed": false,
            "usb": reader.id(),
            "remedy": reader.remedy(),
        })
    }

    /// What is known of the reader's own PIN keys; null if it has none.
    fn pin_keys(reader: &mut PcscReader, state: &ReaderState, clock: &Arc<dyn Clock>) -> Value {
        let can = reader.capabilities();
        if !can.contains(ReaderCapabilities::SECURE_PIN_VERIFY) {
            return Value::Null;
        }
        let asked = (state.card == CardPresence::Present)
            .then(|| ask(reader, clock))
            .flatten();
        let (properties, profile) = asked.unwrap_or_else(|| {
            let silent = PadProperties::default();
            (silent, PadProfile::of(&silent, &reader.info().name))
        });
        let (least, most) = profile.digits.unzip();
        json!({
            "change": can.contains(ReaderCapabilities::SECURE_PIN_MODIFY),
            "make": (profile != PadProfile::ANY).then_some(profile.make),
            "min_digits": properties.min_digits.or(least),
            "max_digits": properties.max_digits.or(most),
            "display": properties.lcd_layout.map(|(lines, width)| format!("{lines}x{width}")),
        })
    }

    /// Asks over the card, which is sent nothing. One that another program holds is left alone.
    fn ask(reader: &mut PcscReader, clock: &Arc<dyn Clock>) -> Option<(PadProperties, PadProfile)> {
        let wait = Wait::at_most(clock.clone(), Duration::from_secs(5));
        let mut card = reader.connect(ShareMode::Shared, &wait).ok()?;
        let pad = ReaderPinPad::probe(&mut *card, &wait).ok();
        let _ = card.disconnect(Disposition::Leave);
        pad.map(|pad| (pad.properties(), pad.profile()))
    }

    fn show(reader: &Value) {
        let text = |key: &str| reader[key].as_str().unwrap_or("–").to_owned();
        println!("{}", text("reader"));
        if let Some(remedy) = reader["remedy"].as_str() {
            println!("  on USB, and PC/SC does not list it: {remedy}");
            return;
        }
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
        println!("  PIN keys      {}", keys(&reader["pin_pad"]));
        if let Some(make) = reader["profile"]["make"].as_str() {
            let exchange = reader["profile"]["exchange"].as_str().unwrap_or("–");
            println!("  make          {make}, exchange {exchange}");
        }
    }

    fn keys(pad: &Value) -> String {
        if pad.is_null() {
            return "none known; the PIN goes through the host".to_owned();
        }
        let mut said = vec![
            pad["make"]
                .as_str()
                .unwrap_or("of an unknown make")
                .to_owned(),
        ];
        said.push(
            match (pad["min_digits"].as_u64(), pad["max_digits"].as_u64()) {
                (Some(least), Some(most)) => format!("{least} to {most} digits"),
                _ => "number of digits not told".to_owned(),
            },
        );
        said.push(match pad["display"].as_str() {
            Some(display) => format!("display {display}"),
            None => "no display told".to_owned(),
        });
        if pad["change"] == true {
            said.push("changes PINs".to_owned());
        }
        said.join(", ")
    }
}
