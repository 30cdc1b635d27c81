// SPDX-License-Identifier: GPL-2.0

//! KUnit tests of limits of a controller, and of what it refuses.

use super::{
    raw::RawMessage,
    shift::*, //
};
use crate::{
    device::Bound,
    faux,
    prelude::*,
    spi::{
        Buffer,
        Device,
        Message,
        Transfer,
        Word, //
    },
    sync::atomic::Relaxed, //
};

/// Exchanges `len` bytes in place, as words of `bits` bits that are all `word`.
fn exchange<W: Word>(len: usize, bits: u8, word: W) -> Result<Transfer> {
    let words = KVec::from_elem(word, len / size_of::<W>(), GFP_KERNEL)?;
    let buffer = Buffer::from_slice(&words, GFP_KERNEL)?.with_bits(bits)?;

    Ok(Transfer::exchange_in_place(buffer))
}

fn message(transfers: impl IntoIterator<Item = (usize, u8)>) -> Result<Message> {
    let mut list = KVec::new();
    for (len, bits) in transfers {
        let transfer = match bits {
            ..=8 => exchange(len, bits, 0x5a_u8)?,
            9..=16 => exchange(len, bits, 0x5a5a_u16)?,
            17.. => exchange(len, bits, 0x5a5a_5a5a_u32)?,
        };
        list.push(transfer, GFP_KERNEL)?;
    }
    Message::new(list, GFP_KERNEL)
}

/// Sends the message, and returns the lengths that the controller saw.
fn lengths(rig: &ShiftRig<'_>, dev: &Device<Bound>, message: &mut Message) -> Result<KVec<usize>> {
    rig.shift.take_events();
    message.sync(dev)?;

    let mut lengths = KVec::new();
    for event in rig.shift.take_events().iter() {
        if let Event::Transfer(len, _) = event {
            lengths.push(*len, GFP_KERNEL)?;
        }
    }
    Ok(lengths)
}

#[macros::kunit_tests(rust_spi_splitting)]
mod suite {
    use super::*;

    #[test]
    fn a_controller_splits_what_is_too_long_for_it() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        rig.shift.plan(|plan| plan.split = Some(7));

        let mut bytes = message([(20, 8), (7, 8), (8, 8)])?;
        assert_eq!(*lengths(&rig, dev, &mut bytes)?, [7, 7, 6, 7, 7, 1]);
        assert_eq!(bytes.transfers().len(), 3);
        assert!(bytes.rx(0).ok_or(EIO)?.iter().all(|byte| *byte == 0x5a));

        // The same once more, prepared once for several sends.
        let mut optimized = bytes.optimize(dev)?;
        optimized.sync()?;
        optimized.sync()?;
        assert_eq!(optimized.actual_length(), 35);
        assert_eq!(optimized.into_message().transfers().len(), 3);
        assert_eq!(rig.shift.prepared.load(Relaxed), 0);
        Ok(())
    }

    /// The core splits within words (core-C8).
    #[test]
    fn words_stay_whole() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        rig.shift.plan(|plan| plan.split = Some(7));
        assert_eq!(*lengths(&rig, dev, &mut message([(8, 16)])?)?, [6, 2]);
        assert_eq!(*lengths(&rig, dev, &mut message([(12, 32)])?)?, [4, 4, 4]);

        rig.shift.plan(|plan| plan.split = None);
        for (limit, expected) in [(7, [4, 4]), (5, [4, 4]), (3, [4, 4]), (0, [4, 4])] {
            rig.shift.plan(|plan| plan.max_transfer_size = limit);
            for bits in [8, 16, 32] {
                assert_eq!(*lengths(&rig, dev, &mut message([(8, bits)])?)?, expected);
            }
        }
        rig.shift.plan(|plan| plan.max_transfer_size = usize::MAX);
        assert_eq!(dev.max_transfer_size(), usize::MAX);
        Ok(())
    }

    /// A message that is refused after it was split is whole again (core-C3).
    #[test]
    fn splitting_is_undone_after_an_error() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        rig.shift.plan(|plan| {
            plan.split = Some(4);
            plan.optimize = Err(ENOMEM);
        });
        let refused = message([(20, 8)])?.optimize(dev).err().ok_or(EIO)?;
        assert_eq!(refused.error, ENOMEM);
        let mut message = refused.returned;
        assert_eq!(message.sync(dev).err(), Some(ENOMEM));

        rig.shift.plan(|plan| {
            plan.split = None;
            plan.optimize = Ok(());
        });
        assert_eq!(*lengths(&rig, dev, &mut message)?, [20]);
        Ok(())
    }

    /// The same for a message of a C driver, whose transfers are in the list itself.
    #[test]
    fn splitting_of_a_c_message_is_undone() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        let mut raw = RawMessage::new((&**dev).into(), 20)?;

        rig.shift.plan(|plan| {
            plan.split = Some(4);
            plan.optimize = Err(ENOMEM);
        });
        assert_eq!(raw.as_mut().sync().err(), Some(ENOMEM));
        assert!(raw.as_ref().is_whole());

        rig.shift.plan(|plan| plan.optimize = Ok(()));
        raw.as_mut().sync()?;
        assert!(raw.as_ref().is_whole());
        assert_eq!(rig.shift.transfers.load(Relaxed), 5);
        Ok(())
    }

    #[test]
    fn a_limit_below_a_word_is_refused() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;

        for (limit, bits, refused) in [(0, 8, true), (1, 8, false), (1, 16, true), (3, 32, true)] {
            rig.shift.plan(|plan| plan.split = Some(limit));
            let result = message([(4, bits)])?.sync(dev);
            assert_eq!(result.err(), refused.then_some(EINVAL));
        }
        Ok(())
    }

    /// The core lets a controller ignore that a transfer is for lanes which it does not have
    /// (core-C15).
    #[test]
    fn lanes_that_are_not_there_are_refused() -> Result {
        let parent = faux::Registration::new(c"rust_spi_kunit", None)?;
        let rig = ShiftRig::new(&parent)?;
        let dev = rig.add()?;
        let mut raw = RawMessage::new((&**dev).into(), 4)?;

        raw.as_mut().sync()?;
        raw.as_mut().stripe();
        assert_eq!(raw.as_mut().sync().err(), Some(EINVAL));
        assert_eq!(rig.shift.transfers.load(Relaxed), 1);
        Ok(())
    }
}
