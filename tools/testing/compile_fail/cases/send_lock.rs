// SPDX-License-Identifier: GPL-2.0

//! The bus is unlocked by the task that has locked it.
//! error: E0277

use kernel::spi::BusLock;

fn needs_send<T: Send>(_value: T) {}

fn hand_over(bus: BusLock<'static, 'static>) {
    #[cfg(not(compile_pass))]
    needs_send(bus);
    #[cfg(compile_pass)]
    drop(bus);
}
