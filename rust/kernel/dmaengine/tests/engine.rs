// SPDX-License-Identifier: GPL-2.0

//! A DMA controller without hardware, with a channel in each direction.

use super::line::{
    self,
    Line, //
};
use crate::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    dmaengine::Channel,
    error::to_result,
    faux,
    prelude::*,
    types::Opaque, //
};

use core::{
    marker::PhantomPinned,
    ptr, //
};

/// The device whose firmware is said to name the channels.
pub(crate) const USER: &CStr = c"rust_dma_user";

/// The controller.
#[pin_data]
pub(crate) struct Engine {
    #[pin]
    device: Opaque<bindings::dma_device>,
    map: Opaque<[bindings::dma_slave_map; 2]>,
    #[pin]
    pub(crate) rx: Line,
    #[pin]
    pub(crate) tx: Line,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: The test uses it from one thread, but for what moves data, which only uses what is
// locked.
unsafe impl Send for Engine {}

// SAFETY: As above.
unsafe impl Sync for Engine {}

impl Engine {
    fn new() -> Result<Pin<KBox<Self>>> {
        KBox::pin_init(
            pin_init!(Self {
                device <- Opaque::zeroed(),
                map: Opaque::zeroed(),
                rx <- Line::new(),
                tx <- Line::new(),
                _pin: PhantomPinned,
            }),
            GFP_KERNEL,
        )
    }

    /// The channels, and the names that firmware gives them.
    fn lines(&self) -> [(&Line, &'static CStr); 2] {
        [(&self.rx, c"rx"), (&self.tx, c"tx")]
    }

    /// Moves what is to be sent to where what comes in goes, as if the lines were connected, until
    /// both channels are done. Nothing sent comes in as ones.
    pub(crate) fn exchange(&self) {
        loop {
            let mut wire = 0xff;
            let sent = self.tx.step(|_, byte| wire = *byte);
            let received = self.rx.step(|_, byte| *byte = wire);
            if sent.is_none() && received.is_none() {
                return;
            }

            for (line, step) in [(&self.tx, sent), (&self.rx, received)] {
                if let Some((index, true)) = step {
                    line.call_back(index);
                }
            }
        }
    }

    /// Writes down the channels for the dmaengine core.
    ///
    /// # Safety
    ///
    /// `self` must be pinned, and nobody else may know it.
    unsafe fn connect(&self) {
        let device = self.device.get();
        // SAFETY: The device is ours.
        let head = unsafe { &raw mut (*device).channels };
        let map = self.map.get().cast::<bindings::dma_slave_map>();
        let mut last = head;

        for (index, (line, name)) in self.lines().into_iter().enumerate() {
            // SAFETY: By the safety requirement.
            unsafe { line.connect(device) };

            // SAFETY: As above. The list ends with the last of them.
            unsafe {
                let node = &raw mut (*line.as_raw()).device_node;
                (*last).next = node;
                (*node).prev = last;
                (*node).next = head;
                (*head).prev = node;
                last = node;
            }

            // SAFETY: As above; there are as many entries.
            unsafe {
                let entry = map.add(index);
                (*entry).devname = USER.as_char_ptr();
                (*entry).slave = name.as_char_ptr();
                (*entry).param = line.as_raw().cast();
            }
        }
    }
}

/// Finds the channel of an entry in the map.
extern "C" fn filter(channel: *mut bindings::dma_chan, param: *mut c_void) -> bool {
    ptr::eq(channel.cast(), param)
}

/// Tells which way a channel goes.
extern "C" fn caps(channel: *mut bindings::dma_chan, caps: *mut bindings::dma_slave_caps) {
    // SAFETY: The channel is that of a line of an engine, and the first of the device's.
    let is_first = unsafe {
        let first = (*(*channel).device).channels.next;
        ptr::eq(first, &raw mut (*channel).device_node)
    };
    let direction = if is_first {
        bindings::dma_transfer_direction_DMA_DEV_TO_MEM
    } else {
        bindings::dma_transfer_direction_DMA_MEM_TO_DEV
    };

    // SAFETY: The caller passes a place for it.
    unsafe { (*caps).directions = 1 << direction };
}

/// An engine that is registered with the dmaengine core.
// Fields are dropped in this order.
pub(crate) struct Registered {
    pub(crate) engine: Pin<KBox<Engine>>,
    _dev: faux::Registration,
}

impl Registered {
    pub(crate) fn new() -> Result<Self> {
        let dev = faux::Registration::new(c"rust_dma_kunit", None)?;
        let raw_dev = dev.as_ref().as_ref().as_raw();
        let engine = Engine::new()?;

        // SAFETY: The device is ours, and takes no part in DMA by itself.
        unsafe {
            (*raw_dev).coherent_dma_mask = u64::MAX;
            (*raw_dev).dma_mask = &raw mut (*raw_dev).coherent_dma_mask;
            bindings::dmaengine_kunit_set_coherent(raw_dev);
        }

        // SAFETY: The engine is new.
        unsafe { engine.connect() };

        let device = engine.device.get();
        // SAFETY: The device is new, and zeroed but for its channels.
        unsafe {
            (*device).dev = raw_dev;
            (*device).cap_mask.bits[0] = 1 << bindings::dma_transaction_type_DMA_SLAVE
                | 1 << bindings::dma_transaction_type_DMA_CYCLIC
                | 1 << bindings::dma_transaction_type_DMA_PRIVATE;
            (*device).directions = 1 << bindings::dma_transfer_direction_DMA_DEV_TO_MEM
                | 1 << bindings::dma_transfer_direction_DMA_MEM_TO_DEV;
            (*device).residue_granularity =
                bindings::dma_residue_granularity_DMA_RESIDUE_GRANULARITY_SEGMENT;
            (*device).device_caps = Some(caps);
            (*device).device_prep_slave_sg = Some(line::prep_slave_sg);
            (*device).device_prep_dma_cyclic = Some(line::prep_dma_cyclic);
            (*device).device_issue_pending = Some(line::issue_pending);
            (*device).device_tx_status = Some(line::tx_status);
            (*device).device_config = Some(line::config);
            (*device).device_terminate_all = Some(line::terminate_all);
            (*device).device_synchronize = Some(line::synchronize);
            (*device).filter.map = engine.map.get().cast();
            (*device).filter.mapcnt = 2;
            (*device).filter.fn_ = Some(filter);
        }

        // SAFETY: The device is complete, and `Drop` unregisters it.
        to_result(unsafe { bindings::dma_async_device_register(device) })?;
        Ok(Self { engine, _dev: dev })
    }

