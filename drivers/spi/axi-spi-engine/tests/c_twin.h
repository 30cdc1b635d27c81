/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests/c_twin.c and tests/c_twin.rs exchange.
 */

#ifndef AXI_SPI_ENGINE_C_TWIN_H
#define AXI_SPI_ENGINE_C_TWIN_H

#include <linux/types.h>

#define AXI_SPI_ENGINE_TWIN_MAX_TRANSFERS	8

struct axi_spi_engine_twin_device {
	u32 mode;
	u32 max_speed_hz;
	u8 chip_select;
	u8 num_rx_lanes;
	u8 num_tx_lanes;
	u8 lanes[8];
};

struct axi_spi_engine_twin_transfer {
	u32 len;
	u32 speed_hz;
	u16 delay;
	u16 cs_change_delay;
	u8 delay_unit;
	u8 cs_change_delay_unit;
	u8 bits_per_word;
	u8 lane_mode;
	u8 writes;
	u8 reads;
	u8 cs_change;
	u8 cs_off;
};

u32 axi_spi_engine_twin_messages(void);
int axi_spi_engine_twin_compile(const struct axi_spi_engine_twin_device *device,
				const struct axi_spi_engine_twin_transfer *transfers,
				u32 count, u16 *words, u32 max);
int axi_spi_engine_twin_record(const struct axi_spi_engine_twin_device *device,
			       const struct axi_spi_engine_twin_transfer *transfers,
			       u32 count, bool requires_sync);

#endif
