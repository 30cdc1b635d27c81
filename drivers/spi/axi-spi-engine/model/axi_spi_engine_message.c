// SPDX-License-Identifier: GPL-2.0
/*
 * Devices on the bus of an engine, and messages to them: such that somebody
 * waits for, such that are sent while the test goes on, one or many, and such
 * that are freed when they have ended.
 */

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/poison.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#include "axi_spi_engine_platform.h"

static struct spi_delay device_delay(u32 ns)
{
	/* The core counts ns in 16 bits. */
	if (ns > U16_MAX)
		return (struct spi_delay){ DIV_ROUND_UP(ns, 1000), SPI_DELAY_UNIT_USECS };
	return (struct spi_delay){ ns, SPI_DELAY_UNIT_NSECS };
}

static void device_fill(struct spi_device *spi, const struct axi_engine_device *device)
{
	const char *driver = device->rust ? AXI_ENGINE_RUST_CHIP : AXI_ENGINE_CHIP;

	strscpy(spi->modalias, device->driver ?: driver, sizeof(spi->modalias));
	spi_set_chipselect(spi, 0, device->chip_select);
	spi->mode = device->mode;
	spi->max_speed_hz = device->max_speed_hz;
	spi->bits_per_word = device->bits_per_word;
	spi->cs_setup = device_delay(device->cs_setup_ns);
	spi->cs_hold = device_delay(device->cs_hold_ns);
	spi->cs_inactive = device_delay(device->cs_inactive_ns);
	/* As devicetree sets them. */
	spi->num_rx_lanes = min(device->lanes, ARRAY_SIZE(spi->rx_lane_map));
	spi->num_tx_lanes = min(device->lanes, ARRAY_SIZE(spi->tx_lane_map));
	memcpy(spi->rx_lane_map, device->rx_lane_map, spi->num_rx_lanes);
	memcpy(spi->tx_lane_map, device->tx_lane_map, spi->num_tx_lanes);
}

/* What firmware says of it, if that is more than its settings. */
static int device_describe(struct spi_device *spi, const struct axi_engine_device *device)
{
	struct property_entry properties[4] = { };
	struct fwnode_handle *node;
	unsigned int count = 0;
	int ret;

	if (device->single)
		properties[count++] = PROPERTY_ENTRY_STRING("adi,spi-mode", "single");
	if (device->sampling_hz)
		properties[count++] = PROPERTY_ENTRY_U32("sampling-frequency", device->sampling_hz);
	if (device->words)
		properties[count++] = PROPERTY_ENTRY_U32("test,words", device->words);
	if (!count)
		return 0;

	node = fwnode_create_software_node(properties, NULL);
	if (IS_ERR(node))
		return PTR_ERR(node);
	ret = device_add_software_node(&spi->dev, to_software_node(node));
	/* The device's reference is put by the SPI core. */
	fwnode_remove_software_node(node);
	return ret;
}

/*
 * axi_engine_add_device - add a device to an engine's bus
 * @engine: an engine with a driver that registered a controller
 * @device: its settings
 *
 * May sleep. Returns an ERR_PTR() on failure: %-ENODEV if there is no
 * controller, or what spi_add_device() returned.
 */
struct spi_device *axi_engine_add_device(struct axi_engine *engine,
					 const struct axi_engine_device *device)
{
	struct spi_controller *host = axi_engine_get_host(engine);
	struct spi_device *spi;
	int ret;

	if (!host)
		return ERR_PTR(-ENODEV);
	spi = spi_alloc_device(host);
	put_device(&host->dev);
	if (!spi)
		return ERR_PTR(-ENOMEM);

	device_fill(spi, device);
	ret = device_describe(spi, device);
	if (!ret)
		ret = spi_add_device(spi);
	if (ret) {
		device_remove_software_node(&spi->dev);
		spi_dev_put(spi);
		return ERR_PTR(ret);
	}
	/* The caller's: the controller may go before it. */
	get_device(&spi->dev);
	return spi;
}

static int host_is_device(struct device *dev, const void *data)
{
	return dev->bus == &spi_bus_type;
}

/*
 * axi_engine_find_device - the chip on an engine's bus that a devicetree tells of
 * @engine: an engine that axi_engine_bind_node() gave a driver
 *
 * May sleep. Returns an ERR_PTR() on failure: %-ENODEV if there is none.
 */
struct spi_device *axi_engine_find_device(struct axi_engine *engine)
{
	struct spi_controller *host = axi_engine_get_host(engine);
	struct device *dev;

