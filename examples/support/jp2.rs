//! Chip portraits for trying things out: any picture as grey JPEG 2000 of 378x472 pixels.
//!
//! The library itself only decodes. The encoder is `openjp2`, a port of OpenJPEG from C, whose
//! streams are given to it as callbacks; hence the `unsafe` in this one file.
#![allow(unsafe_code)]

use std::ffi::c_void;

use myna_hal::face::FaceRegion;
use myna_hal::imaging::{Image, ImageView};
use openjp2::openjpeg::{
    opj_stream_default_create, opj_stream_destroy, opj_stream_set_seek_function,
    opj_stream_set_skip_function, opj_stream_set_user_data, opj_stream_set_write_function,
};
use openjp2::{
    CODEC_FORMAT, COLOR_SPACE, Codec, Stream, opj_cparameters, opj_image, opj_image_comptparm,
};

/// Width of the portrait on the chip, in pixels.
pub(crate) const WIDTH: u32 = 378;
/// Height of the portrait on the chip, in pixels.
pub(crate) const HEIGHT: u32 = 472;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Cuts head and shoulders around `face` out of an RGB picture, as on an identity photograph, and
/// makes a [`chip_portrait`] of them. What the picture lacks is grey.
pub(crate) fn portrait_around(
    picture: &ImageView<'_>,
    face: &FaceRegion,
    bytes: usize,
) -> Result<Vec<u8>, Failure> {
    let bounds = face.bounds;
    let height = (bounds.height * 2.2) as u32;
    let width = height * WIDTH / HEIGHT;
    let padded = picture.pad(width, height, [200; 3])?;
    let left = bounds.x + bounds.width / 2.0 + width as f32 / 2.0;
    let top = bounds.y + bounds.height / 2.0 + height as f32 / 2.0;
    let part = padded.view().crop(left as u32, top as u32, width, height)?;
    chip_portrait(&part.view(), bytes)
}

/// Turns a picture into a chip portrait of about `bytes` bytes: grey, cut to the shape of the
/// portrait around its middle, 378x472, JP2 with enumerated colour space 17 (greyscale).
pub(crate) fn chip_portrait(picture: &ImageView<'_>, bytes: usize) -> Result<Vec<u8>, Failure> {
    let grey = picture.to_grey8()?;
    let (width, height) = (grey.width(), grey.height());
    // The largest part with the portrait's proportions.
    let part_width = width.min((u64::from(height) * u64::from(WIDTH) / u64::from(HEIGHT)) as u32);
    let part_height = height.min((u64::from(width) * u64::from(HEIGHT) / u64::from(WIDTH)) as u32);
    let part = grey.view().crop(
        (width - part_width.max(1)) / 2,
        (height - part_height.max(1)) / 2,
        part_width.max(1),
        part_height.max(1),
    )?;
    encode_grey(&part.view().resize(WIDTH, HEIGHT)?, bytes)
}

#[allow(
    clippy::field_reassign_with_default,
    reason = "the parameters implement Drop, which forbids the update syntax"
)]
/// Encodes a grey picture as JP2 of at most about `bytes` bytes, irreversible (9/7) transform.
pub(crate) fn encode_grey(picture: &Image, bytes: usize) -> Result<Vec<u8>, Failure> {
    let (width, height) = (picture.width(), picture.height());
    let component = opj_image_comptparm {
        dx: 1,
        dy: 1,
        w: width,
        h: height,
        x0: 0,
        y0: 0,
        prec: 8,
        bpp: 8,
        sgnd: 0,
    };
    let mut image = opj_image::create(&[component], COLOR_SPACE::OPJ_CLRSPC_GRAY)
        .ok_or("no memory for the picture")?;
    (image.x1, image.y1) = (width, height);
    let samples = image
        .comps_mut()
        .and_then(|components| components[0].data_mut())
        .ok_or("the encoder's picture has no samples")?;
    for (sample, value) in samples.iter_mut().zip(picture.data()) {
        *sample = i32::from(*value);
    }

    let mut parameters = opj_cparameters::default();
    parameters.irreversible = 1;
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.tcp_rates[0] = (width * height) as f32 / bytes.max(1) as f32;
    while parameters.numresolution > 1 && width.min(height) >> (parameters.numresolution - 1) < 4 {
        parameters.numresolution -= 1;
    }

    let mut sink = Box::new(Sink::default());
    let mut codec = Codec::new_encoder(CODEC_FORMAT::OPJ_CODEC_JP2).ok_or("no JP2 encoder")?;
    // SAFETY: the stream made here is used only until `opj_stream_destroy` below, and `sink`,
    // which it points to, outlives it. The callbacks take their data for a `Sink`, which it is.
    let done = unsafe {
        let stream = opj_stream_default_create(0);
        if stream.is_null() {
            return Err("no stream".into());
        }
        opj_stream_set_user_data(stream, (&raw mut *sink).cast(), None);
        opj_stream_set_write_function(stream, Some(write));
        opj_stream_set_skip_function(stream, Some(skip));
        opj_stream_set_seek_function(stream, Some(seek));
        let output = &mut *stream.cast::<Stream>();
        let done = codec.setup_encoder(&mut parameters, &mut image) != 0
            && codec.start_compress(&mut image, output) != 0
            && codec.encode(output) != 0
            && codec.end_compress(output) != 0;
        opj_stream_destroy(stream);
        done
    };
    if done {
        Ok(sink.bytes)
    } else {
        Err("the picture could not be encoded".into())
    }
}

#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    at: usize,
}

unsafe extern "C" fn write(buffer: *mut c_void, len: usize, user: *mut c_void) -> usize {
    // SAFETY: the encoder passes `len` readable bytes and the user data set above.
    let (sink, new) = unsafe {
        (
            &mut *user.cast::<Sink>(),
            std::slice::from_raw_parts(buffer.cast::<u8>(), len),
        )
    };
    let end = sink.at + len;
    if sink.bytes.len() < end {
        sink.bytes.resize(end, 0);
    }
    sink.bytes[sink.at..end].copy_from_slice(new);
    sink.at = end;
    len
}

unsafe extern "C" fn skip(by: i64, user: *mut c_void) -> i64 {
    // SAFETY: the user data set above.
    let sink = unsafe { &mut *user.cast::<Sink>() };
    sink.at = sink.at.saturating_add_signed(by as isize);
    by
}

unsafe extern "C" fn seek(to: i64, user: *mut c_void) -> i32 {
    // SAFETY: the user data set above.
    let sink = unsafe { &mut *user.cast::<Sink>() };
    match usize::try_from(to) {
        Ok(to) => {
            sink.at = to;
            1
        }
        Err(_) => 0,
    }
}
