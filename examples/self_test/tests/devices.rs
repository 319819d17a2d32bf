//! Readers, cards, cameras and clocks.

use std::time::Duration;

use clap::Parser as _;
use image::{Rgb, RgbImage};
use myna_hal::Wait;
use myna_hal::card::{CardReader as _, ShareMode};
use myna_hal::sim::card::{Fault, Profile, Token, Trigger};
use myna_hal::sim::{Clock, Scene, VirtualCamera, VirtualCard, VirtualContext, VirtualReader};
use myna_hal::time::UtcTime;

use super::{Folder, found, ids, page};
use crate::readers::{Listed, Listing, judge};
use crate::report::{Finding, Report};
use crate::support::usb::UsbReader;
use crate::{Arguments, camera, clock, codes, examine};

struct Desk {
    clock: Clock,
    reader: VirtualReader,
    card: VirtualCard,
}

fn desk(profile: Profile) -> Desk {
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let reader = VirtualContext::new(clock.shared()).add_reader("Front desk");
    let card = VirtualCard::new(profile, clock.shared());
    reader.insert(&card);
    Desk {
        clock,
        reader,
        card,
    }
}

impl Desk {
    /// What is said of this reader, and of `attached` on USB.
    fn says(&self, attached: Option<Vec<UsbReader>>) -> Report {
        let mut reader = self.reader.clone();
        let listing = Listing {
            service: Finding::new(&codes::SERVICE_ANSWERS),
            readers: Some(vec![Listed {
                state: reader.state(),
                reader: Box::new(reader),
            }]),
        };
        let mut report = page(Vec::new());
        judge(listing, attached, &self.clock.shared(), &mut report);
        report
    }
}

#[test]
fn a_card_is_read_without_its_pin_and_nothing_of_it_is_told() {
    let desk = desk(Profile::default());
    let report = desk.says(None);
    let well = ["MH-SERVICE-01", "MH-READER-01", "MH-CARD-01"];
    assert_eq!(ids(&report), well, "{report}");
    let log = desk.card.log();
    assert!(
        log.iter().any(|entry| entry.header[1] == 0xB0),
        "it was read"
    );
    let touchy = [0x20, 0x24, 0x2A, 0x88];
    let touched = log.iter().find(|entry| touchy.contains(&entry.header[1]));
    assert_eq!(touched, None, "no VERIFY, no change, no signature");
    assert!(!desk.card.is_unlocked());
    let holder = desk.card.holder();
    let said = format!("{report}{}", report.json());
    let secrets = [
        holder.name.clone(),
        holder.address.clone(),
        holder.birth.to_string(),
        holder.certificate_expiry.to_string(),
        holder.card_face_code.clone(),
    ];
    for secret in secrets {
        assert!(!said.contains(&secret), "{secret:?} is on the page");
    }
}

#[test]
fn every_state_of_a_card_has_its_code() {
    let phone = Profile {
        token: Token::Android,
        ..Profile::default()
    };
    let card_of = |desk: &Desk| {
        let report = desk.says(None);
        let id = report.findings.last().map(|finding| finding.code.id);
        id.expect("a finding")
    };
    assert_eq!(card_of(&desk(phone)), "MH-CARD-09");
    let empty = desk(Profile::default());
    empty.reader.remove();
    assert_eq!(card_of(&empty), "MH-CARD-02");
    empty.reader.insert_mute();
    assert_eq!(card_of(&empty), "MH-CARD-03");
    let struck = |fault| {
        let desk = desk(Profile::default());
        desk.card.inject(Trigger::Nth(1), fault);
        card_of(&desk)
    };
    assert_eq!(struck(Fault::Status(0x6A82)), "MH-CARD-05");
    assert_eq!(struck(Fault::RemoveDuring), "MH-CARD-07");
    let damaged = desk(Profile::default());
    damaged
        .card
        .rewrite_certificate(&[0x30, 0x03, 0x02, 0x01, 0x01]);
    assert_eq!(card_of(&damaged), "MH-CARD-06");
    let taken = desk(Profile::default());
    let wait = Wait::at_most(taken.clock.shared(), Duration::from_secs(5));
    let other = taken.reader.clone().connect(ShareMode::Exclusive, &wait);
    let held = other.expect("free");
    assert_eq!(card_of(&taken), "MH-CARD-04");
    drop(held);
    taken.reader.unplug();
    let report = taken.says(None);
    assert_eq!(
        ids(&report)[1..],
        ["MH-READER-04", "MH-CARD-08"],
        "{report}"
    );
}

