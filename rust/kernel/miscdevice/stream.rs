// SPDX-License-Identifier: GPL-2.0

//! Character devices that data are read from as they come, with `poll()`.
//!
//! [`MiscDevice`](super::MiscDevice) has no `poll()`, and what it opens does not find the device
//! that it belongs to.
//!
//! # Examples
//!
//! ```
//! use kernel::{
//!     device::{
//!         Bound,
//!         Device, //
//!     },
//!     fs::File,
//!     iov::IovIterDest,
//!     miscdevice::stream::{
//!         self,
//!         Readiness,
//!         Stream, //
//!     },
//!     prelude::*,
//!     sync::poll::PollTable, //
//! };
//!
//! /// Reads as a byte, over and over.
//! struct Constant(u8);
//!
//! #[vtable]
//! impl Stream for Constant {
//!     type Device = u8;
//!
//!     fn open(byte: &u8) -> impl PinInit<Self, Error> {
//!         Ok::<_, Error>(Self(*byte))
//!     }
//!
//!     fn read(self: Pin<&Self>, _file: &File, to: &mut IovIterDest<'_>) -> Result<usize> {
//!         Ok(to.copy_to_iter(&[self.0]))
//!     }
//!
//!     fn poll(self: Pin<&Self>, _file: &File, _table: &PollTable<'_>) -> Readiness {
//!         Readiness::Readable
//!     }
//! }
//!
//! fn probe(dev: &Device<Bound>) -> Result {
//!     stream::register::<Constant>(dev, c"rust_constant".try_into()?, 7)
//! }
//! # // Each time it goes with the device; the name would be taken otherwise.
//! # for _ in 0..2 {
//! #     let parent = kernel::faux::Registration::new(c"rust_constant", None)?;
//! #     probe(parent.as_ref().as_ref())?;
//! # }
//! # Ok::<(), Error>(())
//! ```

#![cfg(CONFIG_RUST_SPI_ABSTRACTIONS)]

use crate::{
    bindings,
    device::{
        self,
        Bound, //
    },
    devres,
    error::{
        from_result,
        to_result, //
    },
    fs::File,
    iov::IovIterDest,
    module::this_module,
    prelude::*,
    str::CString,
    sync::poll::PollTable,
    types::{
        ForeignOwnable,
        Opaque, //
    }, //
};

use core::marker::PhantomData;

/// What `poll()` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// There is nothing to read yet.
    Waiting,
    /// There is something to read.
    Readable,
    /// There will be nothing to read any more.
    Gone,
}

impl Readiness {
    fn to_raw(self) -> bindings::__poll_t {
        match self {
            Self::Waiting => 0,
            Self::Readable => bindings::POLLIN | bindings::POLLRDNORM,
            Self::Gone => bindings::POLLHUP | bindings::POLLERR,
        }
    }
}

/// A file that data are read from as they come.
#[vtable]
pub trait Stream: Sized + Send + Sync + 'static {
    /// What all files of a device share.
    ///
    /// It is dropped when the device has vanished: no file will be opened any more.
    type Device: Send + Sync + 'static;

    /// Called when the device is opened.
    ///
    /// This may sleep. No device may be registered or vanish in it: `misc_open()` holds the lock
    /// that `misc_register()` and `misc_deregister()` take.
    fn open(device: &Self::Device) -> impl PinInit<Self, Error>;

    /// Reads, and returns how many bytes.
    ///
    /// Callers may do so at the same time, also when the device has vanished. This may sleep, and
    /// wait if `file` has no `O_NONBLOCK`.
    fn read(self: Pin<&Self>, file: &File, to: &mut IovIterDest<'_>) -> Result<usize>;

    /// Registers who is to be told of changes in `table`, and then says what there is.
    ///
    /// This is called as [`read`](Self::read) is. It must not wait for data, nor for somebody who
    /// reads: there is no limit to how long it takes to copy to the memory of a process.
    fn poll(self: Pin<&Self>, file: &File, table: &PollTable<'_>) -> Readiness;
}

/// Makes a device with this name, that must not be in use, as long as `dev` is bound.
///
/// It vanishes when `dev` is unbound, or when its probe fails. Files that are open stay. There is
/// no handle that could be forgotten: the device must not be there when the module is gone, whose
/// code it calls. So `dev` has to be one that a driver of this module is bound to, and not, for
/// example, the parent of such a one. This sleeps.
///
/// # Errors
///
/// - `EEXIST` if there is a device with this name.
/// - `ENOMEM` if there is no memory, `EBUSY` if there are too many devices.
///
/// C functions: `misc_register()`, `devm_add_action_or_reset()`.
pub fn register<T: Stream>(
    dev: &device::Device<Bound>,
    name: CString,
    device: T::Device,
) -> Result {
    devres::register(dev, Registration::<T>::new(name, device), GFP_KERNEL)
}

/// A registered device whose files are `T`.
///
/// # Invariants
///
/// `misc` is registered, with the table of `Operations<T>`, and is the first field.
#[pin_data(PinnedDrop)]
#[repr(C)]
struct Registration<T: Stream> {
    #[pin]
    misc: Opaque<bindings::miscdevice>,
    // The device has a pointer to it.
    name: CString,
    device: T::Device,
}

impl<T: Stream> Registration<T> {
    fn new(name: CString, device: T::Device) -> impl PinInit<Self, Error> {
        let raw = bindings::miscdevice {
            // CAST: It fits.
            minor: bindings::MISC_DYNAMIC_MINOR as c_int,
            name: name.as_char_ptr(),
            fops: &Operations::<T>::VTABLE,
            ..pin_init::zeroed()
        };

        // INVARIANT: Registered as the last step, with these operations.
        try_pin_init!(&this in Self {
            misc: Opaque::new(raw),
            name,
            device,
            _: {
                // SAFETY: All fields are initialized, and the place is pinned.
                let misc = unsafe { (*this.as_ptr()).misc.get() };

                // SAFETY: `misc` is complete, and deregistered before it goes.
                to_result(unsafe { bindings::misc_register(misc) })?;
            }
        }? Error)
    }
}

#[pinned_drop]
impl<T: Stream> PinnedDrop for Registration<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: By the type invariant it is registered.
        unsafe { bindings::misc_deregister(self.misc.get()) };
    }
}

