// SPDX-License-Identifier: GPL-2.0

//! Prepared messages that are sent without waiting.

use super::{
    anchor::Anchor,
    notify::Notify,
    optimized::{
        start_anew,
        Optimization, //
    },
    pending::Waiter,
    Device,
    Message,
    Optimized,
    Pending,
    Refused,
    Word, //
};
use crate::{
    alloc::Flags,
    bindings,
    clk::Hertz,
    device::Bound,
    error::to_result,
    prelude::*,
    sync::{
        aref::ARef,
        Arc, //
    },
    workqueue::{
        impl_has_work,
        new_work,
        Queue,
        Work,
        WorkItem, //
    }, //
};

use core::{
    mem::{
        forget,
        ManuallyDrop, //
    },
    ptr, //
};

/// A prepared message with what it needs while it is in flight.
///
/// # Invariants
///
/// - `msg` is that of `message`, which is there until the flight is dismantled.
/// - `spi_optimize_message(dev, msg)` succeeded, and the message was not unoptimized since.
///   `anchor` is that of the device, from the time when that was done.
/// - The message is in flight, owned by the C side, if `notify` is there; else nobody else uses it.
#[pin_data]
pub(super) struct Flight {
    #[pin]
    work: Work<Self>,
    anchor: Arc<Anchor>,
    dev: ARef<Device>,
    msg: *mut bindings::spi_message,
    notify: Option<Notify>,
    waiter: Option<Arc<Waiter>>,
    message: Option<Message>,
}

impl_has_work! {
    impl HasWork<Self> for Flight { self.work }
}

// SAFETY: A message has no ties to a thread; `msg` points to the memory of `message`, which is
// `Send`. Whom to notify is a pointer to something that is `Send`.
unsafe impl Send for Flight {}

// SAFETY: `&Flight` only reads plain data, and the fields of the message that nobody writes while
// it exists.
unsafe impl Sync for Flight {}

impl WorkItem for Flight {
    type Pointer = Pin<KBox<Self>>;

    /// Releases a message where sleeping is allowed; its device is still bound, as unbinding waits.
    fn run(this: Pin<KBox<Self>>) {
        let anchor = this.anchor.clone();
        // Releasing a device waits for this function to leave.
        let _dev = this.dev.clone();

        // SAFETY: By the type invariant the message is optimized and not in flight. Its controller
        // is registered: the caller has entered `releases` for this.
        unsafe { bindings::spi_unoptimize_message(this.msg) };

        drop(this);
        anchor.releases.leave();
    }
}

