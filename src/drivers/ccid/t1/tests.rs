use std::collections::VecDeque;

use super::*;
use crate::error::ErrorKind;
use crate::random::Random;

fn link() -> Link {
    Link::new(16)
}

/// A card that says these blocks, one after the other, and then nothing; and what it heard.
fn card(says: &[Vec<u8>]) -> (Carries, Heard) {
    let heard = Heard::default();
    let hears = heard.clone();
    let mut says: VecDeque<Vec<u8>> = says.iter().cloned().collect();
    let carry = move |sent: &[u8], _: u8| {
        hears.borrow_mut().push(sent.to_vec());
        let said = says.pop_front();
        said.map(Zeroizing::new)
            .ok_or_else(|| Error::protocol("the card does not answer"))
    };
    (Box::new(carry), heard)
}

type Carries = Box<Carry<'static>>;
type Heard = std::rc::Rc<std::cell::RefCell<Vec<Vec<u8>>>>;

fn bytes(pcb: u8, information: &[u8]) -> Vec<u8> {
    block(pcb, information).to_vec()
}

/// The same with a check byte that is wrong.
fn broken_bytes(pcb: u8, information: &[u8]) -> Vec<u8> {
    let mut block = bytes(pcb, information);
    if let Some(check) = block.last_mut() {
        *check ^= 1;
    }
    block
}

#[test]
fn commands_and_answers_go_in_parts() {
    let command: Vec<u8> = (0..20).collect();
    let (mut carry, heard) = card(&[
        bytes(0x90, &[]),
        bytes(0x20, &[1, 2, 3]),
        bytes(0x40, &[0x90, 0]),
    ]);
    let answer = link().transmit(&command, &mut carry).expect("answered");
    assert_eq!(**answer, [1, 2, 3, 0x90, 0]);
    assert_eq!(
        *heard.borrow(),
        [
            bytes(0x20, &command[..16]),
            bytes(0x40, &command[16..]),
            bytes(0x90, &[])
        ]
    );
}

#[test]
fn numbers_go_on_from_command_to_command() {
    let mut link = link();
    for (number, said) in [(0x00, 0x00), (0x40, 0x40), (0x00, 0x00)] {
        let (mut carry, heard) = card(&[bytes(said, &[0x90, 0])]);
        link.transmit(&[1], &mut carry).expect("answered");
        assert_eq!(*heard.borrow(), [bytes(number, &[1])]);
    }
}

#[test]
fn what_arrives_broken_is_asked_for_again_and_not_sent_again() {
    let (mut carry, heard) = card(&[broken_bytes(0, &[0x90, 0]), bytes(0, &[0x90, 0])]);
    let answer = link().transmit(&[1], &mut carry).expect("answered");
    assert_eq!(**answer, [0x90, 0]);
    assert_eq!(*heard.borrow(), [bytes(0, &[1]), bytes(0x81, &[])]);
    // It never gets better: three times is the end.
    let (mut carry, heard) = card(&vec![broken_bytes(0, &[0x90, 0]); 9]);
    let error = link().transmit(&[1], &mut carry).expect_err("broken");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(heard.borrow().len(), 3);
}

#[test]
fn what_the_card_did_not_get_is_sent_again_under_its_number() {
    let (mut carry, heard) = card(&[bytes(0x81, &[]), bytes(0, &[0x90, 0])]);
    link().transmit(&[1], &mut carry).expect("answered");
    assert_eq!(*heard.borrow(), [bytes(0, &[1]), bytes(0, &[1])]);
}

#[test]
fn a_silent_card_is_not_asked_again() {
    let (mut carry, heard) = card(&[]);
    let error = link().transmit(&[1], &mut carry).expect_err("silent");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(heard.borrow().len(), 1);
}

#[test]
fn more_time_is_granted_but_not_for_ever() {
    let (mut carry, heard) = card(&[bytes(0xC3, &[4]), bytes(0, &[0x90, 0])]);
    link().transmit(&[1], &mut carry).expect("answered");
    assert_eq!(heard.borrow()[1], bytes(0xE3, &[4]));
    let (mut carry, heard) = card(&vec![bytes(0xC3, &[4]); 1000]);
    let error = link().transmit(&[1], &mut carry).expect_err("for ever");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(heard.borrow().len() <= usize::from(WAITS) + 1);
}

#[test]
fn the_reader_is_told_how_long_the_card_may_take() {
    let mut says = VecDeque::from([
        bytes(0xC3, &[4]),
        broken_bytes(0, &[0x90, 0]),
        bytes(0, &[0x90, 0]),
    ]);
    let mut granted = Vec::new();
    let mut carry = |_: &[u8], waits: u8| {
        granted.push(waits);
        Ok(Zeroizing::new(says.pop_front().expect("said")))
    };
    let _ = link().transmit(&[1], &mut carry);
    assert_eq!(granted[..2], [0, 4]);
}

#[test]
fn a_card_may_ask_for_shorter_blocks() {
    let (mut carry, heard) = card(&[
        bytes(0xC1, &[4]),
        bytes(0x00, &[0x90, 0]),
        bytes(0x80, &[]),
        bytes(0x40, &[0x90, 0]),
    ]);
    let mut link = link();
    link.transmit(&[1], &mut carry).expect("answered");
    assert_eq!(heard.borrow()[1], bytes(0xE1, &[4]));
    link.transmit(&[1, 2, 3, 4, 5], &mut carry)
        .expect("in parts");
    assert_eq!(heard.borrow()[2], bytes(0x60, &[1, 2, 3, 4]));
}

#[test]
fn a_block_out_of_step_ends_the_exchange() {
    for said in [bytes(0x40, &[0x90, 0]), bytes(0x90, &[]), bytes(0xE3, &[])] {
        let (mut carry, _) = card(std::slice::from_ref(&said));
        let error = link().transmit(&[1], &mut carry).expect_err("out of step");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{said:02X?}");
    }
}

#[test]
fn a_block_that_the_reader_made_counts() {
    let mut link = link();
    assert_eq!(link.prologue(), [0, 0x00, 0]);
    let (mut carry, heard) = card(&[]);
    let said = Zeroizing::new(bytes(0x00, &[0x63, 0xC2]));
    let answer = link.answer_to_secure(said, &mut carry).expect("a block");
    assert_eq!(**answer, [0x63, 0xC2]);
    assert!(heard.borrow().is_empty());
    // Nobody typed: the number is used for the next one.
    assert_eq!(link.prologue(), [0, 0x40, 0]);
    link.take_back();
    assert_eq!(link.prologue(), [0, 0x40, 0]);
}

#[test]
fn nothing_that_a_card_says_hangs_or_panics() {
    let mut random = Random(11);
    for _ in 0..3_000 {
        let mut said = random.next();
        let mut carry = |_: &[u8], _: u8| {
            said = said.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let length = said >> 60;
            let information: Vec<u8> = (0..length).map(|at| (said >> at) as u8).collect();
            Ok(block((said >> 32) as u8, &information))
        };
        let _ = link().transmit(&[0; 40], &mut carry);
    }
}
