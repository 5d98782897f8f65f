#!/usr/bin/env bash
# Builds what a release holds, in deploy/out: the wheel; the archive of the program, linked statically, with completions, manual
# pages, licences and an SBOM (CycloneDX); npm's two packages; and the checksums of all of them. The same commit gives the same
# bytes, in whatever folder it is built: with --twice the archive is built again in a fresh clone, and compared.
#
#     deploy/release.sh [--twice]
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-unknown-linux-gnu
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=claque-$version-$target
out=$PWD/deploy/out
mkdir -p "$out"
rm -f "$out"/*.whl "$out"/*.tgz "$out"/*.gz "$out"/SHA256SUMS

# Builds the archive of the sources in $1, with $2 for cargo's files and the SBOM $3, into $4.
archive() (
  cd "$1"
  builds=$2 sbom=$3 to=$4 stage=$4/stage/$name
  # Static: it needs no loader and no library, also not where there are others than here.
  export CLAQUE_RUSTFLAGS="-C target-feature=+crt-static"
  # shellcheck source=deploy/reproducible.sh
  . deploy/reproducible.sh
  CARGO_TARGET_DIR=$builds cargo build --quiet --release --locked --target "$target" --bin claque
  rm -rf "$to/stage"
  mkdir -p "$stage"
  cp "$builds/$target/release/claque" README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$stage/"
  cp "$sbom" "$stage/claque.cyclonedx.json"
  deploy/share.sh "$stage/claque" "$stage"
  find "$stage" -type d -exec chmod 755 {} + -o -path "$stage/claque" -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  tar --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$to/stage" -cf - "$name" |
    gzip -9n >"$to/$name.tar.gz"
)

clients/python/build.sh
cp target/wheels/claque_standin-"$version"-*.whl "$out/"
# The wheel's own, which maturin makes of Cargo.lock.
python3 - "$out"/claque_standin-"$version"-*.whl >"$out/claque.cyclonedx.json" <<'PYTHON'
import sys, zipfile

wheel = zipfile.ZipFile(sys.argv[1])
(name,) = [name for name in wheel.namelist() if ".dist-info/sboms/" in name]
sys.stdout.write(wheel.read(name).decode())
PYTHON

archive "$PWD" "${CLAQUE_RELEASE_SCRATCH:-$PWD/target/static}" "$out/claque.cyclonedx.json" "$out"
if [ "${1:-}" = --twice ]; then
  again=$(mktemp -d)
  trap 'rm -rf "$again"' EXIT
  git clone -q . "$again/claque"
  archive "$again/claque" "$again/target" "$out/claque.cyclonedx.json" "$again"
  cmp "$out/$name.tar.gz" "$again/$name.tar.gz"
  echo "built twice, in two folders: equal bytes"
fi

[ -d clients/js/node_modules ] || npm --prefix clients/js ci --silent --no-audit --no-fund
node clients/js/pack.js "$out/stage/$name/claque" --out "$out/npm"
mv "$out"/npm/*.tgz "$out/"
rm -rf "$out/npm" "$out/stage"
(cd "$out" && sha256sum ./*.whl ./*.tgz ./*.tar.gz ./*.json >SHA256SUMS && cat SHA256SUMS)
