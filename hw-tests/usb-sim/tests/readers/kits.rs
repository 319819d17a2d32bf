//! The conformance kit, and the cases that it does not have: a trial for each.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use hw_tests::report::Notes;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use myna_hal::conformance::card::Act;
use myna_hal::conformance::pin::Tries;
use myna_hal::conformance::{Outcome, Report, card, pin};
use usb_sim::ccid::{PRODUCTS, Product};

use crate::further;
use crate::plug::{Driver, desk};
use crate::support::{Desk, PinDesk};
use crate::timed;

/// How many readers are tried at the same time: the virtual host controller has eight ports.
const AT_ONCE: usize = 8;

/// No reader's cases take so long, also where several guests share a slow processor.
const HANGS: Duration = Duration::from_secs(200);

/// One product for each level of exchange shows also what takes long.
const THOROUGH: [&str; 3] = ["rc-s300", "acr39u", "omnikey-3821"];

/// What cannot be done while other readers come and go: ports and pcscd's names are given to whoever
/// comes first.
fn not_beside_others(act: Act) -> Option<&'static str> {
    matches!(act, Act::Unplug | Act::Plug)
        .then_some("other readers come and go at the same time; DRIVER/plug/…")
}

/// And what would take long.
fn nothing_slow(act: Act) -> Option<&'static str> {
    matches!(act, Act::SlowNext(_) | Act::LoseNext)
        .then_some("takes long; done on rc-s300, acr39u and omnikey-3821")
        .or(not_beside_others(act))
}

/// What came of a product's cases, or why they could not run.
pub(crate) type Kits = Result<Vec<Done>, String>;

/// What came of a case.
pub(crate) struct Done {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

/// What these reports tell.
pub(crate) fn told(reports: &[Report]) -> Vec<Done> {
    let cases = reports.iter().flat_map(|report| &report.cases);
    let done = cases.map(|case| Done {
        name: case.name,
        outcome: case.outcome.clone(),
        took: case.took,
    });
    done.collect()
}

/// What a kit has begun last; nothing once it has ended.
type At = Mutex<Option<&'static str>>;

/// The kits of one driver; they run when the first trial asks for them.
struct Runs {
    driver: Driver,
    products: Vec<&'static Product>,
    /// What the name of a case's trial has to contain.
    filter: String,
    reports: OnceLock<HashMap<&'static str, Kits>>,
}

impl Runs {
    fn of(&self, product: &Product) -> &Kits {
        let reports = self.reports.get_or_init(|| self.run());
        &reports[product.key]
    }

    fn run(&self) -> HashMap<&'static str, Kits> {
        // Those that take longest share the ports first.
        let mut todo = self.products.clone();
        todo.sort_by_key(|it| (it.pad().is_none(), !THOROUGH.contains(&it.key)));
        let done = todo.chunks(AT_ONCE).flat_map(|some| self.together(some));
        done.collect()
    }

    /// The kits of several products at the same time. All are plugged in before the first kit begins, and
    /// stay until the last has ended: who lists devices while others come and go may miss one that stays
    /// (pcscd 1.9 and `nusb` 0.2, observed).
    fn together(&self, products: &[&'static Product]) -> Vec<(&'static str, Kits)> {
        let all = Barrier::new(products.len());
        let under_way: Vec<At> = products
            .iter()
            .map(|_| Mutex::new(Some("plugging it in")))
            .collect();
        thread::scope(|scope| {
            let (all, under_way) = (&all, &under_way);
            let threads: Vec<_> = products
                .iter()
                .zip(under_way)
                .map(|(product, at)| {
                    let named = thread::Builder::new().name(product.key.to_owned());
                    let spawned = named.spawn_scoped(scope, move || {
                        let now = |case| *at.lock().unwrap_or_else(PoisonError::into_inner) = case;
                        // Whoever panics must not keep the others waiting.
                        let desk = catch_unwind(|| desk(self.driver, product, false))
                            .unwrap_or_else(|_| Err("plugging it in panicked".to_owned()));
                        all.wait();
                        let kits = desk.as_ref().map_err(Clone::clone).and_then(|desk| {
                            catch_unwind(AssertUnwindSafe(|| {
                                self.kits(desk.clone(), &mut |case| now(Some(case)))
                            }))
                            .map_err(|_| "the kit panicked".to_owned())
                        });
                        now(None);
                        all.wait();
                        (product.key, kits)
                    });
                    spawned.expect("a thread")
                })
                .collect();
            // Nobody can end one that hangs; the rig does so with the guest, and shows these lines.
            let (joining, joined) = mpsc::channel::<()>();
            scope.spawn(move || {
                if joined.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout) {
                    self.tell_hanging(products, under_way);
                }
            });
            let kits = threads.into_iter().map(|thread| thread.join());
            let kits = kits.map(|kits| kits.expect("it panics nowhere")).collect();
            drop(joining);
            kits
        })
    }

