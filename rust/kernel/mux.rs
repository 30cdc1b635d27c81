// SPDX-License-Identifier: GPL-2.0

//! Multiplexer controls, consumer side.
//!
//! A mux chip has one or more controls; a control has a number of states, and selects one of them
//! at a time. Consumers share a control: while one has a state selected, the others wait.
//!
//! C headers: [`include/linux/mux/consumer.h`](srctree/include/linux/mux/consumer.h),
//! [`include/linux/mux/driver.h`](srctree/include/linux/mux/driver.h)

#![cfg(CONFIG_MULTIPLEXER)]

use crate::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    error::from_err_ptr,
    prelude::*,
    sync::aref::ARef,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

use core::{
    marker::PhantomData,
    ptr::{
        self,
        NonNull, //
    }, //
};

// Bindgen does not evaluate `BIT()`; `rust/helpers/mux.c` asserts that this is the same.
const DL_FLAG_AUTOPROBE_CONSUMER: u32 = 1 << 5;

/// How often a task that was killed looks whether a control is free.
const POLL_INTERVAL: Delta = Delta::from_millis(1);

/// A control of a mux chip, held by one consumer device.
///
/// The control is put back when this is dropped.
///
/// # Examples
///
/// ```
/// use kernel::{
///     device::{
///         Bound,
///         Device, //
///     },
///     mux,
///     prelude::*, //
/// };
///
/// fn use_channel(dev: &Device<Bound>, channel: u32) -> Result {
///     let control = mux::Control::get(dev, None)?;
///     let _selected = control.select(channel)?;
///
///     // The channel stays connected until `_selected` goes out of scope.
///     Ok(())
/// }
/// ```
///
/// # Invariants
///
/// - `raw` points to a valid `struct mux_control`, of whose chip `self` owns a reference.
/// - It has `states` states; their number does not change once the chip is registered.
/// - While `'bound` lasts the driver of the chip is bound.
pub struct Control<'bound> {
    raw: NonNull<bindings::mux_control>,
    states: u32,
    _dev: PhantomData<&'bound Device<Bound>>,
}

impl<'bound> Control<'bound> {
    /// Gets the mux control that the devicetree node of `dev` names in `mux-controls`.
    ///
    /// `name` is looked up in `mux-control-names`; without a name it is the first one.
    ///
    /// A device link is made, so that `dev` is unbound before the driver of the mux chip is, and
    /// probed again when the chip is back.
    ///
    /// This may sleep, and is meant for probe.
    ///
    /// # Errors
    ///
    /// - `EPROBE_DEFER` if the mux chip is not there yet, or is just being unbound.
    /// - `ENOENT` if the node has no such property, or the mux chip has no parent device.
    /// - `EINVAL` if the property does not fit the chip, or `name` is not among the names.
    /// - `EINVAL` if there can be no device link, because it would make a circle, or because the
    ///   parent of the mux chip takes no part in power management, as faux devices.
    ///
    /// C function: `mux_control_get()`.
    pub fn get(dev: &'bound Device<Bound>, name: Option<&CStr>) -> Result<Self> {
        let name = name.map_or(ptr::null(), CStr::as_char_ptr);

        // SAFETY: `dev` is a valid device, `name` is NULL or a C string.
        let raw = from_err_ptr(unsafe { bindings::mux_control_get(dev.as_raw(), name) })?;
        let raw = NonNull::new(raw).ok_or(ENOENT)?;

        // INVARIANT: `mux_control_get()` took a reference to the chip. A failing link drops `this`
        // again; after a successful one `dev` is unbound, and `'bound` over, before the chip is.
        let this = Self {
            raw,
            // SAFETY: `raw` is valid.
            states: unsafe { bindings::mux_control_states(raw.as_ptr()) },
            _dev: PhantomData,
        };
        this.link(dev)?;

        Ok(this)
    }

    /// Makes the consumer `dev` unbind before the driver of the mux chip does.
    ///
    /// The reference that the mux core takes keeps the chip's memory, not its driver: without the
    /// link a later select would call into a driver that is gone. The link stays when `dev` is
    /// unbound, until either device is removed; the driver core probes `dev` by it when a driver is
    /// bound to the chip again.
    fn link(&self, dev: &Device<Bound>) -> Result {
        // SAFETY: By the type invariant `raw` is valid.
        let chip = unsafe { (*self.raw.as_ptr()).chip };

        // SAFETY: A control belongs to a chip, which is valid as long as the control is.
        let supplier = unsafe { (*chip).dev.parent };
        if supplier.is_null() {
            return Err(ENOENT);
        }

        // SAFETY: `dev` is a valid device. So is the supplier: the chip, which was registered when
        // `mux_control_get()` found it, holds a reference to it until it is unregistered. This
        // relies on that not happening in between, which can't be excluded: the mux core gives no
        // reference to the supplier, only the driver core knows whether a chip is about to be
        // unregistered (`dead` in `struct device_private`), and it makes no links of its own of
        // `mux-controls` in firmware.
        let link = unsafe {
            bindings::device_link_add(dev.as_raw(), supplier, DL_FLAG_AUTOPROBE_CONSUMER)
        };
        let link = NonNull::new(link).ok_or(EINVAL)?;

        // SAFETY: The link stays at least until `dev` is unbound; the driver core changes the field
        // under a lock of its own, hence the volatile read.
        let status = unsafe { (&raw const (*link.as_ptr()).status).read_volatile() };
        match status {
            bindings::device_link_state_DL_STATE_CONSUMER_PROBE
            | bindings::device_link_state_DL_STATE_ACTIVE => Ok(()),
            _ => Err(EPROBE_DEFER),
        }
    }

