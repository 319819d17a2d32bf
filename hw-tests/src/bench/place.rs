//! What the kernel knows of a device by its place on the USB.

/// The release number (`bcdDevice`) of the device at `path`, bus and ports as the kernel writes them:
/// makers count their firmware there.
pub(super) fn firmware(path: &str) -> Option<String> {
    let release = std::fs::read_to_string(format!("/sys/bus/usb/devices/{path}/bcdDevice")).ok()?;
    let (major, minor) = release.trim().split_at_checked(2)?;
    Some(format!("{major}.{minor}"))
}

/// The path in the name of a reader whose driver tells it: `3-1.4` of `… (usb 3-1.4)`.
pub(super) fn of_reader(name: &str) -> Option<&str> {
    let (_, place) = name.rsplit_once("(usb ")?;
    place.split([')', ' ']).next()
}

/// The path in the identity of a camera, which ends with its USB interface: `3-1.4` of `… 3-1.4:1.0`.
pub(super) fn of_camera(id: &str) -> Option<&str> {
    id.rsplit(' ').find_map(|word| {
        let (path, interface) = word.split_once(':')?;
        (path.contains('-') && interface.contains('.')).then_some(path)
    })
}
