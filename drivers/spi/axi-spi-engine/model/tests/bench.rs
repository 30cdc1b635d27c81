// SPDX-License-Identifier: GPL-2.0

//! An engine with a driver and chips, and what tests ask of them.

use crate::{
    hw::{
        Chip,
        Event,
        Params,
        Picoseconds,
        Socket,
        Version,
        Word, //
    },
    platform::{
        Device,
        Driver,
        Instance,
        SpiDevice,
        Transfer, //
    }, //
};
use kernel::prelude::*;

/// `SPI_CPHA` and so on.
pub(super) const CPHA: u32 = 1 << 0;
pub(super) const CPOL: u32 = 1 << 1;
pub(super) const CS_HIGH: u32 = 1 << 2;

/// Offsets of registers that tests access behind a driver's back.
pub(super) mod register {
    pub(in crate::tests) const ENABLE: u32 = 0x040;
    pub(in crate::tests) const MASK: u32 = 0x080;
    pub(in crate::tests) const CMD: u32 = 0x0e0;
    pub(in crate::tests) const OFFLOAD_EN: u32 = 0x100;
    pub(in crate::tests) const OFFLOAD_STATUS: u32 = 0x104;
    pub(in crate::tests) const OFFLOAD_CMD: u32 = 0x110;
    pub(in crate::tests) const OFFLOAD_SDO: u32 = 0x114;
}

pub(super) const NS: Picoseconds = 1000;
pub(super) const US: Picoseconds = 1000 * NS;

/// A core with eight chip selects, as a driver may assume.
pub(super) fn params(version: Version) -> Params {
    Params {
        chip_selects: 8,
        ..Params::new(version)
    }
}

/// Bytes that are all different for a while.
pub(super) fn bytes(len: usize) -> Result<KVec<u8>> {
    let mut bytes = KVec::with_capacity(len, GFP_KERNEL)?;
    for byte in (1u8..=251).cycle().take(len) {
        bytes.push(byte, GFP_KERNEL)?;
    }
    Ok(bytes)
}

/// So many zeros.
pub(super) fn zeros(len: usize) -> Result<KVec<u8>> {
    Ok(KVec::from_elem(0, len, GFP_KERNEL)?)
}

/// An engine with a driver, and a loopback on all lanes of chip select 0.
pub(super) fn looped(params: &Params, driver: Driver) -> Result<Instance> {
    let instance = Instance::bound(params, driver)?;
    instance.attach(Socket {
        lanes: 0xff,
        ..Socket::new(Chip::Loopback)
    })?;
    Ok(instance)
}

/// Adds a device, and sees to it that the C driver does not stumble over the SYNC of its own
/// setup (C2), so that other things can be seen on it.
pub(super) fn device<'a>(instance: &'a Instance, device: &Device) -> Result<SpiDevice<'a>> {
    let device = instance.add_device(device)?;
    instance.with(|engine| engine.forget_sync());
    instance.clear_log();
    Ok(device)
}

/// Sends bytes, and says whether the same came back.
pub(super) fn echoes(device: &SpiDevice<'_>, len: usize) -> Result<bool> {
    let tx = bytes(len)?;
    let mut rx = zeros(len)?;
    let sent = device.sync(&mut [Transfer::exchange(&tx, &mut rx)])?;
    Ok(sent == len && *tx == *rx)
}

/// Sends so many transfers, none like the one before, from where nobody may sleep. Says whether
/// what was sent came back.
pub(super) fn echoes_from_atomic(device: &SpiDevice<'_>, count: usize) -> Result<bool> {
    let tx = bytes(2 * count)?;
    let mut rx = zeros(2 * count)?;
    let mut transfers = KVec::new();
    for (number, (tx, rx)) in tx.chunks(2).zip(rx.chunks_mut(2)).enumerate() {
        let transfer = Transfer::exchange(tx, rx).bits(if number % 2 == 0 { 8 } else { 16 });
        transfers.push(transfer.delay(1_000).cs_change(1_000), GFP_KERNEL)?;
    }
    let (sent, ()) = device.sync_during(&mut transfers, || ())?;
    drop(transfers);

    Ok(sent? == 2 * count && *tx == *rx)
}

/// The words on the bus since the log was cleared.
pub(super) fn words(instance: &Instance) -> Result<KVVec<Word>> {
    let mut words = KVVec::with_capacity(events(instance), GFP_KERNEL)?;
    instance.with(|engine| {
        for word in engine.wire().log().words() {
            words.push_within_capacity(*word).map_err(|_| ENOMEM)?;
        }
        Ok(words)
    })
}

/// The times at which the chip select pins changed, and their levels then.
pub(super) fn selects(instance: &Instance) -> Result<KVVec<(Picoseconds, u8)>> {
    let mut selects = KVVec::with_capacity(events(instance), GFP_KERNEL)?;
    instance.with(|engine| {
        for event in engine.wire().log().events() {
            if let Event::Select(at, pins) = event {
                selects
                    .push_within_capacity((*at, *pins))
                    .map_err(|_| ENOMEM)?;
            }
        }
        Ok(selects)
    })
}

fn events(instance: &Instance) -> usize {
    instance.with(|engine| engine.wire().log().events().len())
}

/// Keeps a driver that lost track from what the hardware still does: no interrupt comes.
pub(super) fn quiet(instance: &Instance) {
    instance.with(|engine| engine.write(register::ENABLE, 1));
}
