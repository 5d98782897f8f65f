# shellcheck shell=bash
# Sourced by what builds a release, in the workspace or below it: without it a build's bytes would tell in which folder, of which
# user and when it was made.
root=$(git rev-parse --show-toplevel)
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
remap="--remap-path-prefix=$root=/claque --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export SOURCE_DATE_EPOCH
export RUSTFLAGS="$remap ${CLAQUE_RUSTFLAGS:-}"
export CFLAGS="-ffile-prefix-map=$root=/claque -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=symbols
