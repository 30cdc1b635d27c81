// SPDX-License-Identifier: GPL-2.0

//! KUnit tests.

mod bus;
mod record;
mod settings;
mod targets;
