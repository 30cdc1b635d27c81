// SPDX-License-Identifier: GPL-2.0

//! Vectors that need memory of their own only if they are long.

use kernel::prelude::*;

/// A vector of which the first `N` elements are here.
///
/// # Invariants
///
/// `used` is at most `N`. The elements are those of `full`, and then the first `used` of `newest`;
/// if there are any in `full` at the end, [`finish`](Self::finish) has moved all there.
pub(crate) struct ShortVec<T, const N: usize> {
    newest: [T; N],
    used: usize,
    full: KVec<T>,
}

impl<T: Copy, const N: usize> ShortVec<T, N> {
    /// How many elements there is room for at least, if not all are here.
    const LONG: usize = 24;

    /// An empty one; `filler` is for places that are not used.
    #[inline]
    pub(crate) fn new(filler: T) -> Self {
        // INVARIANT: It is empty.
        Self {
            newest: [filler; N],
            used: 0,
            full: KVec::new(),
        }
    }

    /// Adds an element.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline(always)]
    pub(crate) fn push(&mut self, element: T) -> Result {
        self.push_all([element])
    }

    /// Adds several elements.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline(always)]
    pub(crate) fn push_all<const M: usize>(&mut self, elements: [T; M]) -> Result {
        const { assert!(M <= N) };

        if self.used > N - M {
            self.make_room()?;
        }
        let places = self.newest.get_mut(self.used..);
        if let Some(places) = places.and_then(<[T]>::first_chunk_mut) {
            *places = elements;
            // INVARIANT: So many were left of `N`.
            self.used = self.used.wrapping_add(M);
        }
        Ok(())
    }

    /// Moves all to where there is room for more.
    #[cold]
    fn make_room(&mut self) -> Result {
        let len = self.full.len();
        if self.full.capacity() - len < N {
            // GFP_ATOMIC: `spi_async()` has messages compiled that are sent from atomic context.
            self.full
                .reserve((2 * len).max(3 * N).max(Self::LONG), GFP_ATOMIC)?;
        }
        self.move_all()
    }

    fn move_all(&mut self) -> Result {
        let newest = self.newest.get(..self.used).unwrap_or(&[]);

        // GFP_ATOMIC: As in `make_room()`.
        self.full.extend_from_slice(newest, GFP_ATOMIC)?;
        // INVARIANT: All are in `full`.
        self.used = 0;
        Ok(())
    }

    /// Has all elements in one place, as [`as_slice`](Self::as_slice) needs it.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    #[inline]
    pub(crate) fn finish(&mut self) -> Result {
        if self.full.is_empty() {
            return Ok(());
        }
        self.move_all()
    }

    /// All elements, once [`finish`](Self::finish) was called.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        if self.full.is_empty() {
            self.newest.get(..self.used).unwrap_or(&[])
        } else {
            &self.full
        }
    }

    /// How many elements there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // There is no memory for as many as do not fit.
        self.full.len().wrapping_add(self.used)
    }
}

#[cfg(CONFIG_SPI_AXI_SPI_ENGINE_RUST_KUNIT_TEST)]
#[kernel::macros::kunit_tests(axi_spi_engine_short_vec)]
mod tests {
    use super::*;

    #[test]
    fn keeps_all_in_order() -> Result {
        for len in [0, 1, 3, 4, 5, 8, 9, 12, 13, 100] {
            let mut vec = ShortVec::<u32, 4>::new(u32::MAX);
            for element in 0..len {
                vec.push(element)?;
            }
            vec.finish()?;
            assert!(vec.as_slice().iter().copied().eq(0..len));
            assert_eq!(u32::try_from(vec.len())?, len);
        }
        Ok(())
    }

    #[test]
    fn several_at_once_stay_together() -> Result {
        for before in 0..10 {
            let mut vec = ShortVec::<u32, 4>::new(u32::MAX);
            for element in 0..before {
                vec.push(element)?;
            }
            vec.push_all([before, before + 1, before + 2])?;
            vec.push_all([before + 3])?;
            vec.finish()?;
            assert!(vec.as_slice().iter().copied().eq(0..before + 4));
        }
        Ok(())
    }

    #[test]
    fn short_ones_need_no_memory() -> Result {
        let mut vec = ShortVec::<u8, 4>::new(0);
        for _ in 0..4 {
            vec.push(1)?;
        }
        vec.finish()?;
        assert_eq!(vec.full.capacity(), 0);
        Ok(())
    }
}
