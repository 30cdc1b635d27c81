// SPDX-License-Identifier: GPL-2.0

//! A DMA controller without hardware, with one channel.

use crate::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    dmaengine::{
        Channel,
        Handler,
        Transfer, //
    },
    error::to_result,
    faux,
    new_spinlock,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        SpinLock, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    types::Opaque, //
};

use core::{
    marker::PhantomPinned,
    ptr, //
};

/// An operation that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    None,
    Prepare,
    Submit,
    Terminate,
}

/// What the channel has to do.
#[derive(Clone, Copy)]
pub(super) struct Work {
    address: bindings::dma_addr_t,
    len: usize,
    period: usize,
    position: usize,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Prepared,
    Submitted,
    Issued,
    Complete,
}

/// The controller. What it receives counts up from 0, one byte after the other.
#[pin_data]
pub(super) struct Engine {
    #[pin]
    device: Opaque<bindings::dma_device>,
    #[pin]
    channel: Opaque<bindings::dma_chan>,
    #[pin]
    descriptor: Opaque<bindings::dma_async_tx_descriptor>,
    map: Opaque<bindings::dma_slave_map>,
    #[pin]
    work: SpinLock<Option<Work>>,
    #[pin]
    failing: SpinLock<Failing>,
    /// Where the memory is that the test has prepared.
    memory: Atomic<usize>,
    calling: Atomic<bool>,
    pub(super) terminated: Atomic<u32>,
    pub(super) configured: Atomic<u32>,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: The test uses it from one thread, but for `run()`, which only uses what is locked.
unsafe impl Send for Engine {}

// SAFETY: As above.
unsafe impl Sync for Engine {}

impl Engine {
    fn new() -> Result<Pin<KBox<Self>>> {
        KBox::pin_init(
            pin_init!(Self {
                device <- Opaque::zeroed(),
                channel <- Opaque::zeroed(),
                descriptor <- Opaque::zeroed(),
                map: Opaque::zeroed(),
                work <- new_spinlock!(None),
                failing <- new_spinlock!(Failing::None),
                memory: Atomic::new(0),
                calling: Atomic::new(false),
                terminated: Atomic::new(0),
                configured: Atomic::new(0),
                _pin: PhantomPinned,
            }),
            GFP_KERNEL,
        )
    }

    /// Makes all calls of an operation fail from now on.
    pub(super) fn fail(&self, what: Failing) {
        *self.failing.lock() = what;
    }

    fn fails(&self, what: Failing) -> bool {
        *self.failing.lock() == what
    }

    /// Returns how many clients have the channel.
    pub(super) fn clients(&self) -> i32 {
        // SAFETY: The channel is valid; nobody else uses it.
        unsafe { (*self.channel.get()).client_count }
    }

    /// Moves one period, or the whole transfer, and calls back; or does nothing.
    pub(super) fn run(&self) {
        if self.advance_memory() {
            self.call_back();
        }
    }

    /// Moves one period, or the whole transfer, and says whether there was one. The call for it
    /// comes together with the next one.
    pub(super) fn advance_memory(&self) -> bool {
        let mut guard = self.work.lock();
        let work = match &mut *guard {
            Some(work) if work.stage == Stage::Issued => work,
            _ => return false,
        };

        let start = work.position % work.len;
        let memory = ptr::with_exposed_provenance_mut::<u8>(self.memory.load(Relaxed));
        for offset in start..start + work.period {
            // SAFETY: The test has set it, to as much memory as it has prepared.
            unsafe { memory.add(offset).write(work.position as u8) };
            work.position += 1;
        }
        if work.period == work.len && work.position == work.len {
            work.stage = Stage::Complete;
        }
        self.calling.store(true, Relaxed);
        true
    }

    fn call_back(&self) {
        // SAFETY: The descriptor was submitted.
        let descriptor = unsafe { &*self.descriptor.get() };
        let result = bindings::dmaengine_result {
            result: bindings::dmaengine_tx_result_DMA_TRANS_NOERROR,
            residue: 0,
        };
        if let Some(callback) = descriptor.callback_result {
            // SAFETY: As drivers call it.
            unsafe { callback(descriptor.callback_param, &result) };
        }
        self.calling.store(false, Relaxed);
    }

    /// # Safety
    ///
    /// `channel` must be the channel of an engine.
    unsafe fn of<'a>(channel: *mut bindings::dma_chan) -> &'a Self {
        // SAFETY: By the safety requirement; `Registered::new()` has set the field.
        unsafe { &*(*channel).private.cast::<Self>() }
    }

