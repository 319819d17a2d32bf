//! What the virtual camera is pointed at.

use super::SIZE;
use super::sensor::Sensor;
use crate::error::Result;
use crate::imaging::{Image, PixelFormat, decode};
use crate::sim::drawn::blank;
use crate::sim::{DrawnFace, Pose};

/// What a drawn frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scene {
    /// One person, lit well, looking into the camera.
    Face {
        /// Number of the drawn person.
        person: u64,
    },
    /// The same in the dark.
    Dark {
        /// Number of the drawn person.
        person: u64,
    },
    /// The same with too much light.
    Bright {
        /// Number of the drawn person.
        person: u64,
    },
    /// Two people of the same size.
    TwoFaces,
    /// Nobody.
    Empty,
}

pub(super) enum Source {
    Drawn(Box<Drawn>),
    /// Pictures of the mode's size, shown in turn, one frame each.
    Pictures(Vec<Shown>),
}

/// An RGB picture, with what it looks like in the formats that it was shown in.
pub(super) struct Shown {
    picture: Image,
    converted: Vec<(PixelFormat, Vec<u8>)>,
}

impl Shown {
    pub(super) fn new(picture: Image) -> Self {
        Self {
            picture,
            converted: Vec::new(),
        }
    }

    fn in_format(&mut self, format: PixelFormat) -> Result<Vec<u8>> {
        let known = self.converted.iter().find(|(known, _)| *known == format);
        if let Some((_, bytes)) = known {
            return Ok(bytes.clone());
        }
        let bytes = convert(&self.picture, format)?;
        self.converted.push((format, bytes.clone()));
        Ok(bytes)
    }
}

/// A scene with the frames of it that were drawn already: they repeat.
pub(super) struct Drawn {
    scene: Scene,
    frames: [Option<Image>; SWAYS as usize],
}

impl Drawn {
    pub(super) fn new(scene: Scene) -> Self {
        Self {
            scene,
            frames: Default::default(),
        }
    }

    fn frame(&mut self, number: u64) -> &Image {
        let place = &mut self.frames[(number % SWAYS) as usize];
        place.get_or_insert_with(|| draw(self.scene, number))
    }
}

/// The picture, scaled to fit and centred on grey.
pub(super) fn fitted(bytes: &[u8]) -> Result<Image> {
    let picture = decode(bytes)?.view().to_rgb8()?;
    let scale =
        (SIZE.0 as f32 / picture.width() as f32).min(SIZE.1 as f32 / picture.height() as f32);
    let length = |length: u32, limit: u32| ((length as f32 * scale) as u32).clamp(1, limit);
    let (width, height) = (
        length(picture.width(), SIZE.0),
        length(picture.height(), SIZE.1),
    );
    let small = picture.view().resize(width, height)?;
    let mut frame = blank(SIZE.0, SIZE.1, [128; 3]);
    let (left, top) = ((SIZE.0 - width) / 2, (SIZE.1 - height) / 2);
    for y in 0..height {
        let view = small.view();
        let start = ((top + y) * SIZE.0 + left) as usize * 3;
        frame.data_mut()[start..start + width as usize * 3].copy_from_slice(view.row(y));
    }
    Ok(frame)
}

/// The bytes of frame `number`.
pub(super) fn shown(
    source: &mut Source,
    sensor: Option<&mut Sensor>,
    number: u64,
    format: PixelFormat,
) -> Result<Vec<u8>> {
    let mut exposed = Image::default();
    let rgb = match source {
        Source::Pictures(pictures) => {
            // What is set is set, although pictures are shown as they are.
            if let Some(sensor) = sensor {
                sensor.take_over(number);
            }
            let turn = (number as usize - 1) % pictures.len();
            return pictures[turn].in_format(format);
        }
        Source::Drawn(drawn) => match sensor {
            Some(sensor) => {
                drawn.frame(number).view().to_rgb8_into(&mut exposed)?;
                sensor.expose(exposed.data_mut(), BACKGROUND, number);
                &exposed
            }
            None => drawn.frame(number),
        },
    };
    convert(rgb, format)
}

fn convert(rgb: &Image, format: PixelFormat) -> Result<Vec<u8>> {
    Ok(match format {
        PixelFormat::Grey8 => rgb.view().to_grey8()?.data().to_vec(),
        PixelFormat::Yuyv => rgb.data().chunks_exact(6).flat_map(yuyv).collect(),
        _ => rgb.data().to_vec(),
    })
}

/// What is behind people.
const BACKGROUND: [u8; 3] = [185, 190, 195];

/// Places that people sway to and fro between.
const SWAYS: u64 = 7;

fn draw(scene: Scene, number: u64) -> Image {
    let mut image = blank(SIZE.0, SIZE.1, BACKGROUND);
    // People do not hold still.
    let sway = (number % SWAYS) as f32 - 3.0;
    let mut person = |person: u64, x: f32| {
        let pose = Pose {
            centre: (x + sway, 235.0),
            height: 230.0,
            tilt: sway / 2.0,
        };
        DrawnFace::new(person).draw(&mut image, &pose);
    };
    let light = match scene {
        Scene::Face { person: number } => {
            person(number, 320.0);
            1.0
        }
        Scene::Dark { person: number } => {
            person(number, 320.0);
            0.2
        }
        Scene::Bright { person: number } => {
            person(number, 320.0);
            1.8
        }
        Scene::TwoFaces => {
            person(1, 180.0);
            person(2, 460.0);
            1.0
        }
        Scene::Empty => 1.0,
    };
    for value in image.data_mut() {
        *value = (f32::from(*value) * light) as u8;
    }
    image
}

/// Two RGB pixels as Y₀ U Y₁ V, BT.601 limited range.
fn yuyv(pair: &[u8]) -> [u8; 4] {
    let [r0, g0, b0, r1, g1, b1] = std::array::from_fn(|at| f32::from(pair[at]));
    let y = |r: f32, g: f32, b: f32| (16.5 + 0.257 * r + 0.504 * g + 0.098 * b) as u8;
    let (r, g, b) = ((r0 + r1) / 2.0, (g0 + g1) / 2.0, (b0 + b1) / 2.0);
    let u = (128.5 - 0.148 * r - 0.291 * g + 0.439 * b) as u8;
    let v = (128.5 + 0.439 * r - 0.368 * g - 0.071 * b) as u8;
    [y(r0, g0, b0), u, y(r1, g1, b1), v]
}
