# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # most of it is for those who source it
#
# The named builds: what they are configured from and what is made.  Needs
# tools/kernel/env.

# UML's code model is the large one, for which clang >= 18 has sections of its own
# for data.  UML's linker script doesn't know them: what is in .lbss comes after
# the end of the kernel, so lockdep takes no lock class there for one and gives up
# as UML boots, and kmemleak doesn't look there.
# shellcheck disable=SC2016 # for make
ALL_IN_DATA='KCFLAGS=$(call cc-option,-Xclang -mlarge-data-threshold=2147483647)'

# use_config NAME: sets OUT, ARCH, FRAGMENTS, FLAGS and TARGETS.
use_config()
{
	OUT=$BUILD/$1
	FLAGS=()
	case $1 in
	uml | uml-hard)
		ARCH=um
		FRAGMENTS=("$REPO/tools/testing/kunit/uml.config")
		if [ "$1" = uml-hard ]; then
			FRAGMENTS+=("$REPO"/tools/testing/{,kunit/}hard.config)
			FLAGS=("$ALL_IN_DATA")
		fi
		TARGETS=(all)
		;;
	lint)
		# Not a whole kernel: the kernel crate, its C helpers and what is ours.
		ARCH=um
		FRAGMENTS=("$REPO/tools/testing/kunit/uml.config"
			"$REPO/tools/testing/lint.config")
		FLAGS=(CLIPPY=1 W=1)
		TARGETS=(drivers/spi/ samples/rust/)
		;;
	arm32)
		# tools/testing/arm32 compiles a part of it.
		ARCH=arm
		FRAGMENTS=("$REPO/tools/testing/kunit/arm32.config")
		TARGETS=(zImage)
		;;
	arm64 | arm64-hard)
		# The board kit's, and what the tests add to it.
		ARCH=arm64
		FRAGMENTS=("$REPO"/tools/testing/{board/imx8mp,board/spi-rust,qemu/test}.config)
		if [ "$1" = arm64 ]; then
			FRAGMENTS+=("$REPO/tools/testing/board/imx8mp-root.config")
		else
			FRAGMENTS+=("$REPO"/tools/testing/{,qemu/}hard.config)
		fi
		# Devicetree overlays need the symbols.
		FLAGS=(DTC_FLAGS=-@)
		TARGETS=(Image modules freescale/imx8mp-evk.dtb)
		;;
	riscv64 | riscv64-hard)
		# Has an SD card on an SPI bus.
		ARCH=riscv
		FRAGMENTS=("$REPO/tools/testing/qemu/riscv64.config")
		[ "$1" = riscv64 ] || FRAGMENTS+=("$REPO"/tools/testing/{,qemu/}hard.config)
		FLAGS=(DTC_FLAGS=-@)
		TARGETS=(Image modules sifive/hifive-unleashed-a00.dtb)
		;;
	*)
		die "no configuration '$1': lint, arm32, and uml, arm64 or riscv64, also with -hard"
		;;
	esac
}