    fn tell_hanging(&self, products: &[&'static Product], under_way: &[At]) {
        for (product, at) in products.iter().zip(under_way) {
            if let Some(case) = *at.lock().unwrap_or_else(PoisonError::into_inner) {
                println!("HANGS: {}", name(self.driver, product, case));
            }
        }
    }

    /// The wanted cases on one product; `begins` hears of each.
    fn kits(&self, mut desk: Desk, begins: &mut dyn FnMut(&'static str)) -> Vec<Done> {
        let product = desk.reader.product().clone();
        desk.declines = if THOROUGH.contains(&product.key) {
            not_beside_others
        } else {
            nothing_slow
        };
        let wanted = |case: &str| name(self.driver, &product, case).contains(&self.filter);
        let reader = card::run_some(&mut desk, &wanted, begins);
        let pin = PinDesk::new(desk.clone());
        let pin = pin::run_some(pin, Tries::TestCard, &wanted, begins);
        // At once, with the rule and the reason: the trial says so only at the end of all.
        for report in [&reader, &pin] {
            if report.verdict().is_err() {
                println!("{report}");
            }
        }
        let mut done = told(&[reader, pin]);
        for case in further::cases(&product).filter(|case| wanted(case.name)) {
            begins(case.name);
            done.push(case.run(&desk));
        }
        done
    }
}

/// What the trial of a case is called.
fn name(driver: Driver, product: &Product, case: &str) -> String {
    format!("{}/{}/{case}", driver.name(), product.key)
}

/// What takes a reader that comes and goes.
const PLUG: [&str; 4] = [
    "watch.sees-the-plug",
    "unplug.ends-a-command",
    "unplug.is-disconnected",
    "unplug.is-remembered",
];

/// It, with a reader that is alone.
pub(crate) fn plug(driver: Driver) -> impl Iterator<Item = Trial> {
    PLUG.into_iter().map(move |case| {
        let name = format!("{}/plug/{case}", driver.name());
        timed(&name, move |notes| alone(driver, case, notes))
    })
}

/// Coming and going of a reader that is alone, and of the service: what came of these cases.
pub(crate) fn alone(driver: Driver, case: &str, notes: &mut Notes) -> Result<Completion, Failed> {
    let product = Product::find("acr1252u").ok_or("no such product")?;
    let mut desk = desk(driver, product, true)?;
    let report = card::run_some(&mut desk, &|it| it == case, &mut |_| {});
    judge(&Ok(told(&[report])), case, notes)
}

/// Every case on every product.
pub(crate) fn trials(driver: Driver, arguments: &Arguments) -> Vec<Trial> {
    let cases = |product: &Product| -> Vec<&'static str> {
        card::cases()
            .map(|case| case.name)
            .chain(pin::cases().map(|case| case.name))
            .chain(further::cases(product).map(|case| case.name))
            .collect()
    };
    // A filter keeps the other readers in their boxes.
    let filter = arguments.filter.clone().unwrap_or_default();
    let wanted = |product: &Product| {
        let is_wanted = |case: &&str| {
            let name = name(driver, product, case);
            name.contains(&filter) && crate::is_here(&name)
        };
        cases(product).iter().any(is_wanted)
    };
    let runs = Arc::new(Runs {
        driver,
        filter: filter.clone(),
        products: PRODUCTS.iter().filter(|product| wanted(product)).collect(),
        reports: OnceLock::new(),
    });
    let mut trials = Vec::new();
    for product in PRODUCTS.iter().filter(|product| wanted(product)) {
        for case in cases(product) {
            let runs = runs.clone();
            trials.push(timed(&name(driver, product, case), move |notes| {
                judge(runs.of(product), case, notes)
            }));
        }
    }
    trials
}

/// What came of a case, and how long it took when the kit ran.
pub(crate) fn judge(kits: &Kits, case: &str, notes: &mut Notes) -> Result<Completion, Failed> {
    let cases = kits.as_ref().map_err(|why| Failed::from(why.as_str()))?;
    let found = cases.iter().find(|it| it.name == case);
    if let Some(case) = found {
        notes.took(case.took);
    }
    match found.map(|case| &case.outcome) {
        Some(Outcome::Passed) => Ok(Completion::Completed),
        Some(Outcome::NotRun(why)) => Ok(Completion::ignored_with(why)),
        Some(Outcome::Failed(why)) => Err(why.into()),
        other => Err(format!("{other:?}").into()),
    }
}
