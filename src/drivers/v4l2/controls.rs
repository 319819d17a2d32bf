//! The controls of a video node.

use linuxvideo::Device;
use linuxvideo::controls::{Cid, ControlDesc, ControlFlags, CtrlType};

use super::error::{asked, from_kernel};
use crate::camera::{CameraCapabilities, Control, ControlRange, ControlState, Setting};
use crate::error::{Error, Result};

/// How V4L2 calls a control.
struct Known {
    control: Control,
    capability: CameraCapabilities,
    value: Cid,
    /// The control that says who chooses the value, and what it says.
    automatic: Option<(Cid, Automatic)>,
}

/// Values of a control that says who chooses the value of another.
#[derive(Clone, Copy)]
enum Automatic {
    /// 1 is automatic, 0 is manual.
    Switch,
    /// `V4L2_CID_EXPOSURE_AUTO`: 1 is manual, 2 chooses the iris only; 0 or 3 is automatic, by what
    /// the camera has.
    Exposure,
}

const KNOWN: [Known; 7] = [
    Known {
        control: Control::Exposure,
        capability: CameraCapabilities::EXPOSURE,
        value: Cid::EXPOSURE_ABSOLUTE,
        automatic: Some((Cid::EXPOSURE_AUTO, Automatic::Exposure)),
    },
    Known {
        control: Control::Gain,
        capability: CameraCapabilities::GAIN,
        value: Cid::GAIN,
        automatic: Some((Cid::AUTOGAIN, Automatic::Switch)),
    },
    Known {
        control: Control::Brightness,
        capability: CameraCapabilities::BRIGHTNESS,
        value: Cid::BRIGHTNESS,
        automatic: Some((Cid::AUTOBRIGHTNESS, Automatic::Switch)),
    },
    Known {
        control: Control::BacklightCompensation,
        capability: CameraCapabilities::BACKLIGHT_COMPENSATION,
        value: Cid::BACKLIGHT_COMPENSATION,
        automatic: None,
    },
    Known {
        control: Control::Focus,
        capability: CameraCapabilities::FOCUS,
        value: Cid::FOCUS_ABSOLUTE,
        automatic: Some((Cid::FOCUS_AUTO, Automatic::Switch)),
    },
    Known {
        control: Control::Rotation,
        capability: CameraCapabilities::ROTATION,
        value: Cid::ROTATE,
        automatic: None,
    },
    Known {
        control: Control::InfraredLamp,
        capability: CameraCapabilities::INFRARED_LAMP,
        value: Cid::ILLUMINATORS_1,
        automatic: None,
    },
];

/// A control that the node has.
pub(super) struct Found {
    known: &'static Known,
    range: ControlRange,
    /// The control that says who chooses the value, and what it says when the camera does.
    automatic: Option<(Cid, Automatic, i32)>,
}

/// The controls of the node that this library knows and that can be set.
pub(super) fn find(device: &Device) -> Result<Vec<Found>> {
    let described: Vec<ControlDesc> = asked(|| device.controls().collect())?;
    let of = |cid: Cid| {
        let usable = |described: &&ControlDesc| {
            let fixed = ControlFlags::READ_ONLY | ControlFlags::WRITE_ONLY;
            described.id() == cid && !described.flags().intersects(fixed)
        };
        described.iter().find(usable)
    };
    let found = KNOWN.iter().filter_map(|known| {
        let value = of(known.value)?;
        let automatic = known
            .automatic
            .and_then(|(cid, kind)| Some((cid, kind, kind.chosen(device, of(cid)?)?)));
        Some(Found {
            known,
            range: ControlRange {
                min: value.minimum(),
                max: value.maximum(),
                step: value.step().max(1),
                default: value.default_value(),
                has_automatic: automatic.is_some(),
            },
            automatic,
        })
    });
    Ok(found.collect())
}

/// What a camera with these controls can do.
pub(super) fn capabilities(found: &[Found]) -> CameraCapabilities {
    let capabilities = found.iter().map(|found| found.known.capability);
    capabilities.fold(CameraCapabilities::empty(), CameraCapabilities::union)
}

impl Automatic {
    /// What the control says when the camera chooses; `None` if this one never does.
    fn chosen(self, device: &Device, described: &ControlDesc) -> Option<i32> {
        match self {
            Self::Switch => Some(1),
            // Only a menu has items to ask for.
            Self::Exposure if described.control_type() == CtrlType::MENU => {
                let items = asked(|| {
                    let items = device.enumerate_menu(described);
                    items
                        .map(|item| Ok(item?.index()))
                        .collect::<std::io::Result<Vec<_>>>()
                });
                let items = items.ok()?;
                let automatic = [3_i32, 0];
                automatic
                    .into_iter()
                    .find(|choice| items.contains(&choice.unsigned_abs()))
            }
            Self::Exposure => None,
        }
    }

    fn is_automatic(self, value: i32) -> bool {
        match self {
            Self::Switch => value != 0,
            Self::Exposure => matches!(value, 0 | 3),
        }
    }

    /// What the control says when the caller chooses.
    fn manual(self) -> i32 {
        match self {
            Self::Switch => 0,
            Self::Exposure => 1,
        }
    }
}

fn this(found: &[Found], control: Control) -> Result<&Found> {
    let this = found.iter().find(|found| found.known.control == control);
    this.ok_or_else(|| Error::unsupported(format!("the control {control}")))
}

/// What a control takes, and how it stands.
pub(super) fn state(device: &Device, found: &[Found], control: Control) -> Result<ControlState> {
    let found = this(found, control)?;
    let value = |cid| device.read_control_raw(cid).map_err(from_kernel);
    Ok(ControlState {
        range: found.range,
        value: value(found.known.value)?,
        is_automatic: match found.automatic {
            Some((cid, kind, _)) => kind.is_automatic(value(cid)?),
            None => false,
        },
    })
}

/// Sets a control.
pub(super) fn set(
    device: &mut Device,
    found: &[Found],
    control: Control,
    setting: Setting,
) -> Result<()> {
    let found = this(found, control)?;
    let mut write = |cid, value| device.write_control_raw(cid, value).map_err(from_kernel);
    match (setting, found.automatic) {
        (Setting::Automatic, Some((cid, _, chosen))) => write(cid, chosen),
        (Setting::Automatic, None) => Err(Error::unsupported(format!("automatic {control}"))),
        // The kernel would take the nearest.
        (Setting::Manual(value), _) if found.range.nearest(value.into()) != value => {
            Err(Error::invalid_input(format!("{value} for the {control}")))
        }
        (Setting::Manual(value), automatic) => {
            if let Some((cid, kind, _)) = automatic {
                write(cid, kind.manual())?;
            }
            write(found.known.value, value)
        }
    }
}
