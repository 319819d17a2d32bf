//! Many probes against all templates.

use super::super::kernels::LANES;
use super::super::kernels::matrix::{Panels, RUN, Rows, Sink};
use super::Gallery;
use super::histogram::{Counter, ScoreHistogram};
use super::ranking::{Candidate, Ranking};
use crate::error::{Error, Result};
use crate::face::{ComparisonScore, Template};

/// Every score of many probes with all templates of a gallery. Each is at most 2e-6 away from the
/// exact cosine: these sums are taken in an order of their own, so they are not bit for bit those
/// of [`compare`](crate::face::compare()).
#[derive(Default)]
pub struct ScoreMatrix {
    scores: Vec<f32>,
    probes: usize,
    /// From the scores of one template to those of the next.
    stride: usize,
}

impl ScoreMatrix {
    /// The scores of the template at `index` with all probes, in their order.
    ///
    /// # Errors
    /// `InvalidInput`: there is no such template.
    pub fn of_template(&self, index: usize) -> Result<impl Iterator<Item = ComparisonScore>> {
        let start = index.saturating_mul(self.stride);
        let scores = self.scores.get(start..start.saturating_add(self.probes));
        let scores = scores.ok_or_else(|| Error::invalid_input("no such template"))?;
        Ok(scores.iter().map(|score| ComparisonScore::new(*score)))
    }
}

impl std::fmt::Debug for ScoreMatrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScoreMatrix({} probes)", self.probes)
    }
}

impl Gallery {
    /// The scores of all probes with all templates.
    ///
    /// # Errors
    /// `InvalidInput`: a probe is of another model or size.
    pub fn score_matrix(&self, probes: &[Template]) -> Result<ScoreMatrix> {
        let mut matrix = ScoreMatrix::default();
        self.fill_score_matrix(probes, &mut matrix)?;
        Ok(matrix)
    }

    /// [`Gallery::score_matrix`] into one that is there, whatever was in it: memory that was used
    /// before is faster than what the system has just given.
    ///
    /// # Errors
    /// `InvalidInput`: a probe is of another model or size.
    pub fn fill_score_matrix(&self, probes: &[Template], matrix: &mut ScoreMatrix) -> Result<()> {
        let stride = probes.len().next_multiple_of(RUN);
        matrix.probes = probes.len();
        matrix.stride = stride;
        matrix.scores.resize(self.len * stride, 0.0);
        let scores = &mut matrix.scores;
        self.matrix(probes, &mut Store { scores, stride })
    }

    /// For each probe what [`Gallery::top`] gives, bit for bit, without keeping any scores. The
    /// sums of the matrix only choose what is compared.
    ///
    /// # Errors
    /// `InvalidInput`: a probe is of another model or size.
    pub fn top_each(&self, probes: &[Template], count: usize) -> Result<Vec<Vec<Candidate>>> {
        let mut shortlist = Shortlist::new(probes.len(), count, self.dimensions);
        self.matrix(probes, &mut shortlist)?;
        let (kernels, size) = (self.level, self.blocks_per_row());
        let found = shortlist.chosen();
        let lists = probes.iter().zip(found).map(|(probe, found)| {
            let mut ranking = Ranking::new(count);
            for index in found {
                let row = &self.rows.as_slice()[index * size..(index + 1) * size];
                let score = ComparisonScore::new(kernels.dot(probe.blocks(), row));
                ranking.offer(Candidate { index, score });
            }
            ranking.into_best()
        });
        Ok(lists.collect())
    }

    /// How often each score of all probes with all templates occurs, without keeping any. The
    /// scores are those of [`Gallery::score_matrix`].
    ///
    /// # Errors
    /// `InvalidInput`: no bins, or a probe of another model or size.
    pub fn histogram(&self, probes: &[Template], bins: usize) -> Result<ScoreHistogram> {
        if bins == 0 {
            return Err(Error::invalid_input("a histogram without bins"));
        }
        let mut counter = Counter::new(bins, probes.len());
        self.matrix(probes, &mut counter)?;
        Ok(counter.into_histogram())
    }

