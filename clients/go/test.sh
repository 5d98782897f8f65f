#!/usr/bin/env bash
# Tests the Go module against the binary that CLAQUE_BIN names (else `claque` in PATH), with the race detector, and then the
# official Go SDKs, unmodified. Installs Go from Debian if there is none; modules come through Go's own proxy. What is missing
# is a failure.
set -euo pipefail
cd "$(dirname "$0")"
# These would send loopback traffic elsewhere, or take another server.
unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy CLAQUE_URL

[ -x /usr/local/go/bin/go ] && PATH=$PATH:/usr/local/go/bin
if ! command -v go >/dev/null; then
  log=$(mktemp)
  { timeout 300 apt-get update -q && timeout 300 apt-get install -qy --no-install-recommends golang-go; } >"$log" 2>&1 ||
    { tail -n 20 "$log"; exit 1; }
fi
go version
CLAQUE_BIN=$(command -v "${CLAQUE_BIN:-claque}") || { echo "CLAQUE_BIN names no binary, and there is no claque in PATH"; exit 1; }
export CLAQUE_BIN

unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "not formatted: $unformatted"; exit 1; }
# The race detector needs a C compiler.
if [ "$(go env CGO_ENABLED)" != 1 ] || ! command -v "$(go env CC)" >/dev/null; then
  echo "no C compiler for the race detector"
  exit 1
fi

go vet ./...
timeout 300 go test -race -count=1 ./...

# The page of the first test, as its reader has it.
first=$(mktemp -d)
trap 'rm -rf "$first"' EXIT
../page-files.sh ../../docs/first-test/go.md "$first"
(
  module=$PWD
  cd "$first"
  go mod init example.test/show 2>/dev/null
  go mod edit -require claque.test/claquetest@v0.0.0 -replace "claque.test/claquetest=$module"
  go mod tidy
  unformatted=$(gofmt -l .)
  [ -z "$unformatted" ] || { echo "docs/first-test/go.md is not formatted: $unformatted"; exit 1; }
  timeout 200 go test -count=1 -v . | grep -v '^=== '
)

cd sdk
go vet ./...
timeout 300 go test -count=1 -v ./... | grep -v '^=== '