/// A USB as the kernel shows it.
fn usb() -> Folder {
    let folder = Folder::new("usb");
    for (device, file, text) in [
        // Of its maker's own protocol, known by its identifiers.
        ("1-1", "idVendor", "054c\n"),
        ("1-1", "idProduct", "06c3\n"),
        ("1-1", "manufacturer", "SONY\n"),
        ("1-1", "product", "RC-S380/P\n"),
        // Of the class, and of nobody.
        ("1-2", "idVendor", "1209\n"),
        ("1-2", "idProduct", "0001\n"),
        ("1-2/1-2:1.0", "bInterfaceClass", "0b\n"),
        // No reader.
        ("1-3", "idVendor", "046d\n"),
        ("1-3", "idProduct", "0825\n"),
        ("1-3", "product", "Webcam\n"),
        ("1-3/1-3:1.0", "bInterfaceClass", "0e\n"),
        // Nonsense.
        ("1-4", "idVendor", "reader\n"),
        ("1-4", "idProduct", ""),
        // Listed by the service under this name.
        ("2-1", "idVendor", "1209\n"),
        ("2-1", "idProduct", "0002\n"),
        ("2-1", "product", "Front desk\n"),
        ("2-1/2-1:1.0", "bInterfaceClass", "0b\n"),
    ] {
        folder.write(&format!("{device}/{file}"), text);
    }
    folder
}

#[test]
fn readers_on_usb_that_the_service_does_not_list_come_with_a_remedy() {
    let folder = usb();
    let attached = UsbReader::attached(&folder.0).expect("a folder");
    let names: Vec<&str> = attached.iter().map(|reader| &*reader.name).collect();
    assert_eq!(
        names,
        ["SONY RC-S380/P", "Card reader 1209:0001", "Front desk"]
    );
    let report = desk(Profile::default()).says(Some(attached.clone()));
    let expected = [
        "MH-SERVICE-01",
        "MH-READER-01",
        "MH-READER-03",
        "MH-READER-03",
        "MH-CARD-01",
    ];
    assert_eq!(ids(&report), expected, "{report}");
    let sony = found(&report, "MH-READER-03");
    assert_eq!(sony["subject"], "SONY RC-S380/P");
    assert_eq!(sony["details"]["usb"], "054C:06C3");
    assert_ne!(
        sony["next_step"],
        codes::READER_UNLISTED.next_step,
        "the make's own remedy"
    );
    // Without the service nobody can say what it lists.
    let mut report = page(Vec::new());
    let stopped = Listing {
        service: Finding::new(&codes::SERVICE_STOPPED),
        readers: None,
    };
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    judge(stopped, Some(attached), &clock.shared(), &mut report);
    assert_eq!(
        ids(&report),
        ["MH-SERVICE-02", "MH-READER-05", "MH-CARD-08"]
    );
    let on_usb = &found(&report, "MH-READER-05")["details"]["on_usb"];
    assert_eq!(on_usb[0], "SONY RC-S380/P (054C:06C3)");
    assert_eq!(UsbReader::attached(&folder.0.join("nowhere")), None);
}