/// A prepared message that can be submitted, and dropped, in any context.
///
/// It is made by [`Optimized::into_async`]. It is not tied to the time for which its device is
/// bound; once the device is being unbound it can't be submitted any more.
///
/// ```text
///   Optimized<'bound> --- into_async() ---> AsyncMessage --- submit(), start() ---> in flight
///           ^                                |   ^   ^                              |    |
///           +-------- into_optimized() ------+   |   +--- Refused<AsyncMessage> ----+    |
///                                                +--- Complete::complete(), Pending -----+
/// ```
///
/// In flight the message belongs to the controller. At the end it is given to
/// [`Complete::complete`], or to who waits for it with [`Pending`]. Nothing is allocated on the
/// way. A message that nobody wants back is released.
///
/// Unbinding the device waits until all its messages have come back, and [`Complete::complete`] has
/// returned, before the data of the driver are dropped; a driver has to do nothing for that. If the
/// controller is a target, messages that wait for the host are aborted then.
///
/// Dropping one has a worker of the kernel's unprepare it, as that may sleep. One that is dropped
/// after its device was unbound is leaked.
///
/// # Examples
///
/// The pattern of a CAN controller: an interrupt submits the messages that read the flags, read the
/// frame and clear the flags, back to back. The second and the third are queued while the first one
/// runs, so there is no gap between them; the frame is there when the second one is back.
///
/// ```
/// use kernel::{
///     new_spinlock_irq,
///     prelude::*,
///     spi::{
///         AsyncMessage,
///         Complete, //
///     },
///     sync::{
///         Arc,
///         SpinLockIrq, //
///     }, //
/// };
///
/// const READ_FLAGS: u64 = 0;
/// const READ_FRAME: u64 = 1;
/// const CLEAR_FLAGS: u64 = 2;
///
/// #[pin_data]
/// struct Can {
///     /// The messages that are not in flight.
///     #[pin]
///     idle: SpinLockIrq<[Option<AsyncMessage>; 3]>,
/// }
///
/// impl Can {
///     /// Called by the interrupt handler.
///     fn interrupt(self: Arc<Self>) -> Result {
///         if !self.idle.lock().iter().all(Option::is_some) {
///             return Err(EBUSY);
///         }
///
///         self.submit::<READ_FLAGS>()?;
///         self.submit::<READ_FRAME>()?;
///         self.submit::<CLEAR_FLAGS>()
///     }
///
///     /// Submits a message; it comes back here, also if it is refused.
///     fn submit<const ID: u64>(self: &Arc<Self>) -> Result
///     where
///         Self: Complete<ID>,
///     {
///         let message = self.idle.lock()[ID as usize].take().ok_or(EBUSY)?;
///
///         message.submit(self.clone()).map_err(|refused| {
///             self.put_back(ID, refused.returned);
///             refused.error
///         })
///     }
///
///     fn put_back(&self, id: u64, message: AsyncMessage) {
///         self.idle.lock()[id as usize] = Some(message);
///     }
/// }
///
/// impl Complete<READ_FLAGS> for Can {
///     fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
///         this.put_back(READ_FLAGS, message);
///     }
/// }
///
/// impl Complete<READ_FRAME> for Can {
///     fn complete(this: Arc<Self>, message: AsyncMessage, result: Result) {
///         if result.is_ok() {
///             if let Some([length, ..]) = message.rx(1) {
///                 pr_debug!("a frame of {length} bytes\n");
///             }
///         }
///         this.put_back(READ_FRAME, message);
///     }
/// }
///
/// impl Complete<CLEAR_FLAGS> for Can {
///     fn complete(this: Arc<Self>, message: AsyncMessage, _result: Result) {
///         this.put_back(CLEAR_FLAGS, message);
///     }
/// }
///
/// let can = Arc::pin_init(
///     pin_init!(Can {
///         idle <- new_spinlock_irq!([const { None }; 3]),
///     }),
///     GFP_KERNEL,
/// )?;
/// assert_eq!(can.clone().interrupt(), Err(EBUSY));
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// # use kernel::spi::{Buffer, Message, Transfer};
/// # for id in READ_FLAGS..=CLEAR_FLAGS {
/// #     let buffer = Buffer::<u8>::zeroed(2, GFP_KERNEL)?;
/// #     let transfers = [
/// #         Transfer::pause(kernel::spi::Delay::ZERO),
/// #         Transfer::exchange_in_place(buffer),
/// #     ];
/// #     let message = Message::new(transfers, GFP_KERNEL)?.optimize(dev)?;
/// #     can.put_back(id, message.into_async(GFP_KERNEL)?);
/// # }
/// # // What is refused is not lost.
/// # let bus = kernel::spi::BusLock::new(dev, &mut [])?;
/// # assert_eq!(can.clone().interrupt(), Err(EBUSY));
/// # drop(bus);
/// # can.clone().interrupt()?;
/// # let all_back = || can.idle.lock().iter().all(Option::is_some);
/// # while !all_back() {
/// #     kernel::time::delay::fsleep(kernel::time::Delta::from_millis(1));
/// # }
/// # let messages = core::mem::take(&mut *can.idle.lock());
/// # drop(messages);
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// A message that is prepared in probe, used by an interrupt handler, and taken back:
///
/// ```
/// use kernel::spi::{
///     Buffer,
///     Message,
///     Transfer, //
/// };
///
/// let words = Buffer::<u16>::zeroed(2, GFP_KERNEL)?.bits::<16>();
/// let message = Message::new([Transfer::exchange_in_place(words)], GFP_KERNEL)?;
/// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
/// # kernel::spi::with_example_device(|dev| {
/// let mut message = message.optimize(dev)?.into_async(GFP_KERNEL)?;
/// message.tx_words_mut::<u16>(0).ok_or(EINVAL)?[0] = 0x8001;
///
/// let (message, result) = message.start()?.wait();
/// result?;
/// assert_eq!(message.rx_words::<u16>(0), Some(&[0x8001, 0][..]));
/// assert_eq!(message.actual_length(), 4);
/// // This controller does not tell.
/// assert!(message.effective_speed(0).is_none());
///
/// // No longer to be submitted in any context, but tied to the device.
/// message.into_optimized(dev)?.sync()?;
/// # Ok(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Invariants
///
/// The message is not in flight.
pub struct AsyncMessage {
    flight: ManuallyDrop<Pin<KBox<Flight>>>,
}

