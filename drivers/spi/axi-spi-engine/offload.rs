// SPDX-License-Identifier: GPL-2.0

//! The engine as a provider of SPI offload.
//!
//! A message is compiled to a program, which goes with the words that it sends to memories of the
//! engine. There it stays, also when the engine is reset, until the message is forgotten. A rising
//! edge of the trigger runs it. While it is armed other messages are refused: what they set would
//! be wrong for the program, and from version 1.05 on they would wait for its end.

use crate::{
    controller_ops,
    engine::Engine,
    recording::Recording,
    request::{
        Target,
        Transfer, //
    }, //
};
use kernel::{
    device::{
        Bound,
        Device, //
    },
    prelude::*,
    spi::{
        controller::{
            OptimizingMessage,
            TransferRef, //
        },
        offload::{
            provider::{
                OffloadOperations,
                Provided,
                Recorded,
                Traffic, //
            },
            Capabilities,
            Capability, //
        },
        LaneMode, //
    },
    sync::Arc, //
};

/// The offload of an engine. All versions have one at most.
pub(crate) struct Offload<'bound> {
    engine: Arc<Engine<'bound>>,
    /// Whether it can send what is recorded with the program.
    sends_recorded: bool,
}

impl<'bound> Offload<'bound> {
    /// The offload of an engine, if there is one: if firmware tells what its trigger is.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    pub(crate) fn new(
        dev: &Device<Bound>,
        engine: Arc<Engine<'bound>>,
    ) -> Result<Option<Pin<KBox<Provided<Self>>>>> {
        let Some(capabilities) = capabilities(dev) else {
            return Ok(None);
        };
        let this = Self {
            engine,
            sends_recorded: capabilities.contains(Capability::TxStaticData),
        };

        Provided::new(dev, capabilities, Traffic::Refused, this).map(Some)
    }
}

/// What the offload can do, by what it is connected to; `None` if there is no offload.
fn capabilities(dev: &Device<Bound>) -> Option<Capabilities> {
    let node = dev.fwnode()?;
    if !node.property_present(c"trigger-sources") {
        return None;
    }
    let has_stream = |name| node.property_match_string(c"dma-names", name).is_ok();

    let mut capabilities = Capabilities::from(Capability::Trigger);
    if has_stream(RX_STREAM) {
        capabilities |= Capability::RxStreamDma;
    }
    // With a stream to send there is no memory for words.
    capabilities |= if has_stream(TX_STREAM) {
        Capability::TxStreamDma
    } else {
        Capability::TxStaticData
    };
    Some(capabilities)
}

/// The names of the DMA channels.
const TX_STREAM: &CStr = c"offload0-tx";
const RX_STREAM: &CStr = c"offload0-rx";

#[vtable]
impl OffloadOperations for Offload<'_> {
    fn trigger_enable(&self) -> Result {
        self.engine.arm_offload()
    }

    fn trigger_disable(&self) {
        self.engine.disarm_offload(!self.sends_recorded);
    }

    fn tx_stream(&self) -> &CStr {
        TX_STREAM
    }

    fn rx_stream(&self) -> &CStr {
        RX_STREAM
    }
}

/// A message that the memories of the offload hold. They are emptied when this is dropped.
pub(crate) struct Loaded<'p>(Recorded<'p, Offload<'p>>);

impl<'p> Loaded<'p> {
    /// Compiles a message and writes it to the memories, which are empty.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `ENOSPC` if the memories are too small.
    /// - `EINVAL` if the engine can't do what a transfer asks for, or that asks for words in a
    ///   buffer.
    /// - `ENOMEM` if there is no memory.
    pub(crate) fn new(
        recorded: Recorded<'p, Offload<'p>>,
        target: &Target,
        message: &OptimizingMessage<'p>,
    ) -> Result<Self> {
        let engine = &recorded.engine;
        let hw = engine.hw();

        let mut transfers = KVec::new();
        let mut words = 0usize;
        for transfer in message.transfers() {
            words = words.saturating_add(recorded.check(&transfer)?);
            transfers.push(request(&transfer, engine)?, GFP_KERNEL)?;
        }
        let recording = Recording::new(hw.clock(), engine.limits(), target, &transfers)?;

        let memories = hw.build().memories;
        if recording.instructions.len() > memories.instructions || words > memories.words {
            return Err(ENOSPC);
        }

        // From here on the memories have to be emptied.
        let this = Self(recorded);
        let mut loader = this.0.engine.hw().load();
        for transfer in message.transfers().filter(|transfer| transfer.has_tx()) {
            this.read_words(&transfer, |word| loader.word(word))?;
        }
        for &instruction in &recording.instructions {
            loader.command(instruction);
        }
        this.0.engine.note_recorded(recording.recorded);
        Ok(this)
    }

    /// Goes through the words that a transfer sends.
    fn read_words(&self, transfer: &TransferRef<'_>, mut take: impl FnMut(u32)) -> Result {
        for offset in (0..transfer.len()).step_by(transfer.bytes_per_word()) {
            take(match transfer.bytes_per_word() {
                1 => u8::from_ne_bytes(self.read(transfer, offset)?).into(),
                2 => u16::from_ne_bytes(self.read(transfer, offset)?).into(),
                _ => u32::from_ne_bytes(self.read(transfer, offset)?),
            });
        }
        Ok(())
    }

    fn read<const N: usize>(&self, transfer: &TransferRef<'_>, offset: usize) -> Result<[u8; N]> {
        let mut bytes = [0; N];

        self.0.read_tx(transfer, offset, &mut bytes)?;
        Ok(bytes)
    }
}

impl Drop for Loaded<'_> {
    fn drop(&mut self) {
        self.0.engine.forget_recorded();
    }
}

impl Offload<'_> {
    /// Checks that data go where they can; returns how many words have to be recorded.
    fn check(&self, transfer: &TransferRef<'_>) -> Result<usize> {
        if transfer.has_rx() {
            return Err(EINVAL);
        }
        if !transfer.has_tx() {
            return Ok(0);
        }
        if !self.sends_recorded || transfer.is_tx_stream() {
            return Err(EINVAL);
        }
        Ok(transfer.len() / transfer.bytes_per_word())
    }
}

/// What a transfer asks of the engine.
fn request(transfer: &TransferRef<'_>, engine: &Engine<'_>) -> Result<Transfer> {
    if transfer.lane_mode()? == LaneMode::Mirror {
        return Err(EINVAL);
    }
    Ok(Transfer {
        writes: transfer.has_tx() || transfer.is_tx_stream(),
        reads: transfer.is_rx_stream(),
        ..controller_ops::request(transfer, engine.hw().clock(), engine.limits())?
    })
}