    /// Returns how many states the control has; they are numbered from 0.
    ///
    /// C function: `mux_control_states()`.
    #[inline]
    pub fn states(&self) -> u32 {
        self.states
    }

    /// Selects `state`, after waiting for other consumers to release theirs.
    ///
    /// The state stays selected until the returned guard is dropped. A consumer that selects again
    /// before that waits for itself forever.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if there is no such state.
    /// - `EINTR` if the task was killed while it waited.
    /// - What the driver of the mux chip returns if it can't set the state.
    ///
    /// C function: `mux_control_select()`.
    #[inline]
    pub fn select(&self, state: u32) -> Result<Selected<'_>> {
        self.check(state)?;
        self.selected(self.select_interruptibly(state))
    }

    /// Selects `state`, and waits also if the task is killed.
    ///
    /// Like [`select`](Self::select), but never returns `EINTR`: for work that belongs to somebody
    /// else than the task that happens to do it. A task that was killed looks once per millisecond
    /// whether other consumers have released their states.
    #[inline]
    pub fn select_uninterruptible(&self, state: u32) -> Result<Selected<'_>> {
        self.check(state)?;

        let mut ret = self.select_now(state);
        if ret < 0 {
            ret = self.wait(state, ret);
        }
        self.selected(ret)
    }

    /// Selects `state` if no other consumer holds one.
    ///
    /// Like [`select`](Self::select), but returns `EBUSY` instead of waiting. It may still sleep
    /// while the state is set.
    ///
    /// C function: `mux_control_try_select()`.
    #[inline]
    pub fn try_select(&self, state: u32) -> Result<Selected<'_>> {
        self.check(state)?;
        self.selected(self.select_now(state))
    }

    #[inline]
    fn select_now(&self, state: u32) -> c_int {
        // SAFETY: By the type invariant `raw` is valid, and the chip's driver is bound.
        unsafe { bindings::mux_control_try_select_delay(self.raw.as_ptr(), state, 0) }
    }

    #[inline]
    fn select_interruptibly(&self, state: u32) -> c_int {
        // SAFETY: As above.
        unsafe { bindings::mux_control_select_delay(self.raw.as_ptr(), state, 0) }
    }

    /// Waits for the control, after `ret` was returned without waiting.
    #[cold]
    fn wait(&self, state: u32, mut ret: c_int) -> c_int {
        if ret == EBUSY.to_errno() {
            ret = self.select_interruptibly(state);
        }
        if ret != EINTR.to_errno() {
            return ret;
        }
        loop {
            ret = self.select_now(state);
            if ret != EBUSY.to_errno() {
                return ret;
            }
            fsleep(POLL_INTERVAL);
        }
    }

    /// Turns what selecting returned into a guard.
    #[inline]
    fn selected(&self, ret: c_int) -> Result<Selected<'_>> {
        if ret < 0 {
            return Err(Error::from_errno(ret));
        }

        // INVARIANT: Just selected.
        Ok(Selected { control: self })
    }

    /// Takes up a selection that was [kept](Selected::keep).
    ///
    /// # Errors
    ///
    /// Gives `kept` back if it is of another control.
    #[inline]
    pub fn resume(&self, kept: Kept) -> Result<Selected<'_>, Kept> {
        if kept.raw != self.raw {
            return Err(kept);
        }

        // INVARIANT: `kept` says that the control is selected; it is used up.
        Ok(Selected { control: self })
    }

    /// The C function warns with a stack trace for a state that is out of range.
    #[inline]
    fn check(&self, state: u32) -> Result {
        if state < self.states() {
            Ok(())
        } else {
            Err(EINVAL)
        }
    }
}

impl Drop for Control<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant `self` owns the reference that is put here.
        unsafe { bindings::mux_control_put(self.raw.as_ptr()) };
    }
}

// SAFETY: A mux control has no ties to a thread; its reference may be put anywhere.
unsafe impl Send for Control<'_> {}

