#!/bin/sh
# Runs h2spec, the conformance suite of HTTP/2 and HPACK, against the engine of packages/http2, from the sources:
#
#   scripts/h2spec.sh [FLAG or SECTION...]
#
# What is given goes to the suite, e.g. http2/6.9 for some of the cases, --verbose to see the frames. The suite is a Go
# program: Go builds what conformance/h2spec/go.mod says, and keeps it. Exits with 3 where there is no Go. Runs with a
# Node that is new enough on PATH, see with-node.sh.
set -eu
cd "$(dirname "$0")/.."

if ! command -v go >/dev/null 2>&1; then
  echo "Go was not found on PATH. Install Go 1.26 or newer, or run without h2spec." >&2
  exit 3
fi
go -C conformance/h2spec build -o .bin/ tool

exec node --conditions=@traffic-tacos/source conformance/h2spec/run.ts conformance/h2spec/.bin/h2spec "$@"
