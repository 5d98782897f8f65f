#!/usr/bin/env bash
# Calls the vendor's endpoint with curl: the signature is made here, the proxy is the server.
set -euo pipefail
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
nonce=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
signed="host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
canonical="GET
/
SortType=1
host:live.aliyuncs.com
x-acs-action:ListLiveMessageApps
x-acs-content-sha256:$empty
x-acs-date:$now
x-acs-signature-nonce:$nonce
x-acs-version:2016-11-01

$signed
$empty"
hash=$(printf %s "$canonical" | sha256sum | cut -d' ' -f1)
signature=$(printf 'ACS3-HMAC-SHA256\n%s' "$hash" |
  openssl dgst -sha256 -hmac "$CLAQUE_ACCESS_KEY_SECRET" | sed 's/.* //')
answer=$(curl -sS --fail-with-body --max-time 20 -x "$CLAQUE_URL" 'http://live.aliyuncs.com/?SortType=1' \
  -H 'x-acs-action: ListLiveMessageApps' -H 'x-acs-version: 2016-11-01' -H "x-acs-date: $now" \
  -H "x-acs-signature-nonce: $nonce" -H "x-acs-content-sha256: $empty" \
  -H "Authorization: ACS3-HMAC-SHA256 Credential=$CLAQUE_ACCESS_KEY_ID,SignedHeaders=$signed,Signature=$signature")
case $answer in
  *'"AppList":[]'*) echo "curl -x $CLAQUE_URL: answered" >&2 ;;
  *) echo "$answer" >&2; exit 1 ;;
esac
