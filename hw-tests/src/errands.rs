//! Commands for an inventory that a test carries out: what a shell writes into one pipe is done
//! before it hears of it from the other.

use std::io;
use std::path::Path;
use std::process::Command;

/// What is done, by its key in an entry of the inventory.
pub type Errand = (&'static str, Box<dyn FnMut() -> Result<(), String> + Send>);

/// The keys of an entry of an inventory, each with a command that has its errand done. The pipes are
/// in `folder` and are called after `entry`.
///
/// # Errors
/// What the operating system has against pipes there.
pub fn keys(folder: &Path, entry: &str, mut errands: Vec<Errand>) -> io::Result<String> {
    let [asked, done] = ["asked", "done"].map(|end| folder.join(format!("{entry}.{end}")));
    let made = Command::new("mkfifo").args([&asked, &done]).status()?;
    if !made.success() {
        return Err(io::Error::other(format!("mkfifo: {made}")));
    }
    let key = |(key, _): &Errand| {
        let (asked, done) = (asked.display(), done.display());
        let script = format!(
            r#"echo {key} >{asked}; read -r said <{done}; echo "$said" >&2; test "$said" = done"#
        );
        format!("{key} = {{ command = [\"sh\", \"-c\", '{script}'] }}\n")
    };
    let keys = errands.iter().map(key).collect();
    // Nobody asks any more when the test is over.
    std::thread::spawn(move || {
        while let Ok(key) = std::fs::read_to_string(&asked) {
            let wanted = errands.iter_mut().find(|(known, _)| *known == key.trim());
            let said = match wanted {
                Some((_, errand)) => errand().map_or_else(|why| why, |()| "done".to_owned()),
                None => format!("nobody does {key}"),
            };
            if std::fs::write(&done, format!("{said}\n")).is_err() {
                return;
            }
        }
    });
    Ok(keys)
}
