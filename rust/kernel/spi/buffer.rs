// SPDX-License-Identifier: GPL-2.0

//! Memory that an SPI controller may use for DMA.

use crate::{
    alloc::Flags,
    bindings,
    prelude::*, //
};

use core::ops::{
    Deref,
    DerefMut, //
};

/// An owned buffer for the data of one [`Transfer`](super::Transfer).
///
/// The SPI core hands the buffers of a transfer to the DMA mapping functions. A buffer on the
/// stack, in static memory, or inside a larger object must not be mapped: it may not be physically
/// contiguous, and its neighbours in the same cache line may be lost. This type is always an
/// allocation of its own, in whole cache lines.
///
/// # Examples
///
/// ```
/// use kernel::spi::Buffer;
///
/// let mut command = Buffer::from_slice(&[0x9f, 0], GFP_KERNEL)?;
/// command[1] = 0x55;
/// assert_eq!(*command, [0x9f, 0x55]);
///
/// let id = Buffer::zeroed(3, GFP_KERNEL)?;
/// assert_eq!(*id, [0; 3]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// - `bytes` was allocated by `kmalloc()` with a size that is a multiple of the cache alignment for
///   DMA, and is never reallocated.
/// - Its length fits a `u32`.
pub struct Buffer {
    bytes: KVec<u8>,
}

impl Buffer {
    /// Allocates a buffer of `len` bytes, all 0.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory, or more is asked for than `kmalloc()` gives.
    pub fn zeroed(len: usize, flags: Flags) -> Result<Self> {
        u32::try_from(len).map_err(|_| ENOMEM)?;

        // SAFETY: This function has no preconditions.
        let align = unsafe { bindings::dma_get_cache_alignment() };
        let align = usize::try_from(align)?.max(1);
        let size = len.checked_next_multiple_of(align).ok_or(ENOMEM)?;

        let mut bytes = KVec::with_capacity(size, flags)?;
        bytes.resize(len, 0, flags)?;

        // INVARIANT: The capacity was rounded up, `resize()` stays within it, and `len` was
        // checked.
        Ok(Self { bytes })
    }

    /// Allocates a buffer with a copy of `data`.
    ///
    /// Errors are those of [`zeroed`](Self::zeroed).
    pub fn from_slice(data: &[u8], flags: Flags) -> Result<Self> {
        let mut buffer = Self::zeroed(data.len(), flags)?;
        buffer.copy_from_slice(data);
        Ok(buffer)
    }

    /// Returns the address of the first byte, for the C side to read and to write.
    #[inline]
    pub(super) fn as_ptr(&self) -> *mut u8 {
        self.bytes.as_ptr().cast_mut()
    }

    /// Returns the length in the type that `struct spi_transfer` has for it.
    #[inline]
    pub(super) fn len_u32(&self) -> u32 {
        // CAST: By the type invariant it fits.
        self.bytes.len() as u32
    }
}

impl Deref for Buffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}
