// SPDX-License-Identifier: GPL-2.0

//! Division of 64-bit numbers, and their decimal digits.
//!
//! On 32-bit machines the operators `/` and `%` of `u64` and `i64` are calls of functions that the
//! kernel does not have, so what uses them does not link there. The core library uses them to
//! format such numbers, also for a derived `Debug`; that links, and panics.
//!
//! C header: [`include/linux/math64.h`](srctree/include/linux/math64.h)

#![cfg(any(CONFIG_DMA_ENGINE, CONFIG_RUST_SPI_ABSTRACTIONS))]

use crate::fmt;
use core::num::NonZero;

#[cfg(not(CONFIG_64BIT))]
use crate::bindings;

/// Returns a divisor that is known when compiling. The compiler refuses 0.
#[inline(always)]
pub const fn divisor<const N: u64>() -> NonZero<u64> {
    const { assert!(N != 0) };
    NonZero::<u64>::MIN.saturating_add(N - 1)
}

/// Divides, and returns the quotient, rounded down, and the remainder.
///
/// Can be called in any context. C function: `div64_u64_rem()`.
///
/// # Examples
///
/// ```
/// use core::num::NonZero;
/// use kernel::math64;
///
/// const SECOND: NonZero<u64> = math64::divisor::<1_000_000_000>();
/// assert_eq!(math64::div_rem(5_000_000_003, SECOND), (5, 3));
/// ```
#[inline(always)]
pub fn div_rem(dividend: u64, divisor: NonZero<u64>) -> (u64, u64) {
    #[cfg(CONFIG_64BIT)]
    {
        (dividend / divisor, dividend % divisor)
    }

    #[cfg(not(CONFIG_64BIT))]
    {
        let mut remainder = 0;

        // SAFETY: The divisor is not 0, and the pointer valid.
        let quotient =
            unsafe { bindings::div64_u64_rem(dividend, divisor.get(), &raw mut remainder) };
        (quotient, remainder)
    }
}

/// Divides, rounding down.
///
/// Can be called in any context. C function: `div64_u64()`.
#[inline(always)]
pub fn div(dividend: u64, divisor: NonZero<u64>) -> u64 {
    #[cfg(CONFIG_64BIT)]
    {
        dividend / divisor
    }

    #[cfg(not(CONFIG_64BIT))]
    {
        // SAFETY: The divisor is not 0.
        unsafe { bindings::div64_u64(dividend, divisor.get()) }
    }
}

/// Divides, and returns the remainder.
///
/// Can be called in any context. C function: `div64_u64_rem()`.
#[inline(always)]
pub fn rem(dividend: u64, divisor: NonZero<u64>) -> u64 {
    div_rem(dividend, divisor).1
}

/// Divides, rounding up.
///
/// Can be called in any context. C function: `DIV64_U64_ROUND_UP()`, which overflows with a large
/// dividend; this does not.
#[inline(always)]
pub fn div_ceil(dividend: u64, divisor: NonZero<u64>) -> u64 {
    let (quotient, remainder) = div_rem(dividend, divisor);

    // With a remainder the divisor is 2 at least, so this does not overflow.
    quotient + u64::from(remainder != 0)
}

/// A number to be formatted, on all machines.
///
/// # Examples
///
/// ```
/// use kernel::{
///     fmt,
///     math64::Decimal,
///     str::CString, //
/// };
///
/// let text = CString::try_from_fmt(fmt!("{} ns, {:05}", Decimal(u64::MAX), Decimal(42)))?;
/// assert_eq!(text.to_bytes(), b"18446744073709551615 ns, 00042");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Decimal(pub u64);

impl core::fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TEN: NonZero<u64> = divisor::<10>();
        // As many as `u64::MAX` has.
        let mut digits = [0; 20];
        let mut rest = self.0;
        let mut start = digits.len();

        for place in digits.iter_mut().rev() {
            let (others, digit) = div_rem(rest, TEN);
            // CAST: It is less than 10.
            *place = b'0' + digit as u8;
            start -= 1;
            rest = others;
            if rest == 0 {
                break;
            }
        }
        let digits = digits.get(start..).unwrap_or(&[]);

        f.pad_integral(
            true,
            "",
            core::str::from_utf8(digits).map_err(|_| fmt::Error)?,
        )
    }
}

impl core::fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

#[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
#[macros::kunit_tests(rust_math64)]
mod tests {
    use super::*;
    use crate::{
        prelude::*,
        str::CString, //
    };

    #[test]
    fn quotients_and_remainders() -> Result {
        const BIG: u64 = 1 << 33;

        for (dividend, divisor, quotient, remainder) in [
            (0, 1, 0, 0),
            (7, 2, 3, 1),
            (6, 2, 3, 0),
            (BIG + 1, 3, 2_863_311_531, 0),
            (BIG, BIG, 1, 0),
            (BIG - 1, BIG, 0, BIG - 1),
            (u64::MAX, 1, u64::MAX, 0),
            (u64::MAX, BIG, (1 << 31) - 1, BIG - 1),
            (u64::MAX, u64::MAX, 1, 0),
        ] {
            let divisor = NonZero::new(divisor).ok_or(EINVAL)?;
            let up = quotient + u64::from(remainder != 0);

            assert_eq!(div_rem(dividend, divisor), (quotient, remainder));
            assert_eq!(div(dividend, divisor), quotient);
            assert_eq!(rem(dividend, divisor), remainder);
            assert_eq!(div_ceil(dividend, divisor), up);
        }
        Ok(())
    }

    #[test]
    fn digits() -> Result {
        for (number, text) in [
            (0, "0"),
            (9, "9"),
            (10, "10"),
            (4_294_967_296, "4294967296"),
            (10_000_000_000_000_000_000, "10000000000000000000"),
            (u64::MAX, "18446744073709551615"),
        ] {
            let plain = CString::try_from_fmt(fmt!("{}", Decimal(number)))?;
            assert_eq!(plain.to_bytes(), text.as_bytes());
        }
        let seven = Decimal(7);
        let padded = CString::try_from_fmt(fmt!("{seven:3}|{seven:03}|{seven:<3}|"))?;
        assert_eq!(padded.to_bytes(), b"  7|007|7  |");
        Ok(())
    }
}
