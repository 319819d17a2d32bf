//! Lends the virtual My Number Card to a real `pcscd`, through vpcd's TCP socket: for trying out
//! and testing programs that only know PC/SC, without a reader and without a card.
//!
//! ```text
//! pcscd with libifdvpcd.so  <── TCP ──  vcard  (this program is the card)
//! ```
//!
//! vpcd (package `vsmartcard-vpcd`) listens, and the card connects: starting this program inserts
//! the card, ending it pulls the card out. When `pcscd` ends or closes the socket, this program
//! says so and ends too; it does not reconnect by itself, because a card does not insert itself.
//! Start it again for that. Every start is a new card whose retry counters are full, unless
//! `--pin-tries` says otherwise; while it runs the counters persist through resets and power-off.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use clap::Parser;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Answer, Key, Latency, LogEntry, Profile};
use myna_hal::time::SystemClock;

mod support;

/// A virtual My Number Card for pcscd, through vpcd. Everything on it is fictional.
///
/// Starting it inserts the card; ending it (Ctrl-C) pulls the card out. It ends by itself when
/// pcscd goes away.
#[derive(Parser)]
#[command(name = "vcard")]
struct Arguments {
    /// Where vpcd listens.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:35963")]
    vpcd: String,
    /// Tries left on the user-authentication PIN; 0 is a blocked PIN.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=3))]
    pin_tries: Option<u8>,
    /// Answer 6700 to extended-length APDUs.
    #[arg(long)]
    short_only: bool,
    /// Keys of P-384, as this crate guesses the next generation of the card.
    #[arg(long)]
    next_generation_guess: bool,
    /// How long commands take: none, typeb106, typeb424 or contact.
    #[arg(long, value_name = "MODEL", default_value = "none")]
    latency: Latency,
    /// Portrait on the chip: JPEG 2000 (JP2) as it is; JPEG and PNG are cut and encoded.
    #[arg(long, value_name = "FILE")]
    portrait: Option<PathBuf>,
    /// Write what a client has to trust: the virtual CA's certificates and card-verifiable key.
    #[arg(long, value_name = "FILE")]
    export_ca: Option<PathBuf>,
    /// Write one line of JSON per APDU: number, header, lengths, status word, milliseconds, and
    /// what they would be with each latency model. Command and response bodies are not written.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(ending) => {
            println!("{ending}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("vcard: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<&'static str, Failure> {
    let card = VirtualCard::new(profile(arguments)?, SystemClock::shared());
    if let Some(path) = &arguments.export_ca {
        std::fs::write(path, card.trust_pem()).map_err(|error| at(path, &error))?;
    }
    if let Some(path) = &arguments.log {
        log_to(path, &card)?;
    }
    introduce(&card);
    let link = TcpStream::connect(&arguments.vpcd).map_err(|error| {
        format!(
            "cannot reach vpcd at {}: {error} (is pcscd running, with vpcd's reader.conf?)",
            arguments.vpcd
        )
    })?;
    link.set_nodelay(true)?;
    println!("inserted at {}; Ctrl-C pulls the card out", arguments.vpcd);
    serve(link, &card)
}

fn profile(arguments: &Arguments) -> Result<Profile, Failure> {
    let base = if arguments.next_generation_guess {
        Profile::next_generation_guess()
    } else {
        Profile::default()
    };
    let mut profile = Profile {
        extended: !arguments.short_only,
        latency: arguments.latency,
        ..base
    };
    if let Some(left) = arguments.pin_tries {
        profile = profile.with_tries(Key::AuthPin, left);
    }
    if let Some(path) = &arguments.portrait {
        profile.portrait = support::portrait::read(path)?;
    }
    Ok(profile)
}

fn at(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

/// What one must know to use the card; a real holder knows it, or reads it off the card.
fn introduce(card: &VirtualCard) {
    let holder = card.holder();
    println!("virtual My Number Card of {} (fictional)", holder.name);
    match &holder.pin {
        Some(pin) => println!("PIN (利用者証明用): {pin}"),
        None => println!("PIN (利用者証明用): none"),
    }
    println!("署名用パスワード: {}", holder.sign_password);
    println!("照合番号B: {}", holder.card_face_code);
    println!("生年月日: {}  有効期限: {}", holder.birth, holder.expiry);
}

fn log_to(path: &Path, card: &VirtualCard) -> Result<(), Failure> {
    let file = File::create(path).map_err(|error| at(path, &error))?;
    let file = Mutex::new(BufWriter::new(file));
    let name = path.display().to_string();
    card.observe(move |entry| {
        let Ok(mut file) = file.lock() else { return };
        // Flushed line by line: whoever reads the log may still be running the card.
        if let Err(error) = writeln!(file, "{}", line(entry)).and_then(|()| file.flush()) {
            eprintln!("vcard: {name}: {error}");
        }
    });
    Ok(())
}

fn line(entry: &LogEntry) -> serde_json::Value {
    let [cla, ins, p1, p2] = entry.header;
    serde_json::json!({
        "number": entry.number,
        "header": format!("{cla:02X}{ins:02X}{p1:02X}{p2:02X}"),
        "command_length": entry.sent,
        "response_length": entry.received,
        "status": entry.status.map(|status| format!("{status:04X}")),
        "ms": milliseconds(entry.elapsed),
        "model_ms": {
            "typeb106": milliseconds(entry.takes(Latency::TypeB106)),
            "typeb424": milliseconds(entry.takes(Latency::TypeB424)),
            "contact": milliseconds(entry.takes(Latency::Contact)),
        },
    })
}

/// With three digits behind the point.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Control bytes of vpcd: a frame of one byte.
const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const GET_ATR: u8 = 4;

/// How long vpcd is left without an answer when the card gives none. vpcd itself would wait for
/// ever, and a frame without content wedges the reader: closing the link is the only way out.
const MUTE: Duration = Duration::from_secs(10);

fn serve(mut link: TcpStream, card: &VirtualCard) -> Result<&'static str, Failure> {
    loop {
        let frame = match receive(&mut link) {
            Ok(frame) => frame,
            Err(error) if is_goodbye(&error) => {
                card.power_off();
                return Ok("pcscd closed the link: the card is out");
            }
            Err(error) => return Err(error.into()),
        };
        let sent = match frame[..] {
            [POWER_OFF] => {
                card.power_off();
                Ok(())
            }
            [POWER_ON] => {
                card.power_on();
                Ok(())
            }
            [RESET] => {
                card.reset();
                Ok(())
            }
            [GET_ATR] => send(&mut link, &card.atr()),
            _ => match card.process(&frame) {
                Answer::Response(answer) if !answer.is_empty() => send(&mut link, &answer),
                Answer::Mute => {
                    std::thread::sleep(MUTE);
                    return Ok("the card is mute: pulled it out");
                }
                _ => return Ok("the card has no power: pulled it out"),
            },
        };
        match sent {
            Err(error) if is_goodbye(&error) => {
                card.power_off();
                return Ok("pcscd closed the link before the answer: the card is out");
            }
            other => other?,
        }
    }
}

fn is_goodbye(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

/// A frame: two bytes of length, most significant first, then the content.
fn receive(link: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    read_exact(link, &mut length)?;
    let mut content = vec![0; usize::from(u16::from_be_bytes(length))];
    read_exact(link, &mut content)?;
    Ok(content)
}

/// As `Read::read_exact`, acknowledging at once: vpcd 3.3 sends length and content apart, and
/// holds the second back until the first is acknowledged, by default 40 ms later.
fn read_exact(link: &mut TcpStream, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        match link.read(buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                acknowledge_at_once(link);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Linux forgets this after a while, so it is said after every read. A refusal costs time only.
#[cfg(target_os = "linux")]
fn acknowledge_at_once(link: &TcpStream) {
    let _ = rustix::net::sockopt::set_tcp_quickack(link, true);
}

#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_: &TcpStream) {}

/// Length and content in one write, for the same reason.
fn send(link: &mut TcpStream, content: &[u8]) -> io::Result<()> {
    let length = u16::try_from(content.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut frame = Vec::with_capacity(2 + content.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(content);
    link.write_all(&frame)
}
