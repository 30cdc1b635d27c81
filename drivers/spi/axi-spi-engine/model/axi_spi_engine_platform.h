/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel side of the model, in C, and the model itself, in Rust, know
 * of each other. platform.rs has the same declarations.
 */

#ifndef __AXI_SPI_ENGINE_PLATFORM_H__
#define __AXI_SPI_ENGINE_PLATFORM_H__

#include <linux/types.h>

struct axi_engine;
struct axi_engine_capture;
struct axi_engine_consumer;
struct axi_engine_dma;
struct axi_engine_flood;
struct axi_engine_message;
struct axi_engine_program;
struct axi_engine_tree;
struct axi_engine_trigger;
struct file;
struct fwnode_handle;
struct spi_controller;
struct spi_device;
struct spi_transfer;

/* The drivers of devices on an engine's bus: one that does nothing, and that of the tests. */
#define AXI_ENGINE_CHIP		"axi-engine-chip"
#define AXI_ENGINE_RUST_CHIP	"axi-engine-rust-chip"

/* What the devicetree says: the number of chip selects, and that and the speed of a chip. */
#define AXI_ENGINE_TREE_NUM_CS	4
#define AXI_ENGINE_TREE_CHIP	2
#define AXI_ENGINE_TREE_HZ	5000000

/* The streams of an offload. */
#define AXI_ENGINE_RX_STREAM	0x1
#define AXI_ENGINE_TX_STREAM	0x2

/* The most that a word of the offload's SDI stream has. */
#define AXI_ENGINE_STREAM_BYTES	32

/**
 * struct axi_engine_ops - the hardware behind an engine
 * @read: read a register, @now being the time in ps since the engine was made;
 *	adds to *@stall what the bus had to wait, in ps
 * @write: write a register
 * @line: the level of the interrupt line at @now; sets *@next to the time of
 *	the next event that may change it, or to U64_MAX
 * @trigger: set the level of the offload's trigger; %NULL if that can't be
 * @collect: the offload's SDI stream may give so many bytes from now on, with
 *	what was not taken yet; if this is not %NULL, an event of @line is also
 *	when one may come
 * @take: take the next word of the stream, as memory has it; returns its size,
 *	or 0 if there is none
 *
 * They are called with interrupts off, one at a time, and must not sleep.
 */
struct axi_engine_ops {
	u32 (*read)(void *core, u32 offset, u64 now, u64 *stall);
	void (*write)(void *core, u32 offset, u32 value, u64 now);
	bool (*line)(void *core, u64 now, u64 *next);
	void (*trigger)(void *core, bool high, u64 now);
	void (*collect)(void *core, u64 bytes, u64 now);
	size_t (*take)(void *core, u8 *word);
};

/**
 * struct axi_engine_device - a device on an engine's bus
 * @mode: its &spi_device.mode
 * @max_speed_hz: its speed
 * @cs_setup_ns: delay after its chip select becomes active
 * @cs_hold_ns: delay before that becomes inactive
 * @cs_inactive_ns: delay after that
 * @chip_select: the number of its chip select
 * @bits_per_word: its word length, or 0 for 8
 * @rust: its driver is the one of the tests in Rust, and not one that does
 *	nothing
 * @lanes: how many lanes are connected in each direction
 * @rx_lane_map: the controller's lane for each of its rx lanes
 * @tx_lane_map: the same for tx
 * @driver: the name of its driver, or %NULL for none
 * @sampling_hz: its property "sampling-frequency", or 0 for none
 * @words: its property "test,words", or 0 for none
 * @single: its property "adi,spi-mode" is "single"
 */
struct axi_engine_device {
	u32 mode;
	u32 max_speed_hz;
	u32 cs_setup_ns;
	u32 cs_hold_ns;
	u32 cs_inactive_ns;
	u8 chip_select;
	u8 bits_per_word;
	bool rust;
	u8 lanes;
	u8 rx_lane_map[8];
	u8 tx_lane_map[8];
	const char *driver;
	u32 sampling_hz;
	u32 words;
	bool single;
};

/**
 * struct axi_engine_transfer - what a transfer of a message can say
 * @tx: what to send, or NULL
 * @rx: where to receive, or NULL
 * @len: of both, in bytes
 * @speed_hz: its speed, or 0
 * @delay_ns: delay after it
 * @cs_change_delay_ns: delay while the chip select is inactive after it
 * @word_delay_ns: delay after each word
 * @bits_per_word: its word length, or 0
 * @cs_change: as in &struct spi_transfer
 * @cs_off: as in &struct spi_transfer
 * @stripe: words are spread over the lanes
 * @offload_flags: as in &struct spi_transfer
 */
struct axi_engine_transfer {
	const void *tx;
	void *rx;
	u32 len;
	u32 speed_hz;
	u32 delay_ns;
	u32 cs_change_delay_ns;
	u32 word_delay_ns;
	u8 bits_per_word;
	bool cs_change;
	bool cs_off;
	bool stripe;
	u32 offload_flags;
};

/**
 * struct axi_engine_flood_ends - how many messages came to which end
 * @right: sent, and what came in is right
 * @refused: with %-EBUSY
 * @wrong: anything else
 */
struct axi_engine_flood_ends {
	u32 right;
	u32 refused;
	u32 wrong;
};

struct axi_engine_socket;

bool axi_engine_socket_given(void);
struct axi_engine_socket *axi_engine_socket_connect(const char *build, u32 *axi_hz, u32 *spi_hz);
void axi_engine_socket_close(struct axi_engine_socket *socket);

