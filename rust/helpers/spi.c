// SPDX-License-Identifier: GPL-2.0

#include <linux/dma-mapping.h>
#include <linux/lockdep.h>
#include <linux/spi/spi.h>

#if IS_ENABLED(CONFIG_RUST_SPI_ABSTRACTIONS)

/* Bindgen does not evaluate BIT(), so the Rust code repeats these values. */
static_assert(BIT(0) == SPI_CPHA);
static_assert(BIT(1) == SPI_CPOL);
static_assert(BIT(2) == SPI_CS_HIGH);
static_assert(BIT(3) == SPI_LSB_FIRST);
static_assert(BIT(4) == SPI_3WIRE);
static_assert(BIT(5) == SPI_LOOP);
static_assert(BIT(6) == SPI_NO_CS);
static_assert(BIT(7) == SPI_READY);
static_assert(BIT(8) == SPI_TX_DUAL);
static_assert(BIT(9) == SPI_TX_QUAD);
static_assert(BIT(10) == SPI_RX_DUAL);
static_assert(BIT(11) == SPI_RX_QUAD);
static_assert(BIT(13) == SPI_TX_OCTAL);
static_assert(BIT(14) == SPI_RX_OCTAL);
static_assert(BIT(30) == SPI_NO_RX);
static_assert(BIT(31) == SPI_NO_TX);
static_assert(BIT(0) == SPI_CONTROLLER_HALF_DUPLEX);
static_assert(BIT(1) == SPI_CONTROLLER_NO_RX);
static_assert(BIT(2) == SPI_CONTROLLER_NO_TX);

__rust_helper void rust_helper_spi_unregister_driver(struct spi_driver *sdrv)
{
	spi_unregister_driver(sdrv);
}

__rust_helper void rust_helper_spi_message_init(struct spi_message *m)
{
	spi_message_init(m);
}

__rust_helper void rust_helper_spi_message_add_tail(struct spi_transfer *t,
						    struct spi_message *m)
{
	spi_message_add_tail(t, m);
}

__rust_helper size_t rust_helper_spi_max_transfer_size(struct spi_device *spi)
{
	return spi_max_transfer_size(spi);
}

__rust_helper size_t rust_helper_spi_max_message_size(struct spi_device *spi)
{
	return spi_max_message_size(spi);
}

__rust_helper void rust_helper_spi_controller_put(struct spi_controller *ctlr)
{
	spi_controller_put(ctlr);
}

__rust_helper int rust_helper_dma_get_cache_alignment(void)
{
	return dma_get_cache_alignment();
}

/*
 * lockdep_set_class() is a macro, and names the class after the expression it
 * is given, so each mutex is written out here.
 */
__rust_helper void
rust_helper_spi_controller_set_lock_classes(struct spi_controller *ctlr,
					    struct lock_class_key *bus_lock,
					    struct lock_class_key *io,
					    struct lock_class_key *add)
{
	lockdep_set_class(&ctlr->bus_lock_mutex, bus_lock);
	lockdep_set_class(&ctlr->io_mutex, io);
	lockdep_set_class(&ctlr->add_lock, add);
}

#endif