// SAFETY: A device has no ties to a thread, and what is shared is `Send`.
unsafe impl<T: Stream> Send for Registration<T> {}

/// What C calls.
struct Operations<T: Stream>(PhantomData<T>);

type Private<T> = Pin<KBox<T>>;

impl<T: Stream> Operations<T> {
    const VTABLE: bindings::file_operations = bindings::file_operations {
        owner: this_module::<T::OwnerModule>().as_ptr(),
        open: Some(Self::open_callback),
        release: Some(Self::release_callback),
        read_iter: Some(Self::read_callback),
        poll: Some(Self::poll_callback),
        ..pin_init::zeroed()
    };

    /// # Safety
    ///
    /// Both are valid, and of a device of these operations.
    unsafe extern "C" fn open_callback(
        inode: *mut bindings::inode,
        file: *mut bindings::file,
    ) -> c_int {
        from_result(|| {
            // SAFETY: By the safety requirement.
            to_result(unsafe { bindings::stream_open(inode, file) })?;

            // SAFETY: `misc_open()` has stored the device, and keeps it from being deregistered. By
            // the type invariant it is the first field of a registration. What is borrowed of that
            // is `Sync`.
            let registration = unsafe { &*(*file).private_data.cast::<Registration<T>>() };
            let stream: Private<T> = KBox::try_pin_init(T::open(&registration.device), GFP_KERNEL)?;

            // SAFETY: The file is ours until this returns.
            unsafe { (*file).private_data = stream.into_foreign() };
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// `file` is valid, was opened by these operations, and is not used any more.
    unsafe extern "C" fn release_callback(
        _inode: *mut bindings::inode,
        file: *mut bindings::file,
    ) -> c_int {
        // SAFETY: `open_callback()` stored it, and nobody borrows it any more.
        drop(unsafe { Private::<T>::from_foreign((*file).private_data) });
        0
    }

    /// # Safety
    ///
    /// `file` must be valid as long as `'a`, and was opened by these operations.
    unsafe fn stream<'a>(file: *mut bindings::file) -> (Pin<&'a T>, &'a File) {
        // SAFETY: `open_callback()` stored it, and it is borrowed until the file is released.
        let stream = unsafe { Private::<T>::borrow((*file).private_data) };

        // SAFETY: By the safety requirement. Files of these operations have no position.
        let file = unsafe { File::from_raw_file(file) };
        (stream, file)
    }

    /// # Safety
    ///
    /// Both are valid; the file was opened by these operations.
    unsafe extern "C" fn read_callback(
        kiocb: *mut bindings::kiocb,
        to: *mut bindings::iov_iter,
    ) -> isize {
        from_result(|| {
            // SAFETY: By the safety requirement.
            let (stream, file) = unsafe { Self::stream((*kiocb).ki_filp) };

            // SAFETY: As above; it is an iterator to be written to.
            let to = unsafe { IovIterDest::from_raw(to) };

            Ok(stream.read(file, to)?.try_into()?)
        })
    }

    /// # Safety
    ///
    /// `file` is valid and was opened by these operations, `table` is valid or NULL.
    unsafe extern "C" fn poll_callback(
        file: *mut bindings::file,
        table: *mut bindings::poll_table_struct,
    ) -> bindings::__poll_t {
        // SAFETY: By the safety requirement.
        let (stream, file) = unsafe { Self::stream(file) };

        // SAFETY: As above.
        let table = unsafe { PollTable::from_raw(table) };
        stream.poll(file, &table).to_raw()
    }
}
