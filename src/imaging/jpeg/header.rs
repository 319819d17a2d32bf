//! Marker segments of a JPEG picture (ITU-T T.81 annex B), as far as they say what must follow.

use super::entropy::Huffman;
use crate::imaging::ImageError;

/// Marker codes (table B.1).
pub(super) mod marker {
    pub(crate) const SOF0: u8 = 0xc0;
    pub(crate) const SOF1: u8 = 0xc1;
    pub(crate) const DHT: u8 = 0xc4;
    pub(crate) const JPG: u8 = 0xc8;
    pub(crate) const DAC: u8 = 0xcc;
    pub(crate) const RST0: u8 = 0xd0;
    pub(crate) const RST7: u8 = 0xd7;
    pub(crate) const EOI: u8 = 0xd9;
    pub(crate) const SOS: u8 = 0xda;
    pub(crate) const DRI: u8 = 0xdd;
}

/// The marker segment at `at` (marker and contents without the length), moving `at` behind it.
pub(in crate::imaging) fn next_segment<'a>(
    bytes: &'a [u8],
    at: &mut usize,
) -> Option<(u8, &'a [u8])> {
    loop {
        if *bytes.get(*at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(*at + 1)?;
        match marker {
            // Fill byte.
            0xff => *at += 1,
            // Markers without a segment.
            0x01 | 0xd0..=0xd9 => *at += 2,
            _ => {
                let length = bytes.get(*at + 2..*at + 4)?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                let segment = bytes.get(*at + 4..*at + 2 + length.max(2))?;
                *at += 2 + length.max(2);
                return Some((marker, segment));
            }
        }
    }
}

/// Whether `code` begins a frame: SOF₀…SOF₁₅ without DHT, JPG and DAC.
fn is_frame(code: u8) -> bool {
    (0xc0..=0xcf).contains(&code) && !matches!(code, marker::DHT | marker::JPG | marker::DAC)
}

/// The first frame header (B.2.2).
pub(super) struct Frame {
    /// SOFₙ, which names the process.
    pub(super) process: u8,
    /// Bits of a sample.
    pub(super) precision: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    /// As many as the picture has, 4 at most.
    pub(super) components: Vec<Component>,
}

/// A component of a frame, and by which tables the scan codes it.
#[derive(Clone, Copy)]
pub(super) struct Component {
    id: u8,
    /// Blocks in a unit of the interleaved scan, across and down.
    pub(super) sampling: (u8, u8),
    pub(super) dc_table: u8,
    pub(super) ac_table: u8,
}

impl Frame {
    fn parse(process: u8, segment: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            Some(u16::from_be_bytes([
                *segment.get(at)?,
                *segment.get(at + 1)?,
            ]))
        };
        let components = segment.get(6..)?.chunks_exact(3);
        let count = usize::from(*segment.get(5)?);
        if components.len() != count || !(1..=4).contains(&count) {
            return None;
        }
        let components = components.map(|component| Component {
            id: component[0],
            sampling: (component[1] >> 4, component[1] & 0x0f),
            dc_table: 0,
            ac_table: 0,
        });
        Some(Self {
            process,
            precision: segment[0],
            height: number(1)?.into(),
            width: number(3)?.into(),
            components: components.collect(),
        })
    }

    /// Whether the process is sequential, by Huffman codes, eight bits a sample: the baseline, or
    /// what differs from it in the number of tables alone.
    pub(super) fn is_sequential(&self) -> bool {
        matches!(self.process, marker::SOF0 | marker::SOF1) && self.precision == 8
    }
}

/// What stands before the first scan.
pub(super) struct Headers {
    pub(super) frame: Frame,
    /// Units between restart markers; 0 without such markers.
    pub(super) restart_interval: u16,
    /// Tables for DC and for AC coefficients.
    pub(super) tables: [[Option<Huffman>; 4]; 2],
    /// Whether the one scan has all components, interleaved.
    pub(super) is_one_scan: bool,
    /// Where the coded data begins.
    pub(super) scan_at: usize,
}

impl Headers {
    /// Reads up to the first scan.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        if !bytes.starts_with(&[0xff, 0xd8]) {
            return Err(super::malformed("it does not begin with a picture"));
        }
        let broken = || super::malformed("a header is damaged or missing");
        let mut at = 2;
        let mut frame: Option<Frame> = None;
        let mut restart_interval = 0;
        let mut tables: [[Option<Huffman>; 4]; 2] = Default::default();
        loop {
            let (code, segment) = next_segment(bytes, &mut at).ok_or_else(broken)?;
            match code {
                marker::DHT => define(segment, &mut tables).ok_or_else(broken)?,
                marker::DRI => match segment {
                    [high, low] => restart_interval = u16::from_be_bytes([*high, *low]),
                    _ => return Err(broken()),
                },
                marker::DAC => return Err(ImageError::Unsupported("arithmetic coding in JPEG")),
                marker::SOS => {
                    let mut frame = frame.ok_or_else(broken)?;
                    let is_one_scan = assign(segment, &mut frame).ok_or_else(broken)?;
                    return Ok(Self {
                        frame,
                        restart_interval,
                        tables,
                        is_one_scan,
                        scan_at: at,
                    });
                }
                code if is_frame(code) => {
                    if frame.is_some() {
                        return Err(broken());
                    }
                    frame = Some(Frame::parse(code, segment).ok_or_else(broken)?);
                }
                _ => {}
            }
        }
    }
}

/// A DHT segment (B.2.4.2) has one table or several.
fn define(mut segment: &[u8], tables: &mut [[Option<Huffman>; 4]; 2]) -> Option<()> {
    while let [class_and_id, rest @ ..] = segment {
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let codes = counts.iter().map(|count| usize::from(*count)).sum();
        let (values, rest) = rest.split_at_checked(codes)?;
        let (class, id) = (class_and_id >> 4, class_and_id & 0x0f);
        let table = tables.get_mut(usize::from(class))?;
        *table.get_mut(usize::from(id))? = Some(Huffman::new(counts, values)?);
        segment = rest;
    }
    Some(())
}

/// The header of a scan (B.2.3): which tables its components use, and whether the scan is the
/// whole of a sequential picture.
fn assign(segment: &[u8], frame: &mut Frame) -> Option<bool> {
    let (count, rest) = segment.split_first()?;
    let (selectors, spectrum) = rest.split_at_checked(2 * usize::from(*count))?;
    let spectrum: [u8; 3] = spectrum.try_into().ok()?;
    if usize::from(*count) != frame.components.len() {
        return Some(false);
    }
    // In the same order as in the frame (B.2.3).
    for (component, selector) in frame.components.iter_mut().zip(selectors.chunks_exact(2)) {
        if component.id != selector[0] {
            return None;
        }
        (component.dc_table, component.ac_table) = (selector[1] >> 4, selector[1] & 0x0f);
    }
    Some(spectrum == [0, 63, 0])
}
