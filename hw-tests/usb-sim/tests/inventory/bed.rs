//! A bench whose devices are simulated, and whose hands are shell commands.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hw_tests::errands::{self, Errand};
use hw_tests::hex;
use hw_tests::program;
use hw_tests::report::Run;
use hw_tests::scenario::names::Face;
use hw_tests::scenario::scene;
use libtest_mimic::Failed;
use myna_hal::Wait;
use myna_hal::camera::CameraContext;
use myna_hal::card::CardContext;
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::drivers::v4l2::V4l2Context;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Profile;
use myna_hal::time::{Clock, SystemClock};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use usb_sim::ccid::{CcidReader, Lie, Product};
use usb_sim::uvc::{Webcam, WebcamProduct};

use crate::drawn::draw;
use crate::socket::Socket;

/// The reader and the webcam on the bench: one with few modes, or its kit takes a minute.
const READER: &str = "acr1252u";
const WEBCAM: &str = "japanese-name";

/// How long the programs may take in a guest without the help of a processor.
const LIMIT: Duration = Duration::from_secs(120);

/// How long devices may take to be listed.
const LISTED: Duration = Duration::from_secs(15);

/// What the inventory's actuators move.
pub(crate) struct Bed {
    pub(crate) reader: CcidReader,
    pub(crate) card: VirtualCard,
    pub(crate) webcam: Webcam,
    folder: TempDir,
    reader_socket: Arc<Mutex<Socket<CcidReader>>>,
    webcam_socket: Arc<Mutex<Socket<Webcam>>>,
    /// The keys of the entries, each with its command.
    reader_keys: String,
    webcam_keys: String,
}

/// What came of a program of the bench.
pub(crate) struct Ran {
    /// Whether its status says that nothing failed.
    pub(crate) is_good: bool,
    /// Standard output, and standard error.
    pub(crate) said: [String; 2],
}

fn lock<D>(socket: &Mutex<Socket<D>>) -> MutexGuard<'_, Socket<D>> {
    socket.lock().unwrap_or_else(PoisonError::into_inner)
}

fn errand(key: &'static str, does: impl FnMut() -> Result<(), String> + Send + 'static) -> Errand {
    (key, Box::new(does))
}

/// An errand that cannot fail.
fn simple(key: &'static str, mut does: impl FnMut() + Send + 'static) -> Errand {
    errand(key, move || {
        does();
        Ok(())
    })
}

/// The errands of a socket.
fn plugs<D>(socket: &Arc<Mutex<Socket<D>>>) -> [Errand; 2]
where
    D: usb_sim::device::UsbDevice + Clone + Send + 'static,
{
    let [plugged, unplugged] = [(); 2].map(|()| socket.clone());
    [
        errand("plug", move || lock(&plugged).plug()),
        simple("unplug", move || {
            lock(&unplugged).unplug();
        }),
    ]
}

/// The errands of who looks into the webcam, and of the lamp.
fn sights(webcam: &Webcam, clock: &Arc<dyn Clock>) -> Result<Vec<Errand>, Failed> {
    let shows = |key, face, is_dark| -> Result<Errand, Failed> {
        let (webcam, picture) = (webcam.clone(), draw(scene(face, is_dark), clock)?);
        Ok(simple(key, move || webcam.show(&picture)))
    };
    Ok(vec![
        shows("shows-holder", Face::Holder, false)?,
        shows("shows-stranger", Face::Stranger, false)?,
        shows("shows-nobody", Face::Nobody, false)?,
        shows("dark", Face::Holder, true)?,
        // The holder stays when the light comes back.
        shows("light", Face::Holder, false)?,
    ])
}

impl Bed {
    /// Plugs everything in, with the card in the reader.
    pub(crate) fn new() -> Result<Self, Failed> {
        let clock = SystemClock::shared();
        let reader = CcidReader::new(Product::find(READER).ok_or("no such reader")?);
        let webcam = Webcam::new(WebcamProduct::find(WEBCAM).ok_or("no such webcam")?);
        let card = VirtualCard::new(Profile::default(), clock.clone());
        reader.insert(&card);
        webcam.show(&draw(scene(Face::Holder, false), &clock)?);
        let folder = tempfile::tempdir()?;
        let reader_socket = Arc::new(Mutex::new(Socket::of(reader.clone())));
        let webcam_socket = Arc::new(Mutex::new(Socket::of(webcam.clone())));
        let [inserts, removes, mutes] = [(); 3].map(|()| reader.clone());
        let inserted = card.clone();
        let mut errands = vec![
            simple("insert", move || inserts.insert(&inserted)),
            simple("remove", move || removes.remove()),
            simple("insert-mute", move || mutes.insert_mute()),
        ];
        errands.extend(plugs(&reader_socket));
        let reader_keys = errands::keys(folder.path(), "desk", errands)?;
        let mut errands = sights(&webcam, &clock)?;
        errands.extend(plugs(&webcam_socket));
        let webcam_keys = errands::keys(folder.path(), "front", errands)?;
        let bed = Self {
            reader,
            card,
            webcam,
            folder,
            reader_socket,
            webcam_socket,
            reader_keys,
            webcam_keys,
        };
        bed.plug(&clock)?;
        // Trials that pass nevertheless show nothing.
        if std::env::var_os("MYNA_HAL_RIG_BREAK").is_some() {
            bed.reader.lie(Some(Lie::Type));
            bed.webcam.stall(true);
        }
        Ok(bed)
    }

