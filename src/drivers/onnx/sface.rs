//! SFace: templates of 128 dimensions.

use super::engine::Network;
use super::known::{ModelTask, identify};
use super::{Admission, ModelError};
use crate::error::Result;
use crate::face::{FaceEmbedder, FaceRegion, ModelId, Template, align};
use crate::imaging::{Image, ImageView};

/// [`FaceEmbedder`] on SFace 2021dec: the face is aligned to 112x112 pixels and goes in as RGB,
/// 0 to 255; the network scales it itself.
///
/// Trained on pictures collected from the web; how it does on Japanese faces of all ages has not
/// been measured for this library.
pub struct SFace {
    network: Network,
    model: ModelId,
}

impl SFace {
    /// Loads the bytes of a model file.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::WrongTask`]; for unlisted models also
    /// [`ModelError::Malformed`], [`ModelError::Unsupported`], [`ModelError::Runtime`].
    pub fn from_bytes(bytes: &[u8], admission: Admission) -> std::result::Result<Self, ModelError> {
        Ok(Self {
            model: identify(bytes, ModelTask::Embed, admission)?,
            network: Network::load(bytes, &["fc1"], 1)?,
        })
    }

    /// Runs the network on this many threads; default 1.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.network.set_threads(threads);
        self
    }

    /// The template of an aligned face, as [`align::align`] gives it.
    ///
    /// # Errors
    /// `Unsupported`: another size or format. `Other`: the engine broke.
    pub fn embed_aligned(&mut self, face: &Image) -> Result<Template> {
        let side = align::SIDE as usize;
        let rgb = face.view().to_rgb8()?;
        if (rgb.width(), rgb.height()) != (align::SIDE, align::SIDE) {
            return Err(crate::error::Error::unsupported(
                "a face of another size than 112x112",
            ));
        }
        let mut planes = Vec::with_capacity(3 * side * side);
        for channel in 0..3 {
            planes.extend(
                rgb.data()
                    .chunks_exact(3)
                    .map(|pixel| f32::from(pixel[channel])),
            );
        }
        let values = self
            .network
            .run(planes, side, side)?
            .pop()
            .unwrap_or_default();
        Template::new(self.model.clone(), values)
    }
}

impl FaceEmbedder for SFace {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template> {
        self.embed_aligned(&align::align(image, &face.landmarks)?)
    }
}

impl std::fmt::Debug for SFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SFace({})", self.model)
    }
}
