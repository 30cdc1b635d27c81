// SPDX-License-Identifier: GPL-2.0

//! Firmware nodes that software makes up.
//!
//! A driver asks for properties of its device without knowing where they come from. For a device
//! that no firmware describes, whoever adds the device gives it a [`SoftwareNode`].
//!
//! C header: [`include/linux/property.h`](srctree/include/linux/property.h)

#![cfg(CONFIG_RUST_SPI_ABSTRACTIONS)]

use crate::{
    bindings,
    error::from_err_ptr,
    prelude::*, //
};

use core::ptr::NonNull;

/// A property of a [`SoftwareNode`]: a name and a number.
///
/// C type: `struct property_entry`.
pub struct Property<'a> {
    name: &'a CStr,
    value: u32,
}

impl<'a> Property<'a> {
    /// Describes a property of 32 bits.
    #[inline]
    pub const fn new(name: &'a CStr, value: u32) -> Self {
        Self { name, value }
    }

    /// Returns the entry of an array for C, which is valid as long as `'a`.
    fn entry(&self) -> bindings::property_entry {
        let mut entry = bindings::property_entry {
            name: self.name.as_char_ptr(),
            length: size_of::<u32>(),
            is_inline: true,
            type_: bindings::dev_prop_type_DEV_PROP_U32,
            ..pin_init::zeroed()
        };

        // Writing to a field of a union is safe, `pin_init::zeroed()` has initialized the rest.
        entry.__bindgen_anon_1.value.u32_data = [self.value, 0];
        entry
    }
}

/// A firmware node that software has made up.
///
/// It stays at least as long as this is there, and longer if a device has it.
///
/// # Examples
///
/// ```
/// use kernel::software_node::{
///     Property,
///     SoftwareNode, //
/// };
///
/// let node = SoftwareNode::new(&[Property::new(c"size", 4096), Property::new(c"pagesize", 32)])?;
/// # drop(node);
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// The pointer is that of a registered software node, of which `self` owns a reference.
pub struct SoftwareNode(NonNull<bindings::fwnode_handle>);

impl SoftwareNode {
    /// Makes a node with these properties, which are copied.
    ///
    /// This sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM` if there is no memory.
    ///
    /// C function: `fwnode_create_software_node()`.
    pub fn new(properties: &[Property<'_>]) -> Result<Self> {
        let mut entries = KVec::with_capacity(properties.len() + 1, GFP_KERNEL)?;
        for property in properties {
            entries.push(property.entry(), GFP_KERNEL)?;
        }
        // The end of the list.
        entries.push(pin_init::zeroed(), GFP_KERNEL)?;

        // SAFETY: `entries` ends with one without a name, and what they point to is valid during
        // the call, which copies it.
        let node = from_err_ptr(unsafe {
            bindings::fwnode_create_software_node(entries.as_ptr(), core::ptr::null())
        })?;

        // INVARIANT: The reference is the caller's.
        Ok(Self(NonNull::new(node).ok_or(ENOMEM)?))
    }

    /// Returns the C description of the node, valid as long as `self`.
    #[inline]
    pub(crate) fn as_raw(&self) -> *const bindings::software_node {
        // SAFETY: By the type invariant it is a valid software node.
        unsafe { bindings::to_software_node(self.0.as_ptr()) }
    }
}

impl Drop for SoftwareNode {
    fn drop(&mut self) {
        // SAFETY: By the type invariant `self` owns a reference.
        unsafe { bindings::fwnode_remove_software_node(self.0.as_ptr()) };
    }
}

// SAFETY: A reference may be put from any thread.
unsafe impl Send for SoftwareNode {}

// SAFETY: A shared reference only reads what does not change.
unsafe impl Sync for SoftwareNode {}
