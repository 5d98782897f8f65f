#!/usr/bin/env bash
# Builds what a release holds, in deploy/out: the archive of the program, linked statically, with completions, manual pages,
# licences and an SBOM (CycloneDX); the wheel; npm's two packages; and the checksums of them all. The same commit gives the same
# bytes, in whatever folder it is built: `deploy/release.sh --twice` builds the archive again in a fresh clone, and compares.
#
#     deploy/release.sh [--twice]
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-unknown-linux-gnu
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=claque-$version-$target
out=$PWD/deploy/out
# Static, but position-independent: it needs no loader and no library, also not where there are others than here.
CLAQUE_RUSTFLAGS="-C target-feature=+crt-static"
# shellcheck source=deploy/reproducible.sh
. deploy/reproducible.sh
# What is built for another target directory's flags would be built anew each time.
builds=${CLAQUE_RELEASE_SCRATCH:-$PWD/target/static}

# Builds the archive of the sources in $1, with $2 for cargo's files, into $3.
archive() {
  local sources=$1 builds=$2 to=$3 stage=$3/stage/$name
  (cd "$sources" && CARGO_TARGET_DIR=$builds cargo build --quiet --release --locked --target "$target" --bin claque)
  rm -rf "$to/stage"
  mkdir -p "$stage"
  cp "$builds/$target/release/claque" "$stage/"
  (cd "$sources" && cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$stage/")
  "$sources/deploy/share.sh" "$stage/claque" "$stage"
  python3 "$sources/deploy/sbom.py" >"$stage/claque.cdx.json"
  find "$stage" -type d -exec chmod 755 {} + -o -name claque -type f -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  tar --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$to/stage" -cf - "$name" |
    gzip -9n >"$to/$name.tar.gz"
}

mkdir -p "$out"
archive "$PWD" "$builds" "$out"
if [ "${1:-}" = --twice ]; then
  again=$(mktemp -d)
  trap 'rm -rf "$again"' EXIT
  git clone -q . "$again/claque"
  CLAQUE_AGAIN=$again/claque
  (cd "$CLAQUE_AGAIN" && . deploy/reproducible.sh && archive "$PWD" "$again/target" "$again")
  cmp "$out/$name.tar.gz" "$again/$name.tar.gz"
  echo "built twice, in two folders: equal bytes"
fi
