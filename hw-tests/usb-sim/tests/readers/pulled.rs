//! The simulation itself: a plug that is pulled while transfers are begun and called off leaves nothing behind
//! in the kernel. Its virtual host controller loses a transfer that is called off when its connection has ended
//! and before it knows, and whoever called it off waits for ever, with the whole bus (Linux 6.1).

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
use nusb::descriptors::TransferType;
use nusb::transfer::{Buffer, In, Interrupt, TransferError};
use nusb::{Endpoint, MaybeFuture as _};
use usb_sim::ccid::{CcidReader, Product};
use usb_sim::vhci;

use crate::trial;

const ROUNDS: u32 = 10;

/// How long the kernel may take to enumerate a reader, or to end what is under way when one is gone.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "ccid/plug/pulled-while-transfers-are-called-off",
        pulled,
    )]
}

fn pulled() -> Result<Completion, Failed> {
    let product = Product::find("acr1252u").ok_or("no such product")?;
    for round in 1..=ROUNDS {
        let attached = vhci::attach(CcidReader::new(product))?;
        let pipe = silent_pipe(&open(product)?).ok_or("no interrupt pipe")?;
        let (ended, ends) = mpsc::channel();
        let hand = thread::spawn(move || ended.send(begins_and_calls_off(pipe)));
        thread::sleep(Duration::from_millis(u64::from(round % 7)));
        attached.unplug();
        // Not joined when it does not end: whoever waits for that waits as well.
        let end = ends.recv_timeout(PATIENCE);
        match end.map_err(|_| format!("round {round}: a transfer does not end"))? {
            TransferError::Disconnected => hand.join().map_err(|_| "panicked")??,
            other => return Err(format!("round {round}: {other}").into()),
        }
    }
    Ok(Completion::Completed)
}

/// The reader, once the kernel has it.
fn open(product: &Product) -> Result<nusb::Interface, Failed> {
    let identity = &product.identity;
    let begun = Instant::now();
    loop {
        let mut devices = nusb::list_devices().wait()?;
        let found = devices
            .find(|it| (it.vendor_id(), it.product_id()) == (identity.vendor, identity.product));
        let opened = found.map(|it| it.open().wait()?.claim_interface(0).wait());
        match opened {
            Some(Ok(interface)) => return Ok(interface),
            other if begun.elapsed() > PATIENCE => {
                return Err(format!("the reader is not there: {:?}", other.map(drop)).into());
            }
            _ => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// The pipe on which a reader speaks of its slots.
fn silent_pipe(interface: &nusb::Interface) -> Option<Endpoint<Interrupt, In>> {
    let descriptor = interface.descriptor()?;
    let mut endpoints = descriptor.endpoints();
    let silent = endpoints.find(|end| end.transfer_type() == TransferType::Interrupt)?;
    interface.endpoint(silent.address()).ok()
}

/// Reads from it, and does not wait for that, until the device is gone.
fn begins_and_calls_off(mut pipe: Endpoint<Interrupt, In>) -> TransferError {
    loop {
        pipe.submit(Buffer::new(pipe.max_packet_size()));
        pipe.cancel_all();
        let done = pipe.wait_next_complete(PATIENCE);
        match done.map(|done| done.status) {
            // What the reader says of its slots, once.
            Some(Ok(()) | Err(TransferError::Cancelled)) => {}
            // The device answers no more, and the kernel does not know yet.
            Some(Err(TransferError::Fault)) => {}
            Some(Err(error)) => return error,
            None => return TransferError::Unknown(0),
        }
    }
}
