#!/bin/sh
# Runs the Connect conformance suite against the server of packages/server, from the sources:
#
#   scripts/conformance.sh [FLAG...]
#
# Flags go to the suite, e.g. --run '**/TLS:false/**' for some of the cases, --trace to see what was sent. The suite is
# a Go program: Go builds it once, which takes a minute; its contract comes with it and is generated here. Exits with 3
# where there is no Go. Runs with a Node that is new enough on PATH, see with-node.sh.
set -eu
cd "$(dirname "$0")/.."

version=v1.0.7
module=connectrpc.com/conformance
tools=$PWD/conformance/.tools

if [ "$(cat "$tools/version" 2>/dev/null)" != "$version" ]; then
  if ! command -v go >/dev/null 2>&1; then
    echo "Go was not found on PATH. Install Go 1.26 or newer, or run without the conformance suite." >&2
    exit 3
  fi
  echo "Building the conformance suite $version ..." >&2
  rm -rf "$tools"
  GOBIN="$tools/bin" go install "$module/cmd/connectconformance@$version"
  # The module cache is read-only, its copy is not.
  cp -R "$(cd "$tools" && go mod download -json "$module@$version" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')/proto" "$tools/proto"
  chmod -R u+w "$tools/proto"
  rm -rf conformance/gen
  printf 'version: v2\n' > "$tools/proto/buf.yaml"
  printf '%s\n' "$version" > "$tools/version"
fi
if [ ! -d conformance/gen ] || [ conformance/buf.gen.yaml -nt conformance/gen ]; then
  node_modules/.bin/buf generate --template conformance/buf.gen.yaml
fi

# The suite's client and the servers share the machine: more at once only makes its timeouts less certain.
exec "$tools/bin/connectconformance" --mode server --conf conformance/config.yaml --max-servers 2 --parallel 4 "$@" -- \
  node --conditions=@traffic-tacos/source conformance/server.ts