#[test]
fn a_service_without_readers_says_so() {
    let mut report = page(Vec::new());
    let empty = Listing {
        service: Finding::new(&codes::SERVICE_ANSWERS),
        readers: Some(Vec::new()),
    };
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    judge(empty, Some(Vec::new()), &clock.shared(), &mut report);
    assert_eq!(
        ids(&report),
        ["MH-SERVICE-01", "MH-READER-02", "MH-CARD-08"]
    );
}

#[test]
fn every_state_of_a_camera_has_its_code() {
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let of = |mut camera: VirtualCamera| {
        let (finding, image) = camera::look(&mut camera, &clock.shared());
        (finding.code.id, image.is_some())
    };
    let shows = |grey: u8| {
        let folder = Folder::new(&format!("grey-{grey}"));
        let picture = RgbImage::from_pixel(640, 480, Rgb([grey; 3]));
        let file = folder.0.join("one.png");
        picture.save(&file).expect("a picture");
        let bytes = std::fs::read(&file).expect("just written");
        VirtualCamera::picture(clock.shared(), &bytes).expect("a PNG")
    };
    assert_eq!(of(shows(3)), ("MH-CAMERA-07", true));
    assert_eq!(of(shows(110)), ("MH-CAMERA-01", true));
    assert_eq!(of(shows(255)), ("MH-CAMERA-08", true));
    let drawn = || VirtualCamera::drawn(clock.shared(), Scene::Face { person: 1 });
    assert_eq!(of(drawn()), ("MH-CAMERA-01", true));
    let stalled = drawn();
    stalled.control().stall(true);
    assert_eq!(of(stalled), ("MH-CAMERA-05", false));
    let unplugged = drawn();
    unplugged.control().unplug();
    assert_eq!(of(unplugged), ("MH-CAMERA-09", false));
}

#[test]
fn the_picture_is_kept_where_it_was_asked_for() {
    let folder = Folder::new("picture");
    // A service that this build may have is not asked: nothing of the machine shall matter.
    let run = |picture: &str| {
        let path = folder.0.join(picture);
        let arguments = [
            "self_test",
            "--camera",
            "sim",
            "--service",
            "usb",
            "--picture",
        ];
        let arguments = arguments.into_iter().map(Into::into);
        let arguments = arguments.chain([path.clone().into_os_string()]);
        let arguments = Arguments::try_parse_from(arguments).expect("arguments");
        (examine(&arguments, &folder.0.join("no-usb")), path)
    };
    for name in ["seen.png", "seen.jpg"] {
        let (report, path) = run(name);
        let seen = found(&report, "MH-CAMERA-01");
        let picture = image::open(path).expect("a picture");
        assert_eq!(seen["details"]["width"], picture.width());
        assert_eq!(seen["details"]["height"], picture.height());
    }
    let (report, _) = run("nowhere/seen.png");
    found(&report, "MH-CAMERA-10");
}

#[test]
fn every_state_of_the_clock_has_its_code() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().expect("literal");
    let of = |now: &str, trusted| {
        let instant = at(now);
        let finding = clock::check(
            UtcTime { instant, trusted },
            Some(at("2026-11-22T00:00:00Z")),
        );
        (finding.code.id, finding.details["japan"].clone())
    };
    let (id, japan) = of("2026-11-22T15:00:00Z", true);
    assert_eq!(
        (id, japan.as_str()),
        ("MH-CLOCK-01", Some("2026-11-23T00:00:00+09:00"))
    );
    assert_eq!(of("1970-01-02T00:00:00Z", false).0, "MH-CLOCK-02");
    assert_eq!(of("2026-11-21T23:59:59Z", true).0, "MH-CLOCK-03");
    assert_eq!(of("2036-11-23T00:00:00Z", true).0, "MH-CLOCK-04");
    let unknown = clock::check(
        UtcTime {
            instant: at("2026-11-22T00:00:00Z"),
            trusted: true,
        },
        None,
    );
    assert_eq!(unknown.code.id, "MH-CLOCK-01");
    assert!(clock::made().is_some(), "this test has a file");
}
