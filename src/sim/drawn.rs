//! Drawn faces: nobody's picture, but one that face detectors find.

use crate::face::{Covered, FaceRegion, Landmarks};
use crate::imaging::{Image, PixelFormat, Rect};

/// A drawn face as a chip portrait: JP2, grey, 378 pixels wide, 472 high.
///
/// Made by `cargo run --example make_portrait -- --drawn 1 OUT.jp2`, which gives the same bytes
/// again.
pub const DRAWN_FACE_JP2: &[u8] = include_bytes!("data/drawn_face.jp2");

/// A face made of ellipses and lines. The same person is drawn the same way every time; drawn
/// people differ, but far less than real ones do: good for wiring, useless for accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawnFace {
    skin: [f32; 3],
    half_width: f32,
    half_height: f32,
    eye_height: f32,
    eye_distance: f32,
    eye_size: f32,
    brow_height: f32,
    nose_height: f32,
    nose_width: f32,
    mouth_height: f32,
    mouth_width: f32,
    worn: Worn,
}

/// What a drawn person wears. The region of the drawn face says what it hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Worn {
    /// Nothing.
    #[default]
    Nothing,
    /// Dark glasses.
    DarkGlasses,
    /// A light blue mask over mouth and nose.
    Mask,
}

/// Where and how a face is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Middle of the face, in pixels.
    pub centre: (f32, f32),
    /// Height of the face from chin to brow, in pixels.
    pub height: f32,
    /// Clockwise tilt in the picture plane, in degrees.
    pub tilt: f32,
}

/// What a face does, and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// How far it is turned to its own left, in degrees.
    pub turn: f32,
    /// How far the lids are closed: 0 open, 1 closed.
    pub lids: f32,
    /// How much of a head's relief it has: 1 a head, 0 a flat picture of one, which becomes narrow
    /// as a whole when it is turned.
    pub relief: f32,
}

impl Default for Look {
    /// A living head, looking straight ahead with open eyes.
    fn default() -> Self {
        Self {
            turn: 0.0,
            lids: 0.0,
            relief: 1.0,
        }
    }
}

/// How far parts of the face stand out before the eyes, in units of the portrait. An adult's nose
/// stands out by about 0.4 of the distance between eyes and mouth.
const NOSE_DEPTH: f32 = 38.0;
const NOSTRIL_DEPTH: f32 = 28.0;
const MOUTH_DEPTH: f32 = 6.0;

const HAIR: [f32; 3] = [35.0, 30.0, 30.0];

