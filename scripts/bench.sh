#!/bin/sh
# Runs every benchmark in bench/, one after the other, from the sources.
set -eu
cd "$(dirname "$0")/.."
for bench in bench/*.ts; do
  printf '\n== %s\n' "$bench"
  node --expose-gc --conditions=@traffic-tacos/source "$bench"
done
