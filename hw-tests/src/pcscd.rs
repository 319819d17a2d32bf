//! A private `pcscd` per test: its own socket, its own reader, nothing of the host's.
//!
//! `pcscd` takes its listening socket from its parent as systemd hands it over (`LISTEN_FDS`), so
//! any number of instances run side by side. Clients find theirs by `PCSCLITE_CSOCK_NAME`, which
//! libpcsclite reads once per process: every client is a child process of its own.
//!
//! The reader is vpcd of the vsmartcard project, which serves two slots on two neighbouring TCP
//! ports; the virtual card connects to the first.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{INSTALL, example, run};

/// Where Debian puts vpcd's driver.
const VPCD: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// Part of the reader's name, as every client sees it.
pub const READER: &str = "Myna Rig";

/// A running `pcscd` with one virtual reader.
pub struct Pcscd {
    daemon: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Pcscd {
    /// Starts one.
    ///
    /// # Panics
    /// When something is not installed; says what.
    pub fn start() -> Self {
        assert!(
            std::path::Path::new(VPCD).exists(),
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
        let socket = UnixListener::bind(folder.path().join("pcscd.comm")).expect("a socket");
        // The shell moves the socket from descriptor 0, where `Command` can put it, to 3, where
        // the convention wants it, and knows its own process id, which `exec` keeps.
        let daemon = Command::new("sh")
            .args([
                "-c",
                "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec pcscd --foreground --error -c \"$0\"",
            ])
            .arg(&conf)
            .env("PCSCLITE_HP_DROPDIR", "/nonexistent")
            .stdin(Stdio::from(OwnedFd::from(socket)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self {
            daemon,
            folder,
            port,
        }
    }

    /// Directs a client to this instance.
    pub fn client<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("PCSCLITE_CSOCK_NAME", self.folder.path().join("pcscd.comm"))
            // OpenSC would otherwise read the host's configuration and cache.
            .env("OPENSC_CONF", "/nonexistent")
            .env("HOME", self.folder.path())
    }

    /// A folder that lives as long as the daemon.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Lends a virtual card to the reader and waits until the daemon sees it.
    pub fn lend(&self, options: &[&str]) -> LentCard {
        let log = self.folder.path().join("apdus.jsonl");
        let trust = self.folder.path().join("trust.pem");
        let mut program = Command::new(example("vcard"))
            .args(["--vpcd", &format!("127.0.0.1:{}", self.port)])
            .arg("--log")
            .arg(&log)
            .arg("--export-ca")
            .arg(&trust)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let mut lines = BufReader::new(program.stdout.take().expect("piped")).lines();
        let mut said = Vec::new();
        // Kept reading, or the card would block on a full pipe.
        let first = lines
            .next()
            .expect("the card says something")
            .expect("text");
        said.push(first);
        std::thread::spawn(move || lines.for_each(drop));
        let card = LentCard {
            program,
            log,
            trust,
        };
        self.wait_for_card();
        card
    }

    /// The daemon looks for cards every 400 ms.
    fn wait_for_card(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        let readers = example("readers");
        loop {
            let output = run(self.client(Command::new(&readers).arg("--json")));
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if text.contains("\"present\"") {
                return;
            }
            assert!(
                Instant::now() < end,
                "pcscd does not see the virtual card: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A virtual card in the reader; dropping it takes the card away.
pub struct LentCard {
    program: Child,
    log: PathBuf,
    /// The card's trust anchors.
    pub trust: PathBuf,
}

impl LentCard {
    /// The log so far, one JSON value per APDU.
    pub fn log(&self) -> Vec<serde_json::Value> {
        std::fs::read_to_string(&self.log)
            .unwrap_or_default()
            .lines()
            .map(|line| serde_json::from_str(line).expect("one JSON value per line"))
            .collect()
    }
}

impl Drop for LentCard {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A port whose neighbour is free too: vpcd's driver listens on both.
fn free_pair() -> u16 {
    for _ in 0..100 {
        let first = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = first.local_addr().expect("an address").port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
    panic!("no two neighbouring ports are free");
}