    /// Plugs both in and waits until the drivers list them, without opening anything: the devices
    /// are for the programs.
    fn plug(&self, clock: &Arc<dyn Clock>) -> Result<(), Failed> {
        lock(&self.reader_socket).plug()?;
        lock(&self.webcam_socket).plug()?;
        let wait = Wait::at_most(clock.clone(), LISTED);
        while CcidContext::new(clock.clone()).readers()?.is_empty()
            || V4l2Context::new(clock.clone()).cameras()?.is_empty()
        {
            wait.sleep(Duration::from_millis(50))
                .map_err(|_| "the devices are not listed")?;
        }
        Ok(())
    }

    /// Writes the inventory, in which the card with the certificate `listed` is the test card.
    fn inventory(&self, listed: &[u8]) -> Result<PathBuf, Failed> {
        let code = self.folder.path().join("code");
        std::fs::write(&code, &self.card.holder().card_face_code)?;
        let sha256 = hex(&Sha256::digest(listed));
        let (reader, camera) = (
            lock(&self.reader_socket).place()?,
            lock(&self.webcam_socket).place()?,
        );
        let text = format!(
            "[[card]]\nname = \"test\"\ncertificate-sha256 = \"{sha256}\"\nwrong-pin = true\n\
             pin-from = {{ env = \"BENCH_PIN\" }}\ncard-face-code-from = {{ file = {code:?} }}\n\n\
             [[reader]]\nname = \"desk\"\ndriver = \"ccid\"\nusb-path = \"{reader}\"\n\
             card = \"test\"\n{}\n\
             [[camera]]\nname = \"front\"\nusb-path = \"{camera}\"\nfaces = \"drawn\"\n{}",
            self.reader_keys, self.webcam_keys
        );
        let path = self.folder.path().join("bench.toml");
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// A program of the bench, which stands beside this one.
    fn program(&self, name: &str) -> Result<Command, Failed> {
        let program = std::env::current_exe()?.with_file_name(name);
        if !program.exists() {
            let place = program.display();
            return Err(format!("{place}: hw-tests/rig/run puts the program there").into());
        }
        let mut command = Command::new(program);
        command
            .env("MYNA_HAL_LOCKS", self.folder.path().join("locks"))
            .env("MYNA_HAL_REPORT", self.reports()?)
            .env("BENCH_PIN", "1234");
        for variable in ["MYNA_HAL_BENCH", "MYNA_HAL_READER", "MYNA_HAL_CAMERA"] {
            command.env_remove(variable);
        }
        Ok(command)
    }

    /// A file with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> Result<String, Failed> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    }

    /// The folder of the reports.
    pub(crate) fn reports(&self) -> Result<PathBuf, Failed> {
        let folder = self.folder.path().join("reports");
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The trials whose names contain `filter` and nothing of `skipped`, on an inventory in which
    /// `listed` is the test card; and what the report says of them.
    pub(crate) fn trials(
        &self,
        listed: &[u8],
        filter: &str,
        skipped: &[&str],
    ) -> Result<(Ran, Run), Failed> {
        let mut command = self.program("bench")?;
        command
            .env("MYNA_HAL_BENCH", self.inventory(listed)?)
            .arg(filter)
            .args(skipped.iter().flat_map(|part| ["--skip", part]));
        self.report(ran(&mut command)?)
    }

    /// The same without an inventory: of a reader and a camera by parts of their names.
    pub(crate) fn trials_by_name(
        &self,
        reader: &str,
        camera: &str,
        filter: &str,
    ) -> Result<(Ran, Run), Failed> {
        let mut command = self.program("bench")?;
        command
            .env("MYNA_HAL_READER", reader)
            .env("MYNA_HAL_CAMERA", camera)
            .arg(filter);
        self.report(ran(&mut command)?)
    }

    fn report(&self, ran: Ran) -> Result<(Ran, Run), Failed> {
        let lines = std::fs::read_to_string(self.reports()?.join("trials.jsonl"))
            .map_err(|error| format!("{error}: {:?}", ran.said))?;
        Ok((ran, Run::parse(&lines)))
    }

    /// Plays files, which are shipped or whose paths these are, on the same inventory.
    pub(crate) fn visits(&self, listed: &[u8], files: &[&str]) -> Result<Ran, Failed> {
        let trust = self.folder.path().join("trust.pem");
        std::fs::write(&trust, self.card.trust_pem())?;
        let mut command = self.program("hw-tests")?;
        command
            .env("MYNA_HAL_BENCH", self.inventory(listed)?)
            .args(["scenario", "run"])
            .args(files)
            .args(["--on", "bench", "--json", "--trust"])
            .arg(trust);
        ran(&mut command)
    }
}

fn ran(command: &mut Command) -> Result<Ran, Failed> {
    let Output {
        status,
        stdout,
        stderr,
    } = program::within(command, LIMIT)?;
    Ok(Ran {
        is_good: status.success(),
        said: [stdout, stderr].map(|said| String::from_utf8_lossy(&said).into_owned()),
    })
}
