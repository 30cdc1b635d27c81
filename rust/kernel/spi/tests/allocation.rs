// SPDX-License-Identifier: GPL-2.0

//! KUnit tests with allocations that fail.

use crate::{
    alloc::flags::GFP_NOWAIT,
    bindings,
    prelude::*, //
};

/// Makes allocations of this task fail while it exists.
///
/// # Invariants
///
/// `mask` is what the kernel allowed allocations to do before.
struct FailingAllocations {
    mask: u32,
}

impl FailingAllocations {
    fn new() -> Self {
        // Fault injection leaves alone what may reclaim memory, which is most of it; so nothing
        // may while this exists.
        let reclaim = GFP_KERNEL.as_raw() & !GFP_NOWAIT.as_raw();

        // SAFETY: Changed as `pm_restrict_gfp_mask()` does. What others allocate meanwhile is
        // allocated as if they could not sleep.
        let mask = unsafe { bindings::gfp_allowed_mask };
        // SAFETY: As above.
        unsafe { bindings::gfp_allowed_mask = mask & !reclaim };
        Self { mask }
    }

    /// Makes the allocation after `n` others fail.
    fn fail_after(&self, n: u32) {
        // SAFETY: Only this task uses its field.
        unsafe { (*bindings::get_current()).fail_nth = n + 1 };
    }

    /// Tries something again and again until it has failed twice, each time for another allocation.
    ///
    /// Where the kernel checks itself there are allocations that may fail.
    fn second_failure<T>(&self, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
        let mut failed = (0..16).filter_map(|n| {
            self.fail_after(n);
            attempt()
        });
        failed.nth(1)
    }

    /// Returns how many allocations were tried since, at most one more than `n`.
    fn tried(&self, n: u32) -> u32 {
        // SAFETY: As above.
        n + 1 - unsafe { (*bindings::get_current()).fail_nth }
    }
}

impl Drop for FailingAllocations {
    fn drop(&mut self) {
        // SAFETY: Only this task uses its field.
        unsafe { (*bindings::get_current()).fail_nth = 0 };
        // SAFETY: As in `new()`.
        unsafe { bindings::gfp_allowed_mask = self.mask };
    }
}

#[macros::kunit_tests(rust_spi_allocation)]
mod cases {
    use super::{
        super::bus::*,
        FailingAllocations, //
    };
    use crate::{
        bindings,
        faux,
        prelude::*,
        spi::{
            Buffer,
            Message,
            Transfer, //
        },
        sync::atomic::Relaxed, //
    };

    const SENDS: u32 = 10_000;

    /// A message with each kind of transfer, one of which the core splits.
    fn message() -> Result<Message> {
        Message::new(
            [
                Transfer::write(Buffer::from_slice(&[1_u8], GFP_KERNEL)?),
                Transfer::read(Buffer::<u16>::zeroed(2, GFP_KERNEL)?.bits::<12>()),
                Transfer::exchange_in_place(Buffer::<u8>::zeroed(3 * MAX_TRANSFER, GFP_KERNEL)?),
            ],
            GFP_KERNEL,
        )
    }

    #[test]
    fn prepared_sends_allocate_nothing() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let mut optimized = message()?.optimize(dev)?;
        rig.bus.recording.store(false, Relaxed);

        let failing = FailingAllocations::new();
        for _ in 0..SENDS {
            failing.fail_after(0);
            optimized.sync()?;
            assert_eq!(failing.tried(0), 0);
        }

