// SPDX-License-Identifier: GPL-2.0

//! Simulated controllers that firmware describes.

use crate::{
    bus::Bus,
    config::Config,
    controller::{
        Data,
        Preparing, //
    },
    files::Files,
    setting::{
        Auto,
        Setting, //
    },
    target::{
        Kind,
        TargetConfig, //
    },
    timing::Timing, //
};
use kernel::{
    debugfs,
    device::{
        property::FwNode,
        Core, //
    },
    of,
    platform,
    prelude::*,
    spi::controller::Registration,
    str::CString, //
};

/// The driver of the devices that firmware describes.
pub(crate) struct FirmwareDriver;

kernel::of_device_table! {
    OF_TABLE,
    <FirmwareDriver as platform::Driver>::IdInfo,
    [(of::DeviceId::new(c"linux,spi-sim"), ())]
}

/// A simulated controller that belongs to a device.
///
/// Fields are dropped in this order.
pub(crate) struct Instance<'bound> {
    _registration: Registration<'bound, Preparing>,
    _files: Pin<KBox<debugfs::Scope<Files>>>,
}

/// Reads a size, if it is there.
fn size(node: &FwNode, name: &CStr) -> Result<Auto<usize>> {
    let size: Option<u32> = node.property_read(name).optional();

    Ok(Auto(size.map(usize::try_from).transpose()?))
}

/// Reads the description of what is on a chip select, if there is one.
fn target(node: &FwNode, number: u8) -> Result<Option<TargetConfig>> {
    let name = CString::try_from_fmt(fmt!("linux,target-{number}"))?;
    let Some(kind) = node.property_read::<CString>(&name).optional() else {
        return Ok(None);
    };
    let kind = Setting::parse(kind.to_str().map_err(|_| EINVAL)?)?;
    if kind == Kind::Controller {
        // What would be on that one?
        return Err(EINVAL);
    }
    let detail = |what: &str| {
        let name = CString::try_from_fmt(fmt!("linux,target-{number}-{what}"))?;
        size(node, &name)
    };

    Ok(Some(TargetConfig {
        size: detail("size")?,
        page_size: detail("page-size")?,
        address_width: detail("address-width")?,
        ..TargetConfig::new(kind)
    }))
}

/// Reads the description of a controller.
fn config(node: &FwNode) -> Result<Config> {
    let mut config = Config::default();

    if let Some(number) = node.property_read::<u32>(c"num-cs").optional() {
        config.num_chipselects = number.try_into().map_err(|_| EINVAL)?;
    }
    if let Some(size) = size(node, c"linux,log-size")?.0 {
        config.log_size = size;
    }
    if node.property_read_bool(c"linux,transfers-take-time") {
        config.timing = Timing::Clock;
    }
    for number in 0..config.num_chipselects {
        if let Some(target) = target(node, number)? {
            config.targets.push((number, target), GFP_KERNEL)?;
        }
    }
    Ok(config)
}

impl platform::Driver for FirmwareDriver {
    type IdInfo = ();
    type Data<'bound> = Instance<'bound>;

    const OF_ID_TABLE: Option<of::IdTable<Self::IdInfo>> = Some(&OF_TABLE);

    fn probe<'bound>(
        pdev: &'bound platform::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self::Data<'bound>, Error> + 'bound {
        let dev = pdev.as_ref();
        let config = config(dev.fwnode().ok_or(ENODEV)?)?;
        // The core drives chip selects that firmware has as GPIOs; the chips notice these, too.
        let settings = config.settings()?.gpio_chip_selects().gpio_needs_native();
        let bus = Bus::new(&config)?;
        let name =
            CString::try_from_fmt(fmt!("spi-sim.{}", dev.name().to_str().map_err(|_| EINVAL)?))?;
        let files = Files::create(&name, &bus)?;

        // SAFETY: The registration becomes the data of the driver, which the driver core drops
        // before it unbinds the device, and it is not forgotten before that.
        let registration = unsafe { Registration::new(dev, &settings, Data::new(&config, bus)) }?;

        Ok(Instance {
            _registration: registration,
            _files: files,
        })
    }
}
