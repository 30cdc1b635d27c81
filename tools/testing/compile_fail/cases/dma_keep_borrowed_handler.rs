// SPDX-License-Identifier: GPL-2.0

//! What a channel calls back does not borrow, as forgetting a transfer leaks it.
//! error: E0521

use kernel::{
    dmaengine::{
        Channel,
        Direction,
        Handler,
        Layout,
        Transfer, //
    },
    prelude::*,
    sync::{
        Arc,
        Completion, //
    }, //
};

#[cfg(not(compile_pass))]
type Place<'a> = &'a Completion;
#[cfg(compile_pass)]
type Place<'a> = Arc<Completion>;

struct Told<T>(T);

impl<T: core::ops::Deref<Target = Completion> + Send + Sync + 'static> Handler for Told<T> {
    fn finished(&self, _result: Result) {
        self.0.complete();
    }
}

fn new<'a>(channel: &Channel<'_>, place: Place<'a>) -> Result {
    let layout = Layout::once(4)?;
    let told = Told(place);
    drop(Transfer::new(
        channel,
        layout,
        Direction::FromDevice,
        told,
        GFP_KERNEL,
    )?);
    Ok(())
}
