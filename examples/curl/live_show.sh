#!/usr/bin/env bash
# A small live show, tested with nothing but curl and openssl. Its viewers need no sockets: they are the crowd that
# `claque serve` adds by itself.
#
#     claque serve --listen 127.0.0.1:0 --exec examples/curl/live_show.sh
set -euo pipefail

fail() { printf 'live_show: %s\n' "$*" >&2; exit 1; }
# Percent-encoding as signatures want it.
escape() {
  local LC_ALL=C text=$1 at sign
  for ((at = 0; at < ${#text}; at++)); do
    sign=${text:at:1}
    case $sign in
      [A-Za-z0-9._~-]) printf %s "$sign" ;;
      *) printf '%%%02X' "'$sign" ;;
    esac
  done
}
# A documented operation, signed with the parameter scheme: call Action Name=Value …
call() {
  local action=$1 pair query signature
  shift
  query=$(
    for pair in "Action=$action" Version=2016-11-01 Format=JSON "AccessKeyId=$CLAQUE_ACCESS_KEY_ID" \
      SignatureMethod=HMAC-SHA1 SignatureVersion=1.0 "SignatureNonce=$RANDOM$RANDOM$RANDOM$(date +%s%N)" \
      "Timestamp=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$@"; do
      printf '%s=%s\n' "$(escape "${pair%%=*}")" "$(escape "${pair#*=}")"
    done | LC_ALL=C sort | paste -sd '&'
  )
  signature=$(printf 'GET&%%2F&%s' "$(escape "$query")" |
    openssl dgst -sha1 -hmac "$CLAQUE_ACCESS_KEY_SECRET&" -binary | openssl base64)
  curl -sS --max-time 10 "$CLAQUE_URL/?$query&Signature=$(escape "$signature")"
}
# The tester's hand on the server: control path [body].
control() { curl -sSf --max-time 10 "$CLAQUE_URL/_claque/$1" ${2:+--data "$2"}; }
# The value of the first text or number of that name in a JSON object.
field() { grep -oE "\"$1\":(\"[^\"]*\"|[0-9]+)" | head -n1 | sed -E "s/^\"$1\"://; s/\"//g"; }
# How often a text occurs.
times() { grep -oF -- "$1" | wc -l; }

control clock '{"freeze":true}' >/dev/null

# The show, and three viewers.
app=$(call CreateLiveMessageApp AppName=evening | field AppId)
show=("AppId=$app" GroupId=show)
call CreateLiveMessageGroup "${show[@]}" CreatorId=host | grep -q '"GroupId":"show"' || fail "no group"
for viewer in ada bob eve; do
  control join "{\"app\":\"$app\",\"group\":\"show\",\"user\":\"$viewer\"}" >/dev/null
done
online=$(call DescribeLiveMessageGroup "${show[@]}" | field OnlineUserCounts)
[ "$online" = 3 ] || fail "$online viewers, not 3"

# A burst over the limit: each sender learns of success, and some comments are missing all the same.
control crowd "{\"app\":\"$app\",\"group\":\"show\",\"join\":1,\"send\":120}" >/dev/null
control clock '{"advance":"10s"}' >/dev/null
shed=$(control 'ledger?group=show' | times '"messageId"')
passed=$(control 'feed?count=2000' | times '"kind":"delivered"')
[ "$passed" -ge 50 ] && [ $((passed + shed)) = 120 ] || fail "$passed passed and $shed shed of 120"
echo "burst: 120 sent, $passed passed, $shed shed in silence under $(control 'ledger?group=show' | field rule)" >&2

# Ada's phone loses its connection; of what she misses, the gift comes back and the comment does not.
control outage "{\"app\":\"$app\",\"user\":\"ada\",\"down\":true}" >/dev/null
call SendLiveMessageGroup "${show[@]}" SenderId=host MsgType=10001 'Body=a comment' Weight=5 | grep -q MsgTid || fail "not sent"
call SendLiveMessageGroup "${show[@]}" SenderId=host MsgType=10002 'Body=a gift' Weight=1000000 | grep -q MsgTid || fail "not sent"
control outage "{\"app\":\"$app\",\"user\":\"ada\",\"down\":false}" >/dev/null
recovered=$(control 'feed?count=2000' | grep -oE '\{[^{}]*"kind":"recovered"[^{}]*\}') || fail "nothing was recovered"
[ "$(printf '%s' "$recovered" | times '"user":"ada"')" = 1 ] || fail "recovered: $recovered"
printf '%s' "$recovered" | grep -qF '"bodies":["a gift"]' || fail "recovered: $recovered"
echo "outage: the gift came back, the comment did not" >&2

# Eve is muted.
call AddLiveMessageGroupBand "${show[@]}" BannedUsers.1=eve | grep -q RequestId || fail "not muted"
call DescribeLiveMessageGroupBand "${show[@]}" | grep -qF '"BannedUserList":["eve"]' || fail "eve may speak"
call SendLiveMessageGroup "${show[@]}" SenderId=host MsgType=10001 'Body=for all' | grep -q MsgTid || fail "not sent"
echo "mute: eve is on the list, and still hears the show" >&2

# A deleted group can be restored for thirty days, not for thirty-one.
call DeleteLiveMessageGroup "${show[@]}" OperatorId=host | grep -q RequestId || fail "not deleted"
control clock '{"advance":"31d"}' >/dev/null
call RecoverLiveMessageDeletedGroup "${show[@]}" | grep -q '"Code":"ResourceNotExist"' || fail "restored after 31 days"
echo "jump: after 31 days the group is gone for good" >&2
