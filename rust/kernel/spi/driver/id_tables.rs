// SPDX-License-Identifier: GPL-2.0

//! Checks the id tables of a driver against each other, when it is compiled.

use super::Driver;
use crate::{
    device_id::RawDeviceId,
    of,
    prelude::*,
    spi::DeviceId, //
};

use core::ptr;

/// Returns whether there is an SPI id for each compatible: its name without the vendor.
///
/// The core makes the modalias of a device in a devicetree of that name, and modules are loaded by
/// the modalias; a compatible without an SPI id never loads its module.
pub(super) const fn agree<T: Driver>() -> bool {
    let Some(of_table) = T::OF_ID_TABLE else {
        return true;
    };
    let Some(spi_table) = T::SPI_ID_TABLE else {
        return false;
    };

    // A table begins with its ids; `IdTable::as_ptr()` can't be called when compiling.
    let of_ids = ptr::from_ref(of_table).cast::<<of::DeviceId as RawDeviceId>::RawType>();
    let spi_ids = ptr::from_ref(spi_table).cast::<<DeviceId as RawDeviceId>::RawType>();

    let mut i = 0;
    // SAFETY: A table ends with an id of zeroes, which the loop does not go beyond.
    while let Some(name) = chip_name(unsafe { &(*of_ids.add(i)).compatible }) {
        // SAFETY: `spi_ids` are those of a table.
        if !unsafe { contains(spi_ids, name) } {
            return false;
        }
        i += 1;
    }
    true
}

/// Returns a compatible without its vendor; `None` at the end of the table.
const fn chip_name(compatible: &[c_char]) -> Option<&[c_char]> {
    let mut rest = compatible;
    let mut name = compatible;

    if let [0, ..] = compatible {
        return None;
    }
    while let [first, tail @ ..] = rest {
        if *first == b',' as c_char {
            name = tail;
            break;
        }
        rest = tail;
    }
    Some(name)
}

/// Returns whether a table has the SPI id of that name.
///
/// # Safety
///
/// `ids` must be the ids of a table, which ends with one of zeroes.
const unsafe fn contains(ids: *const bindings::spi_device_id, name: &[c_char]) -> bool {
    let mut i = 0;

    loop {
        // SAFETY: By the safety requirement, as the loop does not go beyond the last one.
        let id = unsafe { &(*ids.add(i)).name };

        if let [0, ..] = id {
            return false;
        }
        if same(id, name) {
            return true;
        }
        i += 1;
    }
}

/// Compares up to a NUL, or to the end: names of 32 bytes are cut off on both sides.
const fn same(mut left: &[c_char], mut right: &[c_char]) -> bool {
    while let ([a, left_tail @ ..], [b, right_tail @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        if *a == 0 {
            return true;
        }
        left = left_tail;
        right = right_tail;
    }
    false
}
