// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of what a controller can say of itself.

use super::{
    bus::Added,
    gate::*,
    shift::*, //
};
use crate::{
    bindings,
    clk::Hertz,
    device::{
        self,
        Bound, //
    },
    faux,
    prelude::*,
    spi::{
        controller::{
            BoardInfo,
            CurrentMessage,
            Operations,
            Registration,
            SettingUp,
            Settings,
            TransferRef, //
        },
        Device, //
    },
    sync::atomic::Relaxed, //
};

/// Registers a controller, and unregisters it.
fn register<T: Operations>(
    parent: &faux::Registration,
    settings: Settings,
    data: impl PinInit<T::Data<'static>, Error>,
) -> Result {
    // SAFETY: The reference is used for a registration that is dropped below.
    let parent: &'static device::Device<Bound> =
        unsafe { &*core::ptr::from_ref(parent.as_ref().as_ref()) };

    // SAFETY: Dropped right here.
    drop(unsafe { Registration::<'_, T>::new(parent, &settings, data) }?);
    Ok(())
}

/// A controller that does not drive chip selects, and can't do DMA.
fn plain(parent: &faux::Registration, settings: Settings) -> Result {
    let data = Gate::new()?;
    register::<Gate>(parent, settings, Ok::<_, Error>(data))
}

/// A controller that does.
fn full(parent: &faux::Registration, settings: Settings) -> Result {
    let data = Shift::new()?;
    register::<Shift>(parent, settings, Ok::<_, Error>(data))
}

/// A controller that another device does the DMA of.
struct Mapper;

#[vtable]
impl Operations for Mapper {
    type Data<'a> = &'a device::Device<Bound>;
    type DeviceState<'a> = ();
    type Prepared<'p> = ();

    fn new_device_state<'a>(_dma: &Self::Data<'a>, _dev: &Device) -> impl PinInit<(), Error> {
        Ok::<_, Error>(())
    }

    fn setup<'a>(_dma: &Self::Data<'a>, _dev: &SettingUp<'_>, _state: Pin<&()>) -> Result {
        Ok(())
    }

    fn can_dma<'a>(_dma: &Self::Data<'a>, _state: Pin<&()>, _transfer: &TransferRef<'_>) -> bool {
        true
    }

    fn dma_device<'x, 'a>(dma: &'x Self::Data<'a>) -> &'x device::Device<Bound> {
        dma
    }

    fn transfer_one_message<'a, 'p>(
        _dma: &Self::Data<'a>,
        _state: Pin<&()>,
        _message: &mut CurrentMessage<'_>,
        _prepared: Option<Pin<&mut ()>>,
    ) -> Result {
        Ok(())
    }
}

/// The C side of the controller that a device is on.
fn raw(dev: &Device<Bound>) -> &bindings::spi_controller {
    // SAFETY: The device is bound, so the controller is registered; no other thread uses it.
    unsafe { &*(*dev.as_raw()).controller }
}

#[macros::kunit_tests(rust_spi_controller_settings)]
mod suite {
    use super::*;

    #[test]
    fn numbers_have_ranges() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let new = || Settings::new(1);