impl AsyncMessage {
    pub(super) fn new(
        optimized: Optimized<'_>,
        flags: Flags,
    ) -> Result<Self, Refused<Optimized<'_>>> {
        let dev = optimized.device();
        let flight = match Self::allocate(dev, flags) {
            Ok(flight) => flight,
            Err(error) => return Err(Refused::new(error, optimized)),
        };

        Ok(Self::take_off(flight, optimized))
    }

    /// Allocates all that a message needs to be sent any number of times.
    fn allocate(dev: &Device<Bound>, flags: Flags) -> Result<Pin<KBox<Flight>>> {
        let anchor = Anchor::of(dev, flags)?;
        let waiter = Waiter::new(flags)?;
        let dev: &Device = dev;

        KBox::pin_init(
            pin_init!(Flight {
                work <- new_work!("spi::AsyncMessage::work"),
                anchor,
                dev: dev.into(),
                msg: ptr::null_mut(),
                notify: None,
                waiter: Some(waiter),
                message: None,
            }),
            flags,
        )
    }

    fn take_off(mut flight: Pin<KBox<Flight>>, optimized: Optimized<'_>) -> Self {
        let (optimization, message) = optimized.into_parts();

        let fields = flight.as_mut().project();
        let msg = optimization.into_raw();
        *fields.msg = msg;
        *fields.message = Some(message);

        // SAFETY: The message is not in flight, and owned by the flight now.
        unsafe { (*msg).complete = Some(complete_callback) };

        // INVARIANT: `Optimization` says that it is not in flight.
        Self {
            flight: ManuallyDrop::new(flight),
        }
    }

    /// Returns the device that the message is prepared for.
    #[inline]
    pub fn device(&self) -> &Device {
        &self.flight.dev
    }

    /// Submits the message; `target` gets it back at the end, in
    /// [`complete`](Complete::complete).
    ///
    /// It does not sleep, does not allocate, and may be called in any context, also in
    /// [`complete`](Complete::complete). Messages that are submitted one after another are sent in
    /// this order.
    ///
    /// # Errors
    ///
    /// The message comes back with each of them.
    ///
    /// - `EBUSY` if somebody has locked the bus, see [`BusLock`](super::BusLock).
    /// - `ESHUTDOWN` if the device is being unbound, or the controller is suspended.
    /// - `ENOTSUPP` if the controller only does memory operations.
    ///
    /// C function: `spi_async()`.
    #[inline]
    pub fn submit<const ID: u64, T: Complete<ID>>(
        self,
        target: Arc<T>,
    ) -> Result<(), Refused<Self>> {
        self.fly(Notify::from_arc::<ID, T>(target))
            .map_err(|(error, message, notify)| {
                // SAFETY: It was just made of an `Arc<T>`.
                drop(unsafe { notify.into_arc::<T>() });
                Refused::new(error, message)
            })
    }

    /// Submits the message; `closure` gets it back at the end.
    ///
    /// The closure is called as [`Complete::complete`] is. Its box is freed afterwards.
    ///
    /// It does not sleep, does not allocate, and may be called in any context. Errors are those of
    /// [`submit`](Self::submit); the closure comes back as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use kernel::{
    ///     prelude::*,
    ///     spi::AsyncMessage, //
    /// };
    ///
    /// fn log_status(message: AsyncMessage) -> Result {
    ///     let closure = KBox::new(
    ///         |message: AsyncMessage, result: Result| match (result, message.rx(0)) {
    ///             (Ok(()), Some(data)) => dev_dbg!(message.device(), "received {data:?}\n"),
    ///             _ => dev_warn!(message.device(), "no status: {result:?}\n"),
    ///         },
    ///         GFP_KERNEL,
    ///     )?;
    ///     message.submit_with(closure)?;
    ///     Ok(())
    /// }
    /// # #[cfg(CONFIG_RUST_SPI_KUNIT_TEST)]
    /// # kernel::spi::with_example_device(|dev| {
    /// # use kernel::spi::{Buffer, Message, Transfer};
    /// # let status = Transfer::read(Buffer::<u8>::zeroed(1, GFP_KERNEL)?);
    /// # let message = Message::new([status], GFP_KERNEL)?.optimize(dev)?;
    /// # log_status(message.into_async(GFP_KERNEL)?)?;
    /// # Ok(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn submit_with<F>(self, closure: KBox<F>) -> Result<(), Refused<(Self, KBox<F>)>>
    where
        F: FnOnce(Self, Result) + Send + 'static,
    {
        self.fly(Notify::from_box(closure))
            .map_err(|(error, message, notify)| {
                // SAFETY: It was just made of a `KBox<F>`.
                Refused::new(error, (message, unsafe { notify.into_box() }))
            })
    }

    /// Submits the message; it can be waited for with what is returned.
    ///
    /// It does not sleep, does not allocate, and may be called in any context. Errors are those of
    /// [`submit`](Self::submit).
    #[inline]
    pub fn start(mut self) -> Result<Pending, Refused<Self>> {
        let Some(waiter) = self.flight.as_mut().project().waiter.take() else {
            return Err(Refused::new(EBUSY, self));
        };

        match self.submit::<0, _>(waiter.clone()) {
            Ok(()) => Ok(Pending::new(waiter)),
            Err(mut refused) => {
                refused.returned.put_back(waiter);
                Err(refused)
            }
        }
    }

    /// Keeps what a wait needs for the next one.
    #[inline]
    pub(super) fn put_back(&mut self, waiter: Arc<Waiter>) {
        *self.flight.as_mut().project().waiter = Some(waiter);
    }

    fn fly(self, notify: Notify) -> Result<(), (Error, Self, Notify)> {
        if !self.flight.anchor.flights.enter() {
            return Err((ESHUTDOWN, self, notify));
        }

        let mut flight = self.into_flight();
        let msg = flight.msg;
        let dev = flight.dev.as_raw();
        *flight.as_mut().project().notify = Some(notify);

        // SAFETY: By the type invariant the message is not in flight.
        unsafe { start_anew(msg) };

        // From here on it belongs to the C side, which gives it to `complete_callback()`.
        let raw = into_raw(flight);

        // SAFETY: The message is not in flight yet.
        unsafe { (*msg).context = raw.cast() };

        // SAFETY: The device is bound, as unbinding it waits for what has entered `flights`; hence
        // its controller is registered. By the type invariants the message is valid, prepared for
        // the device, and not in flight.
        let Err(error) = to_result(unsafe { bindings::spi_async(dev, msg) }) else {
            return Ok(());
        };

        // SAFETY: The message was refused: the C side does not have it.
        let mut flight = unsafe { from_raw(raw) };
        *flight.as_mut().project().notify = None;
        flight.anchor.flights.leave();
        Err((error, Self::landed(flight), notify))
    }

    /// Takes a message that is not in flight any more.
    #[inline]
    fn landed(flight: Pin<KBox<Flight>>) -> Self {
        // INVARIANT: That is what the callers say.
        Self {
            flight: ManuallyDrop::new(flight),
        }
    }

    #[inline]
    fn into_flight(self) -> Pin<KBox<Flight>> {
        let mut this = ManuallyDrop::new(self);

        // SAFETY: `this` is not used any more, and not dropped.
        unsafe { ManuallyDrop::take(&mut this.flight) }
    }

    /// Makes a prepared message of it again, tied to the time for which its device is bound.
    ///
    /// It does not sleep.
    ///
    /// # Errors
    ///
    /// - `EINVAL` if the message is not prepared for `dev`, or `dev` was bound anew since. The
    ///   message comes back with it.
    pub fn into_optimized(self, dev: &Device<Bound>) -> Result<Optimized<'_>, Refused<Self>> {
        let same =
            Anchor::find(dev).is_some_and(|anchor| Arc::ptr_eq(&anchor, &self.flight.anchor));
        if !same {
            return Err(Refused::new(EINVAL, self));
        }

        let mut flight = self.into_flight();
        let msg = flight.msg;
        let Some(message) = flight.as_mut().project().message.take() else {
            // By the type invariant it is there.
            return Err(Refused::new(EINVAL, Self::landed(flight)));
        };

        // The core calls what it finds here, even if it was not submitted.
        //
        // SAFETY: The message is not in flight.
        unsafe { (*msg).complete = None };

        // SAFETY: By the type invariants the message is prepared for `dev`, which is bound, not in
        // flight, and owned by `message`. Nothing in the flight refers to it any more.
        let optimization = unsafe { Optimization::from_raw(dev, msg) };
        Ok(Optimized::new(optimization, message))
    }

    #[inline]
    fn message(&self) -> Option<&Message> {
        self.flight.message.as_ref()
    }

    /// Returns the bytes that transfer number `index` sends, to change them.
    ///
    /// `None` if there is no such transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_mut(&mut self, index: usize) -> Option<&mut [u8]> {
        self.tx_words_mut(index)
    }

    /// Returns the bytes that transfer number `index` received with the last successful send.
    ///
    /// `None` if there is no such transfer, it receives nothing, or words of another type.
    #[inline]
    pub fn rx(&self, index: usize) -> Option<&[u8]> {
        self.rx_words(index)
    }

    /// Returns the words that transfer number `index` sends, to change them.
    ///
    /// `None` if there is no such transfer, it sends nothing, or words of another type.
    #[inline]
    pub fn tx_words_mut<W: Word>(&mut self, index: usize) -> Option<&mut [W]> {
        self.flight
            .as_mut()
            .project()
            .message
            .as_mut()?
            .tx_words_mut(index)
    }

    /// Returns the words that transfer number `index` received with the last successful send.
    ///
    /// `None` if there is no such transfer, it receives nothing, or words of another type.
    #[inline]
    pub fn rx_words<W: Word>(&self, index: usize) -> Option<&[W]> {
        self.message()?.rx_words(index)
    }

    /// Returns how many bytes the last send transferred, over all transfers.
    #[inline]
    pub fn actual_length(&self) -> usize {
        self.message().map_or(0, Message::actual_length)
    }

    /// Returns the speed of the clock at which transfer number `index` was done, in Hz.
    ///
    /// `None` if there is no such transfer, or the controller did not tell; none tells of a
    /// transfer that was split.
    #[inline]
    pub fn effective_speed(&self, index: usize) -> Option<Hertz> {
        self.message()?.effective_speed(index)
    }
}