impl DrawnFace {
    /// The person with number `person`.
    #[must_use]
    pub fn new(person: u64) -> Self {
        // xorshift seeded away from zero: features are fixed by the number alone.
        let mut state = person.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut between = |low: f32, high: f32| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            low + (high - low) * ((state >> 40) as f32 / (1u64 << 24) as f32)
        };
        for _ in 0..8 {
            between(0.0, 1.0);
        }
        Self {
            skin: [
                between(195.0, 235.0),
                between(150.0, 190.0),
                between(120.0, 165.0),
            ],
            half_width: between(95.0, 118.0),
            half_height: between(132.0, 158.0),
            eye_height: between(20.0, 38.0),
            eye_distance: between(39.0, 51.0),
            eye_size: between(14.0, 19.0),
            brow_height: between(18.0, 25.0),
            nose_height: between(20.0, 34.0),
            nose_width: between(12.0, 19.0),
            mouth_height: between(32.0, 44.0),
            mouth_width: between(28.0, 41.0),
            worn: Worn::Nothing,
        }
    }

    /// The same person wearing something.
    #[must_use]
    pub fn wearing(mut self, worn: Worn) -> Self {
        self.worn = worn;
        self
    }

    /// The portrait of this person, RGB, 378 pixels wide, 472 high, light background.
    #[must_use]
    pub fn portrait(&self) -> Image {
        let mut image = blank(378, 472, [225, 225, 225]);
        self.draw(
            &mut image,
            &Pose {
                centre: (189.0, 236.0),
                height: 2.0 * self.half_height,
                tilt: 0.0,
            },
        );
        image
    }

    /// Draws the face onto an RGB picture, looking straight ahead, and tells where it is.
    pub fn draw(&self, image: &mut Image, pose: &Pose) -> FaceRegion {
        self.draw_looking(image, pose, &Look::default())
    }

    /// Draws the face as it looks, and tells where it is.
    pub fn draw_looking(&self, image: &mut Image, pose: &Pose, look: &Look) -> FaceRegion {
        let scale = pose.height / (2.0 * self.half_height);
        let mut brush = Brush::new(image, pose, scale);
        brush.turn(look);
        let (eye, nose) = (-self.eye_height, self.nose_height);
        let mouth = nose + self.mouth_height;
        let shade = |factor: f32| self.skin.map(|value| value * factor);

        // From back to front: hair, neck, head.
        brush.ellipse(
            (0.0, -30.0),
            (self.half_width + 18.0, self.half_height - 10.0),
            HAIR,
        );
        let chin = self.half_height;
        brush.ellipse((0.0, chin + 140.0), (180.0, 100.0), [70.0, 75.0, 95.0]);
        brush.line((0.0, chin - 40.0), (0.0, chin + 10.0), 90.0, shade(0.9));
        brush.ellipse((0.0, 0.0), (self.half_width, self.half_height), self.skin);
        brush.ellipse(
            (0.0, -self.half_height + 12.0),
            (self.half_width * 0.75, 22.0),
            HAIR,
        );
        brush.narrow = brush.turned;
        for side in [-1.0, 1.0] {
            let x = side * self.eye_distance;
            brush.ellipse((x, eye), (self.eye_size, self.eye_size / 2.0), [245.0; 3]);
            let pupil = self.eye_size / 2.0;
            brush.ellipse((x, eye), (pupil, pupil), [60.0, 40.0, 40.0]);
            brush.ellipse((x - 2.0, eye - 2.0), (2.0, 2.0), [255.0; 3]);
            if look.lids > 0.0 {
                // The upper lid comes down over the eye.
                let drop = self.eye_size * (1.0 - look.lids);
                brush.ellipse(
                    (x, eye - drop),
                    (self.eye_size + 3.0, pupil + 3.0),
                    shade(0.95),
                );
            }
            let brow = eye - self.brow_height;
            brush.line(
                (x - self.eye_size - 5.0, brow + 3.0),
                (x, brow - 3.0),
                6.0,
                HAIR,
            );
            brush.line(
                (x, brow - 3.0),
                (x + self.eye_size + 5.0, brow + 3.0),
                6.0,
                HAIR,
            );
            let lid = eye + 14.0;
            brush.line(
                (x - self.eye_size, lid),
                (x + self.eye_size, lid),
                2.0,
                shade(0.85),
            );
            let nostril = (side * self.nose_width / 2.0, nose + 2.0);
            brush.depth = NOSTRIL_DEPTH;
            brush.ellipse(nostril, (3.0, 3.0), [80.0, 50.0, 50.0]);
            brush.depth = 0.0;
        }
        let wing = self.nose_width / 2.0 + 2.0;
        brush.depth = NOSTRIL_DEPTH;
        brush.line((-5.0, eye + 6.0), (-wing, nose), 3.0, shade(0.82));
        let half = self.nose_width;
        brush.line((-half, nose + 4.0), (0.0, nose + 8.0), 4.0, shade(0.7));
        brush.line((0.0, nose + 8.0), (half, nose + 4.0), 4.0, shade(0.7));
        brush.depth = MOUTH_DEPTH;
        brush.ellipse((0.0, mouth), (self.mouth_width, 11.0), [185.0, 90.0, 90.0]);
        let lips = (-self.mouth_width, self.mouth_width);
        brush.line((lips.0, mouth), (lips.1, mouth), 2.0, [110.0, 50.0, 50.0]);
        brush.depth = 0.0;
        match self.worn {
            Worn::Nothing => {}
            Worn::DarkGlasses => {
                for side in [-1.0, 1.0] {
                    let lens = (side * self.eye_distance, eye);
                    brush.ellipse(lens, (self.eye_size + 14.0, self.eye_size + 6.0), [25.0; 3]);
                }
                brush.line((-12.0, eye), (12.0, eye), 5.0, [25.0; 3]);
            }
            Worn::Mask => {
                let radii = (self.half_width * 0.85, self.mouth_height + 20.0);
                brush.ellipse((0.0, mouth), radii, [150.0, 185.0, 205.0]);
            }
        }
        brush.narrow = brush.outline;
        brush.shade_towards_the_sides(self.half_width, self.half_height);

        brush.narrow = brush.turned;
        let mut at = |x: f32, y: f32, depth: f32| {
            brush.depth = depth;
            brush.to_picture((x, y))
        };
        let landmarks: Landmarks = [
            at(-self.eye_distance, eye, 0.0),
            at(self.eye_distance, eye, 0.0),
            at(0.0, nose, NOSE_DEPTH),
            at(-self.mouth_width, mouth, MOUTH_DEPTH),
            at(self.mouth_width, mouth, MOUTH_DEPTH),
        ];
        let (width, height) = (2.0 * self.half_width * scale * brush.outline, pose.height);
        FaceRegion {
            bounds: Rect {
                x: pose.centre.0 - width / 2.0,
                y: pose.centre.1 - height / 2.0,
                width,
                height,
            },
            landmarks,
            confidence: 1.0,
            covered: Some(Covered {
                eyes: f32::from(u8::from(self.worn == Worn::DarkGlasses)),
                mouth: f32::from(u8::from(self.worn == Worn::Mask)),
            }),
        }
    }
}

