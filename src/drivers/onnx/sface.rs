//! SFace: templates of 128 dimensions.

use super::fold::fold;
use super::known::{ModelTask, identify};
use super::{Admission, ModelError, Network, Outputs, Planes, Runtime};
use crate::error::{Error, Result};
use crate::face::{FaceEmbedder, FaceRegion, ModelId, Template, align};
use crate::imaging::{Image, ImageView, PixelFormat};

/// [`FaceEmbedder`] on SFace 2021dec: the face is aligned to 112x112 pixels and goes in as RGB,
/// 0 to 255; the network scales it itself.
///
/// Trained on pictures collected from the web; how it does on Japanese faces of all ages has not
/// been measured for this library.
pub struct SFace {
    network: Box<dyn Network>,
    model: ModelId,
    aligned: Image,
    planes: Planes,
    outputs: Outputs,
}

impl SFace {
    /// Loads the bytes of a model file, to run on `runtime`.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::WrongTask`]; for unlisted models also
    /// [`ModelError::Malformed`], [`ModelError::Unsupported`], [`ModelError::Runtime`].
    pub fn from_bytes(
        runtime: &dyn Runtime,
        bytes: &[u8],
        admission: Admission,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Self {
            model: identify(bytes, ModelTask::Embed, admission)?,
            network: runtime.load(&fold(bytes)?, &["fc1"])?,
            aligned: Image::default(),
            planes: Planes::default(),
            outputs: Outputs::new(1),
        })
    }

    /// The template of an aligned face, as [`align::align`] gives it.
    ///
    /// # Errors
    /// `Unsupported`: another size or format. `Other`: the engine broke.
    pub fn embed_aligned(&mut self, face: &ImageView<'_>) -> Result<Template> {
        if face.format() != PixelFormat::Rgb8
            || (face.width(), face.height()) != (align::SIDE, align::SIDE)
        {
            return Err(Error::unsupported(
                "a face that is not of 112x112 RGB pixels",
            ));
        }
        fill(face, &mut self.planes);
        self.infer()
    }

    fn infer(&mut self) -> Result<Template> {
        self.network.run(&self.planes, &mut self.outputs)?;
        Template::new(self.model.clone(), self.outputs.output(0).to_vec())
    }
}

/// Red, green, blue: the order of the pictures that the network was trained on.
fn fill(face: &ImageView<'_>, planes: &mut Planes) {
    let side = align::SIDE as usize;
    let planes = planes.sized(side, side);
    for (channel, plane) in planes.chunks_exact_mut(side * side).enumerate() {
        for (row, y) in plane.chunks_exact_mut(side).zip(0..) {
            for (value, pixel) in row.iter_mut().zip(face.row(y).chunks_exact(3)) {
                *value = f32::from(pixel[channel]);
            }
        }
    }
}

impl FaceEmbedder for SFace {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template> {
        align::align_into(image, &face.landmarks, &mut self.aligned)?;
        fill(&self.aligned.view(), &mut self.planes);
        self.infer()
    }
}

impl std::fmt::Debug for SFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SFace({})", self.model)
    }
}
