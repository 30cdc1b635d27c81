// SPDX-License-Identifier: GPL-2.0
/*
 * The driver in C, as it is in the tree, for KUnit: compiles messages that a
 * test describes, and returns the instructions.  It is not registered.
 */

#include <linux/moduleparam.h>
#include <linux/platform_device.h>

#undef module_platform_driver
#define module_platform_driver(driver) \
	static struct platform_driver *const __used twin_driver = &(driver)

#include <spi-axi-spi-engine.c>

#include "c_twin.h"

static uint messages = 20000;
module_param(messages, uint, 0444);
MODULE_PARM_DESC(messages, "how many random messages to compare");

static struct spi_controller twin_controller;
static struct spi_device twin_device;
static struct spi_transfer twin_transfers[AXI_SPI_ENGINE_TWIN_MAX_TRANSFERS];

u32 axi_spi_engine_twin_messages(void)
{
	return messages;
}

static void describe(struct spi_transfer *xfer,
		     const struct axi_spi_engine_twin_transfer *from)
{
	static u8 buffer;

	memset(xfer, 0, sizeof(*xfer));
	xfer->len = from->len;
	xfer->speed_hz = from->speed_hz;
	xfer->bits_per_word = from->bits_per_word;
	xfer->multi_lane_mode = from->lane_mode;
	xfer->tx_buf = from->writes ? &buffer : NULL;
	xfer->rx_buf = from->reads ? &buffer : NULL;
	xfer->cs_change = from->cs_change;
	xfer->cs_off = from->cs_off;
	xfer->delay.value = from->delay;
	xfer->delay.unit = from->delay_unit;
	xfer->cs_change_delay.value = from->cs_change_delay;
	xfer->cs_change_delay.unit = from->cs_change_delay_unit;
}

/* Describes a message to the device that is described. */
static int describe_message(struct spi_message *msg,
			    const struct axi_spi_engine_twin_device *device,
			    const struct axi_spi_engine_twin_transfer *transfers,
			    u32 count)
{
	struct spi_device *spi = &twin_device;
	u32 i;

	if (count > ARRAY_SIZE(twin_transfers))
		return -EINVAL;

	twin_controller.max_speed_hz = device->max_speed_hz;
	spi->controller = &twin_controller;
	spi->mode = device->mode;
	spi_set_chipselect(spi, 0, device->chip_select);
	spi->num_rx_lanes = device->num_rx_lanes;
	spi->num_tx_lanes = device->num_tx_lanes;
	for (i = 0; i < ARRAY_SIZE(device->lanes); i++) {
		spi->rx_lane_map[i] = device->lanes[i];
		spi->tx_lane_map[i] = device->lanes[i];
	}

	spi_message_init(msg);
	msg->spi = spi;
	for (i = 0; i < count; i++) {
		describe(&twin_transfers[i], &transfers[i]);
		spi_message_add_tail(&twin_transfers[i], msg);
	}
	return 0;
}

/*
 * Returns the number of instructions, or a negative errno.  The buffers of the
 * transfers are not accessed.
 */
int axi_spi_engine_twin_compile(const struct axi_spi_engine_twin_device *device,
				const struct axi_spi_engine_twin_transfer *transfers,
				u32 count, u16 *words, u32 max)
{
	struct spi_engine_program *p;
	struct spi_message msg;
	int ret;

	ret = describe_message(&msg, device, transfers, count);
	if (ret)
		return ret;

	ret = spi_engine_optimize_message(&msg);
	if (ret)
		return ret;

	p = msg.opt_state;
	ret = p->length;
	if (p->length <= max)
		memcpy(words, p->instructions, p->length * sizeof(*words));
	else
		ret = -E2BIG;

	spi_engine_unoptimize_message(&msg);
	return ret;
}

/*
 * Returns the number of instructions that the offload would record, or a
 * negative errno.  What the message receives goes to the stream.
 */
int axi_spi_engine_twin_record(const struct axi_spi_engine_twin_device *device,
			       const struct axi_spi_engine_twin_transfer *transfers,
			       u32 count, bool requires_sync)
{
	struct spi_engine_offload priv = {};
	struct spi_offload offload = { .priv = &priv };
	struct spi_engine_program p = {};
	struct spi_transfer *xfer;
	struct spi_message msg;
	int ret;

	ret = describe_message(&msg, device, transfers, count);
	if (ret)
		return ret;

	msg.offload = &offload;
	list_for_each_entry(xfer, &msg.transfers, transfer_list) {
		if (xfer->rx_buf)
			xfer->offload_flags = SPI_OFFLOAD_XFER_RX_STREAM;
		xfer->rx_buf = NULL;
	}

	ret = spi_engine_precompile_message(&msg);
	if (ret)
		return ret;
	spi_engine_compile_message(&msg, true, &p);
	return p.length + requires_sync;
}