    fn prepare(
        &self,
        address: bindings::dma_addr_t,
        len: usize,
        period: usize,
    ) -> *mut bindings::dma_async_tx_descriptor {
        let mut work = self.work.lock();

        if work.is_some() || self.fails(Failing::Prepare) {
            return ptr::null_mut();
        }
        *work = Some(Work {
            address,
            len,
            period,
            position: 0,
            stage: Stage::Prepared,
        });
        self.descriptor.get()
    }

    fn advance(&self, from: Stage, to: Stage) -> bool {
        match &mut *self.work.lock() {
            Some(work) if work.stage == from => {
                work.stage = to;
                true
            }
            _ => false,
        }
    }
}

extern "C" fn prep_slave_sg(
    channel: *mut bindings::dma_chan,
    list: *mut bindings::scatterlist,
    _len: c_uint,
    _direction: bindings::dma_transfer_direction,
    _flags: c_ulong,
    _context: *mut c_void,
) -> *mut bindings::dma_async_tx_descriptor {
    // SAFETY: A list of one element.
    let (address, len) = unsafe { (bindings::sg_dma_address(list), bindings::sg_dma_len(list)) };

    // SAFETY: The channel is an engine's.
    unsafe { Engine::of(channel) }.prepare(address, len as usize, len as usize)
}

extern "C" fn prep_dma_cyclic(
    channel: *mut bindings::dma_chan,
    address: bindings::dma_addr_t,
    len: usize,
    period: usize,
    _direction: bindings::dma_transfer_direction,
    _flags: c_ulong,
) -> *mut bindings::dma_async_tx_descriptor {
    // SAFETY: The channel is an engine's.
    unsafe { Engine::of(channel) }.prepare(address, len, period)
}

extern "C" fn tx_submit(descriptor: *mut bindings::dma_async_tx_descriptor) -> c_int {
    // SAFETY: The descriptor is an engine's.
    let engine = unsafe { Engine::of((*descriptor).chan) };

    if engine.fails(Failing::Submit) || !engine.advance(Stage::Prepared, Stage::Submitted) {
        return ENXIO.to_errno();
    }
    1
}

extern "C" fn issue_pending(channel: *mut bindings::dma_chan) {
    // SAFETY: The channel is an engine's.
    unsafe { Engine::of(channel) }.advance(Stage::Submitted, Stage::Issued);
}

extern "C" fn tx_status(
    channel: *mut bindings::dma_chan,
    _cookie: bindings::dma_cookie_t,
    state: *mut bindings::dma_tx_state,
) -> bindings::dma_status {
    // SAFETY: The channel is an engine's.
    let work = *unsafe { Engine::of(channel) }.work.lock();
    let Some(work) = work.filter(|work| work.stage != Stage::Complete) else {
        return bindings::dma_status_DMA_COMPLETE;
    };

    // SAFETY: The caller passes a place for it.
    unsafe { (*state).residue = (work.len - work.position % work.len) as u32 };
    bindings::dma_status_DMA_IN_PROGRESS
}

extern "C" fn config(
    channel: *mut bindings::dma_chan,
    config: *mut bindings::dma_slave_config,
) -> c_int {
    // SAFETY: The channel is an engine's; `config` is valid.
    let (engine, burst) = unsafe { (Engine::of(channel), (*config).src_maxburst) };

    engine.configured.store(burst, Relaxed);
    0
}

extern "C" fn terminate_all(channel: *mut bindings::dma_chan) -> c_int {
    // SAFETY: The channel is an engine's.
    let engine = unsafe { Engine::of(channel) };

    if engine.fails(Failing::Terminate) {
        return EIO.to_errno();
    }
    *engine.work.lock() = None;
    engine.terminated.add(1, Relaxed);
    0
}

extern "C" fn synchronize(channel: *mut bindings::dma_chan) {
    // SAFETY: The channel is an engine's.
    let engine = unsafe { Engine::of(channel) };

    while engine.calling.load(Relaxed) {
        fsleep(Delta::from_millis(1));
    }
}

extern "C" fn filter(_channel: *mut bindings::dma_chan, _param: *mut c_void) -> bool {
    true
}

/// An engine that is registered with the dmaengine core.
// Fields are dropped in this order.
pub(super) struct Registered {
    pub(super) engine: Pin<KBox<Engine>>,
    _dev: faux::Registration,
}

impl Registered {
    pub(super) fn new() -> Result<Self> {
        let dev = faux::Registration::new(c"rust_dma_kunit", None)?;
        let raw_dev = dev.as_ref().as_ref().as_raw();
        let engine = Engine::new()?;

        // SAFETY: The device is ours, and takes no part in DMA by itself.
        unsafe {
            (*raw_dev).coherent_dma_mask = u64::MAX;
            (*raw_dev).dma_mask = &raw mut (*raw_dev).coherent_dma_mask;
        }

        let device = engine.device.get();
        // SAFETY: The device is new, and zeroed.
        unsafe {
            let channels = &raw mut (*device).channels;
            let node = &raw mut (*engine.channel.get()).device_node;
            (*channels).next = node;
            (*channels).prev = node;
            (*node).next = channels;
            (*node).prev = channels;

            (*device).dev = raw_dev;
            (*device).cap_mask.bits[0] = 1 << bindings::dma_transaction_type_DMA_SLAVE
                | 1 << bindings::dma_transaction_type_DMA_CYCLIC
                | 1 << bindings::dma_transaction_type_DMA_PRIVATE;
            (*device).directions = 1 << bindings::dma_transfer_direction_DMA_DEV_TO_MEM;
            (*device).residue_granularity =
                bindings::dma_residue_granularity_DMA_RESIDUE_GRANULARITY_SEGMENT;
            (*device).device_prep_slave_sg = Some(prep_slave_sg);
            (*device).device_prep_dma_cyclic = Some(prep_dma_cyclic);
            (*device).device_issue_pending = Some(issue_pending);
            (*device).device_tx_status = Some(tx_status);
            (*device).device_config = Some(config);
            (*device).device_terminate_all = Some(terminate_all);
            (*device).device_synchronize = Some(synchronize);
            (*device).filter.map = engine.map.get();
            (*device).filter.mapcnt = 1;
            (*device).filter.fn_ = Some(filter);
        }

        // SAFETY: As above.
        unsafe {
            (*engine.map.get()).devname = c"rust_dma_user".as_char_ptr();
            (*engine.map.get()).slave = c"rx".as_char_ptr();
            (*engine.channel.get()).device = device;
            (*engine.channel.get()).private = ptr::from_ref(Pin::get_ref(engine.as_ref()))
                .cast_mut()
                .cast();
            (*engine.descriptor.get()).chan = engine.channel.get();
            (*engine.descriptor.get()).tx_submit = Some(tx_submit);
        }

        // SAFETY: The device is complete, and `Drop` unregisters it.
        to_result(unsafe { bindings::dma_async_device_register(device) })?;
        Ok(Self { engine, _dev: dev })
    }

