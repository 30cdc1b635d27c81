// SPDX-License-Identifier: GPL-2.0

//! A connection of the server: requests and answers.

use axi_spi_engine_model::hw::{
    Bus,
    Chip,
    Engine,
    Event,
    Params,
    Picoseconds,
    Socket,
    Version, //
};

/// The version of the protocol.
const PROTOCOL: u64 = 1;

const PS_PER_NS: u64 = 1000;

type HostBus = Bus<Vec<Event>, Vec<u32>>;

/// Why a request has no answer but an error.
type Refusal = &'static str;

/// An engine, and what a client did with it so far.
pub struct Session {
    engine: Engine<HostBus>,
    greeted: bool,
    over: bool,
}

/// An engine with a loopback at each chip select.
fn engine(params: Params) -> Result<Engine<HostBus>, Refusal> {
    // Nobody asks for what happened.
    let mut bus = Bus::new(Vec::new());
    for chip_select in 0..params.chip_selects {
        let socket = Socket {
            chip_select,
            lanes: u8::MAX,
            ..Socket::new(Chip::Loopback)
        };
        bus.attach(socket).map_err(|_| "too many chip selects")?;
    }
    Engine::new(params, bus).map_err(|_| "there is no such engine")
}

fn number(word: Option<&str>) -> Result<u64, Refusal> {
    let word = word.ok_or("an argument is missing")?;
    let parsed = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    parsed.map_err(|_| "not a number")
}

fn number_32(word: Option<&str>) -> Result<u32, Refusal> {
    u32::try_from(number(word)?).map_err(|_| "more than 32 bits")
}

impl Session {
    /// A client connected.
    pub fn new() -> Self {
        let params = Params {
            chip_selects: 8,
            ..Params::new(Version::V2_00)
        };
        Self {
            engine: engine(params).expect("a good engine"),
            greeted: false,
            over: false,
        }
    }

    /// The client said that it goes.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The answer to a request, both being lines.
    pub fn answer(&mut self, request: &str) -> String {
        match self.handle(request) {
            Ok(answer) => format!("ok{answer}\n"),
            Err(refusal) => format!("error {refusal}\n"),
        }
    }

    fn handle(&mut self, request: &str) -> Result<String, Refusal> {
        let mut words = request.split_ascii_whitespace();
        let command = words.next().ok_or("an empty request")?;

        if !self.greeted && command != "hello" {
            return Err("the first request is hello");
        }
        let answer = match command {
            "hello" => self.hello(number(words.next())?),
            "build" => self.build(&mut words),
            "read" => self.read(number(words.next())?, number_32(words.next())?),
            "write" => {
                let (now, register) = (number(words.next())?, number_32(words.next())?);
                self.write(now, register, number_32(words.next())?)
            }
            "advance" => self.advance(number(words.next())?),
            "quit" => {
                self.over = true;
                Ok(String::new())
            }
            _ => return Err("unknown request"),
        }?;
        match words.next() {
            None => Ok(answer),
            Some(_) => Err("too many arguments"),
        }
    }

    fn hello(&mut self, protocol: u64) -> Result<String, Refusal> {
        if protocol != PROTOCOL {
            return Err("another version of the protocol");
        }
        self.greeted = true;
        let params = self.engine.params();
        Ok(format!(
            " {PROTOCOL} {} {} build",
            params.axi_hz, params.spi_hz
        ))
    }

    /// A new engine, with other parameters.
    fn build<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) -> Result<String, Refusal> {
        let mut params = *self.engine.params();
        for word in words {
            let (name, value) = word.split_once('=').ok_or("not NAME=VALUE")?;
            set(&mut params, name, number_32(Some(value))?)?;
        }
        self.engine = engine(params)?;
        Ok(format!(" {} {}", params.axi_hz, params.spi_hz))
    }

    fn goes_on(&mut self, now: u64) -> Result<(), Refusal> {
        let now: Picoseconds = now.checked_mul(PS_PER_NS).ok_or("too late")?;
        self.engine.advance(now);
        Ok(())
    }

    /// The interrupt line, and when it may change.
    fn state(&self) -> String {
        let irq = u8::from(self.engine.irq());
        match self.engine.next_event() {
            Some(next) => format!("{irq} {}", next.div_ceil(PS_PER_NS)),
            None => format!("{irq} -"),
        }
    }

    fn read(&mut self, now: u64, register: u32) -> Result<String, Refusal> {
        self.goes_on(now)?;
        let value = self.engine.read(register);
        let stall = self.engine.take_stall().div_ceil(PS_PER_NS);
        Ok(format!(" {value:#010x} {stall} {}", self.state()))
    }

    fn write(&mut self, now: u64, register: u32, value: u32) -> Result<String, Refusal> {
        self.goes_on(now)?;
        self.engine.write(register, value);
        Ok(format!(" {}", self.state()))
    }

    fn advance(&mut self, now: u64) -> Result<String, Refusal> {
        self.goes_on(now)?;
        Ok(format!(" {}", self.state()))
    }
}

