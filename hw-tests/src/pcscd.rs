//! A private `pcscd` per test: its own socket, its own reader, nothing of the host's.
//!
//! `pcscd` takes its listening socket from its parent as systemd hands it over (`LISTEN_FDS`), so
//! any number of instances run side by side. Clients find theirs by `PCSCLITE_CSOCK_NAME`, which
//! libpcsclite reads once per process: every client is a child process of its own.
//!
//! Its readers are either one of vpcd of the vsmartcard project, which nobody here wrote (see
//! [`LentCard`](crate::vpcd::LentCard)), or any number of our own (see [`ifd`](crate::ifd)).

use std::io::{PipeReader, PipeWriter, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::PIPE_BUF;

use crate::ifd::TestReader;
use crate::program::{INSTALL, bridge, example, run};
use crate::vpcd;

/// Part of the reader's name, as every client sees it.
pub const READER: &str = "Myna Rig";

/// How long the daemon may take to notice something on a busy machine.
pub const NOTICE: Duration = Duration::from_secs(20);

/// The log of a daemon, in a pipe that nobody reads.
pub struct Log {
    reading: PipeReader,
    writing: PipeWriter,
}

impl Log {
    /// Leaves no room in it: each of the daemon's threads stands still once it has an error to
    /// log.
    ///
    /// # Panics
    /// When the system does not say how full the pipe is.
    pub fn fill(&self) {
        let is_full = || {
            let mut room = [PollFd::new(&self.writing, PollFlags::OUT)];
            poll(&mut room, Some(&Timespec::default())).expect("a pipe") == 0
        };
        while !is_full() {
            // Never blocks: what may be written at all may be written up to this size (`pipe(7)`).
            (&self.writing).write_all(&[b'.'; PIPE_BUF]).expect("room");
        }
    }

    /// Has the daemon log what it wants to, and go on.
    pub fn read(mut self) {
        drop(self.writing);
        std::thread::spawn(move || std::io::copy(&mut self.reading, &mut std::io::sink()));
    }
}

/// A running `pcscd`.
pub struct Pcscd {
    daemon: Child,
    folder: tempfile::TempDir,
    /// Where vpcd listens, if it is what this daemon loaded.
    pub(crate) port: Option<u16>,
}

impl Pcscd {
    /// Starts one with a reader of vpcd and waits until it lists it.
    ///
    /// # Panics
    /// When something is not installed; says what.
    #[must_use]
    pub fn start() -> Self {
        let port = vpcd::free_port();
        let folder = tempfile();
        let log = log_file(folder.path());
        let mut rig = Self::with_configuration(folder, &vpcd::configuration(READER, port), log);
        rig.port = Some(port);
        rig.await_readers(|readers| readers.contains(READER));
        rig
    }

    /// Starts one with readers of our own, which it has before it listens to anybody.
    ///
    /// # Panics
    /// When something is not installed; says what.
    #[must_use]
    pub fn with_readers<const N: usize>(names: [&str; N]) -> (Self, [TestReader; N]) {
        let folder = tempfile();
        let log = log_file(folder.path());
        Self::with_own_readers(names, folder, log)
    }

    /// The same of one whose log the test has in its hands.
    ///
    /// # Panics
    /// When something is not installed; says what.
    #[must_use]
    pub fn with_readers_and_log<const N: usize>(names: [&str; N]) -> (Self, [TestReader; N], Log) {
        let (reading, writing) = std::io::pipe().expect("a pipe");
        let theirs = writing.try_clone().expect("a descriptor");
        let (rig, readers) = Self::with_own_readers(names, tempfile(), theirs.into());
        (rig, readers, Log { reading, writing })
    }

    fn with_own_readers<const N: usize>(
        names: [&str; N],
        folder: tempfile::TempDir,
        log: Stdio,
    ) -> (Self, [TestReader; N]) {
        let mut number = 0;
        let readers = names.map(|name| {
            number += 1;
            TestReader::new(name, &folder.path().join(format!("reader{number}.sock")))
        });
        let library = bridge();
        let entry = |(channel, reader): (usize, &TestReader)| {
            format!(
                "FRIENDLYNAME \"{}\"\nDEVICENAME unix:{}\nLIBPATH {}\nCHANNELID {channel}\n",
                reader.name(),
                reader.path().display(),
                library.display(),
            )
        };
        let configuration: String = readers.iter().enumerate().map(entry).collect();
        (
            Self::with_configuration(folder, &configuration, log),
            readers,
        )
    }

    fn with_configuration(folder: tempfile::TempDir, configuration: &str, log: Stdio) -> Self {
        let conf = folder.path().join("conf");
        std::fs::create_dir(&conf).expect("a folder");
        std::fs::write(conf.join("readers"), configuration).expect("a file");
        Self {
            daemon: spawn(folder.path(), log),
            folder,
            port: None,
        }
    }

    /// Ends the daemon, as a crash or an update would.
    pub fn kill(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        // While the path exists, clients wait for somebody to answer there.
        let _ = std::fs::remove_file(self.socket());
    }

    /// Starts it again after [`Pcscd::kill`], on the same socket path. A reader of vpcd is empty
    /// then.
    pub fn restart(&mut self) {
        self.daemon = spawn(self.folder.path(), log_file(self.folder.path()));
        if self.port.is_some() {
            self.await_readers(|readers| readers.contains(READER));
        }
    }

    /// Stops the daemon in its tracks: it answers nobody until [`Pcscd::resume`].
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let output = run(Command::new("kill").args([signal, &self.daemon.id().to_string()]));
        assert!(output.status.success(), "the daemon takes no signal");
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

fn tempfile() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn log_file(folder: &Path) -> Stdio {
    std::fs::File::create(folder.join("pcscd.log"))
        .expect("a file")
        .into()
}

fn spawn(folder: &Path, log: Stdio) -> Child {
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
        .stdout(log)
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