impl Drop for AsyncMessage {
    /// Has a worker unprepare the message, and free it.
    fn drop(&mut self) {
        // SAFETY: `self` is not used after this.
        let flight = unsafe { ManuallyDrop::take(&mut self.flight) };

        if flight.anchor.releases.enter() {
            release_queue().enqueue(flight);
        } else {
            // Its device is not bound any more, so its controller may be gone. What that has
            // prepared may still refer to the message.
            forget(flight);
        }
    }
}

/// Returns the queue of the workers that release messages, which are bound to no CPU.
///
/// It is not [`system`](crate::workqueue::system), which C code has deprecated.
fn release_queue() -> &'static Queue {
    // SAFETY: Only booting writes it, before there are drivers.
    let raw = unsafe { bindings::system_dfl_wq };

    // SAFETY: The queue is never freed.
    unsafe { Queue::from_raw(raw) }
}

/// What gets a message back that was submitted.
///
/// With different `ID`s a type can tell its messages apart.
///
/// # Examples
///
/// See [`AsyncMessage`].
pub trait Complete<const ID: u64 = 0>: Send + Sync + 'static {
    /// Takes the message back when it was sent, or has failed.
    ///
    /// `result` is the status of the message; what errors there are is up to the controller's
    /// driver, see [`Message::sync`].
    ///
    /// This must not sleep: it is called in the context in which the controller's driver finishes
    /// messages, which may be an interrupt. Messages may be submitted, among them this one, changed
    /// and dropped. It may be called for several messages at the same time.
    fn complete(this: Arc<Self>, message: AsyncMessage, result: Result);
}

