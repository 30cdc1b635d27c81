// SPDX-License-Identifier: GPL-2.0

//! The controller at the other end of a bus: an SPI target, as another system has one.

use kernel::{
    prelude::*,
    spi::{
        controller::{
            Operations,
            Pending,
            Progress,
            SettingUp,
            Starting,
            Transferred, //
        },
        Device, //
    },
    sync::Arc,
    types::ForLt, //
};

/// How far a transfer has got.
#[derive(Default)]
struct Shifted {
    /// The number of bytes that have gone by.
    done: usize,
    /// Whether the transfer has given the byte that is being shifted: it may have come since.
    has_output: bool,
}

/// Where the transfer of an SPI target meets the bytes of a host.
#[pin_data]
pub(crate) struct Port {
    #[pin]
    pending: Pending<ForLt!(Shifted)>,
}

impl Port {
    /// Makes a port at which nothing waits.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                pending <- Pending::new(),
            }),
            GFP_KERNEL,
        )
    }

    /// Returns the byte that is to be sent next; all bits are 1 if no transfer waits.
    pub(crate) fn output(&self) -> u8 {
        let mut byte = [0xff];

        self.pending.handle(|transfer, shifted| {
            if let Err(error) = transfer.read_tx(shifted.done, &mut byte) {
                return Progress::Failed(error);
            }
            shifted.has_output = true;
            Progress::Pending
        });
        let [byte] = byte;
        byte
    }

    /// Takes a byte; it is lost if no transfer waits, or none has when the byte began.
    pub(crate) fn input(&self, byte: u8) {
        self.pending.handle(|transfer, shifted| {
            if !core::mem::take(&mut shifted.has_output) {
                return Progress::Pending;
            }
            if let Err(error) = transfer.write_rx(shifted.done, &[byte]) {
                return Progress::Failed(error);
            }
            shifted.done += 1;
            if shifted.done < transfer.len() {
                Progress::Pending
            } else {
                Progress::Done
            }
        });
    }

    /// Returns whether a transfer waits.
    #[cfg(CONFIG_SPI_SIM_KUNIT_TEST)]
    pub(crate) fn is_waiting(&self) -> bool {
        self.pending.handle(|_, _| Progress::Pending).is_some()
    }
}

/// The operations of the SPI target. A transfer is done when the host has clocked all of it,
/// whatever it does with the chip select meanwhile.
pub(crate) struct Peer;

#[vtable]
impl Operations for Peer {
    type Data<'a> = Arc<Port>;
    type DeviceState<'a> = ();
    type Prepared<'p> = ();

    fn new_device_state<'a>(_port: &Arc<Port>, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(_port: &Arc<Port>, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        Ok(())
    }

    fn transfer_one<'t, 'd, 'a, 'p>(
        port: &'d Arc<Port>,
        _state: Pin<&'t ()>,
        transfer: Starting<'t, 'd>,
        _prepared: Option<Pin<&'t mut ()>>,
    ) -> Result<Transferred<'t>> {
        transfer
            .later(&port.pending, Shifted::default())
            .map(Transferred::Started)
    }

    fn target_abort(port: &Arc<Port>) -> Result {
        port.pending.finish(Err(EINTR));
        Ok(())
    }
}
