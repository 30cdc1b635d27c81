# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Builds the model for the host.  Sourced; needs tools/kernel/env and
# need_toolchain.

MODEL=$REPO/drivers/spi/axi-spi-engine/model
MODEL_OUT=$BUILD/model
MODEL_FLAGS=(--edition 2021 -O -C debug-assertions -D warnings)
MODEL_CRATE=axi_spi_engine_model
MODEL_RLIB=$MODEL_OUT/lib$MODEL_CRATE.rlib
# For what uses it.
MODEL_EXTERN=(--extern "$MODEL_CRATE=$MODEL_RLIB")

# model_test FILE OUTPUT: a program of the unit tests in FILE.
model_test()
{
	"$RUSTC" "${MODEL_FLAGS[@]}" "${MODEL_EXTERN[@]}" --test "$MODEL/$1" -o "$MODEL_OUT/$2"
}

# The model as a library, and the server that uses it.
model_library()
{
	mkdir -p "$MODEL_OUT"
	"$RUSTC" "${MODEL_FLAGS[@]}" --crate-name $MODEL_CRATE --crate-type rlib \
		"$MODEL/lib.rs" -o "$MODEL_RLIB"
}

model_server()
{
	"$RUSTC" "${MODEL_FLAGS[@]}" "${MODEL_EXTERN[@]}" "$MODEL/server.rs" -o "$MODEL_OUT/server"
}
