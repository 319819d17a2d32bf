//! What was learned about cards and readers, kept in a file.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use myna_hal::exchange::KnowledgeStore;

use super::problem::Problem;

/// The store in `path`; an empty one if there is no such file. What cannot be used is kept beside
/// it as `path.damaged`, and said.
pub fn load(path: &Path) -> Result<KnowledgeStore, Problem> {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(KnowledgeStore::new()),
        Err(error) => return Err(unusable(path, &error)),
    };
    let (store, complaints) = match KnowledgeStore::parse(&bytes) {
        Ok((store, ignored)) => {
            let complaint = |line: &myna_hal::exchange::IgnoredLine| {
                format!("line {} is not understood: {}", line.number, line.text)
            };
            (store, ignored.iter().map(complaint).collect())
        }
        Err(error) => (KnowledgeStore::new(), vec![error.to_string()]),
    };
    if !complaints.is_empty() {
        let kept = beside(path, "damaged");
        fs::copy(path, &kept).map_err(|error| unusable(&kept, &error))?;
        for complaint in complaints {
            eprintln!("{}: {complaint}", path.display());
        }
        eprintln!("It is kept as {} and learned anew.", kept.display());
    }
    Ok(store)
}

/// Replaces the file. That it cannot be written is said and changes nothing else: what became of
/// the card matters more.
pub fn keep(path: &Path, store: &KnowledgeStore) {
    if let Err(problem) = save(path, store) {
        eprintln!("What was learned is not kept: {}", problem.what);
        eprintln!("Next: {}", problem.next_step);
    }
}

/// In one step: a power cut leaves the old one or the new one.
fn save(path: &Path, store: &KnowledgeStore) -> Result<(), Problem> {
    let new = beside(path, "new");
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(store.to_text().as_bytes())?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&new, path))
        .map_err(|error| unusable(path, &error))
}

/// No more than shows that it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = KnowledgeStore::MAX_TEXT as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn unusable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        "knowledge-file-unusable",
        format!("{}: {error}", path.display()),
        "name a file in a folder that this program may write to",
    )
}