        // What does allocate fails.
        failing.fail_after(0);
        assert_eq!(Buffer::<u8>::zeroed(1, GFP_KERNEL).err(), Some(ENOMEM));
        assert_eq!(failing.tried(0), 1);
        let mut plain = optimized.into_message();
        failing.fail_after(0);
        assert_eq!(plain.sync(dev), Err(ENOMEM));
        assert_eq!(failing.tried(0), 1);
        drop(failing);
        plain.sync(dev)
    }

    #[test]
    fn submitting_allocates_nothing() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let mut message = message()?.optimize(dev)?.into_async(GFP_KERNEL)?;
        rig.bus.recording.store(false, Relaxed);

        let failing = FailingAllocations::new();
        for _ in 0..SENDS {
            failing.fail_after(0);
            let (back, result) = message.start()?.wait();
            assert_eq!(failing.tried(0), 0);
            result?;
            message = back;
        }

        let optimized = message.into_optimized(dev)?;
        failing.fail_after(0);
        let refused = optimized.into_async(GFP_KERNEL).err().ok_or(EIO)?;
        assert_eq!(refused.error, ENOMEM);
        drop(failing);
        refused.returned.into_async(GFP_KERNEL)?;
        Ok(())
    }

    #[test]
    fn every_failed_allocation_gives_everything_back() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let mut plain = message()?;
        let mut failures = 0;

        for n in 0..100 {
            let failing = FailingAllocations::new();
            failing.fail_after(n);
            let result = plain.optimize(dev);
            let succeeded = failing.tried(n) <= n;
            drop(failing);
            plain = match result {
                Ok(optimized) => optimized.into_message(),
                Err(refused) => {
                    assert_eq!(refused.error, ENOMEM);
                    failures += 1;
                    refused.returned
                }
            };
            assert_eq!(rig.bus.prepared.load(Relaxed), 0);
            if succeeded {
                break;
            }
        }
        assert!(failures >= 1);

        // Nothing was made of it but what it was.
        plain.sync(dev)?;
        assert_eq!(plain.actual_length(), 1 + 4 + 3 * MAX_TRANSFER);
        Ok(())
    }

    /// When there is not enough memory to split one transfer, the core leaves those split that it
    /// has split before (core-C3).
    #[test]
    fn what_is_split_in_part_is_put_together() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = Rig::new(&parent)?;
        let dev = rig.add(0)?.0;
        let long = || {
            let data = KVec::from_elem(5_u8, 2 * MAX_TRANSFER, GFP_KERNEL)?;
            let buffer = Buffer::from_slice(&data, GFP_KERNEL)?;
            Ok::<_, Error>(Transfer::exchange_in_place(buffer))
        };
        let mut plain = Some(Message::new([long()?, long()?], GFP_KERNEL)?);

        // The first one is split, the second is not.
        let failing = FailingAllocations::new();
        let error = failing.second_failure(|| match plain.take()?.optimize(dev) {
            Ok(optimized) => {
                plain = Some(optimized.into_message());
                None
            }
            Err(refused) => {
                plain = Some(refused.returned);
                Some(refused.error)
            }
        });
        drop(failing);
        assert_eq!(error, Some(ENOMEM));

        let mut plain = plain.ok_or(EIO)?;
        plain.sync(dev)?;
        let seen = rig.bus.take_seen();
        assert!(seen.iter().map(|seen| seen.len).eq([MAX_TRANSFER; 4]));
        assert_eq!(plain.rx(1).ok_or(EIO)?, [5; 2 * MAX_TRANSFER]);

        // What C leaves.
        let data = KVec::<u8>::zeroed(2 * MAX_TRANSFER, GFP_KERNEL)?;
        let mut msg: KBox<bindings::spi_message> = KBox::new(pin_init::zeroed(), GFP_KERNEL)?;
        let mut transfers: KBox<[bindings::spi_transfer; 2]> =
            KBox::new(pin_init::zeroed(), GFP_KERNEL)?;
        let msg = &raw mut *msg;
        // SAFETY: All of it is valid, and stays where it is.
        unsafe { bindings::spi_message_init(msg) };
        for transfer in transfers.iter_mut() {
            transfer.tx_buf = data.as_ptr().cast();
            transfer.len = u32::try_from(data.len())?;
            // SAFETY: As above.
            unsafe { bindings::spi_message_add_tail(transfer, msg) };
        }
        let failing = FailingAllocations::new();
        let error = failing.second_failure(|| {
            // SAFETY: The message is valid, and the device is there.
            let ret = unsafe { bindings::spi_optimize_message(dev.as_raw(), msg) };
            let error = crate::error::to_result(ret).err();
            if error.is_none() {
                // SAFETY: The message was optimized.
                unsafe { bindings::spi_unoptimize_message(msg) };
            }
            error
        });
        drop(failing);
        assert_eq!(error, Some(ENOMEM));
        // SAFETY: The message is valid.
        let resources = unsafe { &raw mut (*msg).resources };
        // SAFETY: As above.
        assert!(unsafe { !core::ptr::eq((*resources).next, resources) });
        // SAFETY: Something is attached to the message; this releases it.
        unsafe { bindings::spi_unoptimize_message(msg) };
        Ok(())
    }
}
