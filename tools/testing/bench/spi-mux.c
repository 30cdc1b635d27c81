// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own driver as it is, to compare with. */
#include <../drivers/spi/spi-mux.c>
