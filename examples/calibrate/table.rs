//! The lists that are read: pairs of pictures (`a`, `b`, `same`), and the same with scores.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::Failure;

/// How many lines that are wrong are shown; more are counted.
const SHOWN: usize = 20;

/// A comparison of two pictures, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) a: u32,
    pub(crate) b: u32,
    /// Whether they show one person.
    pub(crate) same: bool,
}

/// What a list says. Each name is kept once, so that a list of millions of comparisons takes
/// twelve bytes for each.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// As they stand in the list, in the order of their first occurrence.
    pub(crate) names: Vec<String>,
    pub(crate) pairs: Vec<Pair>,
    /// One for each pair, of a list with scores.
    pub(crate) scores: Vec<f64>,
}

/// Reads a list: comma- or tab-separated, with a header. Other columns do not matter. Scores are
/// read if `scored`.
///
/// Everything that is wrong is told at once, with lines and columns.
pub(crate) fn read(path: &Path, scored: bool) -> Result<Table, Failure> {
    let in_path = |error: Failure| -> Failure { format!("{}: {error}", path.display()).into() };
    let file = File::open(path).map_err(|error| in_path(error.into()))?;
    parse(BufReader::new(file), scored).map_err(in_path)
}

fn parse(mut text: impl BufRead, scored: bool) -> Result<Table, Failure> {
    let start = text.fill_buf()?;
    let header = start.split(|byte| *byte == b'\n').next();
    let tabs = header.is_some_and(|header| header.contains(&b'\t'));
    let delimiter = if tabs { b'\t' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text);
    let header = reader.headers().map_err(words)?.clone();
    let column = |name: &str| {
        let found = header
            .iter()
            .position(|title| title.eq_ignore_ascii_case(name));
        found.ok_or_else(|| format!("there is no column `{name}` in the header"))
    };
    let columns = [column("a")?, column("b")?, column("same")?];
    let score = scored.then(|| column("score")).transpose()?;

    let mut table = Table::default();
    let mut numbers = HashMap::new();
    let mut problems = Problems::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(words)? {
        let line = record.position().map_or(0, csv::Position::line);
        let [a, b, same] = columns.map(|column| &record[column]);
        let mut wrong = |what: String| problems.add(format!("line {line}: {what}"));
        let Some(same) = is_same(same) else {
            wrong(format!(
                "column `same` is `{same}`, not one of 1, 0, true, false, yes, no"
            ));
            continue;
        };
        if a.is_empty() || b.is_empty() {
            let column = if a.is_empty() { "a" } else { "b" };
            wrong(format!("column `{column}` is empty"));
            continue;
        }
        if a == b {
            wrong(format!(
                "`{a}` is compared with itself, which proves nothing"
            ));
            continue;
        }
        if let Some(score) = score.map(|column| &record[column]) {
            match score.parse::<f64>() {
                Ok(score) if score.is_finite() => table.scores.push(score),
                _ => {
                    wrong(format!("column `score` is `{score}`, not a finite number"));
                    continue;
                }
            }
        }
        let mut number = |name: &str| {
            if let Some(number) = numbers.get(name) {
                return *number;
            }
            let number = table.names.len() as u32;
            table.names.push(name.to_owned());
            numbers.insert(name.to_owned(), number);
            number
        };
        let (a, b) = (number(a), number(b));
        table.pairs.push(Pair { a, b, same });
    }
    table.find_repeated(&mut problems);
    problems.none()?;
    if table.pairs.is_empty() {
        return Err("the list is empty".into());
    }
    Ok(table)
}

impl Table {
    pub(crate) fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// A comparison that is counted twice makes a set look larger than it is.
    fn find_repeated(&self, problems: &mut Problems) {
        let mut keys: Vec<(u32, u32)> = self.pairs.iter().map(|pair| (pair.a, pair.b)).collect();
        keys.sort_unstable();
        for chunk in keys.chunk_by(|one, other| one == other) {
            if let [(a, b), _, ..] = chunk {
                let (a, b) = (self.name(*a), self.name(*b));
                problems.add(format!("`{a}` with `{b}` is listed {} times", chunk.len()));
            }
        }
    }
}