    /// Makes the driver one that can't say when it has stopped.
    pub(crate) fn without_synchronize(&self) {
        // SAFETY: The device is ours.
        unsafe { (*self.engine.device.get()).device_synchronize = None };
    }

    /// Releases the channel from the device, which was leaked.
    pub(crate) fn release(&self) {
        // SAFETY: Nobody else will release it.
        unsafe { bindings::dma_release_channel(self.engine.rx.as_raw()) };
    }

    /// Requests the channel from the device.
    pub(crate) fn channel<'a>(&'a self, user: &'a faux::Registration) -> Result<Channel<'a>> {
        self.request(user, c"rx")
    }

    /// Requests a channel. There can be no device link to a faux device; it stays as long as the
    /// channel is used.
    pub(crate) fn request<'a>(
        &'a self,
        user: &'a faux::Registration,
        name: &CStr,
    ) -> Result<Channel<'a>> {
        let user: &Device<Bound> = user.as_ref().as_ref();

        // SAFETY: The device is valid, the name is a C string.
        let raw = crate::error::from_err_ptr(unsafe {
            bindings::dma_request_chan(user.as_raw(), name.as_char_ptr())
        })?;

        // SAFETY: It was requested just now, and the controller is borrowed.
        unsafe { Channel::without_link(user, raw) }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: It was registered by `new()`.
        unsafe { bindings::dma_async_device_unregister(self.engine.device.get()) };
    }
}
