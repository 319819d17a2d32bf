//! The rig's own readers: what a test can do with them that it cannot with vpcd's.

use hw_tests::client::SELECT;
use hw_tests::ifd::Power;
use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::puppet::Puppet;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Profile;
use myna_hal::time::SystemClock;

use crate::PUPPET;

#[test]
fn a_card_comes_and_goes_at_once_in_each_of_several_readers() {
    let (rig, [front, back]) = Pcscd::with_readers([READER, "Second Rig"]);
    let puppet = Puppet::start(&rig, PUPPET);
    assert_eq!(puppet.ask('a', "readers"), "2");
    let card = VirtualCard::new(Profile::default(), SystemClock::shared());
    back.insert(&card);
    puppet.until('a', "state Second", "present");
    assert_eq!(puppet.ask('a', "state Elsewhere"), "not-found");
    assert_eq!(puppet.ask('a', "state Myna"), "absent");
    assert_eq!(puppet.ask('a', "connect Second shared"), "ok");
    assert_eq!(puppet.ask('a', &format!("send {SELECT}")), "9000");
    assert_eq!(card.log().len(), 1);
    assert_eq!(back.powers(), [Power::On]);
    assert_eq!(front.powers(), []);
    back.remove();
    puppet.until('a', "state Second", "absent");
    assert!(!card.powered());
}
