// SPDX-License-Identifier: GPL-2.0

//! Memory that an SPI controller may use for DMA.

use super::{
    message::Refused,
    word,
    Device,
    Word, //
};
use crate::{
    alloc::Flags,
    bindings,
    device::Bound,
    prelude::*, //
};

use core::{
    mem::size_of,
    ops::{
        Deref,
        DerefMut,
        Range, //
    }, //
};

/// An owned buffer for the data of one [`Transfer`](super::Transfer).
///
/// The SPI core hands the buffers of a transfer to the DMA mapping functions. A buffer on the
/// stack, in static memory, or inside a larger object must not be mapped: it may not be physically
/// contiguous, and its neighbours in the same cache line may be lost. This type is always an
/// allocation of its own, in whole cache lines.
///
/// It consists of whole [`Word`]s. Their type says how many bits a word may have: 1 to 8 in a
/// [`u8`], 9 to 16 in a [`u16`], 17 to 32 in a [`u32`].
///
/// # Examples
///
/// ```
/// use kernel::spi::Buffer;
///
/// let mut command = Buffer::from_slice(&[0x9f_u8, 0], GFP_KERNEL)?;
/// command[1] = 0x55;
/// assert_eq!(*command, [0x9f, 0x55]);
///
/// // Three samples of a 12-bit converter.
/// let samples = Buffer::<u16>::zeroed(3, GFP_KERNEL)?.bits::<12>();
/// assert_eq!(*samples, [0; 3]);
///
/// // The number of bits is known when the driver runs.
/// let refused = samples.with_bits(8).err().ok_or(EINVAL)?;
/// assert_eq!(refused.error, EINVAL);
/// let samples = refused.returned.with_bits(14)?;
/// # drop(samples);
///
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// // As this controller wants it for DMA.
/// let block = Buffer::<u32>::zeroed_for(dev, 128, GFP_KERNEL)?;
/// assert_eq!(block.as_ptr().addr() % dev.dma_alignment(), 0);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// - `words` was allocated by `kmalloc()` with a size that is a multiple of the cache alignment for
///   DMA, and is never reallocated.
/// - Its length in bytes fits a `u32`.
/// - `bits` is 0 or a number of bits that `W` is for.
pub struct Buffer<W: Word = u8> {
    words: KVec<W>,
    bits: u8,
}

impl<W: Word> Buffer<W> {
    /// Allocates a buffer of `len` words, all 0.
    ///
    /// The words have as many bits as the device they are sent to says, which must be right for
    /// `W`.
    ///
    /// # Errors
    ///
    /// - `ENOMEM` if there is no memory, or more is asked for than `kmalloc()` gives.
    #[inline]
    pub fn zeroed(len: usize, flags: Flags) -> Result<Self> {
        Self::aligned(len, cache_alignment()?, flags)
    }

    /// Allocates a buffer of `len` words, all 0, as the controller of `dev` wants it for DMA.
    ///
    /// It is aligned to [`Device::dma_alignment`]. Controllers that ask for more than the cache
    /// does use DMA for such buffers only, and move others by hand.
    ///
    /// Errors are those of [`zeroed`](Self::zeroed).
    #[inline]
    pub fn zeroed_for(dev: &Device<Bound>, len: usize, flags: Flags) -> Result<Self> {
        Self::aligned(len, cache_alignment()?.max(dev.dma_alignment()), flags)
    }

    /// Allocates a buffer at a multiple of `align` bytes, which is a power of two.
    fn aligned(len: usize, align: usize, flags: Flags) -> Result<Self> {
        let bytes = len.checked_mul(size_of::<W>()).ok_or(ENOMEM)?;
        u32::try_from(bytes).map_err(|_| ENOMEM)?;

        // `kmalloc()` aligns to the largest power of two that divides the size.
        let size = bytes.checked_next_multiple_of(align).ok_or(ENOMEM)?;
        let capacity = size.max(align) / size_of::<W>();

        let mut words = KVec::with_capacity(capacity, flags)?;
        words.resize(len, W::default(), flags)?;

        // INVARIANT: The capacity was rounded up, `resize()` stays within it, and the length in
        // bytes was checked.
        Ok(Self { words, bits: 0 })
    }

    /// Allocates a buffer with a copy of `data`.
    ///
    /// Errors are those of [`zeroed`](Self::zeroed).
    pub fn from_slice(data: &[W], flags: Flags) -> Result<Self> {
        let mut buffer = Self::zeroed(data.len(), flags)?;
        buffer.copy_from_slice(data);
        Ok(buffer)
    }

