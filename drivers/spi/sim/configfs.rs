// SPDX-License-Identifier: GPL-2.0

//! The configfs tree.
//!
//! ```text
//!   spi-sim/            Root
//!     CONTROLLER/       ControllerGroup
//!       csN/            TargetGroup
//! ```
//!
//! All of a controller's settings are under one lock, with what is running: a setting is checked
//! and changed, and the controller started or stopped, in one go.

use crate::{
    config::Config,
    instance::Instance,
    setting,
    target::{
        Kind,
        TargetConfig, //
    }, //
};
use kernel::{
    configfs::{
        self,
        configfs_attrs, //
    },
    new_mutex,
    page::PAGE_SIZE,
    prelude::*,
    str::{
        kstrtobool_bytes,
        CString, //
    },
    sync::{
        Arc,
        Mutex, //
    }, //
};

/// The name of the tree, and the beginning of the names of its devices.
const NAME: &CStr = c"spi-sim";

/// Makes the tree.
pub(crate) fn subsystem() -> impl PinInit<configfs::Subsystem<Root>, Error> {
    let item_type = configfs_attrs! {
        container: configfs::Subsystem<Root>,
        data: Root,
        child: ControllerGroup,
        attributes: [],
    };

    configfs::Subsystem::new(NAME, item_type, try_pin_init!(Root {}))
}

/// The directory in which controllers are made.
#[pin_data]
pub(crate) struct Root {}

#[vtable]
impl configfs::GroupOperations for Root {
    type Child = ControllerGroup;

    fn make_group(
        &self,
        name: &CStr,
    ) -> Result<impl PinInit<configfs::Group<ControllerGroup>, Error>> {
        let item_type = configfs_attrs! {
            container: configfs::Group<ControllerGroup>,
            data: ControllerGroup,
            child: TargetGroup,
            attributes: [
                live: 0,
                dev_name: 1,
                bus_num: 2,
                num_chipselects: 3,
                min_bits_per_word: 4,
                max_bits_per_word: 5,
                min_speed_hz: 6,
                max_speed_hz: 7,
                modes: 8,
                max_transfer_size: 9,
                max_message_size: 10,
                prepare: 11,
                timing: 12,
                log_size: 13,
                half_duplex: 14,
                dma_alignment: 15,
                tx_lines: 16,
                rx_lines: 17,
                split_words: 18,
            ],
        };
        let controller = Controller::new(name)?;

        Ok(configfs::Group::new(
            name.try_into()?,
            item_type,
            try_pin_init!(ControllerGroup { controller }),
        ))
    }
}

/// The settings of a controller, and the controller while it is running.
struct State {
    config: Config,
    instance: Option<Instance>,
}

impl State {
    /// Returns the settings to change them.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the controller is running.
    fn config_mut(&mut self) -> Result<&mut Config> {
        match self.instance {
            Some(_) => Err(EBUSY),
            None => Ok(&mut self.config),
        }
    }
}

/// What the directory of a controller and those of its chip selects share.
#[pin_data]
struct Controller {
    /// The name of the device and of the directory in debugfs.
    name: CString,
    #[pin]
    state: Mutex<State>,
}

impl Controller {
    fn new(name: &CStr) -> Result<Arc<Self>> {
        let name = CString::try_from_fmt(fmt!("spi-sim.{}", name.to_str().map_err(|_| EINVAL)?))?;

        Arc::pin_init(
            pin_init!(Self {
                name,
                state <- new_mutex!(State {
                    config: Config::default(),
                    instance: None,
                }),
            }),
            GFP_KERNEL,
        )
    }

    fn is_live(&self) -> bool {
        self.state.lock().instance.is_some()
    }

    /// Starts or stops the controller; what is the case already is no error.
    fn set_live(&self, live: bool) -> Result {
        let mut state = self.state.lock();

        match (live, &state.instance) {
            (true, None) => state.instance = Some(Instance::start(&self.name, &state.config)?),
            (false, Some(_)) => state.instance = None,
            _ => {}
        }
        Ok(())
    }

    /// Returns the name of the controller.
    fn dev_name(&self) -> Result<CString> {
        let state = self.state.lock();

        Ok(match &state.instance {
            Some(instance) => CString::try_from_fmt(fmt!("spi{}\n", instance.bus_num()))?,
            None => CString::try_from_fmt(fmt!("\n"))?,
        })
    }
}

/// The directory of a controller.
///
/// When it is removed, the controller is stopped.
#[pin_data]
pub(crate) struct ControllerGroup {
    controller: Arc<Controller>,
}

/// Returns the number in `cs3`.
fn chip_select(name: &CStr) -> Result<u8> {
    let name = name.to_str().map_err(|_| EINVAL)?;

    match name.strip_prefix("cs").ok_or(EINVAL)? {
        number if number.starts_with('+') => Err(EINVAL),
        number if number.starts_with('0') && number != "0" => Err(EINVAL),
        number => number.parse().map_err(|_| EINVAL),
    }
}

#[vtable]
impl configfs::GroupOperations for ControllerGroup {
    type Child = TargetGroup;

