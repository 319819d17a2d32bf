//! The video nodes that the kernel lists, and what they are attached to.
//!
//! Names are read here and not asked of the device: what `VIDIOC_QUERYCAP` gives is cut to 31 bytes
//! wherever these end, also in the middle of a Japanese character.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::DRIVER;
use crate::device::{DeviceId, DeviceInfo};

/// Where the kernel lists video nodes.
pub(super) const CLASS: &str = "/sys/class/video4linux";

/// A video node. Not every one is a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// The device file.
    pub(super) path: PathBuf,
    pub(super) info: DeviceInfo,
    /// Another one each time that something is attached there.
    pub(super) attachment: u64,
}

/// The nodes listed in `class`, in the order of their numbers.
pub(super) fn nodes(class: &Path) -> Vec<Node> {
    // Without the folder the kernel has no video at all.
    let entries = fs::read_dir(class).into_iter().flatten().flatten();
    let mut nodes: Vec<(u32, Node)> = entries
        .filter_map(|entry| {
            let file = entry.file_name();
            let number = file.to_str()?.strip_prefix("video")?.parse().ok()?;
            let node = Node {
                path: Path::new("/dev").join(&file),
                info: describe(&entry.path()),
                attachment: fs::metadata(entry.path()).ok()?.ino(),
            };
            Some((number, node))
        })
        .collect();
    nodes.sort_by_key(|(number, _)| *number);
    nodes.into_iter().map(|(_, node)| node).collect()
}

/// Identity and name of the node that `entry` lists.
///
/// A USB camera is known by vendor, product and serial number and by the socket it is in: serial
/// numbers are often the same in every unit of a product. A camera with two sensors has an
/// interface for each.
fn describe(entry: &Path) -> DeviceInfo {
    let device = fs::canonicalize(entry.join("device")).unwrap_or_default();
    let place = device.file_name().unwrap_or_default().to_string_lossy();
    let usb = device
        .join("bInterfaceNumber")
        .exists()
        .then(|| device.parent().unwrap_or(&device).to_owned());
    let of_usb = |attribute: &str| text(&usb.as_ref()?.join(attribute));
    let mut identity: Vec<String> = Vec::new();
    if let (Some(vendor), Some(product)) = (of_usb("idVendor"), of_usb("idProduct")) {
        identity.push(format!("{vendor}:{product}"));
        identity.extend(of_usb("serial"));
    }
    identity.push(place.into_owned());
    // A sensor may have further nodes, for metadata or another kind of pictures.
    identity.extend(
        text(&entry.join("index"))
            .filter(|index| index != "0")
            .map(|index| format!("#{index}")),
    );
    let name = of_usb("product").or_else(|| text(&entry.join("name")));
    DeviceInfo {
        id: DeviceId::new(DRIVER, identity.join(" ")),
        name: name.unwrap_or_else(|| "camera".to_owned()),
        driver: DRIVER,
    }
}

/// An attribute, if it says anything: what devices call themselves may be any bytes.
fn text(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A folder that looks like the kernel's, removed at the end.
    struct Sys(PathBuf);

    impl Sys {
        fn new(name: &str) -> Self {
            let own = format!("myna-hal-sysfs-{name}-{}", std::process::id());
            let root = std::env::temp_dir().join(own);
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(root.join("class")).expect("writable");
            Self(root)
        }

        fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("writable");
            fs::write(path, contents).expect("writable");
        }

        /// A node of `device`.
        fn node(&self, number: u32, device: &str, name: &str, index: u32) {
            let node = format!("class/video{number}");
            self.write(&format!("{node}/name"), name);
            self.write(&format!("{node}/index"), format!("{index}\n"));
            let device = self.0.join(device);
            fs::create_dir_all(&device).expect("writable");
            symlink(device, self.0.join(node).join("device")).expect("writable");
        }

        fn nodes(&self) -> Vec<Node> {
            nodes(&self.0.join("class"))
        }
    }

    impl Drop for Sys {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn cameras_are_known_by_product_serial_and_socket() {
        let sys = Sys::new("identity");
        for (file, value) in [
            ("idVendor", "046d\n"),
            ("idProduct", "0825\n"),
            ("serial", "A1B2\n"),
            ("product", "受付カメラ・顔認証用（赤外線付き）\n"),
        ] {
            sys.write(&format!("usb1/1-2/{file}"), value);
        }
        sys.write("usb1/1-2/1-2:1.0/bInterfaceNumber", "00\n");
        // Cut in the middle of a character, as the kernel does.
        let cut = &"受付カメラ・顔認証用（赤外線付き）".as_bytes()[..31];
        sys.node(10, "platform/vivid.0", "vivid-000-vid-cap\n", 0);
        sys.node(0, "usb1/1-2/1-2:1.0", "", 0);
        sys.node(1, "usb1/1-2/1-2:1.0", "", 1);
        sys.write("class/video0/name", cut);
        sys.write("class/v4l-subdev0/name", "no camera");
        let nodes = sys.nodes();
        let ids: Vec<_> = nodes.iter().map(|node| node.info.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "v4l2:046d:0825 A1B2 1-2:1.0",
                "v4l2:046d:0825 A1B2 1-2:1.0 #1",
                "v4l2:vivid.0",
            ]
        );
        assert_eq!(nodes[0].info.name, "受付カメラ・顔認証用（赤外線付き）");
        assert_eq!(nodes[2].info.name, "vivid-000-vid-cap");
        assert_eq!(nodes[2].path, Path::new("/dev/video10"));
        let again = sys.nodes();
        assert_eq!(again, nodes, "nothing changed");
    }

    #[test]
    fn names_of_any_bytes_are_names() {
        let sys = Sys::new("names");
        sys.node(3, "platform/odd", "", 0);
        sys.write(
            "class/video3/name",
            b"\xe5\x8f\x97\xe4\xbb \x1b[31mcam\xff\n",
        );
        let name = sys.nodes().remove(0).info.name;
        assert!(name.starts_with('受') && name.contains("cam"), "{name:?}");
        assert!(!name.contains('\u{1b}'), "{name:?}");
    }

    #[test]
    fn a_kernel_without_video_has_no_nodes() {
        assert!(nodes(Path::new("/nowhere/at/all")).is_empty());
    }
}