/// An RGB picture of one colour.
pub(super) fn blank(width: u32, height: u32, colour: [u8; 3]) -> Image {
    Image::filled(PixelFormat::Rgb8, width, height, colour)
        .expect("callers of this module pass sizes between 1 and 4096")
}

/// Paints in the face's own coordinates: origin in the middle of the face, y downwards, one unit
/// per pixel of the portrait.
struct Brush<'a> {
    image: &'a mut Image,
    centre: (f32, f32),
    scale: f32,
    sin: f32,
    cos: f32,
    /// How far what is painted stands out of the face.
    depth: f32,
    /// Width of what is painted, as a share of its width in a face that looks straight ahead.
    narrow: f32,
    /// That of the parts of the face: the cosine of the turn.
    turned: f32,
    /// That of the outline: a head stays as wide as it is, a picture does not.
    outline: f32,
    /// By how much a part moves sideways for each unit of its depth.
    parallax: f32,
}

impl<'a> Brush<'a> {
    fn new(image: &'a mut Image, pose: &Pose, scale: f32) -> Self {
        let (sin, cos) = pose.tilt.to_radians().sin_cos();
        Self {
            image,
            centre: pose.centre,
            scale,
            sin,
            cos,
            depth: 0.0,
            narrow: 1.0,
            turned: 1.0,
            outline: 1.0,
            parallax: 0.0,
        }
    }

    fn turn(&mut self, look: &Look) {
        let (sin, cos) = look.turn.to_radians().sin_cos();
        self.turned = cos;
        self.outline = look.relief + (1.0 - look.relief) * cos;
        self.narrow = self.outline;
        self.parallax = look.relief * sin;
    }

    fn to_picture(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let x = x * self.narrow + self.depth * self.parallax;
        (
            self.centre.0 + self.scale * (self.cos * x - self.sin * y),
            self.centre.1 + self.scale * (self.sin * x + self.cos * y),
        )
    }

