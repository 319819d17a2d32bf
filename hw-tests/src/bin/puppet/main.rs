//! `puppet`: does with the library's PC/SC driver what its standard input says. For the
//! middleware rig; see `hw_tests::puppet`.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

mod hand;

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use hw_tests::client::Failure;
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::time::SystemClock;
use myna_hal::wait::CancelToken;

/// What this thread keeps of a hand.
struct Reins {
    orders: Sender<String>,
    /// Of the order under way.
    cancel: Arc<Mutex<CancelToken>>,
}

fn main() -> Result<(), Failure> {
    let context = Arc::new(Mutex::new(PcscContext::new(SystemClock::shared())));
    let mut hands: HashMap<String, Reins> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, order) = line.split_once(' ').ok_or("HAND ORDER")?;
        let reins = hands.entry(name.to_owned()).or_insert_with(|| {
            let (orders, received) = channel();
            let cancel = Arc::new(Mutex::new(CancelToken::new()));
            let hand = hand::Hand::new(name, context.clone(), cancel.clone());
            std::thread::spawn(move || hand.serve(&received));
            Reins { orders, cancel }
        });
        if order == "cancel" {
            reins.cancel.lock().map_err(|_| "a panic")?.cancel();
        } else {
            reins.orders.send(order.to_owned())?;
        }
    }
    Ok(())
}
