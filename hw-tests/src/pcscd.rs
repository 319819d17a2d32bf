//! A private `pcscd` per test: its own socket, its own reader, nothing of the host's.
//!
//! `pcscd` takes its listening socket from its parent as systemd hands it over (`LISTEN_FDS`), so
//! any number of instances run side by side. Clients find theirs by `PCSCLITE_CSOCK_NAME`, which
//! libpcsclite reads once per process: every client is a child process of its own.
//!
//! The reader is vpcd of the vsmartcard project, which serves two slots on two neighbouring TCP
//! ports; the virtual card connects to the first.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Companion, INSTALL, example, run};

/// Where Debian puts vpcd's driver.
const VPCD: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// Part of the reader's name, as every client sees it.
pub const READER: &str = "Myna Rig";

/// How long the daemon may take to notice something on a busy machine.
pub const NOTICE: Duration = Duration::from_secs(20);

/// A running `pcscd` with one virtual reader.
pub struct Pcscd {
    daemon: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Pcscd {
    /// Starts one and waits until it lists its reader.
    ///
    /// # Panics
    /// When something is not installed; says what.
    #[must_use]
    pub fn start() -> Self {
        assert!(
            Path::new(VPCD).exists(),
            "vpcd is not installed; on Debian: {INSTALL}"
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_pair();
        let conf = folder.path().join("conf");
        std::fs::create_dir(&conf).expect("a folder");
        std::fs::write(
            conf.join("vpcd"),
            format!(
                "FRIENDLYNAME \"{READER}\"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {VPCD}\nCHANNELID 0x{port:X}\n"
            ),
        )
        .expect("a file");
        let rig = Self {
            daemon: spawn(folder.path()),
            folder,
            port,
        };
        rig.await_readers(|readers| readers.contains(READER));
        rig
    }

    /// Ends the daemon, as a crash or an update would.
    pub fn kill(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        // While the path exists, clients wait for somebody to answer there.
        let _ = std::fs::remove_file(self.socket());
    }

    /// Starts it again after [`Pcscd::kill`], on the same socket path, with an empty reader.
    pub fn restart(&mut self) {
        self.daemon = spawn(self.folder.path());
        self.await_readers(|readers| readers.contains(READER));
    }

    /// Directs a client to this instance.
    pub fn client<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("PCSCLITE_CSOCK_NAME", self.socket())
            // OpenSC would otherwise read the host's configuration and cache.
            .env("OPENSC_CONF", "/nonexistent")
            .env("HOME", self.folder.path())
    }

    /// Runs a client of this instance to its end.
    pub fn run(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Output {
        run(self.client(Command::new(program).args(arguments)))
    }

    /// A folder that lives as long as the daemon.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("pcscd.comm")
    }

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
        let log = self.folder.path().join(format!("apdus{slot}.jsonl"));
        let trust = self.folder.path().join(format!("trust{slot}.pem"));
        let mut code = None;
        // For figures like a real card's; see README.md.
        let latency = std::env::var("MYNA_HAL_RIG_LATENCY")
            .ok()
            .filter(|_| !options.contains(&"--latency"))
            .map(|model| format!("--latency={model}"));
        let program = Companion::start(
            Command::new(example("vcard"))
                .args(["--vpcd", &format!("127.0.0.1:{}", self.port + slot)])
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

    /// The daemon looks for cards every 400 ms, and takes a moment to start.
    ///
    /// # Panics
    /// When `wanted` never comes true.
    pub fn await_readers(&self, wanted: impl Fn(&str) -> bool) {
        let end = Instant::now() + NOTICE;
        let readers = example("readers");
        loop {
            let output = self.run(&readers, &["--json"]);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if wanted(&text) {
                return;
            }
            assert!(
                Instant::now() < end,
                "pcscd does not show what was awaited: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &Path) -> Child {
    let socket = UnixListener::bind(folder.join("pcscd.comm")).expect("a socket");
    // The shell moves the socket from descriptor 0, where `Command` can put it, to 3, where
    // the convention wants it, and knows its own process id, which `exec` keeps. Newer versions
    // ask polkit who may use a card; where no polkit runs, they must be told not to.
    let mut daemon = Command::new("sh")
        .args([
            "-c",
            "exec 3<&0 0</dev/null
             PATH=$PATH:/usr/sbin
             command -v pcscd >/dev/null || exit 127
             polkit=; pcscd --help | grep -q -e --disable-polkit && polkit=--disable-polkit
             LISTEN_FDS=1 LISTEN_PID=$$ exec pcscd --foreground --error $polkit -c \"$0\" 2>&1",
        ])
        .arg(folder.join("conf"))
        // Not the real readers of the host.
        .env("PCSCLITE_HP_DROPDIR", "/nonexistent")
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(std::fs::File::create(folder.join("pcscd.log")).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    // Clients would wait at the socket of a daemon that never came up.
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(10));
        if let Some(status) = daemon.try_wait().expect("the child can be waited for") {
            let log = std::fs::read_to_string(folder.join("pcscd.log")).unwrap_or_default();
            panic!("pcscd did not start ({status}): {log}\nis it installed? on Debian: {INSTALL}");
        }
    }
    daemon
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
        Log(std::fs::read_to_string(&self.log)
            .unwrap_or_default()
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
fn free_pair() -> u16 {
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