// SAFETY: The functions that take `&self` are synchronized by the control's own semaphore.
unsafe impl Sync for Control<'_> {}

/// A selected state of a [`Control`].
///
/// Dropping it releases the control: the chip goes to its idle state, if it has one, and the next
/// consumer may select. This may sleep.
///
/// # Invariants
///
/// The control was selected, and not yet deselected.
#[must_use = "the state is deselected right away if this is not kept"]
pub struct Selected<'a> {
    control: &'a Control<'a>,
}

impl Selected<'_> {
    /// Keeps the state selected without a borrow of the control.
    ///
    /// It stays so until the selection is taken up with [`Control::resume`], and dropped.
    #[inline]
    pub fn keep(self) -> Kept {
        let raw = self.control.raw;

        // SAFETY: By its type invariant the control is valid, as is its chip.
        let chip: &Device = unsafe { Device::from_raw(&raw mut (*(*raw.as_ptr()).chip).dev) };

        // INVARIANT: The control is selected, and `self` is not dropped.
        let kept = Kept {
            raw,
            _chip: chip.into(),
        };
        core::mem::forget(self);
        kept
    }
}

/// A selected state of a [`Control`] that is kept beyond a [`Selected`].
///
/// If this is dropped the state stays selected for good, and no consumer can select again.
///
/// # Invariants
///
/// `raw` points to a control of `_chip`, which was selected, and not yet deselected.
#[must_use = "no consumer can ever select again if this is not resumed"]
pub struct Kept {
    raw: NonNull<bindings::mux_control>,
    /// Keeps another chip from getting this one's memory, and its controls from being mistaken.
    _chip: ARef<Device>,
}

// SAFETY: The address is only compared.
unsafe impl Send for Kept {}

// SAFETY: As above.
unsafe impl Sync for Kept {}

impl Drop for Selected<'_> {
    #[inline]
    fn drop(&mut self) {
        // An error means that the idle state could not be set. What was done while the state was
        // selected is done; the mux core sets the next selected state anew.
        //
        // SAFETY: By the type invariant the control is selected, and its chip's driver is bound.
        let _ = unsafe { bindings::mux_control_deselect(self.control.raw.as_ptr()) };
    }
}

#[cfg(CONFIG_RUST_MUX_KUNIT_TEST)]
#[macros::kunit_tests(rust_mux)]
mod tests {
    use super::*;
    use crate::{
        error::to_result,
        faux,
        sync::atomic::{
            Atomic,
            Relaxed, //
        }, //
    };

    const STATES: u32 = 4;
    const IDLE: i32 = 3;

    /// What the chip was last set to.
    static STATE: Atomic<i32> = Atomic::new(-1);
    /// What setting a state returns.
    static ERROR: Atomic<i32> = Atomic::new(0);

    extern "C" fn set(_mux: *mut bindings::mux_control, state: c_int) -> c_int {
        STATE.store(state, Relaxed);
        ERROR.load(Relaxed)
    }

    static OPS: bindings::mux_control_ops = bindings::mux_control_ops { set: Some(set) };

    /// A registered chip with one control, which goes to state 3 when idle.
    struct Chip(*mut bindings::mux_chip);

    impl Chip {
        fn new(parent: &Device) -> Result<Self> {
            ERROR.store(0, Relaxed);

            // SAFETY: `parent` is valid.
            let chip = from_err_ptr(unsafe { bindings::mux_chip_alloc(parent.as_raw(), 1, 0) })?;

            // SAFETY: The chip is new and has one control.
            unsafe {
                (*chip).ops = &raw const OPS;
                let control = (*chip).mux.as_mut_ptr();
                (*control).states = STATES;
                (*control).idle_state = IDLE;
            }
            let this = Self(chip);

            // SAFETY: The chip is complete.
            to_result(unsafe { bindings::mux_chip_register(chip) })?;
            Ok(this)
        }

        /// Does what `Control::get()` does once it has found the control, but for the device link:
        /// there can be none to a faux device. The chip stays as long as the control is used.
        fn control<'bound>(&self, _dev: &'bound Device<Bound>) -> Result<Control<'bound>> {
            // SAFETY: The chip is valid; this is the reference that the control puts.
            unsafe { bindings::get_device(&raw mut (*self.0).dev) };