    /// Says that each word has `BITS` bits, in place of as many as the device says.
    ///
    /// It does not compile if a `W` is not for so many.
    #[inline]
    pub fn bits<const BITS: u8>(mut self) -> Self {
        const {
            assert!(
                BITS != 0 && word::fits::<W>(BITS),
                "the type of the words is not for so many bits"
            )
        };

        // INVARIANT: Checked when this was compiled.
        self.bits = BITS;
        self
    }

    /// Says that each word has `bits` bits; 0 is as many as the device says.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if a `W` is not for so many. The buffer comes back with it.
    #[inline]
    pub fn with_bits(mut self, bits: u8) -> Result<Self, Refused<Self>> {
        if !word::fits::<W>(bits) {
            return Err(Refused::new(EINVAL, self));
        }

        // INVARIANT: Checked just now.
        self.bits = bits;
        Ok(self)
    }

    /// Takes the words in `range` for a transfer, which leaves the others alone.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the range is not one of the buffer's. The buffer comes back with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::spi::{
    ///     Buffer,
    ///     Transfer, //
    /// };
    ///
    /// let frame = Buffer::from_slice(&[1_u8, 2, 3, 4], GFP_KERNEL)?;
    /// let transfer = Transfer::write(frame.part(1..3)?);
    /// assert_eq!(transfer.tx(), Some(&[2, 3][..]));
    ///
    /// let short = Buffer::<u8>::zeroed(2, GFP_KERNEL)?;
    /// assert_eq!(short.part(1..3).err().map(|refused| refused.error), Some(EINVAL));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn part(self, range: Range<usize>) -> Result<Part<W>, Refused<Self>> {
        if self.words.get(range.clone()).is_none() {
            return Err(Refused::new(EINVAL, self));
        }

        // INVARIANT: Checked just now.
        Ok(Part {
            buffer: self,
            range,
        })
    }
}

impl<W: Word> Deref for Buffer<W> {
    type Target = [W];

    #[inline]
    fn deref(&self) -> &[W] {
        &self.words
    }
}

impl<W: Word> DerefMut for Buffer<W> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [W] {
        &mut self.words
    }
}

/// The part of a [`Buffer`] that a transfer uses, and the buffer with it.
///
/// A buffer itself converts to one, of the whole of it.
///
/// # Examples
///
/// ```
/// use kernel::spi::{
///     Buffer,
///     Part, //
/// };
///
/// let frame = Buffer::from_slice(&[1_u8, 2, 3, 4], GFP_KERNEL)?;
/// let mut payload: Part<u8> = frame.part(2..4)?;
/// payload[0] = 7;
/// assert_eq!(*payload.into_buffer(), [1, 2, 7, 4]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// `range` is a range of the buffer's words.
pub struct Part<W: Word = u8> {
    buffer: Buffer<W>,
    range: Range<usize>,
}

impl<W: Word> Part<W> {
    /// Returns the buffer.
    #[inline]
    pub fn into_buffer(self) -> Buffer<W> {
        self.buffer
    }

    #[inline]
    pub(super) fn bits(&self) -> u8 {
        self.buffer.bits
    }

    /// Returns the address of the first byte, for the C side to read and to write, and the number
    /// of bytes.
    #[inline]
    pub(super) fn raw_parts(&self) -> (*mut c_void, u32) {
        let start = self.buffer.words.as_ptr().wrapping_add(self.range.start);
        let bytes = self.range.len() * size_of::<W>();

        // CAST: By the type invariant of the buffer it fits.
        (start.cast_mut().cast(), bytes as u32)
    }
}

impl<W: Word> From<Buffer<W>> for Part<W> {
    #[inline]
    fn from(buffer: Buffer<W>) -> Self {
        let range = 0..buffer.len();

        // INVARIANT: It is the whole buffer.
        Self { buffer, range }
    }
}

impl<W: Word> Deref for Part<W> {
    type Target = [W];

    #[inline]
    fn deref(&self) -> &[W] {
        // By the type invariant there is something in the range.
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

impl<W: Word> DerefMut for Part<W> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [W] {
        // As above.
        self.buffer.get_mut(self.range.clone()).unwrap_or_default()
    }
}

/// Returns the alignment in bytes, a power of two, that keeps a buffer out of others' cache lines.
#[inline]
pub(super) fn cache_alignment() -> Result<usize> {
    // SAFETY: This function has no preconditions.
    let align = unsafe { bindings::dma_get_cache_alignment() };

    Ok(usize::try_from(align)?.max(align_of_words()))
}

/// Returns the alignment of the largest type of words.
#[inline]
const fn align_of_words() -> usize {
    core::mem::align_of::<u32>()
}
