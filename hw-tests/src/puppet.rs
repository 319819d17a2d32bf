//! A client of the library that does what a test tells it, line by line.
//!
//! libpcsclite knows one daemon per process, so the library's driver runs in a child: the program
//! `puppet`. It has hands, named by letters, each a thread that does one thing after the other:
//! `a connect READER shared`, `a send 00B0000000`. What a hand takes long for can be cancelled.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::process::Command;

use serde_json::Value;

use crate::pcscd::{NOTICE, Pcscd};
use crate::program::Companion;

/// The program, running.
pub struct Puppet {
    program: RefCell<Companion>,
    /// What hands said that nobody asked about yet.
    heard: RefCell<VecDeque<Value>>,
}

/// What one order came to.
#[derive(Debug)]
pub struct Outcome {
    /// `ok`, a status word, or what else was asked for; or the code of an error.
    pub result: String,
    /// Milliseconds that it took.
    pub ms: u64,
    /// The words of an error.
    pub why: String,
}

impl PartialEq<&str> for Outcome {
    fn eq(&self, other: &&str) -> bool {
        self.result == *other
    }
}

impl Puppet {
    /// Starts `program`, the built `puppet`, as a client of `rig`.
    #[must_use]
    pub fn start(rig: &Pcscd, program: &str) -> Self {
        Self::of(rig.client(&mut Command::new(program)))
    }

    /// Starts `command`, which is the built `puppet` with a service of somebody else's.
    #[must_use]
    pub fn of(command: &mut Command) -> Self {
        Self {
            program: RefCell::new(Companion::start(command)),
            heard: RefCell::default(),
        }
    }

    /// Gives `hand` an order.
    pub fn tell(&self, hand: char, order: &str) {
        self.program.borrow_mut().say(&format!("{hand} {order}"));
    }

    /// What the oldest order of `hand` that was not yet heard of came to.
    pub fn hear(&self, hand: char) -> Outcome {
        let ours = |said: &Value| said["hand"] == hand.to_string();
        let mut heard = self.heard.borrow_mut();
        let said = match heard.iter().position(ours) {
            Some(at) => heard.remove(at).expect("found there"),
            None => loop {
                let said: Value = self
                    .program
                    .borrow()
                    .hear(NOTICE * 2, |line| serde_json::from_str(line).ok());
                if ours(&said) {
                    break said;
                }
                heard.push_back(said);
            },
        };
        Outcome {
            result: said["result"].as_str().expect("a result").to_owned(),
            ms: said["ms"].as_u64().expect("milliseconds"),
            why: said["why"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Gives an order and waits for what comes of it.
    pub fn ask(&self, hand: char, order: &str) -> Outcome {
        self.tell(hand, order);
        self.hear(hand)
    }

    /// Gives an order again and again until it comes to `result`.
    ///
    /// # Panics
    /// When it never does.
    pub fn until(&self, hand: char, order: &str, result: &str) {
        let end = std::time::Instant::now() + NOTICE;
        loop {
            let outcome = self.ask(hand, order);
            if outcome.result == result {
                return;
            }
            assert!(
                std::time::Instant::now() < end,
                "{hand} {order}: not {result} but {outcome:?}"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Cancels what `hand` waits for.
    pub fn cancel(&self, hand: char) {
        self.program.borrow_mut().say(&format!("{hand} cancel"));
    }

    /// How many threads the program has, and how many sockets.
    pub fn census(&self) -> (usize, usize) {
        let said = self.ask('z', "census");
        let (threads, sockets) = said.result.split_once(' ').expect("two numbers");
        let number = |text: &str| text.parse().expect("a number");
        (number(threads), number(sockets))
    }

    /// Waits until the census is as `expected` says. A connection is closed when its thread says so, a moment
    /// before the system has taken the thread away.
    ///
    /// # Panics
    /// When it never is.
    pub fn settles(&self, expected: impl Fn((usize, usize)) -> bool) {
        let end = std::time::Instant::now() + NOTICE;
        loop {
            let (threads, sockets) = self.census();
            if expected((threads, sockets)) {
                return;
            }
            assert!(
                std::time::Instant::now() < end,
                "{threads} threads and {sockets} sockets stay"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
