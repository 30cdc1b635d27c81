// SPDX-License-Identifier: GPL-2.0

#include <linux/dma-mapping.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/spi/offload/types.h>
#include <linux/spi/spi.h>
#include <linux/u64_stats_sync.h>
#include <trace/events/spi.h>

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
static_assert(BIT(12) == SPI_CS_WORD);
static_assert(BIT(13) == SPI_TX_OCTAL);
static_assert(BIT(14) == SPI_RX_OCTAL);
static_assert(BIT(15) == SPI_3WIRE_HIZ);
static_assert(BIT(16) == SPI_RX_CPHA_FLIP);
static_assert(BIT(17) == SPI_MOSI_IDLE_LOW);
static_assert(BIT(18) == SPI_MOSI_IDLE_HIGH);
static_assert(BIT(29) == SPI_TPM_HW_FLOW);
static_assert(BIT(30) == SPI_NO_RX);
static_assert(BIT(31) == SPI_NO_TX);
static_assert(BIT(0) == SPI_OFFLOAD_XFER_TX_STREAM);
static_assert(BIT(1) == SPI_OFFLOAD_XFER_RX_STREAM);
static_assert(BIT(0) == SPI_CONTROLLER_HALF_DUPLEX);
static_assert(BIT(1) == SPI_CONTROLLER_NO_RX);
static_assert(BIT(2) == SPI_CONTROLLER_NO_TX);
static_assert(BIT(3) == SPI_CONTROLLER_MUST_RX);
static_assert(BIT(4) == SPI_CONTROLLER_MUST_TX);
static_assert(BIT(5) == SPI_CONTROLLER_GPIO_SS);
static_assert(BIT(6) == SPI_CONTROLLER_SUSPENDED);
static_assert(BIT(0) == SPI_TRANS_FAIL_NO_START);
static_assert(BIT(1) == SPI_TRANS_FAIL_IO);
static_assert(BIT(0) == SPI_OFFLOAD_CAP_TRIGGER);
static_assert(BIT(1) == SPI_OFFLOAD_CAP_TX_STATIC_DATA);
static_assert(BIT(2) == SPI_OFFLOAD_CAP_TX_STREAM_DMA);
static_assert(BIT(3) == SPI_OFFLOAD_CAP_RX_STREAM_DMA);
static_assert(BIT(0) == SPI_OFFLOAD_XFER_TX_STREAM);
static_assert(BIT(1) == SPI_OFFLOAD_XFER_RX_STREAM);

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

/*
 * Is this task the one that holds the bus lock?  Only then can it be told so
 * for sure; the answer for others is out of date at once.
 */
__rust_helper bool
rust_helper_spi_bus_is_locked_by_current(struct spi_controller *ctlr)
{
	unsigned long owner;

#ifdef CONFIG_PREEMPT_RT
	owner = (unsigned long)READ_ONCE(ctlr->bus_lock_mutex.rtmutex.owner);
#else
	owner = atomic_long_read(&ctlr->bus_lock_mutex.owner);
#endif
	/* The lowest bits are flags. */
	return (owner & ~7UL) == (unsigned long)current;
}

/* As spi_emit_pcpu_stats() does for sysfs. */
__rust_helper u64
rust_helper_spi_statistics_total(struct spi_statistics __percpu *counters,
				 size_t offset)
{
	u64 total = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct spi_statistics *one = per_cpu_ptr(counters, cpu);
		const u64_stats_t *counter = (const void *)one + offset;
		unsigned int start;
		u64 value;

		do {
			start = u64_stats_fetch_begin(&one->syncp);
			value = u64_stats_read(counter);
		} while (u64_stats_fetch_retry(&one->syncp, start));
		total += value;
	}

	return total;
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

static inline void count_transfer(struct spi_statistics *stats, int size,
				  unsigned int len, unsigned int tx, unsigned int rx)
{
	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->transfers);
	u64_stats_inc(&stats->transfer_bytes_histo[size]);
	u64_stats_add(&stats->bytes, len);
	u64_stats_add(&stats->bytes_tx, tx);
	u64_stats_add(&stats->bytes_rx, rx);
	u64_stats_update_end(&stats->syncp);
}

/* As spi_transfer_one_message() does, but all at once. */
__rust_helper void rust_helper_spi_message_count(struct spi_message *msg)
{
	struct spi_controller *ctlr = msg->spi->controller;
	struct spi_statistics *host, *dev;
	struct spi_transfer *xfer;

	get_cpu();
	host = this_cpu_ptr(ctlr->pcpu_statistics);
	dev = this_cpu_ptr(msg->spi->pcpu_statistics);

	u64_stats_update_begin(&host->syncp);
	u64_stats_inc(&host->messages);
	u64_stats_update_end(&host->syncp);

	u64_stats_update_begin(&dev->syncp);
	u64_stats_inc(&dev->messages);
	u64_stats_update_end(&dev->syncp);

	list_for_each_entry(xfer, &msg->transfers, transfer_list) {
		int size = clamp(fls(xfer->len), 1, SPI_STATISTICS_HISTO_SIZE) - 1;
		bool has_tx = xfer->tx_buf && xfer->tx_buf != ctlr->dummy_tx;
		bool has_rx = xfer->rx_buf && xfer->rx_buf != ctlr->dummy_rx;
		unsigned int tx = has_tx ? xfer->len : 0;
		unsigned int rx = has_rx ? xfer->len : 0;

		count_transfer(host, size, xfer->len, tx, rx);
		count_transfer(dev, size, xfer->len, tx, rx);
	}
	put_cpu();
}

__rust_helper void rust_helper_spi_message_count_error(struct spi_message *msg,
						       bool timedout)
{
	struct spi_device *spi = msg->spi;

	if (timedout) {
		SPI_STATISTICS_INCREMENT_FIELD(spi->controller->pcpu_statistics, timedout);
		SPI_STATISTICS_INCREMENT_FIELD(spi->pcpu_statistics, timedout);
	} else {
		SPI_STATISTICS_INCREMENT_FIELD(spi->controller->pcpu_statistics, errors);
		SPI_STATISTICS_INCREMENT_FIELD(spi->pcpu_statistics, errors);
	}
}

__rust_helper void rust_helper_spi_message_trace_start(struct spi_message *msg)
{
	struct spi_transfer *xfer;

	if (!trace_spi_transfer_start_enabled())
		return;
	list_for_each_entry(xfer, &msg->transfers, transfer_list)
		trace_call__spi_transfer_start(msg, xfer);
}

__rust_helper void rust_helper_spi_message_trace_stop(struct spi_message *msg)
{
	struct spi_transfer *xfer;

	if (!trace_spi_transfer_stop_enabled())
		return;
	list_for_each_entry(xfer, &msg->transfers, transfer_list)
		trace_call__spi_transfer_stop(msg, xfer);
}

__rust_helper bool rust_helper_irqs_disabled(void)
{
	return irqs_disabled();
}

#if IS_ENABLED(CONFIG_RUST_SPI_KUNIT_TEST)

__rust_helper unsigned int rust_helper_spi_kunit_cycles(void)
{
	return CONFIG_RUST_SPI_KUNIT_CYCLES;
}

#endif

#endif