/// Sets a parameter of an engine. A version is given as in its register; 1.00 is that of 2024.
fn set(params: &mut Params, name: &str, value: u32) -> Result<(), Refusal> {
    let byte = u8::try_from(value).map_err(|_| "more than 8 bits");

    match name {
        "version" => params.version = version(value)?,
        "async" => params.asynchronous = value != 0,
        "width" => params.data_width = byte?,
        "lanes" => params.lanes = byte?,
        "pins" => params.chip_selects = byte?,
        "cmd" => params.cmd_width = byte?,
        "sync" => params.sync_width = byte?,
        "sdo" => params.sdo_width = byte?,
        "sdi" => params.sdi_width = byte?,
        "axi_hz" => params.axi_hz = value,
        "spi_hz" => params.spi_hz = value,
        _ => return Err("unknown parameter"),
    }
    Ok(())
}

fn version(register: u32) -> Result<Version, Refusal> {
    let mut known = Version::ALL.into_iter().rev();
    known
        .find(|version| version.register() == register)
        .ok_or("unknown version")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeted() -> Session {
        let mut session = Session::new();
        assert_eq!(
            session.answer("hello 1"),
            "ok 1 100000000 100000000 build\n"
        );
        session
    }

    #[test]
    fn registers_are_read_and_written() {
        let mut session = greeted();
        assert_eq!(session.answer("read 100 0x0"), "ok 0x00020000 0 0 -\n");
        assert_eq!(session.answer("write 200 0x8 0x1234"), "ok 0 -\n");
        assert_eq!(session.answer("read 300 8"), "ok 0x00001234 0 0 -\n");
    }

    #[test]
    fn a_read_tells_how_long_the_bus_waited() {
        let mut session = greeted();
        assert_eq!(session.answer("read 100 0xe8"), "ok 0xdeaddead 160 0 -\n");
    }

    #[test]
    fn the_line_and_its_next_change_are_told() {
        let mut session = greeted();
        session.answer("write 0 0x40 0");
        session.answer("write 1000 0x80 8");
        assert_eq!(session.answer("write 2000 0xe0 0x3001"), "ok 0 2040\n");
        assert_eq!(session.answer("advance 2040"), "ok 0 2060\n");
        assert_eq!(session.answer("advance 2060"), "ok 1 -\n");
    }

    #[test]
    fn engines_are_built_as_asked() {
        let mut session = greeted();
        let request = "build version=0x00010504 width=16 lanes=2 pins=1 spi_hz=50000000";
        assert_eq!(session.answer(request), "ok 100000000 50000000\n");
        assert_eq!(session.answer("read 0 0"), "ok 0x00010504 0 0 -\n");
        assert_eq!(session.answer("read 0 0xc"), "ok 0x00020010 0 0 -\n");
    }

    #[test]
    fn requests_that_make_no_sense_are_refused() {
        let mut session = Session::new();
        assert_eq!(
            session.answer("read 0 0"),
            "error the first request is hello\n"
        );
        for request in ["", "hello", "hello 2", "hello x"] {
            assert!(session.answer(request).starts_with("error "), "{request}");
        }
        let mut session = greeted();
        for request in [
            "read 0",
            "read 0 0 0",
            "read 99999999999999999999 0",
            "write 0 0 0x100000000",
            "advance 99999999999999999",
            "build width=9",
            "build width",
            "build width=300",
            "build colour=1",
            "build version=0x00030000",
            "dance",
        ] {
            assert!(session.answer(request).starts_with("error "), "{request}");
        }
        assert!(!session.is_over());
        assert_eq!(session.answer("quit"), "ok\n");
        assert!(session.is_over());
    }
}
