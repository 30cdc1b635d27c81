# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Chooses one matching set of compilers.  Sourced by tools/kernel/env; nothing
# is looked up before need_toolchain is called.

RUST_MIN=1.85.0
BINDGEN_MIN=0.71.1
# Built into the cache where the system has none that is new enough.
BINDGEN_OWN=0.72.1
LLVM_MIN=17.0.1
# Preferred where installed: clang >= 22.1 lets the C driver of the AXI SPI
# Engine overflow its buffer, which would spoil comparisons with it.
LLVM_DIR=/usr/lib/llvm-19/bin

# What the user chose; setup looks again for the rest after it has installed.
USER_LLVM=${LLVM:-}

CURE="'make setup' installs a matching set"

tool_version()
{
	"$1" --version 2>/dev/null | awk 'NR == 1 { print $2 }'
}

# The library source that the kernel will compile with this rustc.
rust_library()
{
	printf '%s' "${RUST_LIB_SRC:-$("$1" --print sysroot)/lib/rustlib/src/rust/library}"
}

# rust_problem RUSTC: prints why this rustc can't build the kernel, or nothing.
rust_problem()
{
	local version library

	version=$(tool_version "$1") || true
	[ -n "$version" ] || { echo "does not run"; return; }
	version_ge "$version" $RUST_MIN || { echo "is $version, older than $RUST_MIN"; return; }

	library=$(rust_library "$1")
	if [ ! -f "$library/core/src/lib.rs" ]; then
		echo "$version has no library source (rust-src)"
		return
	fi
	# Distributions put the version into the path.
	case $(realpath "$library") in
	*/rustc-"$version"/* | *[!c]/rust/library) ;;
	*/rustc-[0-9]*) echo "is $version but its library source is $(realpath "$library")" ;;
	esac
}

# pick_rust: sets RUSTC, or RUST_TROUBLE to the reasons why there is none.
pick_rust()
{
	local candidate problem

	RUST_TROUBLE=
	for candidate in ${RUSTC:-rustc /usr/bin/rustc}; do
		problem="is not installed"
		if candidate=$(command -v "$candidate" || { echo "$candidate"; false; }); then
			problem=$(rust_problem "$candidate")
		fi
		[ -n "$problem" ] || { RUSTC=$candidate; return 0; }
		RUST_TROUBLE="${RUST_TROUBLE:+$RUST_TROUBLE; }$candidate $problem"
	done
	return 1
}

# pick_bindgen: sets BINDGEN, or fails.
pick_bindgen()
{
	local candidate

	for candidate in ${BINDGEN:-bindgen "$CACHE/bindgen-$BINDGEN_OWN/bin/bindgen"}; do
		candidate=$(command -v "$candidate") || continue
		version_ge "$(tool_version "$candidate")" $BINDGEN_MIN || continue
		BINDGEN=$candidate
		return 0
	done
	return 1
}

# pick_llvm: sets LLVM and CLANG, or fails.
pick_llvm()
{
	LLVM=$USER_LLVM
	if [ -z "$LLVM" ]; then
		LLVM=1
		[ ! -x $LLVM_DIR/clang ] || LLVM=$LLVM_DIR/
	fi
	case $LLVM in
	*/) CLANG=${LLVM}clang ;;
	-*) CLANG=clang$LLVM ;;
	*) CLANG=clang ;;
	esac
	command -v "$CLANG" >/dev/null &&
		version_ge "$("$CLANG" -dumpversion)" $LLVM_MIN
}

# The tools beside a rustc.  For rustup these are the real ones, not the
# proxies, so they can't turn into another toolchain half way.
rust_tool()
{
	local dir

	for dir in "$("$RUSTC" --print sysroot)/bin" "$(dirname "$RUSTC")"; do
		if [ -x "$dir/$1" ]; then
			printf '%s' "$dir/$1"
			return
		fi
	done
	printf '%s' "$1"
}

# need_toolchain: sets the tools, and KMAKE to the make command that uses them.
need_toolchain()
{
	[ -z "${KMAKE:-}" ] || return 0

	pick_llvm || die "no clang >= $LLVM_MIN (${CLANG}): $CURE"
	pick_rust || die "no usable Rust: $RUST_TROUBLE: $CURE, or set RUSTC="
	pick_bindgen || die "no bindgen >= $BINDGEN_MIN: $CURE, or set BINDGEN="

	RUSTC=$(rust_tool rustc)
	RUSTDOC=$(rust_tool rustdoc)
	RUSTFMT=$(rust_tool rustfmt)
	CLIPPY_DRIVER=$(rust_tool clippy-driver)
	# bindgen must read the headers as the chosen clang does.
	if [ -z "${LIBCLANG_PATH:-}" ] && [ "$LLVM" = $LLVM_DIR/ ]; then
		export LIBCLANG_PATH=${LLVM_DIR%/bin}/lib
	fi
	[ -z "${RUST_LIB_SRC:-}" ] || export RUST_LIB_SRC

	KFLAGS=("LLVM=$LLVM" "RUSTC=$RUSTC" "HOSTRUSTC=$RUSTC" "RUSTDOC=$RUSTDOC"
		"RUSTFMT=$RUSTFMT" "CLIPPY_DRIVER=$CLIPPY_DRIVER" "BINDGEN=$BINDGEN")
	KMAKE=(make -C "$KDIR" "${KFLAGS[@]}")
	export LLVM RUSTC RUSTDOC RUSTFMT CLIPPY_DRIVER BINDGEN
}
