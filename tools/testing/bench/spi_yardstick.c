// SPDX-License-Identifier: GPL-2.0
/*
 * The least that a C driver of a simulated controller needs to send back what it
 * is sent: what spi_sim with a loopback is measured against.
 *
 * It has the operations that spi_sim has, takes words of any size as that does,
 * and has the same choices to make for each transfer: what is on the chip select,
 * whether changes of that are of interest, whether something is to go wrong,
 * whether words have fewer bits than their memory.  It adds a device for
 * spi_bench.
 */

#include <linux/bits.h>
#include <linux/device/faux.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/spi/spi.h>
#include <linux/string.h>

#define CHIP_SELECTS	4

enum target { NOTHING, LOOPBACK };

struct yardstick {
	enum target targets[CHIP_SELECTS];
	unsigned int selections;
};

static bool record;
module_param(record, bool, 0600);
MODULE_PARM_DESC(record, "count changes of chip selects");

static unsigned int fail_nth;
module_param(fail_nth, uint, 0600);
MODULE_PARM_DESC(fail_nth, "the transfer that fails, counted from now on");

static struct faux_device *faux;
static struct spi_controller *controller;

static int yardstick_setup(struct spi_device *spi)
{
	return 0;
}

static size_t yardstick_max_size(struct spi_device *spi)
{
	return SIZE_MAX;
}

static void yardstick_set_cs(struct spi_device *spi, bool level)
{
	struct yardstick *priv = spi_controller_get_devdata(spi->controller);

	if (record)
		priv->selections++;
}

static int yardstick_optimize_message(struct spi_message *message)
{
	return 0;
}

static int yardstick_unoptimize_message(struct spi_message *message)
{
	return 0;
}

/* The bits that a word does not have in memory are lost on the way. */
static noinline void yardstick_words(struct spi_transfer *transfer)
{
	u32 mask = GENMASK(transfer->bits_per_word - 1, 0);
	unsigned int bytes = spi_bpw_to_bytes(transfer->bits_per_word);
	unsigned int i;

	for (i = 0; i < transfer->len / bytes; i++) {
		if (bytes == 1)
			((u8 *)transfer->rx_buf)[i] = ((const u8 *)transfer->tx_buf)[i] & mask;
		else if (bytes == 2)
			((u16 *)transfer->rx_buf)[i] = ((const u16 *)transfer->tx_buf)[i] & mask;
		else
			((u32 *)transfer->rx_buf)[i] = ((const u32 *)transfer->tx_buf)[i] & mask;
	}
}

static int yardstick_transfer_one(struct spi_controller *ctlr, struct spi_device *spi,
				  struct spi_transfer *transfer)
{
	struct yardstick *priv = spi_controller_get_devdata(ctlr);

	if (fail_nth && !--fail_nth)
		return -EIO;
	if (!transfer->rx_buf)
		return 0;
	if (priv->targets[spi_get_chipselect(spi, 0)] != LOOPBACK)
		memset(transfer->rx_buf, 0xff, transfer->len);
	else if (!transfer->tx_buf)
		memset(transfer->rx_buf, 0, transfer->len);
	else if (transfer->bits_per_word % 8 || transfer->bits_per_word == 24)
		yardstick_words(transfer);
	else
		memmove(transfer->rx_buf, transfer->tx_buf, transfer->len);
	return 0;
}

static int __init yardstick_init(void)
{
	struct spi_board_info info = { .modalias = "spi_bench", .max_speed_hz = 100000000 };
	struct yardstick *priv;
	int ret;

	faux = faux_device_create("spi_yardstick", NULL, NULL);
	if (!faux)
		return -ENODEV;
	controller = spi_alloc_host(&faux->dev, sizeof(*priv));
	if (!controller) {
		ret = -ENOMEM;
		goto no_controller;
	}
	priv = spi_controller_get_devdata(controller);
	priv->targets[0] = LOOPBACK;
	controller->num_chipselect = CHIP_SELECTS;
	controller->setup = yardstick_setup;
	controller->max_transfer_size = yardstick_max_size;
	controller->max_message_size = yardstick_max_size;
	controller->set_cs = yardstick_set_cs;
	controller->optimize_message = yardstick_optimize_message;
	controller->unoptimize_message = yardstick_unoptimize_message;
	controller->transfer_one = yardstick_transfer_one;

	ret = spi_register_controller(controller);
	if (ret)
		goto not_registered;
	if (!spi_new_device(controller, &info)) {
		ret = -ENODEV;
		goto no_device;
	}
	return 0;

no_device:
	spi_unregister_controller(controller);
not_registered:
	spi_controller_put(controller);
no_controller:
	faux_device_destroy(faux);
	return ret;
}
module_init(yardstick_init);

static void __exit yardstick_exit(void)
{
	spi_unregister_controller(controller);
	spi_controller_put(controller);
	faux_device_destroy(faux);
}
module_exit(yardstick_exit);

MODULE_DESCRIPTION("Minimal SPI controller");
MODULE_LICENSE("GPL");