	if (!host)
		return ERR_PTR(-ENODEV);
	/* The caller's, as that of axi_engine_add_device(). */
	dev = device_find_child(&host->dev, NULL, host_is_device);
	put_device(&host->dev);
	return dev ? to_spi_device(dev) : ERR_PTR(-ENODEV);
}

/* axi_engine_remove_device - take a device off the bus if that is still there */
void axi_engine_remove_device(struct spi_device *spi)
{
	if (device_is_registered(&spi->dev))
		spi_unregister_device(spi);
	put_device(&spi->dev);
}

/* axi_engine_device_name - the name of a device, as long as that is there */
const char *axi_engine_device_name(struct spi_device *spi)
{
	return dev_name(&spi->dev);
}

/* axi_engine_device_is_bound - whether a device has a driver */
bool axi_engine_device_is_bound(struct spi_device *spi)
{
	wait_for_device_probe();
	return spi->dev.driver;
}

void axi_engine_fill_transfer(struct spi_transfer *to, const struct axi_engine_transfer *from)
{
	to->tx_buf = from->tx;
	to->rx_buf = from->rx;
	to->len = from->len;
	to->speed_hz = from->speed_hz;
	to->bits_per_word = from->bits_per_word;
	to->cs_change = from->cs_change;
	to->cs_off = from->cs_off;
	to->delay = device_delay(from->delay_ns);
	/* Without one, the core's default of 10 us is asked for. */
	if (from->cs_change_delay_ns)
		to->cs_change_delay = device_delay(from->cs_change_delay_ns);
	to->word_delay = device_delay(from->word_delay_ns);
	to->multi_lane_mode = from->stripe ? SPI_MULTI_LANE_MODE_STRIPE :
					     SPI_MULTI_LANE_MODE_SINGLE;
	to->offload_flags = from->offload_flags;
}

/*
 * axi_engine_sync - send a message
 * @spi: a device of axi_engine_add_device()
 * @transfers: what to send
 * @count: how many these are
 * @actual: gets the number of bytes that the driver says it sent
 *
 * May sleep. Returns what spi_sync() returned.
 */
int axi_engine_sync(struct spi_device *spi,
		    const struct axi_engine_transfer *transfers,
		    unsigned int count, u32 *actual)
{
	struct spi_transfer *xfers;
	struct spi_message message;
	unsigned int i;
	int ret;

	xfers = kzalloc_objs(*xfers, count);
	if (!xfers)
		return -ENOMEM;

	for (i = 0; i < count; i++)
		axi_engine_fill_transfer(&xfers[i], &transfers[i]);
	spi_message_init_with_transfers(&message, xfers, count);
	ret = spi_sync(spi, &message);
	*actual = message.actual_length;
	kfree(xfers);
	return ret;
}

/*
 * struct axi_engine_message - a message that is being sent
 * @done: completed when it has ended
 */
struct axi_engine_message {
	struct spi_message message;
	struct completion done;
	struct spi_transfer xfers[];
};

static void message_complete(void *context)
{
	struct axi_engine_message *message = context;

	complete(&message->done);
}

/*
 * axi_engine_message_begin - send a message, which the controller's thread does, from where
 *	nobody may sleep
 * @spi: a device of axi_engine_add_device()
 * @transfers: what to send; the buffers have to stay until axi_engine_message_end()
 * @count: how many these are
 *
 * Returns an ERR_PTR() on failure: %-ENOMEM, or what spi_async() returned.
 */
struct axi_engine_message *
axi_engine_message_begin(struct spi_device *spi, const struct axi_engine_transfer *transfers,
			 unsigned int count)
{
	struct axi_engine_message *message = kzalloc_flex(*message, xfers, count);
	unsigned long flags;
	unsigned int i;
	int ret;

	if (!message)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < count; i++)
		axi_engine_fill_transfer(&message->xfers[i], &transfers[i]);
	spi_message_init_with_transfers(&message->message, message->xfers, count);
	init_completion(&message->done);
	message->message.complete = message_complete;
	message->message.context = message;

	/* It may be called anywhere. */
	local_irq_save(flags);
	ret = spi_async(spi, &message->message);
	local_irq_restore(flags);
	if (ret) {
		kfree(message);
		return ERR_PTR(ret);
	}
	return message;
}

/*
 * axi_engine_message_end - wait for a message
 * @message: what axi_engine_message_begin() returned; it is freed
 * @actual: gets the number of bytes that the driver says it sent
 *
 * May sleep. Returns the status of the message.
 */
int axi_engine_message_end(struct axi_engine_message *message, u32 *actual)
{
	int status;

	wait_for_completion(&message->done);
	status = message->message.status;
	*actual = message->message.actual_length;
	kfree(message);
	return status;
}

