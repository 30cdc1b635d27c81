// SPDX-License-Identifier: GPL-2.0

//! Serves the model of the AXI SPI Engine to a kernel: the reference for co-simulation.
//!
//! ```text
//! axi-spi-engine-server SOCKET [die=N | mute=N]
//! ```
//!
//! It listens on a Unix socket and serves one connection after the other, until it is killed. The
//! protocol is described in `Documentation/spi/axi-spi-engine-cosim.rst`. With `die=N` it closes
//! each connection instead of answering the Nth request, with `mute=N` it answers no more from
//! then on: so a client can be tested against servers that fail.

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

/// How the server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Never,
    /// Closes the connection at this request.
    Die(u64),
    /// Answers no request from this one on.
    Mute(u64),
}

impl Failure {
    fn parse(argument: Option<&str>) -> Option<Self> {
        let Some(argument) = argument else {
            return Some(Self::Never);
        };
        let (how, count) = argument.split_once('=')?;
        let count = count.parse().ok()?;
        match how {
            "die" => Some(Self::Die(count)),
            "mute" => Some(Self::Mute(count)),
            _ => None,
        }
    }
}

fn serve(stream: UnixStream, failure: Failure) -> io::Result<()> {
    let mut session = Session::new();
    let mut answers = stream.try_clone()?;

    for (number, line) in (1..).zip(BufReader::new(stream).lines()) {
        match failure {
            Failure::Die(count) if number >= count => return Ok(()),
            Failure::Mute(count) if number >= count => continue,
            _ => {}
        }
        let answer = session.answer(&line?);
        answers.write_all(answer.as_bytes())?;
        if session.is_over() {
            return Ok(());
        }
    }
    Ok(())
}

fn listen(path: &str, failure: Failure) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    println!("listening on {path}");
    for stream in listener.incoming() {
        if let Err(error) = serve(stream?, failure) {
            eprintln!("connection: {error}");
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let failure = Failure::parse(arguments.get(1).map(String::as_str));

    match (arguments.first(), failure) {
        (Some(path), Some(failure)) => match listen(path, failure) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {path}: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: axi-spi-engine-server SOCKET [die=N | mute=N]");
            ExitCode::FAILURE
        }
    }
}
