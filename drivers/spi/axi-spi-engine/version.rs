// SPDX-License-Identifier: GPL-2.0

//! What the versions of the engine can do, and what they do wrong.

use crate::timing::Sleeping;
use core::ops::RangeInclusive;

/// The version of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u16,
    pub(crate) minor: u8,
    pub(crate) patch: u8,
}

impl Version {
    pub(crate) const fn new(major: u16, minor: u8, patch: u8) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    const V1_2: Self = Self::new(1, 2, 0);
    const V1_3: Self = Self::new(1, 3, 0);
    const V1_3_1: Self = Self::new(1, 3, 1);
    const V1_4: Self = Self::new(1, 4, 0);
    const V1_5: Self = Self::new(1, 5, 0);
    const V2: Self = Self::new(2, 0, 0);

    /// Whether this driver knows the version.
    pub(crate) fn is_known(self) -> bool {
        self.major <= 2
    }

    /// Whether chip selects can be active high.
    pub(crate) fn inverts_chip_selects(self) -> bool {
        self >= Self::V1_2
    }

    /// Whether the level of the idle line can be chosen.
    pub(crate) fn has_idle_level(self) -> bool {
        self >= Self::V1_3
    }

    /// Whether messages can choose among several lanes.
    pub(crate) fn has_lanes(self) -> bool {
        self >= Self::V2
    }

    /// Whether an empty receive FIFO gives [`NO_WORD`](crate::regs::NO_WORD); if not, its level
    /// tells that it is empty.
    pub(crate) fn has_no_word(self) -> bool {
        self >= Self::V2
    }

    /// Whether the memory of the offload is empty with as many words as it has (R8, C17).
    pub(crate) fn full_memory_is_empty(self) -> bool {
        self >= Self::V1_4
    }

    /// The lengths of words that work, in bits, for an engine that was built for `width` bits.
    ///
    /// `None` if nothing works.
    pub(crate) fn word_lengths(self, width: u16) -> Option<RangeInclusive<u8>> {
        let shortest = if (Self::V1_3_1..Self::V1_4).contains(&self) {
            // Some shorter words go wrong now and then.
            8
        } else if self >= Self::V1_5 {
            1
        } else {
            // One bit hangs, or gives wrong data.
            2
        };
        // Longer words than the engine was built for never end.
        let longest = u8::try_from(width.min(32)).ok()?;

        (shortest <= longest).then_some(shortest..=longest)
    }

    /// What programs have to do, and to avoid.
    ///
    /// `width` is the word length in bits that the engine was built for, `lanes` its number of
    /// lanes, and `sdi_words` how many words may be waiting in its receive FIFO.
    pub(crate) fn limits(self, width: u16, lanes: u8, sdi_words: u32) -> Limits {
        let single_words = (Self::V1_3_1..Self::V1_5).contains(&self);
        let lanes = if self.has_lanes() { lanes } else { 1 };

        Limits {
            sleeping: if self <= Self::V1_3 {
                Sleeping {
                    longest: 254,
                    more: 0,
                }
            } else {
                Sleeping {
                    longest: 255,
                    more: 1,
                }
            },
            fence_words: (sdi_words / 2).max(u32::from(lanes)).max(1),
            single_words: single_words.then_some(width),
            fillers: self >= Self::V2,
            slow_bits: self >= Self::V2,
            stripes: self.has_lanes(),
            lanes: lanes > 1,
            syncs: self < Self::V1_5,
        }
    }
}

/// What programs have to do, and to avoid, for the engine to do what it is asked.
///
/// The names in brackets are those of the ledger, `Documentation/spi/rust-defects.rst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How the engine waits.
    ///
    /// The longest sleep that an instruction can express never ends on some versions (R1, C5), and
    /// some wait one cycle less than others (C29). If in doubt, one cycle too long is right.
    pub(crate) sleeping: Sleeping,

    /// How many words may come in before the program reports how far it got.
    ///
    /// The level of the receive FIFO is too high, too low or too late, depending on the version
    /// (R2, R5, R6, R7, C6, C13, C24, C25). Words that came in before a report are there.
    pub(crate) fence_words: u32,

    /// Words of this length are sent one by one, because several at once never end (R9).
    pub(crate) single_words: Option<u16>,

    /// Whether a new word length needs two more settings to reach a word that is waiting to be sent
    /// (R3, C7).
    pub(crate) fillers: bool,

    /// Whether words of one bit go wrong at the highest speed (R15).
    pub(crate) slow_bits: bool,

    /// Whether words can be spread over lanes; if not, what would select the lanes changes other
    /// settings (R14, C16).
    pub(crate) stripes: bool,

    /// Whether lanes have to be selected: by each message, since they are the engine's and not the
    /// device's, and not while a word is waiting to be sent (R4, C8, C12, C14).
    pub(crate) lanes: bool,

    /// Whether programs of the offload have to end with a report: who has the engine keeps it until
    /// then.
    pub(crate) syncs: bool,
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST_KUNIT_TEST)]
#[kernel::macros::kunit_tests(axi_spi_engine_version)]
mod tests {
    use super::*;