/* A message to a loopback. */
struct echo {
	struct spi_message message;
	struct spi_transfer transfer;
	u8 tx[3];
	u8 rx[3];
};

static int echo_send(struct echo *echo, struct spi_device *spi, u8 first,
		     void (*complete)(void *context), void *context)
{
	unsigned int i;

	for (i = 0; i < sizeof(echo->tx); i++)
		echo->tx[i] = first + i;
	echo->transfer.tx_buf = echo->tx;
	echo->transfer.rx_buf = echo->rx;
	echo->transfer.len = sizeof(echo->tx);
	spi_message_init_with_transfers(&echo->message, &echo->transfer, 1);
	echo->message.complete = complete;
	echo->message.context = context;
	return spi_async(spi, &echo->message);
}

/* How it ended; %-EBADMSG if something else came back than was sent. */
static int echo_status(const struct echo *echo)
{
	if (!echo->message.status && memcmp(echo->tx, echo->rx, sizeof(echo->tx)))
		return -EBADMSG;
	return echo->message.status;
}

/* What is left of a message that was freed. */
struct axi_engine_result {
	struct completion done;
	int status;
};

/* A message that belongs to nobody but its callback. */
struct axi_engine_orphan {
	struct echo echo;
	struct axi_engine_result *result;
};

static void orphan_complete(void *context)
{
	struct axi_engine_orphan *orphan = context;
	struct axi_engine_result *result = orphan->result;

	result->status = echo_status(&orphan->echo);
	/* Who reads it all the same does not find what was there. */
	memset(orphan, POISON_FREE, sizeof(*orphan));
	kfree(orphan);
	complete(&result->done);
}

/*
 * axi_engine_send_orphan - send a message that is freed by its callback
 * @spi: a device of axi_engine_add_device() with a loopback
 *
 * May sleep. Returns its status, %-EBADMSG if something else came back than
 * was sent, %-ENOMEM, or what spi_async() returned.
 */
int axi_engine_send_orphan(struct spi_device *spi)
{
	struct axi_engine_result result;
	struct axi_engine_orphan *orphan = kzalloc_obj(*orphan);
	int ret;

	if (!orphan)
		return -ENOMEM;

	init_completion(&result.done);
	orphan->result = &result;
	ret = echo_send(&orphan->echo, spi, 1, orphan_complete, orphan);
	if (ret) {
		kfree(orphan);
		return ret;
	}
	wait_for_completion(&result.done);
	return result.status;
}

/* A message of a flood. */
struct flood_item {
	struct axi_engine_flood *flood;
	struct echo echo;
};

/*
 * struct axi_engine_flood - many messages that nobody waits for
 * @left: how many have not ended
 */
struct axi_engine_flood {
	struct axi_engine_flood_ends ends;
	struct completion done;
	atomic_t left;
	struct flood_item items[];
};

static void flood_count(struct axi_engine_flood *flood, int status)
{
	/* One message of a controller completes after the other. */
	if (status == -EBUSY)
		flood->ends.refused++;
	else if (!status)
		flood->ends.right++;
	else
		flood->ends.wrong++;

	if (atomic_dec_and_test(&flood->left))
		complete(&flood->done);
}

static void flood_complete(void *context)
{
	struct flood_item *item = context;

	flood_count(item->flood, echo_status(&item->echo));
}

static void flood_send(struct axi_engine_flood *flood, struct spi_device *spi, unsigned int i)
{
	struct flood_item *item = &flood->items[i];
	int ret;

	item->flood = flood;
	ret = echo_send(&item->echo, spi, i + 1, flood_complete, item);
	if (ret)
		flood_count(flood, ret);
}

/*
 * axi_engine_flood_begin - send many messages, which the controller's thread does
 * @spi: a device of axi_engine_add_device() with a loopback
 * @count: how many
 */
struct axi_engine_flood *axi_engine_flood_begin(struct spi_device *spi, unsigned int count)
{
	struct axi_engine_flood *flood = kzalloc_flex(*flood, items, count);
	unsigned int i;

	if (!flood)
		return ERR_PTR(-ENOMEM);

	init_completion(&flood->done);
	atomic_set(&flood->left, count);
	for (i = 0; i < count; i++)
		flood_send(flood, spi, i);
	return flood;
}

/* axi_engine_flood_end - wait for all of them, and tell how they ended */
struct axi_engine_flood_ends axi_engine_flood_end(struct axi_engine_flood *flood)
{
	struct axi_engine_flood_ends ends;

	wait_for_completion(&flood->done);
	ends = flood->ends;
	kfree(flood);
	return ends;
}
