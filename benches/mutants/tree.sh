# shellcheck shell=bash
# What both judges begin with, read from the root of the repository: a copy of it, and the program that breaks the copy.
target=$(realpath -m "${CARGO_TARGET_DIR:-benches/mutants/target}")

# Copies the repository into a folder. Files of before must not stay, and times must: what did not change is not built again.
copy_tree() {
  mkdir -p "$1"
  find "$1" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  find . \( -name target -o -name node_modules -o -name .git \) -prune -o -type f -print0 |
    tar -cf - --null -T - | tar -xf - -C "$1"
}

# Builds the program, and prints its path.
build_make() {
  CARGO_TARGET_DIR=$target cargo build --quiet --release --locked --manifest-path benches/mutants/Cargo.toml -p claque-mutants-make
  printf '%s\n' "$target/release/claque-mutants-make"
}
