//! How the make-believe library recognises drawn faces: by their dark hair it finds the head, and
//! what lies within it, scaled to one size, is the template. No photograph of a person passes.

use zeroize::Zeroizing;

use super::library::quality;

/// Columns and rows of a template.
const GRID: (usize, usize) = (56, 68);
/// Height of what is looked at, in widths of the hair.
const HEIGHT: f32 = 1.2;
/// Up to this share of the picture's brightest tone a pixel is hair.
const HAIR: f32 = 0.26;
/// Likeness of drawings of different people, at which the per cent begin.
const ZERO_PERCENT: f32 = 0.5;

/// A head, by its hair, in pixels.
struct Head {
    left: usize,
    right: usize,
    top: usize,
}

/// A head that was found, with its features.
pub(super) struct Found {
    pub(super) template: Zeroizing<Vec<f32>>,
    /// Left, top, width and height, in pixels.
    pub(super) head: [u32; 4],
}

/// The one head in a picture, or the flags against it; `None` when the picture is
/// of an impossible size.
pub(super) fn features(grey: &[u8], width: u32, height: u32) -> Option<Result<Found, u32>> {
    let (width, height) = (width as usize, height as usize);
    if width < 16 || height < 16 || grey.len() != width * height {
        return None;
    }
    Some(find(grey, width).and_then(|head| {
        let span = head.right - head.left;
        let place = [head.left, head.top, span, (span as f32 * HEIGHT) as usize];
        Ok(Found {
            template: template(grey, width, &head)?,
            head: place.map(|pixels| pixels as u32),
        })
    }))
}

/// How alike two templates are, in per cent.
pub(super) fn likeness(a: &[f32], b: &[f32]) -> u8 {
    let cosine: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    (100.0 * ((cosine - ZERO_PERCENT) / (1.0 - ZERO_PERCENT)).clamp(0.0, 1.0)).round() as u8
}

fn find(grey: &[u8], width: usize) -> Result<Head, u32> {
    let brightest = grey.iter().copied().max().unwrap_or(0);
    if brightest < 70 {
        return Err(quality::DARK);
    }
    let washed_out = grey.iter().filter(|value| **value >= 254).count();
    if washed_out > grey.len() / 3 {
        return Err(quality::BRIGHT);
    }
    let limit = (f32::from(brightest) * HAIR) as u8;
    let mut columns = vec![0usize; width];
    for row in grey.chunks_exact(width) {
        for (column, value) in columns.iter_mut().zip(row) {
            *column += usize::from(*value < limit);
        }
    }
    // Runs of columns that have hair; a few dark pixels are none.
    let least = width / 80;
    let mut runs = Vec::new();
    let mut start = None;
    for at in 0..=width {
        let hair = columns.get(at).is_some_and(|count| *count > 2);
        match (hair, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                if at - from > least {
                    runs.push((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    let (left, right) = match runs[..] {
        [] => return Err(quality::NO_HEAD),
        [run] => run,
        _ => return Err(quality::CROWD),
    };
    let dark = |row: &[u8]| {
        row[left..right]
            .iter()
            .filter(|value| **value < limit)
            .count()
            > 2
    };
    let top = grey.chunks_exact(width).position(dark).unwrap_or(0);
    if right - left < 60 {
        return Err(quality::SMALL_HEAD);
    }
    if left == 0 || right == width || top == 0 {
        return Err(quality::CUT_HEAD);
    }
    Ok(Head { left, right, top })
}

/// The tones of the head, each the mean of its cell, without their mean and of unit length.
fn template(grey: &[u8], width: usize, head: &Head) -> Result<Zeroizing<Vec<f32>>, u32> {
    let span = (head.right - head.left) as f32;
    let cell = (span / GRID.0 as f32, span * HEIGHT / GRID.1 as f32);
    let height = grey.len() / width;
    if head.top as f32 + span * HEIGHT > height as f32 {
        return Err(quality::CUT_HEAD);
    }
    let mut tones = Zeroizing::new(Vec::with_capacity(GRID.0 * GRID.1));
    for row in 0..GRID.1 {
        for column in 0..GRID.0 {
            let x = head.left as f32 + column as f32 * cell.0;
            let y = head.top as f32 + row as f32 * cell.1;
            let (mut sum, mut count) = (0.0, 0.0);
            for y in y as usize..((y + cell.1).ceil() as usize).min(height) {
                for x in x as usize..((x + cell.0).ceil() as usize).min(width) {
                    sum += f32::from(grey[y * width + x]);
                    count += 1.0;
                }
            }
            tones.push(sum / f32::max(count, 1.0));
        }
    }
    // Edges tell people apart, tones do not.
    let mut edges = Zeroizing::new(Vec::with_capacity(2 * tones.len()));
    for row in 1..GRID.1 {
        for column in 1..GRID.0 {
            let at = row * GRID.0 + column;
            edges.push(tones[at] - tones[at - 1]);
            edges.push(tones[at] - tones[at - GRID.0]);
        }
    }
    let length = edges.iter().map(|edge| edge * edge).sum::<f32>().sqrt();
    if length <= f32::EPSILON {
        return Err(quality::NO_HEAD);
    }
    edges.iter_mut().for_each(|edge| *edge /= length);
    Ok(edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Image, PixelFormat};
    use crate::sim::{DrawnFace, Pose};

    fn portrait(person: u64) -> Zeroizing<Vec<f32>> {
        let grey = DrawnFace::new(person)
            .portrait()
            .view()
            .to_grey8()
            .expect("rgb");
        features(grey.data(), 378, 472)
            .expect("a size")
            .map(|found| found.template)
            .expect("a head")
    }

    fn live(person: u64, height: f32, tilt: f32) -> Zeroizing<Vec<f32>> {
        let mut frame = Image::filled(PixelFormat::Rgb8, 640, 480, [187; 3]).expect("small");
        let pose = Pose {
            centre: (317.0, 235.0),
            height,
            tilt,
        };
        DrawnFace::new(person).draw(&mut frame, &pose);
        let grey = frame.view().to_grey8().expect("rgb");
        features(grey.data(), 640, 480)
            .expect("a size")
            .map(|found| found.template)
            .expect("a head")
    }

    /// What the adapter's threshold stands on.
    #[test]
    fn drawn_people_are_told_apart() {
        let people = 1..=10;
        let portraits: Vec<_> = people.clone().map(portrait).collect();
        let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
        for person in people {
            for (height, tilt) in [(230.0, 0.5), (200.0, -1.5)] {
                let face = live(person, height, tilt);
                for (other, portrait) in portraits.iter().enumerate() {
                    let percent = likeness(portrait, &face);
                    if other as u64 + 1 == person {
                        genuine.push(percent);
                    } else {
                        impostor.push(percent);
                    }
                }
            }
        }
        let alike = |all: &[u8]| all.iter().filter(|percent| **percent >= 80).count();
        // With twenty people and three poses: 53 of 60, and none of 1,140, the highest at 77.
        assert!(alike(&genuine) >= 15, "{genuine:?}");
        assert_eq!(alike(&impostor), 0, "{impostor:?}");
    }
}
