// SPDX-License-Identifier: GPL-2.0

//! Memory cells, and what all memory chips have in common.

use kernel::prelude::*;

/// Memory cells; addresses beyond the end begin again at 0.
pub(super) struct Memory(KVVec<u8>);

impl Memory {
    /// Makes erased memory of `size` bytes, a power of two.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is not, `ENOMEM` if there is no memory.
    pub(super) fn erased(size: usize) -> Result<Self> {
        if !size.is_power_of_two() {
            return Err(EINVAL);
        }
        Ok(Self(KVVec::from_elem(0xff, size, GFP_KERNEL)?))
    }

    pub(super) fn size(&self) -> usize {
        self.0.len()
    }

    /// Returns the address that is meant: unused upper bits are ignored.
    pub(super) fn wrap(&self, address: usize) -> usize {
        address & (self.0.len() - 1)
    }

    pub(super) fn read(&self, address: usize) -> u8 {
        self.0[self.wrap(address)]
    }

    /// Returns the `size` cells around an address that belong together; both are powers of two.
    pub(super) fn block(&mut self, address: usize, size: usize) -> &mut [u8] {
        let size = size.min(self.0.len());
        let start = self.wrap(address) & !(size - 1);
        &mut self.0[start..start + size]
    }

    pub(super) fn all(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// A page of data that is written when the chip select becomes inactive.
pub(super) struct Page {
    data: KVVec<u8>,
    address: usize,
}

impl Page {
    /// Makes a buffer for pages of `size` bytes, a power of two.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is not, `ENOMEM` if there is no memory.
    pub(super) fn new(size: usize) -> Result<Self> {
        if !size.is_power_of_two() {
            return Err(EINVAL);
        }
        Ok(Self {
            data: KVVec::from_elem(0xff, size, GFP_KERNEL)?,
            address: 0,
        })
    }

    /// Begins a page with what is in memory now, or with all ones.
    pub(super) fn begin(&mut self, address: usize, contents: Option<&[u8]>) {
        self.address = address;
        match contents {
            Some(contents) if contents.len() == self.data.len() => {
                self.data.copy_from_slice(contents);
            }
            _ => self.data.fill(0xff),
        }
    }

    /// Adds a byte; after the end of the page comes its beginning.
    pub(super) fn push(&mut self, byte: u8) {
        let size = self.data.len();
        self.data[self.address & (size - 1)] = byte;
        // Only the lower bits count from now on, the others must stay.
        self.address = (self.address & !(size - 1)) | (self.address.wrapping_add(1) & (size - 1));
    }

    pub(super) fn address(&self) -> usize {
        self.address
    }

    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    pub(super) fn size(&self) -> usize {
        self.data.len()
    }
}

/// How long a chip is busy with a write.
pub(super) struct Busy {
    duration: u64,
    until: u64,
    now: u64,
    stuck: bool,
}

impl Busy {
    /// Each write takes `duration` nanoseconds.
    pub(super) fn new(duration: u64) -> Self {
        Self {
            duration,
            until: 0,
            now: 0,
            stuck: false,
        }
    }

    pub(super) fn at(&mut self, now: u64) {
        self.now = now;
    }

    /// Begins a write.
    pub(super) fn begin(&mut self, now: u64) {
        self.until = now.saturating_add(self.duration);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.stuck || self.now < self.until
    }

    pub(super) fn set_stuck(&mut self, stuck: bool) {
        self.stuck = stuck;
    }
}
