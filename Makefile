# SPDX-License-Identifier: GPL-2.0
#
# The commands of this repository.  kbuild (make -C KDIR M=...) reads Kbuild
# instead of this file.

.DEFAULT_GOAL := help

# KDIR: a kernel tree of your own.  O: where to build, instead of build/.
# HARD=y: test with a kernel that checks locking and memory accesses, and looks for leaks.
export KDIR O FULL HARD FLASH0 FLASH1 SOCKET

# Each command prints its own progress, and takes the whole machine.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --silent

KERNEL := tools/kernel
TESTING := tools/testing

##@ Start here
.PHONY: run test test-hard
run: setup	## Boot the emulated i.MX8MP, move data through the Rust mux; capture a sine
	$(TESTING)/qemu/run
	$(TESTING)/capture/run
test: setup	## Run all tests
	$(TESTING)/run-all
test-hard: setup	## Run the tests that need a kernel on one that checks itself (slow)
	HARD=y $(TESTING)/run-all

##@ One by one
.PHONY: setup kunit kunit-arm32 kunit-long qemu-test sd-card-test lint shell bench defects cosim
setup:		## Install what the host lacks (as root)
	$(KERNEL)/setup
kunit: setup	## KUnit tests and doctests on UML (FULL=1: the whole kernel crate's)
	$(TESTING)/kunit/run
qemu-test: setup	## Tests on the emulated board
	$(TESTING)/qemu/test
sd-card-test: setup	## Test an SD card behind the mux, on an emulated HiFive Unleashed
	$(TESTING)/qemu/test sd_card
kunit-arm32: setup	## KUnit tests on a 32-bit machine, in QEMU
	$(TESTING)/kunit/arm32
kunit-long: setup	## KUnit with a million random messages and 100 000 faults of the AXI SPI Engine
	KUNIT_ARGS="kunit.timeout=10000000 c_twin.messages=1000000 axi_spi_engine_platform.effort=100" \
		KUNIT_TIMEOUT=3600 $(TESTING)/kunit/run
cosim: setup	## AXI SPI Engine drivers against another process (SOCKET=PATH: yours)
	$(TESTING)/cosim/run
lint: setup	## rustfmt, Clippy, checkpatch, rustdoc, shellcheck
	$(TESTING)/lint
shell: setup	## The emulated board, interactive
	$(TESTING)/qemu/shell
bench: setup	## Measure against the C drivers, write build/bench.json
	$(TESTING)/bench/run
defects: setup	## The ledger of known C defects, write build/defects.json
	$(TESTING)/defects

##@ A real i.MX8MP board
.PHONY: imx8mp imx8mp-test
imx8mp: setup	## Build what one copies to an i.MX8MP EVK
	$(TESTING)/board/build
imx8mp-test: setup	## Test that on the emulated board
	$(TESTING)/board/test

##@ Your own tree
.PHONY: link unlink
link:		## Put the overlay into the tree KDIR=
	$(KERNEL)/link
unlink:		## Take it out again
	$(KERNEL)/unlink

##@ Clean up
.PHONY: clean distclean
clean:		## Remove what was built, keep the kernel source
	$(KERNEL)/clean
distclean:	## Remove build/ and the download cache
	$(KERNEL)/clean all

.PHONY: help
help:		## Show this
	awk 'BEGIN { FS = ":.*##" } \
	/^##@/ { printf "\n%s\n", substr($$0, 5) } \
	/^[a-z0-9-]+:.*##/ { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	printf '\nKDIR=TREE takes another kernel tree, O=DIR builds elsewhere than in build/.\n'
