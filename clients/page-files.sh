#!/usr/bin/env bash
# Writes the files of a page into a folder: each block of code whose first line is a comment with the name of a file.
#
#     clients/page-files.sh docs/first-test/go.md FOLDER
set -euo pipefail
page=${1:?usage: clients/page-files.sh PAGE FOLDER}
folder=${2:?usage: clients/page-files.sh PAGE FOLDER}
mkdir -p "$folder"
awk -v folder="$folder" '
  /^```/ { inside = !inside; first = inside; file = ""; next }
  inside && first {
    first = 0
    if ($0 ~ /^(#|\/\/) [A-Za-z0-9_.]+$/) { file = folder "/" $2; printf "" >file; found = 1; next }
  }
  inside && file { print >file }
  END { exit !found }
' "$page" || { echo "$page: no block of code names its file" >&2; exit 1; }
