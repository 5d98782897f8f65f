#!/usr/bin/env bash
# Writes what stands beside the program in wheel, image, archive and npm's package, as it lies below /usr: completions, manual
# pages, and the licences of everything that the program is made of.
#
#     deploy/share.sh PROGRAM FOLDER
set -euo pipefail
program=$(realpath "${1:?usage: deploy/share.sh PROGRAM FOLDER}")
out=${2:?usage: deploy/share.sh PROGRAM FOLDER}
mkdir -p "$out/share"
out=$(cd "$out/share" && pwd)
cd "$(dirname "$0")/.."

mkdir -p "$out/bash-completion/completions" "$out/zsh/site-functions" "$out/fish/vendor_completions.d" "$out/claque" "$out/doc/claque"
"$program" completions bash >"$out/bash-completion/completions/claque"
"$program" completions zsh >"$out/zsh/site-functions/_claque"
"$program" completions fish >"$out/fish/vendor_completions.d/claque.fish"
"$program" completions powershell >"$out/claque/claque.ps1"
"$program" man --out "$out/man/man1" >/dev/null
cp LICENSE-APACHE LICENSE-MIT "$out/doc/claque/"
python3 deploy/licences.py >"$out/doc/claque/THIRD-PARTY-LICENCES.txt"
