// SPDX-License-Identifier: GPL-2.0

//! Triggers, consumer side.

use super::{
    managed::Owner,
    Kind,
    Offload, //
};
use crate::{
    bindings,
    device,
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*, //
};

use core::{
    marker::PhantomData,
    ptr::{
        self,
        NonNull, //
    }, //
};

/// What starts the message of an offload, again and again.
///
/// It is put back when this is dropped. It stays valid when its provider goes away; then all calls
/// fail with `ENODEV`.
///
/// # Invariants
///
/// `raw` points to a valid trigger, which `_owner` holds.
pub struct Trigger<K: Kind> {
    raw: NonNull<bindings::spi_offload_trigger>,
    // Only compared; the offload may be gone.
    offload: NonNull<bindings::spi_offload>,
    _owner: Owner,
    _kind: PhantomData<K>,
}

impl<K: Kind> Trigger<K> {
    /// Gets the trigger that firmware has connected to `offload`, its `trigger-sources`.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// - `EPROBE_DEFER` if there is no provider of the trigger yet.
    /// - `EOPNOTSUPP` if there is one, but it has no trigger of this kind, or not with these
    ///   arguments. This is only told apart from an absent provider if that is on the platform bus
    ///   or on an SPI bus, as all in the kernel are; otherwise it is `EPROBE_DEFER`, too.
    /// - `EINVAL` or `ENOENT` if firmware does not name a trigger.
    /// - `ENOMEM` if there is no memory.
    /// - What the provider returns, `EBUSY` if the trigger is in use.
    ///
    /// C function: `devm_spi_offload_trigger_get()`.
    pub fn get(offload: &Offload<'_>) -> Result<Self> {
        let owner = Owner::new()?;

        // INVARIANT: `owner` holds the trigger until it is dropped.
        Ok(Self {
            raw: get(offload, &owner, K::TYPE)?,
            offload: offload.as_ptr(),
            _owner: owner,
            _kind: PhantomData,
        })
    }

    /// Returns the settings that the trigger would really have if `wanted` were asked for.
    ///
    /// A periodic trigger may round the frequency, in either direction, and the offset; callers
    /// compare it with what they need. This sleeps.
    ///
    /// # Errors
    ///
    /// - `ENODEV` if the provider is gone.
    /// - `EOPNOTSUPP` if the provider can't tell.
    /// - `EINVAL` if the settings are out of range, or what comes back makes no sense.
    /// - What the provider returns.
    ///
    /// C function: `spi_offload_trigger_validate()`.
    pub fn validate(&self, wanted: K) -> Result<K> {
        let mut settings = wanted.to_raw();

        validate(self.raw, &mut settings)?;
        K::from_raw(&settings)
    }

    /// Returns whether this is a trigger of `offload`.
    #[inline]
    pub(super) fn is_of(&self, offload: &Offload<'_>) -> bool {
        self.offload == offload.as_ptr()
    }

    #[inline]
    pub(in crate::spi) fn as_raw(&self) -> NonNull<bindings::spi_offload_trigger> {
        self.raw
    }
}

// SAFETY: A trigger has no ties to a thread.
unsafe impl<K: Kind> Send for Trigger<K> {}

// SAFETY: The functions that take `&self` are synchronized by the lock of the trigger.
unsafe impl<K: Kind> Sync for Trigger<K> {}

// What follows is not generic, and not inlined, because the functions that it calls are in a
// namespace that modules would have to import.

#[inline(never)]
fn get(
    offload: &Offload<'_>,
    owner: &Owner,
    kind: bindings::spi_offload_trigger_type,
) -> Result<NonNull<bindings::spi_offload_trigger>> {
    let raw = offload.as_raw();

    // Asked before: a provider that comes in between is found.
    let was_there = provider_is_bound(offload.provider());

    // SAFETY: `owner` is a valid device, `raw` a valid offload.
    let trigger = unsafe { bindings::devm_spi_offload_trigger_get(owner.as_raw(), raw, kind) };

    match from_err_ptr(trigger) {
        Ok(trigger) => NonNull::new(trigger).ok_or(ENODEV),
        // The C side says so whatever the reason. And asked after: it may have gone in between.
        Err(EPROBE_DEFER) if was_there && provider_is_bound(offload.provider()) => Err(EOPNOTSUPP),
        Err(error) => Err(error),
    }
}

#[inline(never)]
fn validate(
    trigger: NonNull<bindings::spi_offload_trigger>,
    settings: &mut bindings::spi_offload_trigger_config,
) -> Result {
    // SAFETY: `Trigger::validate()` calls with its trigger, which is valid.
    to_result(unsafe { bindings::spi_offload_trigger_validate(trigger.as_ptr(), settings) })
}

/// Returns whether the driver of the trigger that firmware names in `provider` has been probed.
fn provider_is_bound(provider: &device::Device) -> bool {
    let Some(node) = provider.fwnode() else {
        return false;
    };
    let mut source: bindings::fwnode_reference_args = pin_init::zeroed();

    // SAFETY: The firmware node is valid, the names are C strings, and `source` is written to.
    let found = to_result(unsafe {
        bindings::fwnode_property_get_reference_args(
            node.as_raw(),
            c"trigger-sources".as_char_ptr(),
            c"#trigger-source-cells".as_char_ptr(),
            0,
            0,
            &mut source,
        )
    });
    if found.is_err() {
        return false;
    }

    // SAFETY: The function gave a reference to the node.
    let bound = unsafe { is_bound(source.fwnode) };

    // SAFETY: As above; it is put once.
    unsafe { bindings::fwnode_handle_put(source.fwnode) };
    bound
}

/// Returns whether there is a device for `node` on one of the buses that triggers are on, and bound
/// to a driver.
///
/// # Safety
///
/// `node` must be valid.
unsafe fn is_bound(node: *const bindings::fwnode_handle) -> bool {
    [
        &raw const bindings::platform_bus_type,
        &raw const bindings::spi_bus_type,
    ]
    .into_iter()
    // SAFETY: Both are buses; the rest is the safety requirement.
    .any(|bus| unsafe { is_bound_on(bus, node) })
}

/// Returns whether there is a device for `node` on `bus`, and bound to a driver.
///
/// # Safety
///
/// Both must be valid.
unsafe fn is_bound_on(
    bus: *const bindings::bus_type,
    node: *const bindings::fwnode_handle,
) -> bool {
    // SAFETY: By the safety requirement; `device_match_fwnode()` takes a pointer to a node.
    let dev = unsafe {
        bindings::bus_find_device(
            bus,
            ptr::null_mut(),
            node.cast(),
            Some(bindings::device_match_fwnode),
        )
    };
    if dev.is_null() {
        return false;
    }

    // SAFETY: `bus_find_device()` gave a reference to the device.
    let bound = unsafe { bindings::device_is_bound(dev) };

    // SAFETY: As above; it is put once.
    unsafe { bindings::put_device(dev) };
    bound
}