    /// Mixes `colour` in wherever `distance` (in units, negative inside) says; edges are soft as
    /// a lens makes them.
    fn paint(
        &mut self,
        middle: (f32, f32),
        reach: f32,
        colour: impl Fn([f32; 3], f32) -> [f32; 3],
        distance: impl Fn(f32, f32) -> f32,
    ) {
        let (cx, cy) = self.to_picture(middle);
        let radius = (reach + 3.0) * self.scale + 2.0;
        let (width, height) = (self.image.width() as f32, self.image.height() as f32);
        let columns = (cx - radius).max(0.0) as usize..(cx + radius).clamp(0.0, width) as usize;
        let rows = (cy - radius).max(0.0) as usize..(cy + radius).clamp(0.0, height) as usize;
        let stride = self.image.width() as usize * 3;
        let softness = (1.0 / self.scale).max(2.0);
        for row in rows {
            for column in columns.clone() {
                let dx = (column as f32 + 0.5 - self.centre.0) / self.scale;
                let dy = (row as f32 + 0.5 - self.centre.1) / self.scale;
                let (x, y) = (self.cos * dx + self.sin * dy, self.cos * dy - self.sin * dx);
                let x = (x - self.depth * self.parallax) / self.narrow;
                let cover = (0.5 - distance(x, y) / softness).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let at = row * stride + column * 3;
                    let pixel = &mut self.image.data_mut()[at..at + 3];
                    let old = [pixel[0], pixel[1], pixel[2]].map(f32::from);
                    let new = colour(old, x);
                    for (channel, value) in pixel.iter_mut().enumerate() {
                        let mixed = old[channel] + (new[channel] - old[channel]) * cover;
                        *value = (mixed + 0.5) as u8;
                    }
                }
            }
        }
    }

    fn ellipse(&mut self, middle: (f32, f32), radii: (f32, f32), colour: [f32; 3]) {
        let reach = radii.0.max(radii.1);
        self.paint(
            middle,
            reach,
            |_, _| colour,
            |x, y| {
                let (x, y) = ((x - middle.0) / radii.0, (y - middle.1) / radii.1);
                ((x * x + y * y).sqrt() - 1.0) * radii.0.min(radii.1)
            },
        );
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, colour: [f32; 3]) {
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1e-3);
        self.paint(
            middle,
            (length + thickness) / 2.0,
            |_, _| colour,
            |x, y| {
                let along = ((x - from.0) * dx + (y - from.1) * dy) / (length * length);
                let along = along.clamp(0.0, 1.0);
                let (x, y) = (x - from.0 - along * dx, y - from.1 - along * dy);
                (x * x + y * y).sqrt() - thickness / 2.0
            },
        );
    }

    /// A head is round: its sides are darker than its middle.
    fn shade_towards_the_sides(&mut self, half_width: f32, half_height: f32) {
        let darker = |old: [f32; 3], x: f32| {
            let x = (x / half_width).clamp(-1.0, 1.0);
            old.map(|value| value * (1.0 - 0.22 * x * x))
        };
        let reach = half_width.max(half_height);
        self.paint((0.0, 0.0), reach, darker, |x, y| {
            let (x, y) = (x / half_width, y / half_height);
            ((x * x + y * y).sqrt() - 1.0) * half_width
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_is_drawn_the_same_way() {
        let (a, b) = (DrawnFace::new(3).portrait(), DrawnFace::new(3).portrait());
        assert_eq!(a.data(), b.data());
        assert_ne!(a.data(), DrawnFace::new(4).portrait().data());
    }

    #[test]
    fn eyes_are_where_the_region_says() {
        let mut image = blank(640, 480, [200, 200, 200]);
        let pose = Pose {
            centre: (320.0, 240.0),
            height: 240.0,
            tilt: 20.0,
        };
        let region = DrawnFace::new(1).draw(&mut image, &pose);
        for (x, y) in &region.landmarks[..2] {
            let at = (*y as usize * 640 + *x as usize + 2) * 3;
            assert!(image.data()[at] < 120, "the pupil is dark");
        }
        assert!(
            region.landmarks[0].1 < region.landmarks[1].1,
            "tilted clockwise"
        );
    }

    #[test]
    fn a_head_keeps_its_width_and_moves_its_nose_a_picture_does_neither() {
        let pose = Pose {
            centre: (320.0, 240.0),
            height: 240.0,
            tilt: 0.0,
        };
        let drawn = |turn: f32, relief: f32| {
            let mut image = blank(640, 480, [200, 200, 200]);
            let look = Look {
                turn,
                relief,
                ..Look::default()
            };
            DrawnFace::new(1).draw_looking(&mut image, &pose, &look)
        };
        let (ahead, head, flat) = (drawn(0.0, 1.0), drawn(30.0, 1.0), drawn(30.0, 0.0));
        assert_eq!(ahead.bounds.width, head.bounds.width);
        assert!(flat.bounds.width < 0.9 * ahead.bounds.width);
        assert!(head.landmarks[2].0 > 330.0, "its left is our right");
        assert!((flat.landmarks[2].0 - 320.0).abs() < 0.01);
        assert!(head.eye_distance() < 0.9 * ahead.eye_distance());
    }

    #[test]
    fn closed_lids_hide_the_eyes() {
        let contrast = |lids: f32| {
            let mut image = blank(640, 480, [200, 200, 200]);
            let pose = Pose {
                centre: (320.0, 240.0),
                height: 300.0,
                tilt: 0.0,
            };
            let look = Look {
                lids,
                ..Look::default()
            };
            let face = DrawnFace::new(1).draw_looking(&mut image, &pose, &look);
            let (x, y) = face.landmarks[0];
            let start = (y as usize * 640 + x as usize - 12) * 3;
            let row = &image.data()[start..start + 24 * 3];
            row.iter().max().expect("not empty") - row.iter().min().expect("not empty")
        };
        assert!(contrast(0.0) > 150 && contrast(1.0) < 120);
    }

    #[test]
    fn faces_outside_the_picture_do_not_panic() {
        let mut image = blank(64, 64, [0; 3]);
        for centre in [(-500.0, 20.0), (64.0, 64.0), (9000.0, -9000.0)] {
            let pose = Pose {
                centre,
                height: 50.0,
                tilt: 0.0,
            };
            DrawnFace::new(2).draw(&mut image, &pose);
        }
    }
}
