// SPDX-License-Identifier: GPL-2.0

//! SPI controllers, for the drivers of them.
//!
//! A controller driver implements [`Operations`], describes the controller in [`Settings`], and
//! creates a [`Registration`] from both:
//!
//! ```text
//!   Registration::new ---> children are probed ---> ... ---> drop: children are unbound
//!
//!   setup ---> DeviceState ---> ... ---> cleanup
//!
//!   optimize_message ---> Prepared ---> transfer_one_message, many times ---> unoptimize
//! ```
//!
//! Messages belong to the drivers of the devices on the bus. The controller sees one of them only
//! inside a callback, as an [`OptimizingMessage`] or a [`CurrentMessage`]. Neither can be
//! optimized, sent or given to another device; what a callback returns finishes the message,
//! exactly once. To pass a message on to another controller there is [`Relay`], which is a message
//! of its own.
//!
//! C header: [`include/linux/spi/spi.h`](srctree/include/linux/spi/spi.h)

mod adapter;
mod board_info;
mod chip_select;
mod context;
mod delay;
mod dma_channels;
mod last;
mod lifetime;
mod loan;
mod lock_classes;
mod memory;
mod message;
mod operations;
mod pending;
mod proxy;
mod racy;
mod registration;
mod relay;
mod setting_up;
mod settings;
mod spare;
mod splitting;
mod standalone;
mod statistics;
mod transfer;
mod wire_settings;
mod words;

#[cfg(CONFIG_DMA_ENGINE)]
pub use self::dma_channels::{
    DmaChannels,
    Moved, //
};

pub use self::{
    board_info::BoardInfo,
    chip_select::{
        ChipSelectTiming,
        Level, //
    },
    loan::Loan,
    memory::{
        ActiveOperation,
        AdjustableOperation,
        MemoryOperation, //
    },
    message::{
        CurrentMessage,
        OptimizingMessage, //
    },
    operations::Operations,
    pending::{
        Finished,
        Pending,
        Progress,
        Started,
        Starting,
        Transferred, //
    },
    proxy::{
        Original,
        Proxy, //
    },
    racy::Racy,
    registration::Registration,
    relay::{
        Active,
        Relay, //
    },
    setting_up::SettingUp,
    settings::Settings,
    standalone::Standalone,
    transfer::{
        CurrentTransfer,
        TransferRef, //
    },
    words::Words, //
};
