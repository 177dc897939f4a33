#!/bin/sh
# Runs benchmarks of bench/, one after the other, from the sources:
#
#   scripts/bench.sh [--quick] [NAME...]
#
# Without names: all of them, and bench/out/latest.json begins anew. With --quick they are short, and
# only show that they work. Runs with a Node that is new enough on PATH, see with-node.sh.
set -eu
cd "$(dirname "$0")/.."

quick=
if [ "${1:-}" = --quick ]; then
  quick=--quick
  shift
fi
if [ $# -eq 0 ]; then
  rm -f bench/out/latest.json
  for file in bench/*.ts; do
    set -- "$@" "$(basename "$file" .ts)"
  done
fi
for name in "$@"; do
  printf '\n== bench/%s.ts\n' "$name"
  node --expose-gc --conditions=@traffic-tacos/source "bench/$name.ts" $quick
done
