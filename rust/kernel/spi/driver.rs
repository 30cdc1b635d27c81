// SPDX-License-Identifier: GPL-2.0

//! Drivers for devices on an SPI bus.

mod id_tables;

use super::{
    anchor,
    Device, //
};
use crate::{
    acpi,
    device,
    device_id::{
        RawDeviceId,
        RawDeviceIdIndex, //
    },
    driver,
    error::{
        from_result,
        to_result, //
    },
    of,
    prelude::*,
    types::Opaque, //
};

/// An SPI device id, the name of a chip without its vendor.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct DeviceId(bindings::spi_device_id);

impl DeviceId {
    const NAME_SIZE: usize = 32;

    /// Creates a device id from a name of at most 31 bytes.
    #[inline(always)]
    pub const fn new(name: &'static CStr) -> Self {
        let src = name.to_bytes_with_nul();
        build_assert!(src.len() <= Self::NAME_SIZE, "ID exceeds 32 bytes");
        let mut id: bindings::spi_device_id = pin_init::zeroed();
        let mut i = 0;
        while i < src.len() {
            id.name[i] = src[i];
            i += 1;
        }

        Self(id)
    }
}

// SAFETY: `DeviceId` is a `#[repr(transparent)]` wrapper of `spi_device_id` and does not add
// additional invariants, so it's safe to transmute to `RawType`.
unsafe impl RawDeviceId for DeviceId {
    type RawType = bindings::spi_device_id;
}

// SAFETY: `DRIVER_DATA_OFFSET` is the offset to the `driver_data` field.
unsafe impl RawDeviceIdIndex for DeviceId {
    const DRIVER_DATA_OFFSET: usize = core::mem::offset_of!(bindings::spi_device_id, driver_data);
}

/// A table of SPI device ids.
pub type IdTable<T> = &'static dyn kernel::device_id::IdTable<DeviceId, T>;

/// The link between the SPI core and a [`Driver`].
pub struct Adapter<T: Driver>(T);

// SAFETY:
// - `bindings::spi_driver` is a C type declared as `repr(C)`.
// - `T::Data` is the type of the driver's device private data.
// - `struct spi_driver` embeds a `struct device_driver`.
// - `DEVICE_DRIVER_OFFSET` is the correct byte offset to the embedded `struct device_driver`.
unsafe impl<T: Driver> driver::DriverLayout for Adapter<T> {
    type DriverType = bindings::spi_driver;
    type DriverData<'bound> = T::Data<'bound>;
    const DEVICE_DRIVER_OFFSET: usize = core::mem::offset_of!(Self::DriverType, driver);
}

// SAFETY: A call to `unregister` for a given instance of `DriverType` is guaranteed to be valid if
// a preceding call to `register` has been successful.
unsafe impl<T: Driver> driver::RegistrationOps for Adapter<T> {
    unsafe fn register(
        sdrv: &Opaque<Self::DriverType>,
        name: &'static CStr,
        module: &'static ThisModule,
    ) -> Result {
        build_assert!(
            T::ACPI_ID_TABLE.is_some() || T::OF_ID_TABLE.is_some() || T::SPI_ID_TABLE.is_some(),
            "At least one of the ACPI, OF and SPI tables must be present"
        );

        const {
            assert!(
                id_tables::agree::<T>(),
                "a compatible has no SPI id of its name"
            )
        };

        let spi_table = match T::SPI_ID_TABLE {
            Some(table) => table.as_ptr(),
            None => core::ptr::null(),
        };

        let of_table = match T::OF_ID_TABLE {
            Some(table) => table.as_ptr(),
            None => core::ptr::null(),
        };

        let acpi_table = match T::ACPI_ID_TABLE {
            Some(table) => table.as_ptr(),
            None => core::ptr::null(),
        };

        // SAFETY: It's safe to set the fields of `struct spi_driver` on initialization.
        unsafe {
            (*sdrv.get()).driver.name = name.as_char_ptr();
            (*sdrv.get()).probe = Some(Self::probe_callback);
            (*sdrv.get()).remove = Some(Self::remove_callback);
            (*sdrv.get()).shutdown = Some(Self::shutdown_callback);
            (*sdrv.get()).id_table = spi_table;
            (*sdrv.get()).driver.of_match_table = of_table;
            (*sdrv.get()).driver.acpi_match_table = acpi_table;
        }

        // SAFETY: `sdrv` is guaranteed to be a valid `DriverType`.
        to_result(unsafe { bindings::__spi_register_driver(module.as_ptr(), sdrv.get()) })
    }

