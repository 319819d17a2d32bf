//! What was measured, as a table, as JSON and as a chart.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use criterion::Criterion;
use serde_json::json;

use crate::machine::Machine;
use crate::{chart, openblas, python};

/// One group.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    /// Ours, for one unit.
    pub(crate) nanoseconds: f64,
    /// Each peer's time over ours: above 1, ours is faster.
    pub(crate) ratios: Vec<(&'static str, f64)>,
    /// Which limit of the machine, and how much of it ours reaches.
    pub(crate) limit: Option<(&'static str, f64)>,
}

impl Case {
    /// The peer that comes nearest to ours, or is ahead of it.
    pub(crate) fn best_peer(&self) -> Option<(&'static str, f64)> {
        let ratios = self.ratios.iter().copied();
        ratios.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

static CASES: Mutex<Vec<Case>> = Mutex::new(Vec::new());

pub(crate) fn record(case: Case) {
    if let Some((peer, ratio)) = case.best_peer() {
        println!("{}: {ratio:.2} x {peer}", case.name);
    }
    CASES
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .push(case);
}

/// The last of the groups: prints the table, and writes the files that were asked for.
pub(crate) fn finish(_: &mut Criterion) {
    let cases = std::mem::take(
        &mut *CASES
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    );
    if cases.is_empty() {
        return;
    }
    let machine = Machine::look();
    let peers = peers();
    println!("\n{}", table(&cases, &machine, &peers));
    write("MYNA_HAL_BENCH_JSON", || {
        let text = serde_json::to_string_pretty(&json(&cases, &machine, &peers));
        text.unwrap_or_default() + "\n"
    });
    write("MYNA_HAL_BENCH_SVG", || {
        chart::draw(&cases, &machine, &peers)
    });
}

/// Writes a file if the environment names one.
fn write(variable: &str, text: impl FnOnce() -> String) {
    let Some(path) = std::env::var_os(variable).map(PathBuf::from) else {
        return;
    };
    match std::fs::write(&path, text()) {
        Ok(()) => println!("written: {}", path.display()),
        Err(error) => println!("NOT WRITTEN: {}: {error}", path.display()),
    }
}

/// Names and versions of what was measured against.
fn peers() -> Vec<(String, String)> {
    let locked = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));
    let crates = [
        "simsimd",
        "numkong",
        "pulp",
        "ndarray",
        "gemm",
        "faer",
        "matrixmultiply",
    ];
    let version = |name: &str| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let rest = &locked[locked.find(&entry)? + entry.len()..];
        rest.split('"').next().map(str::to_owned)
    };
    let crates = crates
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), version(name)?)));
    crates
        .chain([openblas::version()])
        .chain(python::versions())
        .collect()
}

fn table(cases: &[Case], machine: &Machine, peers: &[(String, String)]) -> String {
    let mut out = format!("{machine}\n");
    for (name, version) in peers {
        let _ = writeln!(out, "peer: {name} {version}");
    }
    out.push_str(
        "\n| case | ours | best peer | ours is faster by | of the machine's limit | other peers |\n\
         |---|---|---|---|---|---|\n",
    );
    for case in cases {
        let Some(best) = case.best_peer() else {
            continue;
        };
        let mut others: Vec<_> = case
            .ratios
            .iter()
            .filter(|(name, _)| *name != best.0)
            .collect();
        others.sort_by(|a, b| a.1.total_cmp(&b.1));
        let others: Vec<_> = others
            .iter()
            .map(|(name, ratio)| format!("{name} {ratio:.2}"))
            .collect();
        let limit = case.limit.map_or("–".to_owned(), |(what, share)| {
            format!("{:.0} % of {what}", 100.0 * share)
        });
        let _ = writeln!(
            out,
            "| {} | {} a {} | {} | {:.2} × | {limit} | {} |",
            case.name,
            time(case.nanoseconds),
            case.unit,
            best.0,
            best.1,
            others.join(", ")
        );
    }
    out
}

pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1.0 => format!("{:.0} ps", ns * 1e3),
        ns if ns < 100.0 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

fn json(cases: &[Case], machine: &Machine, peers: &[(String, String)]) -> serde_json::Value {
    let case = |case: &Case| {
        let ratios: serde_json::Map<_, _> = case
            .ratios
            .iter()
            .map(|(name, ratio)| ((*name).to_owned(), json!(ratio)))
            .collect();
        json!({
            "case": case.name,
            "unit": case.unit,
            "nanoseconds": case.nanoseconds,
            "peer_time_over_ours": ratios,
            "limit": case.limit.map(|(what, share)| json!({ "what": what, "share": share })),
        })
    };
    json!({
        "machine": machine.json(),
        "peers": peers.iter().map(|(name, version)| json!({ "name": name, "version": version })).collect::<Vec<_>>(),
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
    })
}
