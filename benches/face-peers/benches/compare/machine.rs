//! The machine that everything was measured on.

use std::fmt;

use myna_hal::face::compare::Level;
use serde_json::json;

use crate::limits;

pub(crate) struct Machine {
    processor: String,
    features: Vec<&'static str>,
    levels: Vec<&'static str>,
    level: &'static str,
    /// One core, operations a second.
    pub(crate) multiply_add: f64,
    /// One core, bytes a second, from memory.
    pub(crate) read: Option<f64>,
    /// Other programs: the system's load average over a minute.
    load: Option<String>,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo.lines().find(|line| line.starts_with(name))?;
            line.split_once(": ").map(|(_, value)| value.to_owned())
        };
        let processor = match (field("model name"), field("cpu family"), field("model\t")) {
            (Some(name), Some(family), Some(model)) => {
                format!("{name} (family {family}, model {model})")
            }
            _ => std::env::consts::ARCH.to_owned(),
        };
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        Self {
            processor,
            features: features(),
            levels: Level::available().into_iter().map(Level::name).collect(),
            level: Level::best().name(),
            multiply_add: limits::multiply_add(),
            read: limits::read(),
            load: load.and_then(|text| text.split(' ').next().map(str::to_owned)),
        }
    }

    pub(crate) fn title(&self) -> String {
        format!("{}, {} in use", self.processor, self.level)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        json!({
            "processor": self.processor,
            "features": self.features,
            "levels": self.levels,
            "level": self.level,
            "multiply_add_operations_a_second": self.multiply_add,
            "read_bytes_a_second": self.read,
            "load": self.load,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "processor: {}", self.processor)?;
        writeln!(f, "features: {}", self.features.join(" "))?;
        writeln!(
            f,
            "levels: {}; in use: {}",
            self.levels.join(", "),
            self.level
        )?;
        write!(
            f,
            "limits of one core: {:.0} GFLOP/s multiply-add",
            self.multiply_add / 1e9
        )?;
        if let Some(read) = self.read {
            write!(f, ", {:.1} GB/s read from memory", read / 1e9)?;
        }
        writeln!(f)?;
        writeln!(f, "load: {}", self.load.as_deref().unwrap_or("unknown"))
    }
}

/// Those that a loop of anybody here looks for.
#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    macro_rules! there {
        ($($name:tt),*) => {
            [$(($name, is_x86_feature_detected!($name))),*]
        };
    }
    let all = there!(
        "avx2",
        "fma",
        "f16c",
        "avx512f",
        "avx512bw",
        "avx512dq",
        "avx512vl",
        "avx512vnni",
        "avx512bf16",
        "avx512fp16",
        "avxvnni"
    );
    all.into_iter()
        .filter_map(|(name, there)| there.then_some(name))
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}
