// SPDX-License-Identifier: GPL-2.0

#include <linux/device.h>
#include <linux/mux/consumer.h>

/* Bindgen does not evaluate BIT(), so the Rust code repeats this value. */
static_assert(BIT(5) == DL_FLAG_AUTOPROBE_CONSUMER);
