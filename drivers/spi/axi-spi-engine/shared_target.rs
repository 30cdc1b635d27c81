// SPDX-License-Identifier: GPL-2.0

//! The target of a device, for messages that are compiled anywhere.

use crate::request::{
    Lanes,
    Target, //
};
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

/// What the programs of a device depend on, once it has been set up.
///
/// Messages that are not optimized are compiled where they are sent, which may be an interrupt, and
/// for each send. So there is no lock. A message that is compiled while its device is set up again
/// may get some settings from before and some from after that, as it does from the SPI core.
pub(crate) struct SharedTarget {
    /// The chip select, the mode, the lanes, and whether there are times; 0 until they are set.
    lines: Atomic<u64>,
    /// When the chip select becomes active and inactive.
    edges: Atomic<u64>,
    /// How long it is inactive.
    pause: Atomic<u64>,
}

impl SharedTarget {
    pub(crate) const fn new() -> Self {
        Self {
            lines: Atomic::new(0),
            edges: Atomic::new(0),
            pause: Atomic::new(0),
        }
    }

    pub(crate) fn set(&self, target: &Target) {
        let Target {
            chip_select,
            mode,
            single,
            striped,
            ..
        } = *target;
        let has_times = target.setup_ns > 0 || target.hold_ns > 0 || target.inactive_ns > 0;
        let lines = [
            1,
            chip_select,
            mode,
            single.rx,
            single.tx,
            striped.rx,
            striped.tx,
            has_times.into(),
        ];

        // ORDERING: None is needed, as nothing else is read because of it.
        self.edges
            .store(pair(target.setup_ns, target.hold_ns), Relaxed);
        self.pause.store(pair(target.inactive_ns, 0), Relaxed);
        self.lines.store(u64::from_ne_bytes(lines), Relaxed);
    }

    /// `None` if it was not set yet.
    #[inline]
    pub(crate) fn get(&self) -> Option<Target> {
        // ORDERING: As in `set()`.
        let lines = self.lines.load(Relaxed).to_ne_bytes();
        let [is_set, chip_select, mode, single_rx, single_tx, striped_rx, striped_tx, has_times] =
            lines;
        if is_set == 0 {
            return None;
        }
        // Most devices ask for no times.
        let ((setup_ns, hold_ns), (inactive_ns, _)) = if has_times == 0 {
            ((0, 0), (0, 0))
        } else {
            (
                split(self.edges.load(Relaxed)),
                split(self.pause.load(Relaxed)),
            )
        };

        Some(Target {
            chip_select,
            mode,
            setup_ns,
            hold_ns,
            inactive_ns,
            single: Lanes {
                rx: single_rx,
                tx: single_tx,
            },
            striped: Lanes {
                rx: striped_rx,
                tx: striped_tx,
            },
        })
    }
}

/// Two times in one word. They have 16 bits, in us or ns, so they fit.
fn pair(first_ns: u64, second_ns: u64) -> u64 {
    let fit = |ns| u32::try_from(ns).map_or(u32::MAX.into(), u64::from);

    fit(first_ns) << 32 | fit(second_ns)
}

#[inline]
fn split(pair: u64) -> (u64, u64) {
    (pair >> 32, pair & u64::from(u32::MAX))
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST_KUNIT_TEST)]
#[kernel::macros::kunit_tests(axi_spi_engine_shared_target)]
mod tests {
    use super::*;

    #[test]
    fn nothing_at_first() {
        assert_eq!(SharedTarget::new().get(), None);
    }

    #[test]
    fn gives_what_was_set() {
        let shared = SharedTarget::new();
        let target = Target {
            chip_select: 0,
            mode: 2,
            setup_ns: 3,
            hold_ns: 65_535_000,
            inactive_ns: 5,
            single: Lanes { rx: 6, tx: 7 },
            striped: Lanes { rx: 8, tx: 0xff },
        };

        shared.set(&target);
        assert_eq!(shared.get(), Some(target));

        let other = Target {
            chip_select: 7,
            setup_ns: 0,
            hold_ns: u64::from(u32::MAX) + 1,
            ..target
        };
        shared.set(&other);
        assert_eq!(
            shared.get(),
            Some(Target {
                hold_ns: u32::MAX.into(),
                ..other
            })
        );

        let hasty = Target {
            hold_ns: 0,
            inactive_ns: 0,
            ..other
        };
        shared.set(&hasty);
        assert_eq!(shared.get(), Some(hasty));
    }
}
