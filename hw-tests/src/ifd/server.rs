//! The socket at which a reader is reached.

use std::io::Read;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use super::TestReader;
use super::protocol::{CALLS, EVENTS, receive, send};

/// Serves `reader` at `path` for as long as the test's process lives.
pub(super) fn listen(reader: &TestReader, path: &Path) {
    let listener = UnixListener::bind(path)
        .unwrap_or_else(|error| panic!("a reader cannot listen at {}: {error}", path.display()));
    let reader = reader.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let reader = reader.clone();
            std::thread::spawn(move || serve(&reader, stream));
        }
    });
}

/// One connection, until the daemon closes it.
fn serve(reader: &TestReader, mut stream: UnixStream) {
    let mut purpose = [0];
    if stream.read_exact(&mut purpose).is_err() {
        return;
    }
    match purpose {
        [EVENTS] => reader.tell(stream),
        [CALLS] => {
            while let Ok((operation, body)) = receive(&stream) {
                let (status, answer) = reader.answer(operation, &body);
                if send(&stream, status, &answer).is_err() {
                    return;
                }
            }
        }
        _ => {}
    }
}
