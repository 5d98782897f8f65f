#!/usr/bin/env bash
# Builds the image around a program that is built already, without a daemon, and tries it: what it may, what it weighs, whether
# it serves and says that it is well. Needs buildah (Debian: `apt-get install buildah`).
#
#     deploy/image.sh target/release/claque             leaves deploy/out/claque.tar: `docker load -i`, `podman load -i`
#
# A program that is not linked statically brings its loader and its libraries along.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?usage: deploy/image.sh PROGRAM}
out=${2:-deploy/out}
# With the layers of nobody else, and without rights that only a machine of one's own gives.
work=$(mktemp -d)
container=
buildah=(buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs)
b() { "${buildah[@]}" "$@"; }
server=
cleanup() {
  [ -z "$server" ] || kill -- "-$server" 2>/dev/null || true
  [ -z "$container" ] || b rm "$container" >/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
fail() {
  echo "image: $*" >&2
  exit 1
}

mkdir -p "$work/build/out"
cp "$program" "$work/build/out/claque"
strip "$work/build/out/claque"
for library in $(ldd "$program" 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' || true); do
  install -D "$library" "$work/build/out$library"
done

deploy/share.sh "$program" "$work/build/out/usr"

b build --quiet --isolation chroot --format docker --build-context "build=$work/build" -f deploy/Dockerfile -t claque . >/dev/null
container=$(b from --pull-never localhost/claque:latest)

config=$(b inspect --type image --format '{{.Docker.Config.User}} {{.Docker.Config.Entrypoint}} {{.Docker.Config.Healthcheck.Test}}' localhost/claque:latest)
[ "$config" = "65532:65532 [/claque] [CMD /claque ctl ready]" ] || fail "its configuration is $config"
mounted=$(b mount "$container")
bytes=$(du -sb "$mounted" | cut -f1)
[ "$bytes" -lt 30000000 ] || fail "it weighs $bytes bytes"

run() { b run --isolation chroot --env "CLAQUE_ENDPOINT=${endpoint:-}" "$container" -- "$@"; }
id=$(run /claque --version)
# A group of its own, so that all of it ends together.
setsid "${buildah[@]}" run --isolation chroot "$container" -- /claque serve --listen 127.0.0.1:0 --access-key testid:testsecret \
  >"$work/said" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
  endpoint=$(sed -n 's/^ready http:\/\///p' "$work/said")
  [ -z "$endpoint" ] || break
  sleep 0.1
done
[ -n "$endpoint" ] || fail "not ready within 10 s: $(cat "$work/log")"
# The image's own question, asked inside of it by its own user.
run /claque ctl ready >/dev/null || fail "its health check failed"
uid=$(ps -o uid= -C claque | tr -d ' ' | grep -c '^65532$' || true)
[ "$uid" -ge 1 ] || fail "no server of user 65532 runs"
kill -- "-$server"
wait "$server" || true
server=
endpoint=127.0.0.1:1
run /claque ctl ready >/dev/null 2>&1 && fail "its health check passes where nothing runs"
# What everybody reaches has no key that everybody knows.
run /claque serve --listen 0.0.0.0:0 >/dev/null 2>"$work/log" && fail "it serves everybody with the development key"
grep -q 'name a key with --access-key' "$work/log" || fail "it does not say what it wants: $(cat "$work/log")"

mkdir -p "$out"
rm -f "$out/claque.tar"
b push --quiet localhost/claque:latest "docker-archive:$out/claque.tar:claque:latest"
echo "image: $id, $bytes bytes, user 65532, healthy; $out/claque.tar"
