// SPDX-License-Identifier: GPL-2.0

//! Programs as the engine executes them.

use crate::program::{
    Fence,
    Program, //
};
use kernel::prelude::*;

/// All instructions, in their order.
///
/// The ids of the reports tell what comes after them: 0 if the program passes, 1 if it waits, 2 if
/// it ends.
pub(super) fn flat(program: &Program) -> Result<KVec<u16>> {
    let mut all = KVec::new();
    let mut instructions = program.instructions();

    for section in program.sections() {
        let (own, others) = instructions.split_at(section.instructions.try_into()?);
        let (report, body) = own.split_last().ok_or(EINVAL)?;
        let fence = match section.fence {
            Fence::Passing => 0,
            Fence::Waiting => 1,
            Fence::End => 2,
        };

        assert_eq!(*report, 0x3000);
        assert!(section.times > 0);
        for _ in 0..section.times {
            all.extend_from_slice(body, GFP_KERNEL)?;
            all.push(report | fence, GFP_KERNEL)?;
        }
        instructions = others;
    }
    assert!(instructions.is_empty());
    Ok(all)
}
