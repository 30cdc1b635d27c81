// SPDX-License-Identifier: GPL-2.0

//! Which state of the mux is selected, between two messages as well.

use kernel::{
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

/// What the mux driver needs of a mux.
pub(crate) trait Select: Send + Sync {
    /// Keeps a state selected until it is dropped.
    type Selected<'s>
    where
        Self: 's;

    /// A selection that is not borrowed from the mux.
    type Kept: Send + Unpin + 'static;

    /// Selects a state; waits while somebody else has one selected.
    fn select(&self, state: u32) -> Result<Self::Selected<'_>>;

    /// Keeps the state selected after all.
    fn keep<'s>(selected: Self::Selected<'s>) -> Self::Kept
    where
        Self: 's;

    /// Takes up a selection that was kept.
    fn resume(&self, kept: Self::Kept) -> Result<Self::Selected<'_>, Self::Kept>;
}

/// A mux, and the state that a message has left selected.
///
/// A message may leave its chip select active, for the next message to the same child to go on. The
/// mux must not move meanwhile, so the state stays selected, too. The functions must not be called
/// at the same time; the SPI core sends one message after the other.
#[pin_data(PinnedDrop)]
pub(crate) struct Selector<S: Select> {
    mux: S,
    #[pin]
    held: Mutex<Option<(u32, S::Kept)>>,
}

impl<S: Select> Selector<S> {
    pub(crate) fn new(mux: S) -> impl PinInit<Self> {
        pin_init!(Self {
            mux,
            held <- new_mutex!(None),
        })
    }

    /// Selects a state. Nothing must be held.
    #[inline]
    pub(crate) fn select(&self, state: u32) -> Result<S::Selected<'_>> {
        self.mux.select(state)
    }

    /// Takes up what is held, if it is of `state`, or else gives it up.
    #[cold]
    pub(crate) fn take_up(&self, state: u32) -> Option<S::Selected<'_>> {
        let (held, selected) = self.take_held()?;

        (held == state).then_some(selected)
    }

    /// Keeps `selected`, of `state`, until the next [`take_up`](Self::take_up).
    #[cold]
    pub(crate) fn hold(&self, state: u32, selected: S::Selected<'_>) {
        *self.held.lock() = Some((state, S::keep(selected)));
    }

    /// Gives up what is held.
    pub(crate) fn give_up(&self) {
        drop(self.take_held());
    }

    fn take_held(&self) -> Option<(u32, S::Selected<'_>)> {
        let (state, kept) = self.held.lock().take()?;
        let selected = self.mux.resume(kept).ok()?;

        Some((state, selected))
    }
}

#[pinned_drop]
impl<S: Select> PinnedDrop for Selector<S> {
    fn drop(self: Pin<&mut Self>) {
        drop(self.take_held());
    }
}
