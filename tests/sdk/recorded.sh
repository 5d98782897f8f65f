#!/usr/bin/env bash
# Plays an SDK through `claque record`, in front of the server of `claque serve --exec`: what was recorded audits clean, and another
# server answers it the same.
#
#   claque serve --tls self-signed --exec 'bash tests/sdk/recorded.sh python3 tests/sdk/python_current.py'
set -euo pipefail
folder=$(mktemp -d)
log=$folder/calls.jsonl
"$CLAQUE_BIN" record --listen 127.0.0.1:0 --upstream "https://localhost:${CLAQUE_URL##*:}" --ca "$CLAQUE_CA" -o "$log" \
  >"$folder/out" 2>"$folder/error" & recorder=$!
trap 'kill "$recorder" 2>/dev/null || true; rm -rf "$folder"' EXIT
until grep -q '^ready' "$folder/out"; do
  kill -0 "$recorder" || { cat "$folder/error" >&2; exit 1; }
  sleep 0.05
done
proxy=$(sed -n 's/^ready http:..//p' "$folder/out")
(unset CLAQUE_CA NODE_EXTRA_CA_CERTS SSL_CERT_FILE; CLAQUE_STORY=calls CLAQUE_ENDPOINT=$proxy CLAQUE_URL=http://$proxy "$@")
kill -TERM "$recorder"
wait "$recorder"
# The story names receivers on this machine, which the documents rule out and `claque serve` takes.
"$CLAQUE_BIN" audit --any-address "$log" >&2
# What stands in the environment is about the server that was recorded.
unset CLAQUE_ENDPOINT CLAQUE_URL CLAQUE_CA
"$CLAQUE_BIN" serve --listen 127.0.0.1:0 --access-key "$CLAQUE_ACCESS_KEY_ID:$CLAQUE_ACCESS_KEY_SECRET" \
  --exec "'$CLAQUE_BIN' replay-log '$log'" >"$folder/again" || { cat "$folder/again" >&2; exit 1; }
grep -q 'the same as what was recorded' "$folder/again" || { cat "$folder/again" >&2; exit 1; }
grep 'digest' "$folder/again" >&2