    fn make_group(&self, name: &CStr) -> Result<impl PinInit<configfs::Group<TargetGroup>, Error>> {
        let item_type = configfs_attrs! {
            container: configfs::Group<TargetGroup>,
            data: TargetGroup,
            attributes: [
                target: 0,
                modalias: 1,
                max_speed_hz: 2,
                mode: 3,
                size: 4,
                page_size: 5,
                address_width: 6,
                jedec_id: 7,
                write_time_us: 8,
                format: 9,
                waveform: 10,
                period: 11,
                samples: 12,
                script: 13,
                tx_lines: 14,
                rx_lines: 15,
                handler: 16,
            ],
        };
        let controller = self.controller.clone();
        let chip_select = chip_select(name)?;

        Ok(configfs::Group::new(
            name.try_into()?,
            item_type,
            try_pin_init!(TargetGroup {
                target: Target::new(controller, chip_select)?,
            }),
        ))
    }
}

/// The directory of a chip select.
#[pin_data]
pub(crate) struct TargetGroup {
    target: Target,
}

/// A target in the description of a controller, for as long as this exists.
struct Target {
    controller: Arc<Controller>,
    chip_select: u8,
}

impl Target {
    /// Adds a target to a controller.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the controller is running, `ENOMEM` if there is no memory.
    fn new(controller: Arc<Controller>, chip_select: u8) -> Result<Self> {
        let target = TargetConfig::new(Kind::Nothing);

        controller
            .state
            .lock()
            .config_mut()?
            .targets
            .push((chip_select, target), GFP_KERNEL)?;
        Ok(Self {
            controller,
            chip_select,
        })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // What is running has a copy of its own.
        let mut state = self.controller.state.lock();

        state
            .config
            .targets
            .retain(|(number, _)| *number != self.chip_select);
    }
}

/// Makes an attribute of a controller from a field of its description.
macro_rules! controller_attribute {
    ($id:literal, $field:ident) => {
        #[vtable]
        impl configfs::AttributeOperations<$id> for ControllerGroup {
            type Data = Self;

            fn show(this: &Self, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
                setting::show(&this.controller.state.lock().config.$field, page)
            }

            fn store(this: &Self, page: &[u8]) -> Result {
                let value = setting::parse(page)?;

                this.controller.state.lock().config_mut()?.$field = value;
                Ok(())
            }
        }
    };
}

/// Makes an attribute of a chip select from a field of its description.
macro_rules! target_attribute {
    ($id:literal, $field:ident) => {
        #[vtable]
        impl configfs::AttributeOperations<$id> for TargetGroup {
            type Data = Self;

            fn show(this: &Self, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
                let state = this.target.controller.state.lock();
                let target = state.config.target(this.target.chip_select);

                setting::show(&target.ok_or(ENOENT)?.$field, page)
            }

            fn store(this: &Self, page: &[u8]) -> Result {
                let value = setting::parse(page)?;
                let mut state = this.target.controller.state.lock();
                let target = state.config_mut()?.target_mut(this.target.chip_select);

                target.ok_or(ENOENT)?.$field = value;
                Ok(())
            }
        }
    };
}

#[vtable]
impl configfs::AttributeOperations<0> for ControllerGroup {
    type Data = Self;

    fn show(this: &Self, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
        setting::show(&this.controller.is_live(), page)
    }

    fn store(this: &Self, page: &[u8]) -> Result {
        this.controller.set_live(kstrtobool_bytes(page)?)
    }
}

#[vtable]
impl configfs::AttributeOperations<1> for ControllerGroup {
    type Data = Self;

    fn show(this: &Self, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
        let name = this.controller.dev_name()?;
        let name = name.to_bytes();

        page.get_mut(..name.len())
            .ok_or(EINVAL)?
            .copy_from_slice(name);
        Ok(name.len())
    }
}

controller_attribute!(2, bus_num);
controller_attribute!(3, num_chipselects);
controller_attribute!(4, min_bits_per_word);
controller_attribute!(5, max_bits_per_word);
controller_attribute!(6, min_speed);
controller_attribute!(7, max_speed);
controller_attribute!(8, modes);
controller_attribute!(9, max_transfer_size);
controller_attribute!(10, max_message_size);
controller_attribute!(11, prepares);
controller_attribute!(12, timing);
controller_attribute!(13, log_size);
controller_attribute!(14, half_duplex);
controller_attribute!(15, dma_alignment);
controller_attribute!(16, tx_lines);
controller_attribute!(17, rx_lines);
controller_attribute!(18, split_words);

target_attribute!(0, kind);
target_attribute!(1, modalias);
target_attribute!(2, max_speed);
target_attribute!(3, mode);
target_attribute!(4, size);
target_attribute!(5, page_size);
target_attribute!(6, address_width);
target_attribute!(7, jedec_id);
target_attribute!(8, write_time_us);
target_attribute!(9, format);
target_attribute!(10, waveform);
target_attribute!(11, period);
target_attribute!(12, samples);
target_attribute!(13, script);
target_attribute!(14, tx_lines);
target_attribute!(15, rx_lines);
target_attribute!(16, handler);