    /// Makes the driver one that can't say when it has stopped.
    pub(super) fn without_synchronize(&self) {
        // SAFETY: The device is ours.
        unsafe { (*self.engine.device.get()).device_synchronize = None };
    }

    /// Releases a channel that was leaked.
    pub(super) fn release(&self) {
        // SAFETY: Nobody else will release it.
        unsafe { bindings::dma_release_channel(self.engine.channel.get()) };
    }

    /// Requests the channel. There can be no device link to a faux device; it stays as long as the
    /// channel is used.
    pub(super) fn channel<'a>(&'a self, user: &'a faux::Registration) -> Result<Channel<'a>> {
        let user: &Device<Bound> = user.as_ref().as_ref();

        // SAFETY: The device is valid, the name is a C string.
        let raw = crate::error::from_err_ptr(unsafe {
            bindings::dma_request_chan(user.as_raw(), c"rx".as_char_ptr())
        })?;

        // SAFETY: It was requested just now, and the controller is borrowed.
        unsafe { Channel::without_link(user, raw) }
    }

    /// Tells the controller where the memory of a transfer is, as the address is for hardware.
    pub(super) fn connect<H: Handler>(&self, transfer: &Transfer<H>) {
        let memory = transfer.memory().cast::<u8>().expose_provenance();
        self.engine.memory.store(memory, Relaxed);
    }

    /// Returns the address that the controller was given last.
    pub(super) fn address(&self) -> Option<bindings::dma_addr_t> {
        self.engine.work.lock().map(|work| work.address)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: It was registered by `new()`.
        unsafe { bindings::dma_async_device_unregister(self.engine.device.get()) };
    }
}
