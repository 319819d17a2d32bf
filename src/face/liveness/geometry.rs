//! How five points move: as a flat picture does, or not.

use crate::face::Landmarks;

type Point = (f32, f32);

fn middle(a: Point, b: Point) -> Point {
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}

/// Distance between the middle of the eyes and the middle of the mouth, in pixels: unlike the
/// distance of the eyes it stays the same when the head turns.
pub(super) fn face_length(points: &Landmarks) -> f32 {
    let (eyes, mouth) = (middle(points[0], points[1]), middle(points[3], points[4]));
    (eyes.0 - mouth.0).hypot(eyes.1 - mouth.1)
}

/// Distance of the eyes in [`face_length`]s: shrinks with the cosine of a turn.
pub(super) fn eye_ratio(points: &Landmarks) -> f32 {
    let [a, b, ..] = points;
    (a.0 - b.0).hypot(a.1 - b.1) / face_length(points).max(f32::MIN_POSITIVE)
}

/// x' = a·x + b·y + c for each coordinate.
struct Affine([[f32; 3]; 2]);

impl Affine {
    /// The one that brings `from` nearest to `to`, by least squares. `None` for points on a line.
    fn between(from: &[Point], to: &[Point]) -> Option<Self> {
        let count = from.len() as f32;
        let centre = |points: &[Point]| {
            let sum = points
                .iter()
                .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
            (sum.0 / count, sum.1 / count)
        };
        let (from_middle, to_middle) = (centre(from), centre(to));
        let (mut xx, mut xy, mut yy) = (0.0f32, 0.0f32, 0.0f32);
        let mut sums = [[0.0f32; 2]; 2];
        for (from, to) in from.iter().zip(to) {
            let (x, y) = (from.0 - from_middle.0, from.1 - from_middle.1);
            let moved = [to.0 - to_middle.0, to.1 - to_middle.1];
            xx += x * x;
            xy += x * y;
            yy += y * y;
            for (sums, moved) in sums.iter_mut().zip(moved) {
                sums[0] += x * moved;
                sums[1] += y * moved;
            }
        }
        let determinant = xx * yy - xy * xy;
        // Nearly on a line: the spread across it is under a thousandth of that along it.
        if determinant.is_nan() || determinant <= 1e-6 * (xx + yy) * (xx + yy) {
            return None;
        }
        let rows = [(sums[0], to_middle.0), (sums[1], to_middle.1)];
        Some(Self(rows.map(|([sx, sy], to)| {
            let a = (sx * yy - sy * xy) / determinant;
            let b = (sy * xx - sx * xy) / determinant;
            [a, b, to - a * from_middle.0 - b * from_middle.1]
        })))
    }

    fn apply(&self, (x, y): Point) -> Point {
        let Self([u, v]) = self;
        (u[0] * x + u[1] * y + u[2], v[0] * x + v[1] * y + v[2])
    }
}

/// By how much the points moved otherwise than a flat picture can that is moved, turned and
/// tilted far from the camera: what the best affine map leaves, root mean square, in face lengths.
pub(super) fn relief_motion(before: &Landmarks, after: &Landmarks) -> Option<f32> {
    let map = Affine::between(before, after)?;
    let squares: f32 = before
        .iter()
        .zip(after)
        .map(|(before, after)| {
            let (x, y) = map.apply(*before);
            (x - after.0).powi(2) + (y - after.1).powi(2)
        })
        .sum();
    let motion = (squares / 5.0).sqrt() / face_length(after);
    motion.is_finite().then_some(motion)
}

/// How far the tip of the nose went along the line of the eyes, away from where it would be in a
/// flat picture whose eyes and mouth moved so; in face lengths, positive to the right of the
/// picture. A nose stands out, so it goes further than the rest of a head that turns.
pub(super) fn nose_parallax(before: &Landmarks, after: &Landmarks) -> Option<f32> {
    let frame = |points: &Landmarks| [points[0], points[1], points[3], points[4]];
    let flat = Affine::between(&frame(before), &frame(after))?.apply(before[2]);
    let [left, right, nose, ..] = after;
    let (dx, dy) = (right.0 - left.0, right.1 - left.1);
    let along = ((nose.0 - flat.0) * dx + (nose.1 - flat.1) * dy) / dx.hypot(dy);
    let parallax = along / face_length(after);
    parallax.is_finite().then_some(parallax)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::align::TEMPLATE;

    #[test]
    fn whatever_is_done_to_a_flat_picture_leaves_no_parallax() {
        let moved = TEMPLATE.map(|(x, y)| (0.6 * x - 0.3 * y + 200.0, 0.25 * x + 1.4 * y - 30.0));
        assert!(nose_parallax(&TEMPLATE, &moved).expect("a face").abs() < 1e-4);
        assert!(relief_motion(&TEMPLATE, &moved).expect("a face") < 1e-4);
    }

    #[test]
    fn a_nose_that_moves_by_itself_is_seen_on_its_side() {
        for shift in [-8.0, 8.0] {
            let mut turned = TEMPLATE;
            turned[2].0 += shift;
            let parallax = nose_parallax(&TEMPLATE, &turned).expect("a face");
            assert!((parallax - shift / face_length(&TEMPLATE)).abs() < 0.01);
            assert!(relief_motion(&TEMPLATE, &turned).expect("a face") > 0.02);
        }
    }

    #[test]
    fn points_on_a_line_or_nowhere_are_no_face() {
        let line = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)];
        let nowhere = [(f32::NAN, 0.0); 5];
        for wrong in [line, nowhere, [(7.0, 7.0); 5]] {
            assert_eq!(nose_parallax(&wrong, &TEMPLATE), None);
            assert_eq!(relief_motion(&wrong, &TEMPLATE), None);
        }
        assert_eq!(nose_parallax(&TEMPLATE, &nowhere), None);
    }
}
