// SPDX-License-Identifier: GPL-2.0

#include <linux/device.h>
#include <linux/mux/consumer.h>

/* Bindgen does not evaluate BIT(), so the Rust code repeats this value. */
static_assert(BIT(5) == DL_FLAG_AUTOPROBE_CONSUMER);

__rust_helper int rust_helper_mux_control_select(struct mux_control *mux,
						 unsigned int state)
{
	return mux_control_select(mux, state);
}

__rust_helper int rust_helper_mux_control_try_select(struct mux_control *mux,
						     unsigned int state)
{
	return mux_control_try_select(mux, state);
}
