#!/usr/bin/env bash
# Tests the Java library, and the official Java runtimes, unmodified, against the binary that CLAQUE_BIN names (else `claque` in
# PATH). Installs a JDK and Maven from Debian if there are none. What is missing is a failure.
set -euo pipefail
cd "$(dirname "$0")"
# These would send loopback traffic elsewhere, or take another server.
unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy CLAQUE_URL

if ! command -v mvn >/dev/null || ! command -v javac >/dev/null; then
  log=$(mktemp)
  { timeout 300 apt-get update -q &&
    timeout 600 apt-get install -qy --no-install-recommends default-jdk-headless maven; } >"$log" 2>&1 ||
    { tail -n 20 "$log"; exit 1; }
fi
javac -version
CLAQUE_BIN=$(command -v "${CLAQUE_BIN:-claque}") || { echo "CLAQUE_BIN names no binary, and there is no claque in PATH"; exit 1; }
export CLAQUE_BIN
# The page of the first test is one of the tests.
../page-files.sh ../../docs/first-test/java.md target/first-test
# What `claque init` writes must be that test to the letter, so that Maven compiles and runs it, too.
rm -rf target/init
"$CLAQUE_BIN" init --language java --into target/init >/dev/null
cmp target/init/src/test/java/ShowTest.java target/first-test/ShowTest.java
timeout 600 mvn -B -ntp -Dstyle.color=never verify
