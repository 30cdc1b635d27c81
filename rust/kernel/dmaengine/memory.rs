// SPDX-License-Identifier: GPL-2.0

//! Memory that the hardware is told of by a list.

use super::Layout;
use crate::{
    alloc::Flags,
    bindings,
    device::{
        Bound,
        Device, //
    },
    dma::Coherent,
    error::to_result,
    prelude::*, //
};

use core::ops::Range;

/// Coherent memory, in one or more pieces of the same length.
///
/// # Invariants
///
/// `list` has an entry for each of the pieces, in their order.
pub(super) struct Memory {
    list: List,
    pieces: KVec<Coherent<[u8]>>,
    /// The length of each piece.
    piece: usize,
    dev: *const bindings::device,
}

impl Memory {
    /// Allocates zeroed memory for a device.
    pub(super) fn new(dev: &Device<Bound>, layout: Layout, flags: Flags) -> Result<Self> {
        let (piece, count) = layout.pieces();
        let mut pieces = KVec::with_capacity(count, flags)?;

        for _ in 0..count {
            pieces.push(Coherent::<u8>::zeroed_slice(dev, piece, flags)?, flags)?;
        }
        let list = List::new(&pieces, flags)?;

        // INVARIANT: Made of the pieces just now.
        Ok(Self {
            list,
            pieces,
            piece,
            dev: dev.as_raw(),
        })
    }

    /// Returns whether this is memory for a device: it has a reference to its device, so no other
    /// device has the same address.
    #[inline]
    pub(super) fn is_for(&self, dev: &Device<Bound>) -> bool {
        core::ptr::eq(self.dev, dev.as_raw())
    }

    /// Returns how many bytes there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.piece * self.pieces.len()
    }

    /// Returns where the first piece begins, for the device.
    #[inline]
    pub(super) fn dma_address(&self) -> bindings::dma_addr_t {
        self.list.first()
    }

    /// Returns the list of all pieces for the hardware.
    #[inline]
    pub(super) fn list(&self) -> &List {
        &self.list
    }

    /// Shows the parts of the memory in which the bytes from `offset` on are, one after the other:
    /// where each is, and which bytes it has, counted from `offset`.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if that is beyond the end; nothing is shown then.
    pub(super) fn parts(
        &self,
        offset: usize,
        len: usize,
        mut show: impl FnMut(*mut u8, Range<usize>),
    ) -> Result {
        let end = offset.checked_add(len).ok_or(EINVAL)?;
        if end > self.len() {
            return Err(EINVAL);
        }

        let mut at = offset;
        while at < end {
            let (index, start) = (at / self.piece, at % self.piece);
            let piece = self.pieces.get(index).ok_or(EINVAL)?;
            let part = (self.piece - start).min(end - at);

            let memory = piece.as_mut_ptr().cast::<u8>().wrapping_add(start);
            show(memory, at - offset..at - offset + part);
            at += part;
        }
        Ok(())
    }
}

// SAFETY: The address of the device is only compared, and the list has no ties to a thread.
unsafe impl Send for Memory {}

// SAFETY: `&Memory` gives out addresses, and no access.
unsafe impl Sync for Memory {}

/// A scatterlist of addresses for DMA, without pages.
///
/// # Invariants
///
/// The table was allocated, with one entry at least.
pub(super) struct List(bindings::sg_table);

impl List {
    fn new(pieces: &[Coherent<[u8]>], flags: Flags) -> Result<Self> {
        let mut table: bindings::sg_table = pin_init::zeroed();
        let count = u32::try_from(pieces.len())?;

        // SAFETY: `table` is written to. Its entries are elsewhere, so that it can be moved.
        to_result(unsafe { bindings::sg_alloc_table(&mut table, count, flags.as_raw()) })?;

        // INVARIANT: Allocated just now; there is one piece at least.
        let this = Self(table);
        let mut entry = this.0.sgl;
        for piece in pieces {
            let len = u32::try_from(piece.size())?;

            // SAFETY: There are as many entries as pieces.
            unsafe { bindings::dmaengine_sg_set(entry, piece.dma_address(), len) };

            // SAFETY: As above; after the last one this is NULL.
            entry = unsafe { bindings::sg_next(entry) };
        }
        Ok(this)
    }

    #[inline]
    fn first(&self) -> bindings::dma_addr_t {
        // SAFETY: By the type invariant there is one.
        unsafe { bindings::sg_dma_address(self.0.sgl) }
    }

    /// Returns the first entry, and how many there are.
    #[inline]
    pub(super) fn as_raw(&self) -> (*mut bindings::scatterlist, c_uint) {
        (self.0.sgl, self.0.nents)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: By the type invariant it was allocated.
        unsafe { bindings::sg_free_table(&mut self.0) };
    }
}
