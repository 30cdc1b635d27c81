// SPDX-License-Identifier: GPL-2.0

//! Simulated controllers that are running.

use crate::{
    bus::Bus,
    config::Config,
    controller::{
        Data,
        Plain,
        Preparing, //
    },
    files::Files,
    peer::Peer,
    target::{
        Kind,
        Target,
        TargetConfig, //
    }, //
};
use kernel::{
    debugfs,
    prelude::*,
    software_node::{
        Property,
        SoftwareNode, //
    },
    spi::controller::{
        BoardInfo,
        Operations,
        Registration,
        Settings,
        Standalone, //
    },
    str::CString,
    sync::Arc, //
};

enum Controller {
    Plain(Standalone<Plain>),
    Preparing(Standalone<Preparing>),
}

/// A simulated controller that is registered, with its devices.
///
/// It is stopped when it is dropped. Fields are dropped in this order.
pub(crate) struct Instance {
    controller: Controller,
    files: Pin<KBox<debugfs::Scope<Files>>>,
    /// The controllers at the other end, by chip select.
    peers: KVec<(u8, Standalone<Peer>)>,
}

/// Returns the description of a target for its driver, if it needs one.
fn properties(config: &TargetConfig) -> Result<Option<SoftwareNode>> {
    if config.kind != Kind::Eeprom {
        return Ok(None);
    }
    let layout = config.eeprom_layout();
    let number = |value: usize| u32::try_from(value).map_err(|_| EINVAL);

    SoftwareNode::new(&[
        Property::new(c"size", number(layout.size)?),
        Property::new(c"pagesize", number(layout.page_size)?),
        Property::new(c"address-width", number(layout.address_width)?),
    ])
    .map(Some)
}

/// Adds the device that the kernel is to see on a chip select.
fn add_device<T: Operations>(
    controller: &Registration<'_, T>,
    chip_select: u8,
    config: &TargetConfig,
) -> Result {
    if config.modalias.is_empty() {
        return Ok(());
    }
    let modalias = CString::try_from_fmt(fmt!("{}", config.modalias.as_str()?))?;
    let info = BoardInfo::new(&modalias)?
        .chip_select(chip_select)
        .max_speed(config.max_speed)
        .modes(config.mode)
        .lines(config.tx_lines, config.rx_lines);

    controller.new_device(&match properties(config)? {
        Some(node) => info.software_node(node),
        None => info,
    })
}

/// Starts the controllers at the other end.
fn peers(name: &CStr, config: &Config, bus: &Bus) -> Result<KVec<(u8, Standalone<Peer>)>> {
    let name = name.to_str().map_err(|_| EINVAL)?;
    let settings = Settings::target().modes(config.modes).word_sizes(&[8])?;
    let mut peers = KVec::new();

    for number in 0..bus.chip_selects() {
        let Some(port) = bus.target(number).and_then(Target::port) else {
            continue;
        };
        let name = CString::try_from_fmt(fmt!("{name}.cs{number}"))?;
        let peer = Standalone::new(&name, &settings, Ok::<_, Error>(port))?;
        peers.push((number, peer), GFP_KERNEL)?;
    }
    Ok(peers)
}

/// Adds the device that the kernel is to see on a controller at the other end.
fn add_handler(peer: &Registration<'_, Peer>, config: &TargetConfig) -> Result {
    if config.handler.is_empty() {
        return Ok(());
    }
    let modalias = CString::try_from_fmt(fmt!("{}", config.handler.as_str()?))?;

    peer.new_device(&BoardInfo::new(&modalias)?.modes(config.mode))
}

fn add_devices<T: Operations>(controller: &Registration<'_, T>, config: &Config) -> Result {
    config
        .targets
        .iter()
        .try_for_each(|(chip_select, target)| add_device(controller, *chip_select, target))
}

impl Instance {
    /// Starts the controller that `config` describes, with its devices.
    ///
    /// `name` is that of the device that it belongs to, and of the directory in debugfs.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the description does not make sense.
    /// - `EBUSY` if the bus number is taken.
    /// - `ENODEV` if the name is taken, or a device can't be added.
    /// - `ENOMEM` if there is no memory.
    pub(crate) fn start(name: &CStr, config: &Config) -> Result<Self> {
        let instance = Self::without_devices(name, config)?;

        instance.add_devices(config)?;
        Ok(instance)
    }

    /// Adds the devices that the kernel is to see.
    pub(crate) fn add_devices(&self, config: &Config) -> Result {
        for (number, peer) in &self.peers {
            add_handler(peer, config.target(*number).ok_or(EINVAL)?)?;
        }
        match &self.controller {
            Controller::Plain(controller) => add_devices(controller, config),
            Controller::Preparing(controller) => add_devices(controller, config),
        }
    }

    /// Starts the controller that `config` describes.
    pub(crate) fn without_devices(name: &CStr, config: &Config) -> Result<Self> {
        let settings = config.settings()?;
        let bus = Bus::new(config)?;
        let files = Files::create(name, &bus)?;
        let peers = peers(name, config, &bus)?;
        let data = Data::new(config, bus);

        let controller = if config.prepares {
            Controller::Preparing(Standalone::new(name, &settings, data)?)
        } else {
            Controller::Plain(Standalone::new(name, &settings, data)?)
        };
        Ok(Self {
            controller,
            files,
            peers,
        })
    }

    /// Returns what is on the wires.
    pub(crate) fn bus(&self) -> &Arc<Bus> {
        self.files.bus()
    }

    /// Returns the number of the bus.
    pub(crate) fn bus_num(&self) -> u16 {
        match &self.controller {
            Controller::Plain(controller) => controller.bus_num(),
            Controller::Preparing(controller) => controller.bus_num(),
        }
    }
}
