// SPDX-License-Identifier: GPL-2.0

//! Clock speeds, and how long things take.

use core::num::NonZero;
use kernel::math64;

const NSEC_PER_SEC: NonZero<u64> = math64::divisor::<1_000_000_000>();
const USEC_PER_SEC: u64 = 1_000_000;
const TWO: NonZero<u64> = math64::divisor::<2>();

/// How fast the engine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The highest speed of the serial clock, in Hz: half that of the engine.
    max_hz: NonZero<u32>,
}

/// What the highest speed of the serial clock is divided by, 1 to 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Divider(NonZero<u16>);

impl Divider {
    /// The one of the highest speed.
    pub(crate) const ONE: Self = Self(NonZero::<u16>::MIN);

    /// The one of half the highest speed.
    pub(crate) const TWO: Self = Self(NonZero::<u16>::MIN.saturating_add(1));

    const MAX: u32 = 256;

    /// The value of the engine's setting.
    #[inline]
    pub(crate) fn setting(self) -> u8 {
        // CAST: It is 1 to 256.
        (self.0.get() - 1) as u8
    }

    /// The number of cycles of the engine's clock in one of the serial clock.
    #[inline]
    pub(crate) fn cycles(self) -> u64 {
        2 * u64::from(self.0.get())
    }

    /// The number of cycles of the engine's clock in `ticks` of the serial clock.
    #[inline]
    pub(crate) fn cycles_of(self, ticks: u64) -> u64 {
        ticks.saturating_mul(self.cycles())
    }
}

impl Clock {
    /// `rate_hz` is the speed of the engine's clock.
    ///
    /// `None` if there is no serial clock with it.
    pub(crate) fn new(rate_hz: u64) -> Option<Self> {
        let max_hz = u32::try_from(rate_hz / 2).unwrap_or(u32::MAX);

        NonZero::new(max_hz).map(|max_hz| Self { max_hz })
    }

    /// The highest speed of the serial clock, in Hz.
    pub(crate) fn max_hz(self) -> u32 {
        self.max_hz.get()
    }

    /// The lowest speed of the serial clock, in Hz, rounded up.
    pub(crate) fn min_hz(self) -> u32 {
        self.max_hz().div_ceil(Divider::MAX)
    }

    /// The divider for the highest speed up to `speed_hz`.
    ///
    /// `None` if the slowest one is faster.
    #[inline]
    pub(crate) fn divider(self, speed_hz: u32) -> Option<Divider> {
        if speed_hz == 0 {
            return None;
        }
        match self.max_hz().div_ceil(speed_hz) {
            // CAST: It is not more than 256.
            divider @ 1..=Divider::MAX => NonZero::new(divider as u16).map(Divider),
            _ => None,
        }
    }

    /// The speed of the serial clock, in Hz, rounded down.
    #[inline]
    pub(crate) fn speed_hz(self, divider: Divider) -> u32 {
        self.max_hz() / NonZero::<u32>::from(divider.0)
    }

    /// How long the engine's clock takes for `cycles`, in ns, rounded up.
    pub(crate) fn nanos(self, cycles: u64) -> u64 {
        let rate_hz = NonZero::<u64>::from(self.max_hz).saturating_mul(TWO);
        let (seconds, rest) = math64::div_rem(cycles, rate_hz);

        // `rest` has 33 bits, so the product fits into 64.
        seconds
            .saturating_mul(NSEC_PER_SEC.get())
            .saturating_add(math64::div_ceil(rest * NSEC_PER_SEC.get(), rate_hz))
    }

    /// How long the engine's clock takes for `cycles`, in us, rounded down.
    #[inline]
    pub(crate) fn micros(self, cycles: u64) -> u64 {
        // The serial clock is half as fast.
        math64::div(cycles.saturating_mul(USEC_PER_SEC / 2), self.max_hz.into())
    }

    /// How many cycles of the serial clock have to be waited for, so that `delay_ns` pass.
    ///
    /// The wait itself takes two cycles of the engine's clock more.
    pub(crate) fn ticks(self, delay_ns: u64, divider: Divider) -> u64 {
        let instruction_ns = math64::div_ceil(NSEC_PER_SEC.get(), self.max_hz.into());
        let delay_ns = delay_ns.saturating_sub(instruction_ns);
        let (seconds, rest) = math64::div_rem(delay_ns, NSEC_PER_SEC);
        let speed_hz = u64::from(self.speed_hz(divider));

        // `rest` has 30 bits, so the product fits into 64.
        seconds
            .saturating_mul(speed_hz)
            .saturating_add(math64::div_ceil(rest * speed_hz, NSEC_PER_SEC))
    }
}

