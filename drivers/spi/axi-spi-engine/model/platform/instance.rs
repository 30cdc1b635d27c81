// SPDX-License-Identifier: GPL-2.0

//! An engine in this kernel: the model, with a bus that tests can look at.

use super::{
    ffi,
    Board,
    Driver,
    Streams, //
};
use crate::hw::{
    Bus,
    Engine,
    Event,
    Params,
    Picoseconds,
    Socket, //
};
use core::{
    ffi::c_void,
    ops::Deref,
    ptr::NonNull, //
};
use kernel::prelude::*;

/// The most that a word of the offload's SDI stream has: `AXI_ENGINE_STREAM_BYTES`.
const STREAM_BYTES: usize = 32;

/// How many events a bus can log between two looks at it.
const EVENTS: usize = 16 * 1024;

/// The bus of an engine in the kernel.
pub type KernelBus = Bus<KVVec<Event>, KVVec<u32>>;

/// A chip with its place on the bus.
pub type KernelSocket = Socket<KVVec<u32>>;

/// A core in memory that does not move.
///
/// # Invariants
///
/// The pointer came from [`KBox::into_raw`].
struct Core(NonNull<Engine<KernelBus>>);

impl Core {
    fn new(params: &Params) -> Result<Self> {
        let mut events = KVVec::new();
        events.resize(EVENTS, Event::default(), GFP_KERNEL)?;
        let engine = Engine::new(*params, Bus::new(events)).map_err(|_| EINVAL)?;
        let core = KBox::into_raw(KBox::new(engine, GFP_KERNEL)?);

        // INVARIANT: It came from there.
        Ok(Self(NonNull::new(core).ok_or(ENOMEM)?))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // SAFETY: By the type invariant this came from `KBox::into_raw`.
        drop(unsafe { KBox::from_raw(self.0.as_ptr()) });
    }
}

/// An engine that this kernel can access.
///
/// # Invariants
///
/// The board is one for the core, which is accessed only with the board's lock held.
pub struct Instance {
    // The board goes first, since it has the core.
    board: Board,
    core: Core,
}

impl Instance {
    /// Puts an engine without a driver on the bus.
    ///
    /// # Errors
    ///
    /// - [`EINVAL`] if there can't be such an engine.
    /// - [`EBUSY`] if there are eight already.
    /// - [`ENOMEM`].
    pub fn new(params: &Params) -> Result<Self> {
        let core = Core::new(params)?;
        let rates = [params.axi_hz, params.spi_hz];
        // SAFETY: The operations are for a core of this type. It stays, and it is accessed with
        // the lock only, as the type invariant says.
        let board = unsafe { Board::new(&OPS, core.0.as_ptr().cast(), rates) }?;

        // INVARIANT: It is the board for the core.
        Ok(Self { board, core })
    }

    /// Puts an engine on the bus, and lets a driver probe it.
    ///
    /// # Errors
    ///
    /// As [`Instance::new`], and [`ENODEV`] if the driver does not take it or is not there.
    pub fn bound(params: &Params, driver: Driver) -> Result<Self> {
        let instance = Self::new(params)?;
        instance.bind(driver)?;
        Ok(instance)
    }

    /// Puts an engine without a driver on the bus, whose offload is connected to a trigger and to
    /// these streams.
    ///
    /// # Errors
    ///
    /// As [`Instance::new`].
    pub fn with_offload(params: &Params, streams: Streams) -> Result<Self> {
        let mut instance = Self::new(params)?;
        instance.board.connect_offload(streams)?;
        Ok(instance)
    }

    /// Lets the trigger of the offload fire, if a driver has enabled it.
    pub fn fire(&self) {
        if self.board.is_triggered() {
            self.with(|engine| {
                engine.set_trigger(true);
                engine.set_trigger(false);
            });
        }
    }

    /// Calls `body` with the engine as it is now. It must not sleep.
    pub fn with<R>(&self, body: impl FnOnce(&mut Engine<KernelBus>) -> R) -> R {
        self.board.locked(|now| {
            let core = self.core.0.as_ptr();
            // SAFETY: By the type invariant the core is valid, and this has the lock.
            let engine = unsafe { &mut *core };
            engine.advance(now);
            body(engine)
        })
    }