    unsafe fn unregister(sdrv: &Opaque<Self::DriverType>) {
        // SAFETY: `sdrv` is guaranteed to be a valid `DriverType`.
        unsafe { bindings::spi_unregister_driver(sdrv.get()) }
    }
}

impl<T: Driver> Adapter<T> {
    extern "C" fn probe_callback(sdev: *mut bindings::spi_device) -> c_int {
        // SAFETY: The SPI bus only ever calls the probe callback with a valid pointer to a
        // `struct spi_device`.
        //
        // INVARIANT: `sdev` is valid for the duration of `probe_callback()`.
        let sdev = unsafe { Device::<device::CoreInternal<'_>>::from_raw(sdev) };

        // SAFETY: The tables of this driver hold `T::IdInfo`.
        let info = unsafe { <Self as driver::Adapter>::id_info(sdev.as_ref()) }
            .or_else(|| Self::spi_id_info(sdev));

        from_result(|| {
            let data = T::probe(sdev, info);

            // Messages that a failed probe has left in flight are waited for as well.
            sdev.as_ref()
                .set_drvdata(data)
                .inspect_err(|_| anchor::drain(sdev))?;
            Ok(0)
        })
    }

    extern "C" fn remove_callback(sdev: *mut bindings::spi_device) {
        // SAFETY: `sdev` is a valid pointer to a `struct spi_device`.
        let sdev = unsafe { Device::<device::CoreInternal<'_>>::from_raw(sdev) };

        // SAFETY: `remove_callback` is only ever called after a successful call to
        // `probe_callback`, hence it's guaranteed that `set_drvdata()` has been called and stored a
        // `Pin<KBox<T::Data<'_>>>`.
        let data = unsafe { sdev.as_ref().drvdata_borrow::<T::Data<'_>>() };

        T::unbind(sdev, data);

        // The data are dropped next. Whatever still runs on their behalf can't submit any more.
        anchor::drain(sdev);
    }

    extern "C" fn shutdown_callback(sdev: *mut bindings::spi_device) {
        // SAFETY: `sdev` is a valid pointer to a `struct spi_device`.
        let sdev = unsafe { Device::<device::CoreInternal<'_>>::from_raw(sdev) };

        // SAFETY: `shutdown_callback` is only ever called after a successful call to
        // `probe_callback`, hence it's guaranteed that `set_drvdata()` has been called and stored a
        // `Pin<KBox<T::Data<'_>>>`. The device stays bound, so the data is only borrowed.
        let data = unsafe { sdev.as_ref().drvdata_borrow::<T::Data<'_>>() };

        T::shutdown(sdev, data);
    }

    /// Returns the information of the entry of the SPI id table that matches `dev`, if there is
    /// one.
    ///
    /// There may be none: a driver can be chosen by name in sysfs.
    fn spi_id_info(dev: &Device) -> Option<&'static T::IdInfo> {
        // `spi_get_device_id()` reads the table without asking whether there is one.
        T::SPI_ID_TABLE?;

        // SAFETY: `dev` is valid, and is being bound to this driver, which has an id table.
        let raw_id = unsafe { bindings::spi_get_device_id(dev.as_raw()) };
        if raw_id.is_null() {
            return None;
        }

        // SAFETY: `DeviceId` is a `#[repr(transparent)]` wrapper of `struct spi_device_id` and does
        // not add additional invariants, so it's safe to transmute.
        let id = unsafe { &*raw_id.cast::<DeviceId>() };

        // SAFETY: `id` comes from the table of this driver, of type `IdArray<_, T::IdInfo>`.
        Some(unsafe { id.info_unchecked::<T::IdInfo>() })
    }
}

impl<T: Driver> driver::Adapter for Adapter<T> {
    type IdInfo = T::IdInfo;

    fn of_id_table() -> Option<of::IdTable<Self::IdInfo>> {
        T::OF_ID_TABLE
    }

    fn acpi_id_table() -> Option<acpi::IdTable<Self::IdInfo>> {
        T::ACPI_ID_TABLE
    }
}

/// The SPI driver trait.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::Core,
///     of,
///     prelude::*,
///     spi, //
/// };
///
/// struct MyDriver;
///
/// kernel::spi_device_table!(
///     SPI_TABLE,
///     <MyDriver as spi::Driver>::IdInfo,
///     [(spi::DeviceId::new(c"device"), ())]
/// );
///
/// kernel::of_device_table!(
///     OF_TABLE,
///     <MyDriver as spi::Driver>::IdInfo,
///     [(of::DeviceId::new(c"test,device"), ())]
/// );
///
/// impl spi::Driver for MyDriver {
///     type IdInfo = ();
///     type Data<'bound> = Self;
///
///     const SPI_ID_TABLE: Option<spi::IdTable<Self::IdInfo>> = Some(&SPI_TABLE);
///     const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);
///
///     fn probe<'bound>(
///         _dev: &'bound spi::Device<Core<'_>>,
///         _id_info: Option<&'bound Self::IdInfo>,
///     ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
///         Err(ENODEV)
///     }
/// }
///
/// /// What [`module_spi_driver!`](kernel::module_spi_driver) registers when the module is loaded.
/// type MyRegistration = kernel::driver::Registration<spi::Adapter<MyDriver>>;
/// ```
pub trait Driver {
    /// The type holding information about each device id supported by the driver.
    type IdInfo: 'static;

    /// The type of the driver's data for one device; it lives as long as the device is bound.
    type Data<'bound>: Send + 'bound;

    /// The table of SPI device ids supported by the driver.
    ///
    /// Modules load by these ids, also for devices that come from a devicetree: each compatible in
    /// the OF table needs its name without the vendor here. A driver that lacks one does not
    /// compile.
    const SPI_ID_TABLE: Option<IdTable<Self::IdInfo>> = None;

    /// The table of OF device ids supported by the driver.
    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = None;

    /// The table of ACPI device ids supported by the driver.
    const ACPI_ID_TABLE: Option<acpi::IdTable<Self::IdInfo>> = None;

    /// Called when a device is to be bound to the driver.
    ///
    /// `id_info` is that of the matching entry of the OF or ACPI table, else of the SPI table. It
    /// is `None` if no entry matches, because the driver was chosen by name in sysfs. This may
    /// sleep.
    fn probe<'bound>(
        dev: &'bound Device<device::Core<'_>>,
        id_info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound;

    /// Called when the system goes down, to bring the device into a safe state.
    ///
    /// The device stays bound, and its data stay in use. This may sleep.
    fn shutdown<'bound>(dev: &'bound Device<device::Core<'_>>, this: Pin<&Self::Data<'bound>>) {
        let _ = (dev, this);
    }

    /// Called before the device is unbound, for what needs to exchange data with it.
    ///
    /// Messages in flight are waited for when it has returned, or aborted if the controller is a
    /// target, and none can be submitted any more; the data are dropped after that.
    ///
    /// Everything else belongs into the [`Drop`] of the data, which runs next. This may sleep.
    fn unbind<'bound>(dev: &'bound Device<device::Core<'_>>, this: Pin<&Self::Data<'bound>>) {
        let _ = (dev, this);
    }
}
