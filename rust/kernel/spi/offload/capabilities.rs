// SPDX-License-Identifier: GPL-2.0

//! What an offload can do.

use crate::{
    bits::bit_u32,
    impl_flags, //
};

impl_flags!(
    /// What an offload can do; a set of [`Capability`]s.
    #[derive(Debug, Clone, Default, Copy, PartialEq, Eq)]
    pub struct Capabilities(u32);

    /// One thing that an offload can do.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Capability {
        /// A hardware event starts the message (`SPI_OFFLOAD_CAP_TRIGGER`).
        Trigger = bit_u32(0),

        /// What is sent is recorded when the message is prepared, and sent each time
        /// (`SPI_OFFLOAD_CAP_TX_STATIC_DATA`).
        TxStaticData = bit_u32(1),

        /// What is sent comes from a DMA channel (`SPI_OFFLOAD_CAP_TX_STREAM_DMA`).
        TxStreamDma = bit_u32(2),

        /// What is received goes to a DMA channel (`SPI_OFFLOAD_CAP_RX_STREAM_DMA`).
        RxStreamDma = bit_u32(3),
    }
);

impl Capabilities {
    #[inline]
    pub(super) fn as_raw(self) -> u32 {
        self.0
    }
}
