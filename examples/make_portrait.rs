//! Makes a chip portrait (grey JP2, 378x472) of a picture or of a drawn face, for the virtual
//! card. The library's own `src/sim/data/drawn_face.jp2` came from `--drawn 1`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example talks to its user"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use myna_hal::imaging::decode;
use myna_hal::sim::DrawnFace;

mod support;

/// Makes a chip portrait: grey JPEG 2000, 378x472 pixels.
#[derive(Parser)]
struct Arguments {
    /// Number of the drawn person, instead of a picture.
    #[arg(long, value_name = "PERSON", conflicts_with = "picture")]
    drawn: Option<u64>,
    /// Size of the JP2 file in bytes, approximately.
    #[arg(long, default_value_t = 4500)]
    bytes: usize,
    /// JPEG, PNG or JPEG 2000 picture; the portrait is cut from its middle.
    #[arg(long, required_unless_present = "drawn")]
    picture: Option<PathBuf>,
    /// Where to write the portrait.
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match make(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make_portrait: {error}");
            ExitCode::from(2)
        }
    }
}

fn make(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let picture = match (&arguments.picture, arguments.drawn) {
        (Some(path), _) => decode(&std::fs::read(path)?)?,
        (None, person) => DrawnFace::new(person.unwrap_or(1)).portrait(),
    };
    let portrait = support::jp2::chip_portrait(&picture.view(), arguments.bytes)?;
    std::fs::write(&arguments.out, portrait)?;
    Ok(())
}
