// SPDX-License-Identifier: GPL-2.0

//! The words that a transfer consists of.

use super::Part;
use crate::prelude::*;

use core::{
    ops::RangeInclusive,
    ptr, //
};

/// All that a device can say of the bits of its words.
pub(super) const ANY_BITS: RangeInclusive<u8> = 0..=u8::MAX;

mod private {
    pub trait Sealed {}
}

/// A type that holds one word of a transfer: [`u8`], [`u16`] or [`u32`].
///
/// The SPI core keeps a word in native byte order, in the smallest of these types that it fits in,
/// in the least significant bits.
///
/// # Examples
///
/// ```
/// use kernel::{
///     prelude::*,
///     spi::{
///         Buffer,
///         Word, //
///     }, //
/// };
///
/// /// Makes a buffer of words that use all bits of their type.
/// fn full<W: Word>(len: usize) -> Result<Buffer<W>> {
///     Ok(Buffer::zeroed(len, GFP_KERNEL)?.with_bits(W::MAX_BITS)?)
/// }
///
/// assert_eq!((u16::MIN_BITS, u16::MAX_BITS), (9, 16));
/// assert_eq!(*full::<u32>(1)?, [0]);
/// # Ok::<(), Error>(())
/// ```
pub trait Word: private::Sealed + Copy + Default + Send + Sync + 'static {
    /// The fewest bits of a word that needs this type.
    const MIN_BITS: u8;
    /// The most bits of a word that fits.
    const MAX_BITS: u8;

    #[doc(hidden)]
    fn erase(part: Part<Self>) -> Words;
    #[doc(hidden)]
    fn get(words: &Words) -> Option<&Part<Self>>;
    #[doc(hidden)]
    fn get_mut(words: &mut Words) -> Option<&mut Part<Self>>;
    #[doc(hidden)]
    fn take(words: Words) -> Option<Part<Self>>;
}

/// Returns whether words of `W` may have `bits` bits; 0 stands for the device's word size.
#[inline]
pub(super) const fn fits<W: Word>(bits: u8) -> bool {
    bits == 0 || (W::MIN_BITS <= bits && bits <= W::MAX_BITS)
}

/// The words of a transfer, of any type.
#[doc(hidden)]
pub enum Words {
    U8(Part<u8>),
    U16(Part<u16>),
    U32(Part<u32>),
}

impl Words {
    /// Returns the address of the first byte, NULL if there is none, and the number of bytes.
    pub(super) fn raw_parts(&self) -> (*mut c_void, u32) {
        let (address, len) = match self {
            Self::U8(part) => part.raw_parts(),
            Self::U16(part) => part.raw_parts(),
            Self::U32(part) => part.raw_parts(),
        };

        // The DMA mapping functions refuse a buffer of no length.
        (if len == 0 { ptr::null_mut() } else { address }, len)
    }

    /// Returns the number of words.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::U8(part) => part.len(),
            Self::U16(part) => part.len(),
            Self::U32(part) => part.len(),
        }
    }

    /// Returns the number of bits in a word; 0 is the device's.
    #[inline]
    pub(super) fn bits(&self) -> u8 {
        match self {
            Self::U8(part) => part.bits(),
            Self::U16(part) => part.bits(),
            Self::U32(part) => part.bits(),
        }
    }

    /// Returns how many bits the words of the device may have; any number, if these have their own.
    pub(super) fn device_bits(&self) -> RangeInclusive<u8> {
        match (self.bits(), self) {
            (1.., _) => ANY_BITS,
            (0, Self::U8(_)) => legal_bits::<u8>(),
            (0, Self::U16(_)) => legal_bits::<u16>(),
            (0, Self::U32(_)) => legal_bits::<u32>(),
        }
    }
}

#[inline]
pub(super) fn legal_bits<W: Word>() -> RangeInclusive<u8> {
    W::MIN_BITS..=W::MAX_BITS
}

macro_rules! impl_word {
    ($($word:ty, $variant:ident, $min:literal, $max:literal;)*) => {
        $(
            impl private::Sealed for $word {}

            impl Word for $word {
                const MIN_BITS: u8 = $min;
                const MAX_BITS: u8 = $max;

                #[inline]
                fn erase(part: Part<Self>) -> Words {
                    Words::$variant(part)
                }

                #[inline]
                fn get(words: &Words) -> Option<&Part<Self>> {
                    match words {
                        Words::$variant(part) => Some(part),
                        _ => None,
                    }
                }

                #[inline]
                fn get_mut(words: &mut Words) -> Option<&mut Part<Self>> {
                    match words {
                        Words::$variant(part) => Some(part),
                        _ => None,
                    }
                }

                #[inline]
                fn take(words: Words) -> Option<Part<Self>> {
                    match words {
                        Words::$variant(part) => Some(part),
                        _ => None,
                    }
                }
            }
        )*
    };
}

impl_word! {
    u8, U8, 1, 8;
    u16, U16, 9, 16;
    u32, U32, 17, 32;
}
