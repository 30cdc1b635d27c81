// SPDX-License-Identifier: GPL-2.0

//! What `#[vtable]` expects of a module, for cases that are none.

use kernel::{
    prelude::*,
    ModuleMetadata, //
};

pub(crate) struct LocalModule;

impl ModuleMetadata for LocalModule {
    const NAME: &'static CStr = c"compile_fail";
    // SAFETY: Nothing of this is run.
    const THIS_MODULE: ThisModule = unsafe { ThisModule::from_ptr(core::ptr::null_mut()) };
}
