// SPDX-License-Identifier: GPL-2.0

//! Serves the model of the AXI SPI Engine to a kernel: the reference for co-simulation.
//!
//! ```text
//! axi-spi-engine-server SOCKET [(die|mute|refuse|babble)=N]
//! ```
//!
//! It listens on a Unix socket and serves one connection after the other, until it is killed. The
//! protocol is described in `Documentation/spi/axi-spi-engine-cosim.rst`. With a second argument
//! it fails from the Nth request of each connection on: so clients can be tested against that.

mod session;

use session::Session;
use std::{
    env,
    fs,
    io::{
        self,
        BufRead,
        BufReader,
        Write, //
    },
    os::unix::net::{
        UnixListener,
        UnixStream, //
    },
    process::ExitCode, //
};

/// What the server does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// It closes the connection.
    Die,
    /// Nothing.
    Mute,
    /// It answers with an error.
    Refuse,
    /// It answers with something else.
    Babble,
}

/// From which request of a connection on it fails, and how.
type Fails = Option<(u64, Failure)>;

fn parse_fails(argument: &str) -> Option<(u64, Failure)> {
    let (how, from) = argument.split_once('=')?;
    let failure = match how {
        "die" => Failure::Die,
        "mute" => Failure::Mute,
        "refuse" => Failure::Refuse,
        "babble" => Failure::Babble,
        _ => return None,
    };
    Some((from.parse().ok()?, failure))
}

fn serve(stream: UnixStream, fails: Fails) -> io::Result<()> {
    let mut session = Session::new();
    let mut answers = stream.try_clone()?;

    for (number, line) in (1..).zip(BufReader::new(stream).lines()) {
        let failure = fails.and_then(|(from, failure)| (number >= from).then_some(failure));
        let answer = match failure {
            None => session.answer(&line?),
            Some(Failure::Die) => return Ok(()),
            Some(Failure::Mute) => String::new(),
            Some(Failure::Refuse) => "error not now\n".into(),
            Some(Failure::Babble) => "ok or not\n".into(),
        };
        answers.write_all(answer.as_bytes())?;
        if session.is_over() {
            return Ok(());
        }
    }
    Ok(())
}

fn listen(path: &str, fails: Fails) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    println!("listening on {path}");
    for stream in listener.incoming() {
        if let Err(error) = serve(stream?, fails) {
            eprintln!("connection: {error}");
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [path] => listen(path, None),
        [path, fails] if parse_fails(fails).is_some() => listen(path, parse_fails(fails)),
        _ => Err(io::Error::other(
            "usage: axi-spi-engine-server SOCKET [(die|mute|refuse|babble)=N]",
        )),
    };

    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