        for bad in [
            Settings::new(0),
            new().bus_num(0x8000),
            new().min_speed(Hertz(2)).max_speed(Hertz(1)),
            new().data_lanes(0),
            new().data_lanes(9),
            new().dma_alignment(3),
        ] {
            assert_eq!(plain(&parent, bad).err(), Some(EINVAL));
        }
        for good in [
            new(),
            new().bus_num(0x7fff),
            new().min_speed(Hertz(1)).max_speed(Hertz(1)),
            new().min_speed(Hertz(1)),
            new().data_lanes(8),
            new().dma_alignment(64),
            new().realtime().double_rate(),
        ] {
            plain(&parent, good)?;
        }
        Ok(())
    }

    #[test]
    fn word_sizes_are_1_to_32() -> Result {
        let new = || Settings::new(1);

        for bad in [&[][..], &[0], &[33], &[8, 0], &[8, 255]] {
            assert_eq!(new().word_sizes(bad).err(), Some(EINVAL));
        }
        assert!(new().word_sizes(&[1, 32]).is_ok());
        #[expect(clippy::reversed_empty_ranges)]
        let empty = 9..=8;
        for bad in [empty, 0..=8, 8..=33] {
            assert_eq!(new().bits_per_word(bad).err(), Some(EINVAL));
        }
        assert!(new().bits_per_word(1..=32).is_ok());
        Ok(())
    }

    #[test]
    fn directions_have_to_fit() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let new = || Settings::new(1);

        for bad in [
            new().read_only().write_only(),
            new().half_duplex().needs_tx(),
            new().half_duplex().needs_rx(),
            new().write_only().needs_tx(),
            new().read_only().needs_rx(),
        ] {
            assert_eq!(plain(&parent, bad).err(), Some(EINVAL));
        }
        for good in [
            new().read_only(),
            new().write_only(),
            new().half_duplex(),
            new().needs_tx().needs_rx(),
        ] {
            plain(&parent, good)?;
        }
        Ok(())
    }

    /// The core can't make a chip select above 127 inactive again (core-C14b).
    #[test]
    fn chip_selects_are_those_that_the_core_can_drive() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;

        assert_eq!(full(&parent, Settings::new(129)).err(), Some(EINVAL));
        full(&parent, Settings::new(128))?;
        plain(&parent, Settings::new(256))?;
        assert_eq!(
            plain(&parent, Settings::new(129).gpio_chip_selects()).err(),
            Some(EINVAL)
        );

        for number in [0, 128] {
            let bad = Settings::new(4)
                .gpio_chip_selects()
                .native_chip_selects(number);
            assert_eq!(full(&parent, bad).err(), Some(EINVAL));
        }
        let bad = Settings::new(4).native_chip_selects(2);
        assert_eq!(full(&parent, bad).err(), Some(EINVAL));
        full(
            &parent,
            Settings::new(4).gpio_chip_selects().native_chip_selects(2),
        )
    }

    #[test]
    fn settings_have_to_fit_to_the_operations() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let both = || Settings::new(2).gpio_chip_selects().gpio_needs_native();

        assert_eq!(plain(&parent, both()).err(), Some(EINVAL));
        full(&parent, both())?;
        let bad = Settings::new(2).gpio_needs_native();
        assert_eq!(full(&parent, bad).err(), Some(EINVAL));

        let dma = || Settings::new(2).max_dma_length(4096);
        assert_eq!(plain(&parent, dma()).err(), Some(EINVAL));
        full(&parent, dma())?;

        let bad = Settings::target().gpio_chip_selects();
        let error = if cfg!(CONFIG_SPI_SLAVE) {
            EINVAL
        } else {
            EOPNOTSUPP
        };
        assert_eq!(full(&parent, bad).err(), Some(error));
        Ok(())
    }

    #[test]
    fn the_core_is_told_all_of_it() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let settings = Settings::new(3)
            .bus_num(1234)
            .word_sizes(&[8, 12])?
            .min_speed(Hertz(1000))
            .max_speed(Hertz(2000))
            .data_lanes(2)
            .dma_alignment(16)
            .max_dma_length(4096)
            .needs_tx()
            .double_rate()
            .gpio_chip_selects()
            .native_chip_selects(2);
        let rig = ShiftRig::with(&parent, settings)?;
        let ctlr = raw(rig.add()?);

        assert_eq!(ctlr.bus_num, 1234);
        assert_eq!(ctlr.num_chipselect, 3);
        assert_eq!(ctlr.bits_per_word_mask, 1 << 7 | 1 << 11);
        assert_eq!(ctlr.min_speed_hz, 1000);
        assert_eq!(ctlr.max_speed_hz, 2000);
        assert_eq!(ctlr.num_data_lanes, 2);
        assert_eq!(ctlr.dma_alignment, 16);
        assert_eq!(ctlr.max_dma_len, 4096);
        assert_eq!(ctlr.flags, 1 << 4);
        assert!(ctlr.dtr_caps);
        assert!(ctlr.use_gpio_descriptors);
        assert_eq!(ctlr.max_native_cs, 2);
        Ok(())
    }

    #[test]
    fn buffers_are_mapped_for_the_device_that_does_the_dma() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let dma = faux::Registration::new(c"rust_spi_kunit_dma", None)?;
        let dma: &device::Device<Bound> = dma.as_ref().as_ref();

        // SAFETY: Dropped at the end of this function.
        let controller = unsafe {
            Registration::<'_, Mapper>::new(
                parent.as_ref().as_ref(),
                &Settings::new(1),
                Ok::<_, Error>(dma),
            )
        }?;
        let info = BoardInfo::new(c"rust_spi_kunit")?;
        let ctlr = raw(Added::new(&controller, &info)?.0);
        assert!(core::ptr::eq(ctlr.dma_map_dev, dma.as_raw()));
        assert!(ctlr.can_dma.is_some());
        Ok(())
    }

    #[test]
    fn an_operation_that_is_not_implemented_is_null() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = GateRig::new(&parent)?;
        let info = BoardInfo::new(c"rust_spi_kunit")?;
        let ctlr = raw(Added::new(&rig.controller, &info)?.0);

        assert!(ctlr.setup.is_some() && ctlr.cleanup.is_some());
        assert!(ctlr.transfer_one_message.is_some());
        assert!(ctlr.transfer_one.is_none() && ctlr.handle_err.is_none());
        assert!(ctlr.set_cs.is_none() && ctlr.set_cs_timing.is_none());
        assert!(ctlr.max_transfer_size.is_none() && ctlr.max_message_size.is_none());
        assert!(ctlr.optimize_message.is_none() && ctlr.unoptimize_message.is_none());
        assert!(ctlr.prepare_message.is_none() && ctlr.unprepare_message.is_none());
        assert!(ctlr.prepare_transfer_hardware.is_none());
        assert!(ctlr.unprepare_transfer_hardware.is_none());
        assert!(ctlr.can_dma.is_none() && ctlr.dma_map_dev.is_null());
        assert!(ctlr.target_abort.is_none());
        assert_eq!(rig.watch.too_late.load(Relaxed), 0);
        Ok(())
    }
}
