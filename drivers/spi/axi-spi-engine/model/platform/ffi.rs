// SPDX-License-Identifier: GPL-2.0

//! The declarations of `axi_spi_engine_platform.h`. The kernel's bindings have only what the
//! kernel crate needs, which this is not.

use core::ffi::c_void;
use kernel::prelude::*;

/// `struct axi_engine`.
#[repr(C)]
pub(super) struct Platform {
    _opaque: [u8; 0],
}

/// `struct axi_engine_consumer`.
#[repr(C)]
pub(super) struct Consumer {
    _opaque: [u8; 0],
}

/// `struct axi_engine_flood`.
#[repr(C)]
pub(super) struct Flood {
    _opaque: [u8; 0],
}

/// How many messages came to which end: `struct axi_engine_flood_ends`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloodEnds {
    /// Sent, and what came in is right.
    pub right: u32,
    /// With `EBUSY`.
    pub refused: u32,
    /// Anything else.
    pub wrong: u32,
}

/// `struct axi_engine_message`.
#[repr(C)]
pub(super) struct Message {
    _opaque: [u8; 0],
}

/// `struct axi_engine_program`.
#[repr(C)]
pub(super) struct Program {
    _opaque: [u8; 0],
}

/// `struct spi_device`.
#[repr(C)]
pub(super) struct Spi {
    _opaque: [u8; 0],
}

/// `struct axi_engine_ops`.
#[repr(C)]
pub(super) struct Ops {
    pub(super) read: unsafe extern "C" fn(*mut c_void, u32, u64, *mut u64) -> u32,
    pub(super) write: unsafe extern "C" fn(*mut c_void, u32, u32, u64),
    pub(super) line: unsafe extern "C" fn(*mut c_void, u64, *mut u64) -> bool,
    pub(super) trigger: Option<unsafe extern "C" fn(*mut c_void, bool, u64)>,
    pub(super) collect: Option<unsafe extern "C" fn(*mut c_void, u64, u64)>,
    pub(super) take: Option<unsafe extern "C" fn(*mut c_void, *mut u8) -> usize>,
}

/// The name of a driver of a device on the bus, or none.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct DriverName(*const c_char);

impl DriverName {
    /// There is no driver.
    pub const NONE: Self = Self(core::ptr::null());

    /// The driver that has this name in its table.
    pub fn new(name: &'static CStr) -> Self {
        Self(name.as_char_ptr())
    }

    /// The same, of a name that C has.
    ///
    /// # Safety
    ///
    /// `name` must be a C string that stays for ever.
    pub unsafe fn from_raw(name: *const c_char) -> Self {
        Self(name)
    }
}

/// A device on the bus: `struct axi_engine_device`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Device {
    /// The mode bits of `struct spi_device`.
    pub mode: u32,
    /// Its speed in Hz.
    pub max_speed_hz: u32,
    /// Delay after its chip select becomes active, in ns.
    pub cs_setup_ns: u32,
    /// Delay before that becomes inactive, in ns.
    pub cs_hold_ns: u32,
    /// Delay after that, in ns.
    pub cs_inactive_ns: u32,
    /// The number of its chip select.
    pub chip_select: u8,
    /// Its word length, or 0 for 8.
    pub bits_per_word: u8,
    /// Its driver is the one of the tests, and not one that does nothing.
    pub rust: bool,
    /// How many lanes are connected in each direction.
    pub lanes: u8,
    /// The controller's lane for each of its rx lanes.
    pub rx_lane_map: [u8; 8],
    /// The same for tx.
    pub tx_lane_map: [u8; 8],
    /// The name of its driver.
    pub driver: DriverName,
    /// The property `sampling-frequency`, or 0.
    pub sampling_hz: u32,
    /// The property `test,words`, or 0.
    pub words: u32,
    /// Whether the property `adi,spi-mode` is "single".
    pub single: bool,
}

impl Device {
    /// A device at chip select 0, in mode 0, of words of 8 bits and one lane.
    pub const fn new(max_speed_hz: u32) -> Self {
        Self {
            mode: 0,
            max_speed_hz,
            cs_setup_ns: 0,
            cs_hold_ns: 0,
            cs_inactive_ns: 0,
            chip_select: 0,
            bits_per_word: 0,
            rust: false,
            lanes: 1,
            rx_lane_map: [0, 1, 2, 3, 4, 5, 6, 7],
            tx_lane_map: [0, 1, 2, 3, 4, 5, 6, 7],
            driver: DriverName::NONE,
            sampling_hz: 0,
            words: 0,
            single: false,
        }
    }
}

/// `struct axi_engine_transfer`.
#[repr(C)]
pub(super) struct RawTransfer {
    pub(super) tx: *const c_void,
    pub(super) rx: *mut c_void,
    pub(super) len: u32,
    pub(super) speed_hz: u32,
    pub(super) delay_ns: u32,
    pub(super) cs_change_delay_ns: u32,
    pub(super) word_delay_ns: u32,
    pub(super) bits_per_word: u8,
    pub(super) cs_change: bool,
    pub(super) cs_off: bool,
    pub(super) stripe: bool,
    pub(super) offload_flags: u32,
}

impl Default for RawTransfer {
    fn default() -> Self {
        Self {
            tx: core::ptr::null(),
            rx: core::ptr::null_mut(),
            len: 0,
            speed_hz: 0,
            delay_ns: 0,
            cs_change_delay_ns: 0,
            word_delay_ns: 0,
            bits_per_word: 0,
            cs_change: false,
            cs_off: false,
            stripe: false,
            offload_flags: 0,
        }
    }
}

