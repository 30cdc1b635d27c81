// SPDX-License-Identifier: GPL-2.0

//! Tests of drivers on the model.

mod bench;
mod crash;
mod data;
mod defects;
mod echo;
