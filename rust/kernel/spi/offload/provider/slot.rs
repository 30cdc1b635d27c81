// SPDX-License-Identifier: GPL-2.0

//! What the C side has of an offload, and who uses it.

use super::Traffic;
use crate::{
    bindings,
    bits::bit_u32,
    container_of,
    prelude::*,
    spi::{
        lock_class::lock_class,
        offload::{
            Capabilities,
            Capability, //
        }, //
    },
    sync::{
        atomic::{
            Acquire,
            Atomic,
            Relaxed,
            Release, //
        },
        Completion,
        Mutex, //
    },
    types::Opaque, //
};

use core::{
    marker::PhantomPinned,
    ptr::NonNull, //
};

/// Whether a message is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recording {
    Nothing,
    Message,
    /// A message that is about to be forgotten; the trigger can't be enabled any more.
    Leaving,
}

/// How far the consumer of an offload is.
#[derive(Clone, Copy)]
struct State {
    /// The device that has the offload. It is only compared, and has its controller looked up while
    /// it has the offload.
    owner: Option<NonNull<bindings::spi_device>>,
    recording: Recording,
}

/// An offload of a controller, whatever its driver's data are.
///
/// # Invariants
///
/// - `raw.ops` and `raw.priv` are what `stop` and the offload core's calls need, from
///   [`Provided`](super::Provided).
/// - `armed` only changes with the state locked, and only becomes true with the controller's
///   `io_mutex` held as well, so no message begins or is in flight meanwhile. Taking the lock of
///   the state comes after that.
#[pin_data]
pub struct Slot {
    #[pin]
    raw: Opaque<bindings::spi_offload>,
    capabilities: Capabilities,
    traffic: Traffic,
    stop: unsafe fn(Pin<&Self>),
    #[pin]
    state: Mutex<State>,
    /// Whether the trigger is enabled.
    armed: Atomic<bool>,
    #[pin]
    disarmed: Completion,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: Nothing in it has ties to a thread; the pointers are those of the type invariant.
unsafe impl Send for Slot {}

// SAFETY: What changes is behind a lock.
unsafe impl Sync for Slot {}

impl Slot {
    /// Describes an offload; the owner of the slot completes `raw`.
    pub(super) fn new(
        capabilities: Capabilities,
        traffic: Traffic,
        stop: unsafe fn(Pin<&Self>),
    ) -> impl PinInit<Self> {
        let (name, class) = lock_class!(c"spi::offload::provider::Slot::state");
        let free = State {
            owner: None,
            recording: Recording::Nothing,
        };

        pin_init!(Self {
            raw <- Opaque::zeroed(),
            capabilities,
            traffic,
            stop,
            state <- Mutex::new(free, name, class),
            armed: Atomic::new(false),
            disarmed <- Completion::new(),
            _pin: PhantomPinned,
        })
    }

    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::spi_offload {
        self.raw.get()
    }

    /// Borrows the slot of an offload.
    ///
    /// # Safety
    ///
    /// `raw` must be one of a slot, which must be there as long as `'x`.
    #[inline]
    pub(in crate::spi) unsafe fn from_raw<'x>(raw: *mut bindings::spi_offload) -> Pin<&'x Self> {
        // SAFETY: By the safety requirement; `raw` is the field of a `Slot`.
        let slot = unsafe { container_of!(Opaque::cast_from(raw), Self, raw) };

        // SAFETY: As above. A slot is pinned.
        unsafe { Pin::new_unchecked(&*slot) }
    }

    /// The streams that transfers may ask for.
    pub(super) fn transfer_flags(&self) -> u32 {
        let mut flags = 0;
        // `SPI_OFFLOAD_XFER_TX_STREAM`, and below `SPI_OFFLOAD_XFER_RX_STREAM`.
        if self.capabilities.contains(Capability::TxStreamDma) {
            flags |= bit_u32(0);
        }
        if self.capabilities.contains(Capability::RxStreamDma) {
            flags |= bit_u32(1);
        }
        flags
    }

    /// Returns whether the offload has all of `capabilities`.
    #[inline]
    pub(in crate::spi) fn has_all(&self, capabilities: u32) -> bool {
        capabilities & !self.capabilities.as_raw() == 0
    }

    /// Gives the offload to a device, unless one has it.
    pub(in crate::spi) fn take(
        &self,
        spi: NonNull<bindings::spi_device>,
    ) -> Option<*mut bindings::spi_offload> {
        let mut state = self.state.lock();
        if state.owner.is_some() {
            return None;
        }

        state.owner = Some(spi);
        Some(self.as_raw())
    }

    /// Takes the offload back, at rest.
    pub(in crate::spi) fn put(self: Pin<&Self>) {
        let mut state = self.state.lock();

        self.leave_locked(&mut state);
        state.owner = None;
    }

    /// Returns whether `raw` is this offload.
    #[inline]
    pub(in crate::spi) fn is(&self, raw: *mut bindings::spi_offload) -> bool {
        self.as_raw() == raw
    }

