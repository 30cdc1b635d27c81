// SPDX-License-Identifier: GPL-2.0

//! What user space sees of a simulated controller that is running, in debugfs.

use crate::{
    bus::Bus,
    faults::Fault,
    log_text,
    setting,
    target::Target,
    vcd, //
};
use kernel::{
    debugfs::{
        self,
        BinaryReader,
        BinaryWriter,
        ScopedDir, //
    },
    fmt,
    fs::file,
    prelude::*,
    str::CString,
    sync::Arc,
    uaccess::{
        UserSliceReader,
        UserSliceWriter, //
    }, //
};

/// A fault of a controller, as a file.
struct Knob {
    bus: Arc<Bus>,
    name: &'static CStr,
    fault: Fault,
}

impl Knob {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.bus.faults().with(|knobs| knobs.get(self.fault));

        writeln!(f, "{value}")
    }

    fn store(&self, reader: &mut UserSliceReader) -> Result {
        let mut text = [0; 16];
        let text = text.get_mut(..reader.len()).ok_or(EINVAL)?;

        reader.read_slice(text)?;
        self.bus.set_fault(self.fault, setting::parse(text)?);
        Ok(())
    }
}

/// What a chip has stored, as a file.
struct Contents {
    bus: Arc<Bus>,
    chip_select: u8,
}

impl Contents {
    /// Does something with the contents and what is to be done there.
    fn with<R>(&self, f: impl FnOnce(&mut [u8]) -> Result<R>) -> Result<R> {
        match self.bus.target(self.chip_select) {
            Some(Target::Device(device)) => f(device.lock().contents().ok_or(ENODATA)?),
            _ => Err(ENODATA),
        }
    }

    fn exist(&self) -> bool {
        self.with(|_| Ok(())).is_ok()
    }
}

impl BinaryWriter for Contents {
    fn write_to_slice(
        &self,
        writer: &mut UserSliceWriter,
        offset: &mut file::Offset,
    ) -> Result<usize> {
        self.with(|contents| writer.write_slice_file(contents, offset))
    }
}

impl BinaryReader for Contents {
    fn read_from_slice(
        &self,
        reader: &mut UserSliceReader,
        offset: &mut file::Offset,
    ) -> Result<usize> {
        self.with(|contents| match reader.read_slice_file(contents, offset)? {
            // Beyond the end of the chip.
            0 if !reader.is_empty() => Err(ENOSPC),
            count => Ok(count),
        })
    }
}

/// What is on a chip select, as a directory.
struct ChipSelect {
    name: CString,
    contents: Contents,
}

impl ChipSelect {
    fn mismatches(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self.contents.bus.target(self.contents.chip_select) {
            Some(Target::Device(device)) => device.lock().mismatches(),
            _ => 0,
        };
        writeln!(f, "{count}")
    }

    fn create<'data>(&'data self, dir: &ScopedDir<'data, '_>) {
        let Some(Target::Device(_)) = self.contents.bus.target(self.contents.chip_select) else {
            return;
        };
        let dir = dir.dir(&self.name);
        if self.contents.exist() {
            dir.read_write_binary_file(c"contents", &self.contents);
        }
        dir.read_callback_file(c"mismatches", self, &ChipSelect::mismatches);
    }
}

/// The files of a controller.
pub(crate) struct Files {
    bus: Arc<Bus>,
    knobs: KVec<Knob>,
    chip_selects: KVec<ChipSelect>,
}

impl Files {
    /// Creates the files of a controller, in a directory of this name.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn create(name: &CStr, bus: &Arc<Bus>) -> Result<Pin<KBox<debugfs::Scope<Self>>>> {
        KBox::pin_init(
            debugfs::Scope::dir(Self::new(bus), name, |files: &Self, dir| {
                files.create_in(dir);
            }),
            GFP_KERNEL,
        )
    }

    fn new(bus: &Arc<Bus>) -> Result<Self> {
        let mut knobs = KVec::with_capacity(Fault::ALL.len(), GFP_KERNEL)?;
        for (name, fault) in Fault::ALL {
            let bus = bus.clone();
            knobs.push(Knob { bus, name, fault }, GFP_KERNEL)?;
        }

        let mut chip_selects = KVec::new();
        for chip_select in 0..bus.chip_selects() {
            let contents = Contents {
                bus: bus.clone(),
                chip_select,
            };
            let name = CString::try_from_fmt(fmt!("cs{chip_select}"))?;
            chip_selects.push(ChipSelect { name, contents }, GFP_KERNEL)?;
        }

        Ok(Self {
            bus: bus.clone(),
            knobs,
            chip_selects,
        })
    }

    /// Returns what is on the wires.
    pub(crate) fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    fn log(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        log_text::write(f, &self.bus.log().map_err(|_| fmt::Error)?)
    }

    fn vcd(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = self.bus.log().map_err(|_| fmt::Error)?;

        vcd::write(f, &log, self.bus.chip_selects())
    }

    fn clear(&self, reader: &mut UserSliceReader) -> Result {
        reader.skip(reader.len())?;
        self.bus.clear_log();
        Ok(())
    }

    fn create_in<'data>(&'data self, dir: &ScopedDir<'data, '_>) {
        dir.read_write_callback_file(c"log", self, &Files::log, &Files::clear);
        dir.read_callback_file(c"wires.vcd", self, &Files::vcd);

        let faults = dir.dir(c"faults");
        for knob in &self.knobs {
            faults.read_write_callback_file(knob.name, knob, &Knob::show, &Knob::store);
        }
        for chip_select in &self.chip_selects {
            chip_select.create(dir);
        }
    }
}
