// SPDX-License-Identifier: GPL-2.0

//! A queue with a fixed place for its words.

/// Words in the order in which they came, `CAPACITY` at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring<T, const CAPACITY: usize> {
    words: [T; CAPACITY],
    first: usize,
    len: usize,
}

impl<T: Copy + Default, const CAPACITY: usize> Ring<T, CAPACITY> {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self {
            words: [T::default(); CAPACITY],
            first: 0,
            len: 0,
        }
    }

    /// How many words are there.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a word; says whether there was a place for it.
    pub(super) fn push(&mut self, word: T) -> bool {
        let place = (self.first + self.len) % CAPACITY;
        if self.len == CAPACITY {
            return false;
        }
        if let Some(slot) = self.words.get_mut(place) {
            *slot = word;
        }
        self.len += 1;
        true
    }

    /// The first word, which stays.
    pub(super) fn peek(&self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        self.words.get(self.first).copied()
    }

    /// Takes the first word.
    pub(super) fn pop(&mut self) -> Option<T> {
        let word = self.peek()?;
        self.first = (self.first + 1) % CAPACITY;
        self.len -= 1;
        Some(word)
    }

    /// Forgets all words.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_leave_in_order_and_none_is_overwritten() {
        let mut ring = Ring::<u8, 3>::new();
        assert!(ring.push(0) && ring.pop() == Some(0));
        assert!(ring.push(1) && ring.push(2) && ring.push(3));
        assert!(!ring.push(4));
        assert_eq!((ring.len(), ring.peek()), (3, Some(1)));
        assert_eq!(
            [ring.pop(), ring.pop(), ring.pop(), ring.pop()],
            [Some(1), Some(2), Some(3), None]
        );
    }
}
