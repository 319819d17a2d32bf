//! A picture file in the place of a camera: for benches that have none, and for whole visits by the
//! reference engine where nobody stands.

use std::path::PathBuf;

use myna_hal::camera::CameraContext;
use myna_hal::sim::{CameraControl, Scene, VirtualCamera, VirtualCameras};
use myna_hal::time::SystemClock;

/// A camera that shows what is in a file. The file is read when somebody says that it changed.
pub struct PictureFile {
    path: PathBuf,
    camera: VirtualCamera,
}

impl PictureFile {
    /// Before the file is read nobody is to be seen.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        let camera = VirtualCamera::drawn(SystemClock::shared(), Scene::Empty);
        Self { path, camera }
    }

    /// Shows what is in the file now.
    ///
    /// # Errors
    /// Why it cannot: there is no file, or no picture in it.
    pub fn look(&self) -> Result<(), String> {
        let shown = std::fs::read(&self.path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                let shown = self.camera.control().show_picture(&bytes);
                shown.map_err(|error| error.to_string())
            });
        shown.map_err(|why| {
            let path = self.path.display();
            format!("the camera shows the picture {path}, and that cannot be read: {why}")
        })
    }

    /// What pulls its plug.
    #[must_use]
    pub fn control(&self) -> CameraControl {
        self.camera.control()
    }

    /// A context that knows this camera alone.
    #[must_use]
    pub fn only(&self) -> Box<dyn CameraContext> {
        Box::new(VirtualCameras::new(vec![self.camera.clone()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_what_is_in_the_file_and_says_when_nothing_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("front.png");
        let camera = PictureFile::new(path.clone());
        let why = camera.look().expect_err("no file");
        assert!(why.contains("front.png"), "{why}");
        std::fs::write(&path, b"no picture").expect("written");
        assert!(camera.look().is_err());
        assert_eq!(camera.only().cameras().expect("listed").len(), 1);
        camera.control().unplug();
        assert!(camera.only().cameras().expect("listed").is_empty());
    }
}
