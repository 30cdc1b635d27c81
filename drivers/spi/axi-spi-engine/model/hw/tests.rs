// SPDX-License-Identifier: GPL-2.0

//! What was measured on the RTL has to come out of the model.

mod bench;
mod checklist;
mod chips;
mod defects;
mod fifos;
mod interrupts;
mod lanes;
mod offload;
mod reset;
mod timing;
mod words;
