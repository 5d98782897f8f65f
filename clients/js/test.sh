#!/usr/bin/env bash
# What of this package needs no browser: the fixture, the session that all client libraries play, the packages as they are
# published, their types, their first tests under three runners. Installs what it needs: this package's own tools beside it, the
# runners into a scratch folder ($CLAQUE_SDK_SCRATCH, default target/sdk). $CLAQUE_BIN names the server.
set -euo pipefail
cd "$(dirname "$0")"
# These would send loopback traffic elsewhere.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy

scratch=${CLAQUE_SDK_SCRATCH:-$PWD/../../target/sdk}
first=$scratch/first
mkdir -p "$first"

# Exactly what a lock file says, where there is one; again only when something else is asked for.
install() {
  local how=install asked=$1/package.json
  [ -f "$1/package-lock.json" ] && how=ci asked=$1/package-lock.json
  cmp -s "$asked" "$1/node_modules/.installed" && return
  (cd "$1" && timeout 580 npm "$how" --silent --no-audit --no-fund "${@:2}")
  cp "$asked" "$1/node_modules/.installed"
}
cp test/first/package.json "$first/"
install .
install "$first" --no-package-lock
CLAQUE_FIRST_TESTS=$(cd "$first" && pwd)
export CLAQUE_FIRST_TESTS

timeout 300 node --test test/settle.test.js test/types.test.js test/session.test.js test/record.test.js test/world.test.js test/server.test.js test/packages.test.js