    /// Connects a chip.
    ///
    /// # Errors
    ///
    /// [`ENOSPC`] if there are eight already.
    pub fn attach(&self, socket: KernelSocket) -> Result {
        self.with(|engine| engine.wire_mut().attach(socket).map_err(|_| ENOSPC))
    }

    /// Forgets what happened on the bus.
    pub fn clear_log(&self) {
        self.with(|engine| engine.wire_mut().log_mut().clear());
    }
}

impl Deref for Instance {
    type Target = Board;

    fn deref(&self) -> &Board {
        &self.board
    }
}

static OPS: ffi::Ops = ffi::Ops {
    read: read_callback,
    write: write_callback,
    line: line_callback,
    trigger: Some(trigger_callback),
    collect: Some(collect_callback),
    take: Some(take_callback),
};

/// # Safety
///
/// `core` has to be the core of an [`Instance`] whose lock is held, for as long as the result is
/// used.
unsafe fn engine<'a>(core: *mut c_void) -> &'a mut Engine<KernelBus> {
    // SAFETY: By this function's requirements nobody else accesses the core.
    unsafe { &mut *core.cast() }
}

/// # Safety
///
/// See [`engine`]; `stall` has to be valid for reads and writes.
unsafe extern "C" fn read_callback(
    core: *mut c_void,
    offset: u32,
    now: Picoseconds,
    stall: *mut Picoseconds,
) -> u32 {
    // SAFETY: By this function's requirements.
    let engine = unsafe { engine(core) };
    engine.advance(now);
    let value = engine.read(offset);
    // SAFETY: By this function's requirements.
    unsafe { *stall += engine.take_stall() };
    value
}

/// # Safety
///
/// See [`engine`].
unsafe extern "C" fn write_callback(core: *mut c_void, offset: u32, value: u32, now: Picoseconds) {
    // SAFETY: By this function's requirements.
    let engine = unsafe { engine(core) };
    engine.advance(now);
    engine.write(offset, value);
}

/// # Safety
///
/// See [`engine`]; `next` has to be valid for writes.
unsafe extern "C" fn line_callback(
    core: *mut c_void,
    now: Picoseconds,
    next: *mut Picoseconds,
) -> bool {
    // SAFETY: By this function's requirements.
    let engine = unsafe { engine(core) };
    engine.advance(now);
    // SAFETY: By this function's requirements.
    unsafe { *next = engine.next_event().unwrap_or(u64::MAX) };
    engine.irq()
}

/// # Safety
///
/// See [`engine`].
unsafe extern "C" fn trigger_callback(core: *mut c_void, high: bool, now: Picoseconds) {
    // SAFETY: By this function's requirements.
    let engine = unsafe { engine(core) };
    engine.advance(now);
    engine.set_trigger(high);
}

/// # Safety
///
/// See [`engine`].
unsafe extern "C" fn collect_callback(core: *mut c_void, bytes: u64, now: Picoseconds) {
    // SAFETY: By this function's requirements.
    let engine = unsafe { engine(core) };
    let params = engine.params();
    let word = u64::from(params.lanes) * u64::from(params.data_width / 8);
    engine.advance(now);
    engine.collect(bytes / word);
}

/// # Safety
///
/// See [`engine`]; `bytes` has to be valid for writes of [`STREAM_BYTES`].
unsafe extern "C" fn take_callback(core: *mut c_void, bytes: *mut u8) -> usize {
    // SAFETY: By this function's requirements.
    let engine = unsafe { engine(core) };
    let params = engine.params();
    let (lanes, width) = (params.lanes.into(), usize::from(params.data_width / 8));
    let Some(word) = engine.take_streamed() else {
        return 0;
    };

    let mut memory = [0; STREAM_BYTES];
    for (lane, value) in memory.chunks_exact_mut(width).zip(word).take(lanes) {
        lane.copy_from_slice(&value.to_le_bytes()[..width]);
    }
    // SAFETY: By this function's requirements.
    unsafe { bytes.copy_from_nonoverlapping(memory.as_ptr(), lanes * width) };
    lanes * width
}