#[inline]
fn into_raw(flight: Pin<KBox<Flight>>) -> *mut Flight {
    // SAFETY: The flight stays pinned: it is only taken back with `from_raw()`.
    KBox::into_raw(unsafe { Pin::into_inner_unchecked(flight) })
}

/// # Safety
///
/// `raw` must come from [`into_raw`], and be taken back once.
#[inline]
unsafe fn from_raw(raw: *mut Flight) -> Pin<KBox<Flight>> {
    // SAFETY: By the safety requirement.
    let flight = unsafe { KBox::from_raw(raw) };

    KBox::into_pin(flight)
}

/// Called by the core when a message is complete, in a context that may not be able to sleep.
///
/// # Safety
///
/// `context` must be a flight that [`AsyncMessage::fly`] has left to the C side, which uses it no
/// more.
unsafe extern "C" fn complete_callback(context: *mut c_void) {
    // SAFETY: By the safety requirement it comes from `into_raw()`, and is taken back here.
    let mut flight = unsafe { from_raw(context.cast()) };
    let anchor = flight.anchor.clone();

    // SAFETY: The message is valid, and complete.
    let status = unsafe { (*flight.msg).status };
    let notify = flight.as_mut().project().notify.take();
    let message = AsyncMessage::landed(flight);

    if let Some(notify) = notify {
        notify.call(message, to_result(status));
    }
    // Unbinding goes on after this. Nothing that belongs to the driver is used any more.
    anchor.flights.leave();
}
