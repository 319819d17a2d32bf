//! A nose stands out of the face, and shows it when the head turns.

use super::Challenge;
use super::geometry::{eye_ratio, nose_parallax};
use crate::face::Landmarks;

/// The nose of a turned head must go so far beside a flat picture's, in face lengths. The tip of
/// a nose stands out by about 0.4 face lengths, so this is a turn of about 15°. A picture bent
/// round a bottle stands out by less than a quarter of that.
const PARALLAX: f32 = 0.10;

/// Below this parallax a face is as flat as a picture, bent ones among them, whatever its turn.
const FLAT: f32 = 0.05;

/// A face that is narrower than this share of itself is turned by 40° or more. No relief at such
/// a turn is a flat picture's.
const NARROW: f32 = 0.77;

/// Samples in a row before a turn or a flat one counts: a single wrong landmark is neither.
const LASTING: u32 = 3;

/// What a face did since it looked straight ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Turn {
    /// It looks straight ahead, or is on its way.
    None,
    /// It turned to its own left.
    Left,
    /// It turned to its own right.
    Right,
    /// It became narrow as a flat picture does that is turned, without any relief.
    Flat,
}

impl Turn {
    /// Whether this is what was asked.
    #[must_use]
    pub fn answers(self, challenge: Challenge) -> bool {
        matches!(
            (self, challenge),
            (Self::Left, Challenge::TurnLeft) | (Self::Right, Challenge::TurnRight)
        )
    }
}

/// Cue: does the nose move before the face when it turns?
///
/// The face is compared with itself looking straight ahead. Where a flat picture's nose would be
/// follows from eyes and mouth; the distance to it is the relief of a face.
#[derive(Debug)]
pub struct TurnCue {
    straight: Straight,
    /// What the last samples showed, and how many of them.
    last: (Turn, u32),
}

/// Five points, which nobody needs to see in a log.
struct Straight(Landmarks);

impl std::fmt::Debug for Straight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Straight")
    }
}

impl TurnCue {
    /// `straight` are the points of this face looking straight ahead.
    #[must_use]
    pub fn new(straight: Landmarks) -> Self {
        Self {
            straight: Straight(straight),
            last: (Turn::None, 0),
        }
    }

    /// What this sample and those just before it show.
    pub fn accept(&mut self, points: &Landmarks) -> Turn {
        let now = self.look(points);
        self.last = match self.last {
            (before, count) if before == now => (now, count.saturating_add(1)),
            _ => (now, 1),
        };
        match self.last {
            (turn, count) if count >= LASTING => turn,
            _ => Turn::None,
        }
    }

    /// Whether the face looks straight ahead again.
    #[must_use]
    pub fn is_straight(&self, points: &Landmarks) -> bool {
        nose_parallax(&self.straight.0, points).is_some_and(|parallax| parallax.abs() < FLAT)
    }

    fn look(&self, points: &Landmarks) -> Turn {
        let Some(parallax) = nose_parallax(&self.straight.0, points) else {
            return Turn::None;
        };
        let narrow = eye_ratio(points) / eye_ratio(&self.straight.0) < NARROW;
        if parallax.abs() < FLAT {
            return if narrow { Turn::Flat } else { Turn::None };
        }
        // A narrow face with a little relief is a bent picture, or landmarks gone wrong.
        if narrow || parallax.abs() < PARALLAX {
            Turn::None
        } else if parallax > 0.0 {
            // The camera faces the person: their left is its right.
            Turn::Left
        } else {
            Turn::Right
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::align::TEMPLATE;

    /// The template with its nose `depth` face lengths before it, turned by `degrees`.
    fn turned(depth: f32, degrees: f32) -> Landmarks {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let mut points = TEMPLATE.map(|(x, y)| (56.0 + (x - 56.0) * cos, y));
        points[2].0 += depth * 40.7 * sin;
        points
    }

    fn settled(points: &Landmarks) -> Turn {
        let mut cue = TurnCue::new(TEMPLATE);
        assert_eq!(cue.accept(points), Turn::None, "one sample proves nothing");
        assert_eq!(cue.accept(points), Turn::None);
        cue.accept(points)
    }

    #[test]
    fn a_head_that_turns_shows_its_side() {
        assert_eq!(settled(&turned(0.4, 20.0)), Turn::Left);
        assert_eq!(settled(&turned(0.4, -20.0)), Turn::Right);
        assert_eq!(settled(&turned(0.4, 5.0)), Turn::None);
        assert!(Turn::Left.answers(Challenge::TurnLeft));
        assert!(!Turn::Left.answers(Challenge::TurnRight));
        assert!(!Turn::Flat.answers(Challenge::TurnLeft));
    }

    #[test]
    fn a_flat_picture_is_found_out_when_it_is_narrow_enough() {
        assert_eq!(settled(&turned(0.0, 20.0)), Turn::None);
        assert_eq!(settled(&turned(0.0, 45.0)), Turn::Flat);
        assert_eq!(settled(&turned(0.0, -45.0)), Turn::Flat);
    }

    /// Bent round a radius of 100 mm, eyes 31 mm beside the middle: 4.8 mm deep.
    #[test]
    fn a_bent_picture_turns_to_neither_side() {
        for degrees in (-60..=60).step_by(5) {
            let turn = settled(&turned(4.8 / 70.0, degrees as f32));
            assert!(
                matches!(turn, Turn::None | Turn::Flat),
                "{degrees}: {turn:?}"
            );
        }
    }
}
