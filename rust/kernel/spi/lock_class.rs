// SPDX-License-Identifier: GPL-2.0

//! The name and the class of locks that drivers' crates create.

/// Returns the name and the class of a lock, for its `new()`.
///
/// Lockdep wants one name for a class, and compares their addresses. An initializer is compiled
/// into the crate of the driver that uses it, where its strings are copies; the class is a static
/// of this crate. So both come from a function of this crate.
macro_rules! lock_class {
    ($name:literal) => {{
        #[inline(never)]
        fn lock_class() -> (
            &'static $crate::str::CStr,
            ::core::pin::Pin<&'static $crate::sync::LockClassKey>,
        ) {
            ($name, $crate::sync::static_lock_class!())
        }
        lock_class()
    }};
}
pub(in crate::spi) use lock_class;