    /// Requests a DMA channel of the device of the controller, or returns `EOPNOTSUPP` if the
    /// offload is not one that has such a `stream`.
    pub(super) fn request_channel(
        &self,
        stream: Capability,
        name: &CStr,
    ) -> *mut bindings::dma_chan {
        if !self.capabilities.contains(stream) {
            return EOPNOTSUPP.to_ptr();
        }

        // SAFETY: `Provided::new()` has set the device, which is bound while the controller is
        // registered.
        let dev = unsafe { (*self.as_raw()).provider_dev };

        #[cfg(CONFIG_DMA_ENGINE)]
        // SAFETY: The device is valid, the name a C string.
        return unsafe { bindings::dma_request_chan(dev, name.as_char_ptr()) };

        #[cfg(not(CONFIG_DMA_ENGINE))]
        {
            let _ = (dev, name);
            crate::error::Error::to_ptr(ENODEV)
        }
    }

    /// Notes that a message is recorded.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if nobody has the offload.
    /// - `EBUSY` if a message is recorded already.
    pub(super) fn record(&self) -> Result {
        let mut state = self.state.lock();

        if state.owner.is_none() {
            return Err(EINVAL);
        }
        if state.recording != Recording::Nothing {
            return Err(EBUSY);
        }
        state.recording = Recording::Message;
        Ok(())
    }

    /// Disables the trigger for good, because the message is about to be forgotten.
    pub(in crate::spi) fn leave(self: Pin<&Self>) {
        self.leave_locked(&mut self.state.lock());
    }

    /// Disables the trigger for good: what is recorded is not for the next consumer.
    fn leave_locked(self: Pin<&Self>, state: &mut State) {
        self.disarm_locked(state);
        if state.recording == Recording::Message {
            state.recording = Recording::Leaving;
        }
    }

    /// Notes that no message is recorded.
    pub(super) fn forget(self: Pin<&Self>) {
        let mut state = self.state.lock();

        self.disarm_locked(&mut state);
        state.recording = Recording::Nothing;
    }

    /// Enables the trigger with `start`, when no message is in flight.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if no message is recorded.
    /// - `EBUSY` if the trigger is enabled already.
    /// - What `start` returns.
    pub(super) fn arm(&self, start: impl FnOnce() -> Result) -> Result {
        let owner = self.state.lock().owner.ok_or(EINVAL)?;

        // SAFETY: A device that has an offload is on the bus, and so is its controller.
        let ctlr = unsafe { (*owner.as_ptr()).controller };

        // SAFETY: The controller is valid.
        unsafe { bindings::mutex_lock(&raw mut (*ctlr).io_mutex) };

        let result = self.arm_locked(start);

        // SAFETY: It was locked above.
        unsafe { bindings::mutex_unlock(&raw mut (*ctlr).io_mutex) };
        result
    }

    fn arm_locked(&self, start: impl FnOnce() -> Result) -> Result {
        let state = self.state.lock();

        if state.recording != Recording::Message {
            return Err(EINVAL);
        }
        if self.armed.load(Relaxed) {
            return Err(EBUSY);
        }
        start()?;

        if self.has_waiters() {
            self.disarmed.reinit();
        }
        // INVARIANT: The state is locked, and the caller holds `io_mutex`.
        self.armed.store(true, Relaxed);
        Ok(())
    }

    /// Disables the trigger, if it is enabled, and lets messages go on.
    pub(in crate::spi) fn disarm(self: Pin<&Self>) {
        let mut state = self.state.lock();

        self.disarm_locked(&mut state);
    }

    fn disarm_locked(self: Pin<&Self>, _locked: &mut State) {
        if self.armed.load(Relaxed) {
            // SAFETY: By the type invariant this is the right function for the slot.
            unsafe { (self.stop)(self) };

            // What was done is done before a message begins that finds this.
            //
            // INVARIANT: The state is locked.
            self.armed.store(false, Release);
            if self.has_waiters() {
                self.disarmed.complete_all();
            }
        }
    }

    /// Returns whether there may be messages that wait.
    #[inline]
    fn has_waiters(&self) -> bool {
        matches!(self.traffic, Traffic::Waits(_))
    }

    /// Lets a message of `spi` begin, or not, or waits.
    ///
    /// Must be called with the controller's `io_mutex` held. So once the offload is disarmed it
    /// stays so.
    ///
    /// # Errors
    ///
    /// - `EBUSY` if the offload is armed, and its provider does not let other messages through.
    pub(in crate::spi) fn admit(&self, spi: *mut bindings::spi_device) -> Result {
        // It does not become true meanwhile, so this is enough for most messages.
        if !self.armed.load(Acquire) {
            return Ok(());
        }
        let state = *self.state.lock();
        if !self.armed.load(Relaxed) {
            return Ok(());
        }

        match self.traffic {
            Traffic::Shared => Ok(()),
            Traffic::Refused => Err(EBUSY),
            // It would wait for itself.
            Traffic::Waits(_) if state.owner.map(NonNull::as_ptr) == Some(spi) => Err(EBUSY),
            Traffic::Waits(limit) => self
                .disarmed
                .wait_for_completion_timeout(limit)
                .map_err(|_| EBUSY),
        }
    }
}