    fn length_range(major: u16, minor: u8, patch: u8, width: u16) -> Option<(u8, u8)> {
        Version::new(major, minor, patch)
            .word_lengths(width)
            .map(RangeInclusive::into_inner)
    }

    #[test]
    fn word_lengths() {
        assert_eq!(length_range(1, 0, 71, 8), Some((2, 8)));
        assert_eq!(length_range(1, 2, 1, 16), Some((2, 16)));
        assert_eq!(length_range(1, 3, 0, 32), Some((2, 32)));
        assert_eq!(length_range(1, 3, 1, 8), Some((8, 8)));
        assert_eq!(length_range(1, 3, 1, 24), Some((8, 24)));
        assert_eq!(length_range(1, 4, 1, 24), Some((2, 24)));
        assert_eq!(length_range(1, 5, 4, 32), Some((1, 32)));
        assert_eq!(length_range(2, 0, 0, 64), Some((1, 32)));
        assert_eq!(length_range(2, 0, 0, 0), None);
        assert_eq!(length_range(1, 3, 1, 7), None);
    }

    #[test]
    fn features_by_version() {
        for (version, inverts, idle_level, lanes) in [
            (Version::new(1, 0, 71), false, false, false),
            (Version::new(1, 1, 71), false, false, false),
            (Version::new(1, 2, 0), true, false, false),
            (Version::new(1, 3, 0), true, true, false),
            (Version::new(1, 4, 1), true, true, false),
            (Version::new(1, 5, 4), true, true, false),
            (Version::new(2, 0, 0), true, true, true),
        ] {
            assert_eq!(version.inverts_chip_selects(), inverts);
            assert_eq!(version.has_idle_level(), idle_level);
            assert_eq!(version.has_lanes(), lanes);
            assert!(version.is_known());
        }
        assert!(!Version::new(3, 0, 0).is_known());
    }

    #[test]
    fn limits_by_version() {
        const SHORT: Sleeping = Sleeping {
            longest: 254,
            more: 0,
        };
        const EXACT: Sleeping = Sleeping {
            longest: 255,
            more: 1,
        };

        for (version, sleeping, single_words, fillers) in [
            (Version::new(1, 0, 71), SHORT, None, false),
            (Version::new(1, 2, 1), SHORT, None, false),
            (Version::new(1, 3, 0), SHORT, None, false),
            (Version::new(1, 3, 1), EXACT, Some(24), false),
            (Version::new(1, 4, 1), EXACT, Some(24), false),
            (Version::new(1, 5, 0), EXACT, None, false),
            (Version::new(2, 0, 0), EXACT, None, true),
        ] {
            let limits = version.limits(24, 1, 31);
            assert_eq!(limits.sleeping, sleeping);
            assert_eq!(limits.single_words, single_words);
            assert_eq!(limits.fillers, fillers);
            assert_eq!(limits.slow_bits, fillers);
            assert_eq!(limits.fence_words, 15);
            assert!(!limits.lanes);
            assert_eq!(version.limits(24, 2, 31).lanes, fillers);
        }
    }

    #[test]
    fn fences_leave_room() {
        // Only the first lane is received by messages.
        assert_eq!(Version::new(1, 5, 4).limits(8, 8, 7).fence_words, 3);

        let version = Version::new(2, 0, 0);

        for (lanes, sdi_words, fence_words) in [
            (1, 31, 15),
            (8, 31, 15),
            (7, 7, 7),
            (1, 1, 1),
            (1, 0, 1),
            (4, 1023, 511),
        ] {
            assert_eq!(version.limits(8, lanes, sdi_words).fence_words, fence_words);
        }
    }
}