            // SAFETY: The chip has one control.
            let raw = unsafe { (*self.0).mux.as_mut_ptr() };
            Ok(Control {
                raw: NonNull::new(raw).ok_or(ENOMEM)?,
                states: STATES,
                _dev: PhantomData,
            })
        }
    }

    impl Drop for Chip {
        fn drop(&mut self) {
            // SAFETY: The chip was registered.
            unsafe { bindings::mux_chip_unregister(self.0) };

            // SAFETY: Its controls may outlive it, they hold references.
            unsafe { bindings::mux_chip_free(self.0) };
        }
    }

    #[test]
    fn a_state_is_selected_as_long_as_the_guard() -> Result {
        let supplier = faux::Registration::new(c"rust_mux_chip", None)?;
        let consumer = faux::Registration::new(c"rust_mux_user", None)?;
        let chip = Chip::new(supplier.as_ref().as_ref())?;
        let control = chip.control(consumer.as_ref().as_ref())?;
        assert_eq!(control.states(), STATES);
        assert_eq!(STATE.load(Relaxed), IDLE);

        for state in 0..STATES - 1 {
            let selected = control.select(state)?;
            assert_eq!(STATE.load(Relaxed), i32::try_from(state)?);
            assert_eq!(control.try_select(0).err(), Some(EBUSY));

            drop(selected);
            assert_eq!(STATE.load(Relaxed), IDLE);
        }
        Ok(())
    }

    #[test]
    fn a_kept_state_is_resumed_by_its_control_only() -> Result {
        let supplier = faux::Registration::new(c"rust_mux_chip", None)?;
        let consumer = faux::Registration::new(c"rust_mux_user", None)?;
        let dev = consumer.as_ref().as_ref();
        let (chip, other_chip) = (
            Chip::new(supplier.as_ref().as_ref())?,
            Chip::new(supplier.as_ref().as_ref())?,
        );
        let (control, other) = (chip.control(dev)?, other_chip.control(dev)?);

        let kept = control.select(1)?.keep();
        assert_eq!(STATE.load(Relaxed), 1);
        assert_eq!(control.try_select(2).err(), Some(EBUSY));

        let kept = other.resume(kept).err().ok_or(EIO)?;
        assert_eq!(STATE.load(Relaxed), 1);
        drop(control.resume(kept).map_err(|_| EIO)?);
        assert_eq!(STATE.load(Relaxed), IDLE);
        drop(control.try_select(2)?);
        Ok(())
    }

    /// A chip that is allocated where another one was has not selected what that had.
    #[test]
    fn a_kept_state_is_not_mistaken_for_one_of_a_later_chip() -> Result {
        let supplier = faux::Registration::new(c"rust_mux_chip", None)?;
        let consumer = faux::Registration::new(c"rust_mux_user", None)?;
        let dev = consumer.as_ref().as_ref();

        let chip = Chip::new(supplier.as_ref().as_ref())?;
        let kept = chip.control(dev)?.select(1)?.keep();
        drop(chip);

        let chip = Chip::new(supplier.as_ref().as_ref())?;
        let control = chip.control(dev)?;
        assert!(control.resume(kept).is_err());
        drop(control.try_select(0)?);
        Ok(())
    }

    #[test]
    fn what_fails_leaves_nothing_selected() -> Result {
        let supplier = faux::Registration::new(c"rust_mux_chip", None)?;
        let consumer = faux::Registration::new(c"rust_mux_user", None)?;
        let chip = Chip::new(supplier.as_ref().as_ref())?;
        let control = chip.control(consumer.as_ref().as_ref())?;

        assert_eq!(control.select(STATES).err(), Some(EINVAL));
        assert_eq!(control.try_select(u32::MAX).err(), Some(EINVAL));
        assert_eq!(control.select_uninterruptible(STATES).err(), Some(EINVAL));

        ERROR.store(EIO.to_errno(), Relaxed);
        assert_eq!(control.select(0).err(), Some(EIO));
        assert_eq!(control.try_select(0).err(), Some(EIO));
        assert_eq!(control.select_uninterruptible(0).err(), Some(EIO));

        // The chip's own errors are not mistaken for a control that is in use.
        ERROR.store(EBUSY.to_errno(), Relaxed);
        assert_eq!(control.select_uninterruptible(0).err(), Some(EBUSY));

        ERROR.store(0, Relaxed);
        drop(control.try_select(1)?);
        drop(control.select(2)?);
        drop(control.select_uninterruptible(0)?);
        Ok(())
    }

    #[test]
    fn a_chip_that_no_link_keeps_is_refused() -> Result {
        let supplier = faux::Registration::new(c"rust_mux_chip", None)?;
        let consumer = faux::Registration::new(c"rust_mux_user", None)?;
        let dev = consumer.as_ref().as_ref();
        let chip = Chip::new(supplier.as_ref().as_ref())?;

        // What stays awake is not in the order of suspend, which a link is for.
        let refused = cfg!(CONFIG_PM_SLEEP).then_some(EINVAL);
        assert_eq!(chip.control(dev)?.link(dev).err(), refused);
        Ok(())
    }

    #[test]
    fn a_device_without_a_mux_gets_none() -> Result {
        let consumer = faux::Registration::new(c"rust_mux_user", None)?;

        assert_eq!(
            Control::get(consumer.as_ref().as_ref(), None).err(),
            Some(ENOENT)
        );
        Ok(())
    }
}