/// `struct axi_engine_socket`.
#[repr(C)]
pub(super) struct Socket {
    _opaque: [u8; 0],
}

/// `struct file`.
#[repr(C)]
pub(super) struct RawFile {
    _opaque: [u8; 0],
}

/// `struct axi_engine_capture`.
#[repr(C)]
pub(super) struct Capture {
    _opaque: [u8; 0],
}

extern "C" {
    pub(super) fn axi_engine_add_capture(
        platform: *mut Platform,
        trigger: *const c_char,
    ) -> *mut Capture;
    pub(super) fn axi_engine_remove_capture(capture: *mut Capture);
    pub(super) fn axi_engine_plug(capture: *mut Capture, part: c_uint) -> c_int;
    pub(super) fn axi_engine_unplug(capture: *mut Capture, part: c_uint);
    pub(super) fn axi_engine_open(name: *const c_char, wait: bool) -> *mut RawFile;
    pub(super) fn axi_engine_read(file: *mut RawFile, data: *mut c_void, len: usize) -> isize;
    pub(super) fn axi_engine_poll(file: *mut RawFile) -> u32;
    pub(super) fn axi_engine_close(file: *mut RawFile);
    pub(super) fn axi_engine_device_name(spi: *mut Spi) -> *const c_char;
    pub(super) fn axi_engine_device_is_bound(spi: *mut Spi) -> bool;
    pub(super) fn axi_engine_effort() -> u32;
    pub(super) static axi_engine_socket_ops: Ops;
    pub(super) fn axi_engine_socket_given() -> bool;
    pub(super) fn axi_engine_socket_connect(
        build: *const c_char,
        axi_hz: *mut u32,
        spi_hz: *mut u32,
    ) -> *mut Socket;
    pub(super) fn axi_engine_socket_close(socket: *mut Socket);
    pub(super) fn axi_engine_peek(platform: *mut Platform, register: u32) -> u32;
    pub(super) fn axi_engine_poke(platform: *mut Platform, register: u32, value: u32);
    pub(super) fn axi_engine_create(
        ops: *const Ops,
        core: *mut c_void,
        axi_hz: u32,
        spi_hz: u32,
    ) -> *mut Platform;
    pub(super) fn axi_engine_bind(platform: *mut Platform, driver: *const c_char) -> c_int;
    pub(super) fn axi_engine_bind_node(
        platform: *mut Platform,
        driver: *const c_char,
        compatible: *const c_char,
    ) -> c_int;
    pub(super) fn axi_engine_find_device(platform: *mut Platform) -> *mut Spi;
    pub(super) fn axi_engine_unbind(platform: *mut Platform);
    pub(super) fn axi_engine_destroy(platform: *mut Platform);
    pub(super) fn axi_engine_lock(platform: *mut Platform, now: *mut u64) -> c_ulong;
    pub(super) fn axi_engine_unlock(platform: *mut Platform, flags: c_ulong);
    pub(super) fn axi_engine_set_latency(platform: *mut Platform, ns: u32);
    pub(super) fn axi_engine_lose_interrupts(platform: *mut Platform, count: u32);
    pub(super) fn axi_engine_limit_interrupts(platform: *mut Platform, count: u32);
    pub(super) fn axi_engine_raise(platform: *mut Platform);
    pub(super) fn axi_engine_accesses(platform: *mut Platform) -> u64;
    pub(super) fn axi_engine_interrupts(platform: *mut Platform) -> u64;
    pub(super) fn axi_engine_unhandled(platform: *mut Platform) -> u32;
    pub(super) fn axi_engine_add_device(platform: *mut Platform, device: *const Device)
        -> *mut Spi;
    pub(super) fn axi_engine_connect_offload(platform: *mut Platform, streams: u32) -> c_int;
    pub(super) fn axi_engine_is_triggered(platform: *mut Platform) -> bool;
    pub(super) fn axi_engine_consumer_get(spi: *mut Spi, capabilities: u32) -> *mut Consumer;
    pub(super) fn axi_engine_consumer_put(consumer: *mut Consumer);
    pub(super) fn axi_engine_consumer_enable(consumer: *mut Consumer) -> c_int;
    pub(super) fn axi_engine_consumer_disable(consumer: *mut Consumer);
    pub(super) fn axi_engine_program_prepare(
        consumer: *mut Consumer,
        transfers: *const RawTransfer,
        count: c_uint,
    ) -> *mut Program;
    pub(super) fn axi_engine_program_send(program: *mut Program) -> c_int;
    pub(super) fn axi_engine_program_forget(program: *mut Program);
    pub(super) fn axi_engine_flood_begin(spi: *mut Spi, count: c_uint) -> *mut Flood;
    pub(super) fn axi_engine_flood_end(flood: *mut Flood) -> FloodEnds;
    pub(super) fn axi_engine_remove_device(spi: *mut Spi);
    pub(super) fn axi_engine_message_begin(
        spi: *mut Spi,
        transfers: *const RawTransfer,
        count: c_uint,
    ) -> *mut Message;
    pub(super) fn axi_engine_message_end(message: *mut Message, actual: *mut u32) -> c_int;
    pub(super) fn axi_engine_send_orphan(spi: *mut Spi) -> c_int;
    pub(super) fn axi_engine_sync(
        spi: *mut Spi,
        transfers: *const RawTransfer,
        count: c_uint,
        actual: *mut u32,
    ) -> c_int;
}
