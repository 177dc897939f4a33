#!/bin/sh
# Every check that is not a test, or one of them:
#
#   scripts/check.sh [lint|types|contracts|breaking|generated]
#
# Runs with a Node that is new enough on PATH, see with-node.sh.
set -eu
cd "$(dirname "$0")/.."
buf=node_modules/.bin/buf

# Colours are for terminals.
colors=--colors=off
[ -t 2 ] && colors=--colors=force

step() { printf '%s\n' "- $1" >&2; }

lint() {
  step "biome: lint and format"
  node node_modules/@biomejs/biome/bin/biome ci --error-on-warnings $colors .
}

types() {
  step "types"
  node node_modules/typescript-7/bin/tsc -p tsconfig.json
}

contracts() {
  step "buf lint"
  $buf lint
  step "buf format"
  for module in proto proto-validate; do
    $buf format -d --exit-code "$module"
  done
}

# The baseline is the last release; before the first one only the wire table binds, and a test holds the contracts
# to it. Both sides are built with today's third-party protos.
breaking() {
  if ! baseline=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null); then
    step "buf breaking: no release yet, nothing to compare with"
    return
  fi
  step "buf breaking against $baseline"
  old=$(mktemp -d)
  trap 'rm -rf "$old"' EXIT
  git archive "$baseline" proto proto-validate | tar -x -C "$old"
  cp -R third_party "$old/third_party"
  # Of the old buf.yaml only the modules of the contracts count; the tests' own are not there.
  printf 'version: v2\nmodules:\n  - path: proto\n  - path: proto-validate\n  - path: third_party\n' > "$old/buf.yaml"
  $buf build "$old/proto" -o "$old/old.binpb"
  $buf build proto -o "$old/new.binpb"
  $buf breaking "$old/new.binpb" --against "$old/old.binpb"
}

# What is generated is not committed; that it is up to date means that generating again changes nothing.
generated() {
  step "generated code is up to date"
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  $buf generate -o "$fresh"
  $buf generate --template packages/policy/buf.gen.yaml -o "$fresh"
  $buf generate --template packages/server/buf.gen.yaml -o "$fresh"
  for folder in policy/gen contracts/gen server/src/gen; do
    diff -r -x index.js -x index.d.ts -x package.json -x descriptor.binpb \
      "$fresh/packages/$folder" "packages/$folder" >&2 || {
      echo "packages/$folder is not what the contracts say: run 'make generate'." >&2
      exit 1
    }
  done
}

case "${1:-all}" in
  lint) lint && contracts ;;
  types) types ;;
  contracts) contracts ;;
  breaking) breaking ;;
  generated) generated ;;
  all)
    lint
    types
    contracts
    breaking
    generated
    ;;
  *)
    echo "usage: scripts/check.sh [lint|types|contracts|breaking|generated]" >&2
    exit 2
    ;;
esac
