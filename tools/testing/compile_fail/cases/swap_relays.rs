// SPDX-License-Identifier: GPL-2.0

//! A relay can't be sent in place of one that was made of another message.
//! error: lifetime may not live long enough

use kernel::spi::controller::Relay;

#[cfg(not(compile_pass))]
fn exchange<'p, 'q>(mine: Relay<'p>, _other: &Relay<'q>) -> Relay<'q>
where
    'p: 'q,
{
    mine
}

#[cfg(compile_pass)]
fn exchange<'p, 'q>(mine: Relay<'p>, _other: &Relay<'q>) -> Relay<'p>
where
    'p: 'q,
{
    mine
}