fn is_same(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["1", "true", "yes", "same"]) {
        Some(true)
    } else {
        is(&["0", "false", "no", "different"]).then_some(false)
    }
}

fn words(error: csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} is not UTF-8; from a spreadsheet, save the list as UTF-8").into()
        }
        _ => error.into(),
    }
}

/// What is wrong with a set. It is told at once, not one by one.
#[derive(Default)]
pub(crate) struct Problems {
    shown: Vec<String>,
    count: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: String) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(problem);
        }
    }

    /// An error, if there are any.
    pub(crate) fn none(self) -> Result<(), Failure> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count - self.shown.len();
        let mut lines = self.shown;
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        Err(lines.join("\n  ").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, scored: bool) -> String {
        parse(text.as_bytes(), scored)
            .expect_err("wrong")
            .to_string()
    }

    #[test]
    fn lists_of_every_shape_are_read() {
        let expected = [
            Pair {
                a: 0,
                b: 1,
                same: true,
            },
            Pair {
                a: 0,
                b: 2,
                same: false,
            },
        ];
        for text in [
            "a,b,same\nx.jpg,y.jpg,1\nx.jpg,z.jpg,0\n",
            "\u{feff}a,b,same\r\nx.jpg,y.jpg,TRUE\r\nx.jpg,z.jpg,False\r\n",
            "note,Same, B ,a\n\"1, 2\",yes,y.jpg,x.jpg\n,no,z.jpg,x.jpg",
            "a\tb\tsame\nx.jpg\ty.jpg\tsame\n\nx.jpg\tz.jpg\tdifferent\n",
        ] {
            let table = parse(text.as_bytes(), false).expect(text);
            assert_eq!(table.names, ["x.jpg", "y.jpg", "z.jpg"], "{text}");
            assert_eq!(table.pairs, expected, "{text}");
        }
        let quoted = parse(&b"a,b,same\n\"one, two.jpg\",y.jpg,1\n"[..], false).expect("quoted");
        assert_eq!(quoted.names[0], "one, two.jpg");
        let scored = parse(&b"a,b,same,score\nx,y,1,0.5\nx,z,0,-9e3\n"[..], true).expect("scores");
        assert_eq!(scored.scores, [0.5, -9e3]);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let said = error("a,b,same\nx,y,maybe\nx,,1\nx,x,1\nx,z,0\nx,z,0\n", false);
        for part in [
            "line 2: column `same` is `maybe`",
            "line 3: column `b` is empty",
            "line 4: `x` is compared with itself",
            "`x` with `z` is listed 2 times",
        ] {
            assert!(said.contains(part), "{said}");
        }
        let said = error("a,b,same,score\nx,y,1,NaN\nx,z,0,high\n", true);
        assert!(said.contains("line 2: column `score` is `NaN`"), "{said}");
        assert!(said.contains("line 3: column `score` is `high`"), "{said}");
        let many: String = (0..50).map(|at| format!("x,{at},?\n")).collect();
        assert!(error(&format!("a,b,same\n{many}"), false).ends_with("and 30 more"));
    }

    #[test]
    fn lists_that_are_none_are_refused() {
        assert!(error("", false).contains("no column `a`"));
        assert!(error("a;b;same\nx;y;1\n", false).contains("no column `a`"));
        assert!(error("a,b,same\n", false).contains("empty"));
        assert!(error("a,b,same\nx,y,1\n", true).contains("no column `score`"));
        assert!(error("a,b,same\nx,y\n", false).contains("line: 2"));
        let not_utf8 = parse(&b"a,b,same\n\x8a\xe7,y,1\n"[..], false).expect_err("Shift_JIS");
        assert!(not_utf8.to_string().contains("line 2 is not UTF-8"));
    }
}