    fn matrix(&self, probes: &[Template], sink: &mut impl Sink) -> Result<()> {
        let mut values = Vec::with_capacity(probes.len());
        for probe in probes {
            self.check(probe)?;
            values.push(probe.blocks().as_flattened());
        }
        let stride = self.blocks_per_row() * LANES;
        let panels = Panels::new(&values, stride, self.level.panel_width());
        let rows = Rows {
            values: self.rows.values(),
            stride,
        };
        self.level.matrix(rows, &panels, sink);
        Ok(())
    }
}

/// Keeps every score.
struct Store<'a> {
    scores: &'a mut [f32],
    stride: usize,
}

impl Sink for Store<'_> {
    #[inline(always)]
    fn take(&mut self, row: usize, first: usize, scores: &[f32; RUN]) {
        let start = row * self.stride + first;
        if let Some(to) = self.scores.get_mut(start..start + RUN) {
            to.copy_from_slice(scores);
        }
    }

    #[inline(always)]
    fn destination(&self, row: usize, first: usize) -> Option<&[f32; RUN]> {
        let start = row * self.stride + first;
        self.scores.get(start..).and_then(<[f32]>::first_chunk)
    }
}

/// Keeps, for each probe, the templates that may be among its best.
struct Shortlist {
    /// Furthest that a sum here can be from the one that decides.
    error: f32,
    /// What a sum here must reach to be kept; nothing does past the last probe.
    floors: Vec<f32>,
    probes: Vec<Shortlisted>,
}

struct Shortlisted {
    /// The best lower bounds: as many scores are at least this high.
    lower: Ranking,
    possible: Vec<(f32, usize)>,
}

impl Shortlist {
    fn new(probes: usize, count: usize, dimensions: usize) -> Self {
        // 2d roundings of the sum here, d / 64 + 6 of the one that decides, a few of the sums and
        // differences with this number itself; products of values of unit vectors.
        let roundings = 2 * dimensions + dimensions / 64 + 16;
        let empty = || Shortlisted {
            lower: Ranking::new(count),
            possible: Vec::new(),
        };
        let floor = Ranking::new(count).floor();
        let mut floors = vec![floor; probes];
        floors.resize(probes.next_multiple_of(RUN), f32::INFINITY);
        Self {
            error: roundings as f32 * (1.01 * 2f32.powi(-24)),
            floors,
            probes: std::iter::repeat_with(empty).take(probes).collect(),
        }
    }

    #[cold]
    #[inline(never)]
    fn keep(&mut self, row: usize, first: usize, scores: &[f32; RUN]) {
        let there = self.probes.iter_mut().zip(&mut self.floors).skip(first);
        for ((probe, floor), score) in there.zip(scores) {
            if *score < *floor {
                continue;
            }
            probe.possible.push((score + self.error, row));
            let score = ComparisonScore::new(score - self.error);
            probe.lower.offer(Candidate { index: row, score });
            *floor = probe.lower.floor() - self.error;
        }
    }

    /// For each probe the templates that may be among its best.
    fn chosen(self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        self.probes.into_iter().map(|probe| {
            let floor = probe.lower.floor();
            let possible = probe.possible.into_iter();
            possible
                .filter(move |(upper, _)| *upper >= floor)
                .map(|(_, index)| index)
        })
    }
}

impl Sink for Shortlist {
    #[inline(always)]
    fn take(&mut self, row: usize, first: usize, scores: &[f32; RUN]) {
        let floors = self.floors.get(first..first + RUN).unwrap_or_default();
        let reaching = scores
            .iter()
            .zip(floors)
            .fold(false, |any, (s, f)| any | (s >= f));
        if reaching {
            self.keep(row, first, scores);
        }
    }
}
