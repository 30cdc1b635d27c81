// SPDX-License-Identifier: GPL-2.0

//! Another controller, whose messages are somebody else's.

use super::Chip;
use crate::{
    peer::Port,
    shifter::ByteTarget, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

pub(super) struct Controller {
    port: Arc<Port>,
}

impl Controller {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { port: Port::new()? })
    }

    pub(super) fn port(&self) -> &Arc<Port> {
        &self.port
    }
}

impl ByteTarget for Controller {
    fn output(&mut self) -> u8 {
        self.port.output()
    }

    fn input(&mut self, byte: u8) {
        self.port.input(byte);
    }
}

impl Chip for Controller {
    fn select(&mut self, _now: u64) {}

    fn deselect(&mut self, _now: u64, _aligned: bool) {}
}
