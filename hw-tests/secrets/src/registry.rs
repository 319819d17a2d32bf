//! What is looked for, and what was found.

use std::backtrace::Backtrace;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// Patterns are kept under this mask, so that they do not match themselves.
const MASK: u8 = 0xA5;

/// More findings than this are counted by nobody: one is too many.
const MOST: usize = 4_096;

/// Something that must not be left in freed memory.
#[derive(Debug)]
pub struct Secret {
    name: &'static str,
    pattern: Pattern,
    /// Larger blocks are not searched: a short secret is in any large one by chance.
    largest_block: usize,
}

#[derive(Debug)]
enum Pattern {
    /// These bytes, masked.
    Bytes(Vec<u8>),
    /// Numbers that rise and fall like these.
    Samples(Vec<f32>),
}

/// Codecs round at the end, so that their samples are near those of the finished picture.
const ROUNDING: f32 = 1.0;

impl Secret {
    /// These bytes.
    #[must_use]
    pub fn new(name: &'static str, bytes: &[u8]) -> Self {
        Self {
            name,
            pattern: Pattern::Bytes(bytes.iter().map(|byte| byte ^ MASK).collect()),
            largest_block: usize::MAX,
        }
    }

    /// Pixels as a codec or a filter works on them: numbers of 32 bits that differ from each
    /// other as these levels do, wherever their zero lies.
    #[must_use]
    pub fn samples(name: &'static str, levels: &[u8]) -> Self {
        Self {
            name,
            pattern: Pattern::Samples(levels.iter().map(|level| f32::from(*level)).collect()),
            largest_block: usize::MAX,
        }
    }

    /// Looked for in blocks of at most this many bytes.
    #[must_use]
    pub fn in_blocks_up_to(mut self, bytes: usize) -> Self {
        self.largest_block = bytes;
        self
    }

    /// The byte that a block with this secret has at its place, if there is just one.
    fn first(&self) -> Option<u8> {
        match &self.pattern {
            Pattern::Bytes(masked) => masked.first().map(|first| first ^ MASK),
            Pattern::Samples(_) => None,
        }
    }

    /// Whether `block` begins with these bytes.
    fn begins(&self, block: &[u8]) -> bool {
        let Pattern::Bytes(masked) = &self.pattern else {
            return false;
        };
        block.len() >= masked.len()
            && masked
                .iter()
                .zip(block)
                .all(|(masked, byte)| *masked == byte ^ MASK)
    }

    /// Whether `block` has these samples anywhere.
    fn sampled(&self, block: &[u8]) -> bool {
        let Pattern::Samples(levels) = &self.pattern else {
            return false;
        };
        let number =
            |chunk: &[u8]| -> f32 { chunk.try_into().map_or(f32::NAN, f32::from_ne_bytes) };
        block.windows(levels.len() * 4).step_by(4).any(|window| {
            let zero = number(&window[..4]) - levels[0];
            let near =
                |(chunk, level): (&[u8], f32)| (number(chunk) - zero - level).abs() <= ROUNDING;
            window.chunks_exact(4).zip(levels.iter().copied()).all(near)
        })
    }
}

struct Registry {
    secrets: Vec<Secret>,
    /// Whether any secret begins with this byte.
    begins: [bool; 256],
}

static REGISTRY: AtomicPtr<Registry> = AtomicPtr::new(std::ptr::null_mut());
static HITS: Mutex<Vec<Hit>> = Mutex::new(Vec::new());

/// A block that was freed with a secret in it.
pub(crate) struct Hit {
    pub(crate) secret: &'static str,
    pub(crate) size: usize,
    pub(crate) trace: Backtrace,
}

/// From now on every block is searched for these before it is freed.
pub fn register(secrets: Vec<Secret>) {
    let mut begins = [false; 256];
    for first in secrets.iter().filter_map(Secret::first) {
        begins[usize::from(first)] = true;
    }
    // Kept for the life of the process: another thread may be searching with the one before.
    let registry = Box::leak(Box::new(Registry { secrets, begins }));
    REGISTRY.store(registry, Ordering::Release);
}

/// The registered secrets, if any.
pub(crate) fn registry() -> Option<&'static impl Search> {
    let registry: *const Registry = REGISTRY.load(Ordering::Acquire);
    crate::watch::leaked(registry)
}

/// Looks into blocks.
pub(crate) trait Search {
    /// The secret in `block`, if there is one.
    fn find(&self, block: &[u8]) -> Option<&'static str>;
}

impl Search for Registry {
    fn find(&self, block: &[u8]) -> Option<&'static str> {
        let candidates = || {
            self.secrets
                .iter()
                .filter(|secret| block.len() <= secret.largest_block)
        };
        block
            .iter()
            .enumerate()
            .filter(|(_, byte)| self.begins[usize::from(**byte)])
            .find_map(|(at, _)| candidates().find(|secret| secret.begins(&block[at..])))
            .or_else(|| candidates().find(|secret| secret.sampled(block)))
            .map(|secret| secret.name)
    }
}

/// Writes a finding down. The caller sees to it that what this allocates is not searched.
pub(crate) fn record(secret: &'static str, size: usize) {
    let mut hits = HITS.lock().unwrap_or_else(PoisonError::into_inner);
    if hits.len() < MOST {
        hits.push(Hit {
            secret,
            size,
            trace: Backtrace::force_capture(),
        });
    }
}

/// What was found since the last call.
pub(crate) fn take() -> Vec<Hit> {
    std::mem::take(&mut HITS.lock().unwrap_or_else(PoisonError::into_inner))
}