/// How an engine waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sleeping {
    /// How many cycles one instruction can wait for.
    pub(crate) longest: u64,
    /// How many cycles longer an instruction waits than it says.
    pub(crate) more: u64,
}

impl Sleeping {
    /// Goes through the values of the instructions that wait for `ticks` cycles.
    pub(crate) fn split(self, mut ticks: u64) -> impl Iterator<Item = u8> {
        core::iter::from_fn(move || {
            if ticks == 0 {
                return None;
            }
            let now = ticks.min(self.longest);
            ticks -= now;
            // CAST: `longest` is at most 256, and `more` 1 if it is that.
            Some((now - self.more) as u8)
        })
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST_KUNIT_TEST)]
#[kernel::macros::kunit_tests(axi_spi_engine_timing)]
mod tests {
    use super::*;
    use kernel::prelude::*;

    const RATE: u64 = 100_000_000;

    fn clock() -> Result<Clock> {
        Clock::new(RATE).ok_or(EINVAL)
    }

    #[test]
    fn dividers() -> Result {
        for (speed_hz, divider, effective) in [
            (u32::MAX, Some(1), 50_000_000),
            (50_000_000, Some(1), 50_000_000),
            (49_999_999, Some(2), 25_000_000),
            (25_000_000, Some(2), 25_000_000),
            (10_000_000, Some(5), 10_000_000),
            (9_000_000, Some(6), 8_333_333),
            (195_313, Some(256), 195_312),
            (195_312, None, 0),
            (1, None, 0),
            (0, None, 0),
        ] {
            let got = clock()?.divider(speed_hz);
            assert_eq!(got.map(|got| got.0.get()), divider);
            if let Some(divider) = got {
                assert_eq!(clock()?.speed_hz(divider), effective);
            }
        }
        Ok(())
    }

    #[test]
    fn lowest_speed_has_a_divider() -> Result {
        for rate in [2, 3, 511, 512, 513, 1_000_003, RATE, 3_999_999_999] {
            let clock = Clock::new(rate).ok_or(EINVAL)?;
            assert!(clock.divider(clock.min_hz()).is_some());
            assert!(clock.divider(clock.min_hz() - 1).is_none());
            assert_eq!(clock.divider(clock.max_hz()), Some(Divider::ONE));
        }
        Ok(())
    }

    #[test]
    fn no_clock() {
        assert_eq!(Clock::new(0), None);
        assert_eq!(Clock::new(1), None);
    }

    #[test]
    fn cycles_take() -> Result {
        for (cycles, ns) in [
            (0, 0),
            (1, 10),
            (150, 1500),
            (RATE, 1_000_000_000),
            (u64::MAX / 10, u64::MAX - 5),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(clock()?.nanos(cycles), ns);
        }
        assert_eq!(Clock::new(3).ok_or(EINVAL)?.nanos(1), 500_000_000);
        Ok(())
    }

    #[test]
    fn cycles_take_micros() -> Result {
        for (cycles, us) in [(0, 0), (99, 0), (100, 1), (RATE, USEC_PER_SEC)] {
            assert_eq!(clock()?.micros(cycles), us);
        }
        assert_eq!(clock()?.micros(u64::MAX), u64::MAX / 50_000_000);
        // A microsecond is less than a cycle.
        assert_eq!(Clock::new(3).ok_or(EINVAL)?.micros(7), 3_500_000);
        Ok(())
    }

    #[test]
    fn delays() -> Result {
        // An instruction takes 20 ns by itself.
        for (delay_ns, speed_hz, ticks) in [
            (0, 50_000_000, 0),
            (20, 50_000_000, 0),
            (21, 50_000_000, 1),
            (40, 50_000_000, 1),
            (41, 50_000_000, 2),
            (30_000, 10_000_000, 300),
            (1_000_000_020, 10_000_000, 10_000_000),
            (u64::MAX, 10_000_000, 184_467_440_737_095_516),
        ] {
            let divider = clock()?.divider(speed_hz).ok_or(EINVAL)?;
            assert_eq!(clock()?.ticks(delay_ns, divider), ticks);
        }
        Ok(())
    }

    #[test]
    fn sleeps() {
        let exact = Sleeping {
            longest: 255,
            more: 1,
        };
        assert!(exact.split(0).eq([]));
        assert!(exact.split(1).eq([0]));
        assert!(exact.split(255).eq([254]));
        assert!(exact.split(256).eq([254, 0]));
        assert!(exact.split(600).eq([254, 254, 89]));

        let short = Sleeping {
            longest: 254,
            more: 0,
        };
        assert!(short.split(1).eq([1]));
        assert!(short.split(256).eq([254, 2]));
    }
}
