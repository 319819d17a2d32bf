//! How fast a face moves.

use std::time::Duration;

use crate::face::{FaceRegion, Landmarks};
use crate::time::Timestamp;

/// Frames closer together count as this far apart: between them landmarks jitter more than heads
/// move.
const SHORTEST: Duration = Duration::from_millis(33);

/// After a longer gap nobody knows what happened in between.
const LONGEST: Duration = Duration::from_millis(500);

/// Follows the face of a stream from frame to frame. One per presentation.
#[derive(Default)]
pub struct Motion(Option<(Landmarks, Timestamp)>);

impl Motion {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the main face of the next frame (`None`: there is none) and tells how fast it moves:
    /// the farthest way that any of its points came since the frame before, in eye distances per
    /// second. So coming nearer, turning and another person's face are motion, too.
    ///
    /// `None` when there is no frame before, or it had no face, or it is half a second old.
    pub fn follow(&mut self, face: Option<&FaceRegion>, captured_at: Timestamp) -> Option<f32> {
        let now = face.map(|face| (face.landmarks, captured_at));
        let before = std::mem::replace(&mut self.0, now);
        let ((before, then), face) = (before?, face?);
        let passed = captured_at.since(then);
        if passed > LONGEST {
            return None;
        }
        let way = before
            .iter()
            .zip(&face.landmarks)
            .map(|(old, new)| (new.0 - old.0).hypot(new.1 - old.1))
            .fold(0.0, f32::max);
        Some(way / face.eye_distance().max(1e-3) / passed.max(SHORTEST).as_secs_f32())
    }
}

impl std::fmt::Debug for Motion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The proportions of a face are features of a person.
        f.write_str("Motion")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::Rect;

    /// Eyes 50 pixels apart.
    fn face(x: f32) -> FaceRegion {
        FaceRegion {
            bounds: Rect {
                x,
                y: 0.0,
                width: 100.0,
                height: 130.0,
            },
            landmarks: [
                (x + 25.0, 40.0),
                (x + 75.0, 40.0),
                (x + 50.0, 70.0),
                (x + 30.0, 100.0),
                (x + 70.0, 100.0),
            ],
            confidence: 1.0,
            covered: None,
        }
    }

    fn at(ms: u64) -> Timestamp {
        Timestamp::new(Duration::from_millis(ms))
    }

    #[test]
    fn speed_is_in_eye_distances_per_second() {
        let mut motion = Motion::new();
        assert_eq!(motion.follow(Some(&face(0.0)), at(0)), None);
        let speed = motion
            .follow(Some(&face(10.0)), at(100))
            .expect("a frame before");
        assert!((speed - 2.0).abs() < 1e-3, "{speed}");
        // Jitter of a pixel at 200 frames a second is no speed.
        let speed = motion
            .follow(Some(&face(11.0)), at(105))
            .expect("a frame before");
        assert!(speed < 0.7, "{speed}");
    }

    #[test]
    fn gaps_and_lost_faces_say_nothing() {
        let mut motion = Motion::new();
        motion.follow(Some(&face(0.0)), at(0));
        assert_eq!(motion.follow(Some(&face(90.0)), at(501)), None);
        assert_eq!(motion.follow(None, at(520)), None);
        assert_eq!(motion.follow(Some(&face(0.0)), at(540)), None);
        assert!(motion.follow(Some(&face(0.0)), at(560)).is_some());
    }
}
