#!/usr/bin/env bash
# What the action does, once there is a program. GitHub's runner sets GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STEP_SUMMARY and
# RUNNER_TEMP; action.yml the rest.
set -euo pipefail

program=${CLAQUE_PROGRAM:-${CARGO_TARGET_DIR:-$GITHUB_ACTION_PATH/../../target}/release/claque}
declare -a more=()
# As a shell reads them: quotes group, nothing is expanded.
if [ -n "${CLAQUE_ARGS:-}" ]; then
  while IFS= read -r -d '' word; do more+=("$word"); done < <(xargs printf '%s\0' <<<"$CLAQUE_ARGS")
fi

# Prints a run as it goes, and shows its end on the page of the workflow's run.
summary() {
  local title=$1 log=$RUNNER_TEMP/claque-$1.txt status=0
  shift
  "$@" 2>&1 | tee "$log" || status=$?
  { printf '### claque %s\n\n```\n' "$title" && tail -n 40 "$log" && printf '```\n'; } >>"$GITHUB_STEP_SUMMARY"
  return "$status"
}

serve() {
  local log=$RUNNER_TEMP/claque-serve.log ready=$RUNNER_TEMP/claque-serve.ready url endpoint
  # It outlives this step; the runner ends it with the job.
  nohup "$program" serve --listen "$CLAQUE_LISTEN" --access-key "$CLAQUE_KEY" "${more[@]}" >"$ready" 2>"$log" </dev/null &
  local server=$!
  for _ in $(seq 100); do
    url=$(sed -n 's/^ready //p' "$ready")
    [ -n "$url" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  if [ -z "$url" ]; then
    cat "$log" >&2
    echo "::error::claque serve was not ready within 10 s"
    return 1
  fi
  endpoint=${url#*://}
  printf 'url=%s\nendpoint=%s\n' "$url" "$endpoint" >>"$GITHUB_OUTPUT"
  printf '%s\n' "CLAQUE_URL=$url" "CLAQUE_ENDPOINT=$endpoint" "CLAQUE_ACCESS_KEY_ID=${CLAQUE_KEY%%:*}" \
    "CLAQUE_ACCESS_KEY_SECRET=${CLAQUE_KEY#*:}" >>"$GITHUB_ENV"
  echo "claque serve is ready at $url"
}

case $CLAQUE_COMMAND in
  serve) serve ;;
  conform)
    report=$RUNNER_TEMP/claque-report
    echo "report=$report" >>"$GITHUB_OUTPUT"
    summary conform "$program" conform --report-dir "$report" "${more[@]}"
    ;;
  campaign) summary campaign "$program" campaign "${more[@]}" ;;
  *)
    echo "::error::command is $CLAQUE_COMMAND: serve, conform or campaign"
    exit 2
    ;;
esac