extern const struct axi_engine_ops axi_engine_socket_ops;

struct axi_engine *axi_engine_create(const struct axi_engine_ops *ops, void *core,
				     u32 axi_hz, u32 spi_hz);
int axi_engine_bind(struct axi_engine *engine, const char *driver);
int axi_engine_bind_node(struct axi_engine *engine, const char *driver, const char *compatible);
void axi_engine_unbind(struct axi_engine *engine);
void axi_engine_destroy(struct axi_engine *engine);

unsigned long axi_engine_lock(struct axi_engine *engine, u64 *now);
void axi_engine_unlock(struct axi_engine *engine, unsigned long flags);
u32 axi_engine_peek(struct axi_engine *engine, u32 offset);
void axi_engine_poke(struct axi_engine *engine, u32 offset, u32 value);
void axi_engine_set_latency(struct axi_engine *engine, u32 ns);
void axi_engine_lose_interrupts(struct axi_engine *engine, u32 count);
void axi_engine_limit_interrupts(struct axi_engine *engine, u32 count);
void axi_engine_raise(struct axi_engine *engine);
u64 axi_engine_interrupts(struct axi_engine *engine);
u32 axi_engine_unhandled(struct axi_engine *engine);
u64 axi_engine_accesses(struct axi_engine *engine);

struct spi_controller *axi_engine_get_host(struct axi_engine *engine);
struct spi_device *axi_engine_add_device(struct axi_engine *engine,
					 const struct axi_engine_device *device);
struct spi_device *axi_engine_find_device(struct axi_engine *engine);
void axi_engine_remove_device(struct spi_device *spi);
const char *axi_engine_device_name(struct spi_device *spi);
bool axi_engine_device_is_bound(struct spi_device *spi);
int axi_engine_sync(struct spi_device *spi,
		    const struct axi_engine_transfer *transfers,
		    unsigned int count, u32 *actual);

struct axi_engine_message *
axi_engine_message_begin(struct spi_device *spi, const struct axi_engine_transfer *transfers,
			 unsigned int count);
int axi_engine_message_end(struct axi_engine_message *message, u32 *actual);
int axi_engine_send_orphan(struct spi_device *spi);

void axi_engine_fill_transfer(struct spi_transfer *to, const struct axi_engine_transfer *from);

struct axi_engine_tree *axi_engine_tree_create(const char *name, const char *compatible);
struct fwnode_handle *axi_engine_tree_node(struct axi_engine_tree *tree);
void axi_engine_tree_destroy(struct axi_engine_tree *tree);

struct axi_engine_trigger *axi_engine_trigger_create(void);
void axi_engine_trigger_destroy(struct axi_engine_trigger *trigger);
struct fwnode_handle *axi_engine_trigger_node(struct axi_engine_trigger *trigger);
bool axi_engine_trigger_is_on(struct axi_engine_trigger *trigger);
int axi_engine_connect_offload(struct axi_engine *engine, u32 streams);
bool axi_engine_is_triggered(struct axi_engine *engine);

struct axi_engine_consumer *axi_engine_consumer_get(struct spi_device *spi, u32 capabilities);
void axi_engine_consumer_put(struct axi_engine_consumer *consumer);
int axi_engine_consumer_enable(struct axi_engine_consumer *consumer);
void axi_engine_consumer_disable(struct axi_engine_consumer *consumer);
struct axi_engine_program *
axi_engine_program_prepare(struct axi_engine_consumer *consumer,
			   const struct axi_engine_transfer *transfers, unsigned int count);
int axi_engine_program_send(struct axi_engine_program *program);
void axi_engine_program_forget(struct axi_engine_program *program);

struct axi_engine_flood *axi_engine_flood_begin(struct spi_device *spi, unsigned int count);
struct axi_engine_flood_ends axi_engine_flood_end(struct axi_engine_flood *flood);

/* What is around the offload of an engine: see axi_engine_add_capture(). */
enum axi_engine_part {
	AXI_ENGINE_DMA,
	AXI_ENGINE_PWM,
	AXI_ENGINE_TRIGGER,
	AXI_ENGINE_PARTS
};

struct axi_engine_capture *axi_engine_add_capture(struct axi_engine *engine, const char *trigger);
void axi_engine_remove_capture(struct axi_engine_capture *capture);
int axi_engine_plug(struct axi_engine_capture *capture, enum axi_engine_part part);
void axi_engine_unplug(struct axi_engine_capture *capture, enum axi_engine_part part);

/* What these parts ask of the engine. */
unsigned int axi_engine_slot(struct axi_engine *engine);
void axi_engine_surround(struct axi_engine *engine, struct axi_engine_capture *capture,
			 struct fwnode_handle *node);
void axi_engine_set_trigger(struct axi_engine *engine, bool high);
void axi_engine_connect_dma(struct axi_engine *engine, struct axi_engine_dma *dma);
void axi_engine_collect(struct axi_engine *engine, u64 bytes, u64 now);

/* And it of the DMA controller, with the engine's lock held. */
void axi_engine_dma_push(struct axi_engine_dma *dma, const u8 *word, size_t len);

struct file *axi_engine_open(const char *name, bool wait);
ssize_t axi_engine_read(struct file *file, void *data, size_t len);
u32 axi_engine_poll(struct file *file);
void axi_engine_close(struct file *file);

u32 axi_engine_effort(void);
void axi_engine_model_crash(const char *name, bool rust);
int axi_engine_model_capture(bool rust, const char *chip);

#endif /* __AXI_SPI_ENGINE_PLATFORM_H__ */
