//! The shared library: found, loaded once, kept.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use super::network;
use crate::drivers::onnx::{ModelError, Network, Runtime};
use crate::error::{Error, ErrorKind, Source};

/// Environment variable that names the library file.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

#[cfg(target_os = "windows")]
const LIBRARY_FILE: &str = "onnxruntime.dll";
#[cfg(target_os = "macos")]
const LIBRARY_FILE: &str = "libonnxruntime.dylib";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const LIBRARY_FILE: &str = "libonnxruntime.so";

/// A library that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// There is no such file.
    #[error(
        "no ONNX Runtime library {}; install one, run hw-tests/fetch-models --onnxruntime, or say \
         where it is (ORT_DYLIB_PATH)",
        path.display()
    )]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The file is no library for this computer, no ONNX Runtime, or one older than 1.18.
    #[error("{} is not a usable ONNX Runtime, 1.18 or later", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the operating system or the library said.
        #[source]
        source: Source,
    },
    /// A process holds one ONNX Runtime until it ends, and this one holds another.
    #[error("this process already runs the ONNX Runtime in {}", loaded.display())]
    AnotherLoaded {
        /// The file that was loaded first.
        loaded: PathBuf,
    },
}

impl From<LibraryError> for Error {
    /// [`ErrorKind::NotFound`] for a missing file, [`ErrorKind::Unavailable`] otherwise.
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Missing { .. } => Error::new(ErrorKind::NotFound, error.to_string()),
            other => {
                Error::new(ErrorKind::Unavailable, "ONNX Runtime cannot be used").with_source(other)
            }
        }
    }
}

/// The library file to load: `explicit` if given, else what the environment variable
/// [`LIBRARY_VARIABLE`] names, else the usual file name, which the operating system looks for in
/// its library folders.
#[must_use]
pub fn library_path(explicit: Option<&Path>) -> PathBuf {
    explicit.map_or_else(
        || {
            std::env::var_os(LIBRARY_VARIABLE)
                .filter(|value| !value.is_empty())
                .map_or_else(|| LIBRARY_FILE.into(), PathBuf::from)
        },
        Path::to_path_buf,
    )
}

/// [`Runtime`] on ONNX Runtime, in its own processor implementation.
///
/// One thread for each network, and none that spins while it waits.
#[derive(Clone, Debug)]
pub struct OnnxRuntime {
    environment: Environment,
    threads: NonZeroUsize,
}

/// The one of this process.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

impl OnnxRuntime {
    /// Loads the library file, once in a process; later calls with the same file give the same.
    /// A path without a folder is looked for by the operating system.
    ///
    /// The library's code runs in this process: load only what you trust.
    ///
    /// # Errors
    /// See [`LibraryError`].
    pub fn load(path: &Path) -> Result<Self, LibraryError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let environment = match &*loaded {
            Some((known, environment)) if known == path => environment.clone(),
            Some((known, _)) => {
                return Err(LibraryError::AnotherLoaded {
                    loaded: known.clone(),
                });
            }
            None => {
                let environment = start(path)?;
                loaded.insert((path.to_path_buf(), environment)).1.clone()
            }
        };
        Ok(Self {
            environment,
            threads: NonZeroUsize::MIN,
        })
    }

    /// Runs each network on this many threads.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }
}

fn start(path: &Path) -> Result<Environment, LibraryError> {
    let in_a_folder = path.components().count() > 1;
    if in_a_folder && !path.is_file() {
        return Err(LibraryError::Missing {
            path: path.to_path_buf(),
        });
    }
    let unusable = |source| LibraryError::Unusable {
        path: path.to_path_buf(),
        source,
    };
    // The binding looks for relative paths beside the program.
    let absolute = if in_a_folder {
        path.canonicalize()
            .map_err(|error| unusable(error.into()))?
    } else {
        path.to_path_buf()
    };
    // A library that has the entry point but gives no interface makes the binding panic.
    let started = catch_unwind(AssertUnwindSafe(|| -> Result<Environment, Source> {
        Ok(ort::init_from(&absolute)?
            .with_name("myna-hal")
            .with_telemetry(false)
            .build()?)
    }));
    match started {
        Ok(started) => started.map_err(unusable),
        Err(_) => Err(unusable("the library gives no interface".into())),
    }
}

impl Runtime for OnnxRuntime {
    fn load(
        &self,
        model: &[u8],
        outputs: &[&str],
    ) -> std::result::Result<Box<dyn Network>, ModelError> {
        network::load(&self.environment, self.threads, model, outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explicit_library_wins() {
        let explicit = Path::new("/opt/libonnxruntime.so");
        assert_eq!(library_path(Some(explicit)), explicit);
    }

    #[test]
    fn a_missing_library_names_the_next_step() {
        let error = OnnxRuntime::load(Path::new("/nonexistent/libonnxruntime.so"));
        let error = error.expect_err("missing");
        assert!(error.to_string().contains("fetch-models --onnxruntime"));
        assert_eq!(Error::from(error).kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_library_is_unusable() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let error = OnnxRuntime::load(&manifest).expect_err("text");
        assert!(matches!(error, LibraryError::Unusable { .. }), "{error}");
        assert_eq!(Error::from(error).kind(), ErrorKind::Unavailable);
        let nowhere = OnnxRuntime::load(Path::new("no-such-onnxruntime.so"));
        assert!(matches!(nowhere, Err(LibraryError::Unusable { .. })));
    }

    /// Every program has it, and it is no ONNX Runtime.
    #[cfg(target_os = "linux")]
    #[test]
    fn another_library_is_unusable() {
        let error = OnnxRuntime::load(Path::new("libc.so.6")).expect_err("the C library");
        assert!(matches!(error, LibraryError::Unusable { .. }), "{error}");
    }
}
