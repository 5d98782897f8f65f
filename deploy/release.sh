#!/usr/bin/env bash
# Builds what a release holds, in deploy/out: the wheel, and with the same program the archive (with completions, manual pages,
# licences and an SBOM in CycloneDX) and npm's two packages; and the checksums of all of them. With --twice all is built again in a
# fresh clone, and a byte that differs is a failure.
#
#     deploy/release.sh [--twice]
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-unknown-linux-gnu
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=claque-$version-$target

# Builds the sources in $1 into $2.
release() (
  cd "$1"
  out=$2 stage=$2/stage/$name
  # shellcheck source=deploy/reproducible.sh
  . deploy/reproducible.sh
  clients/python/build.sh
  mkdir -p "$stage"
  cp target/wheels/claque_standin-"$version"-*.whl "$out/"
  # The program of the wheel, and the SBOM that maturin makes of Cargo.lock.
  python3 - "$out"/claque_standin-"$version"-*.whl "$stage" <<'PYTHON'
import pathlib, sys, zipfile

wheel, stage = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for ending, name in ((".data/scripts/claque", "claque"), (".cyclonedx.json", "claque.cyclonedx.json")):
    (found,) = [entry for entry in wheel.namelist() if entry.endswith(ending)]
    (stage / name).write_bytes(wheel.read(found))
PYTHON
  chmod 755 "$stage/claque"
  cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$stage/"
  deploy/share.sh "$stage/claque" "$stage"
  find "$stage" -type d -exec chmod 755 {} + -o -path "$stage/claque" -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  tar --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$out/stage" -cf - "$name" |
    gzip -9n >"$out/$name.tar.gz"

  [ -d clients/js/node_modules ] || npm --prefix clients/js ci --silent --no-audit --no-fund
  node clients/js/pack.js "$stage/claque" --out "$out/npm" >/dev/null
  mv "$out"/npm/*.tgz "$out/"
  cp "$stage/claque.cyclonedx.json" "$out/$name.cyclonedx.json"
  rm -rf "$out/npm" "$out/stage"
  (cd "$out" && sha256sum ./*.whl ./*.tgz ./*.tar.gz ./*.json >SHA256SUMS)
)

out=$PWD/deploy/out
rm -rf "$out"
mkdir -p "$out"
release "$PWD" "$out"
if [ "${1:-}" = --twice ]; then
  again=$(mktemp -d)
  trap 'rm -rf "$again"' EXIT
  git clone -q . "$again/claque"
  mkdir "$again/out"
  (unset CARGO_TARGET_DIR CLAQUE_PYTHON_SCRATCH && release "$again/claque" "$again/out")
  diff "$out/SHA256SUMS" "$again/out/SHA256SUMS"
  echo "built twice, in two folders: equal bytes"
fi
cat "$out/SHA256SUMS"
