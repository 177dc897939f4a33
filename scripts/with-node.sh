#!/bin/sh
# Runs a command with a Node that is new enough: the one on PATH from 22.18 on,
# else the one that toolchain/ brings from the npm registry.
#
#   scripts/with-node.sh COMMAND [ARGUMENT...]
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# Prints the version as one comparable number: 22.18.3 -> 22018.
version_number() {
  "$1" --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\.\([0-9]*\)\..*/\1 \2/p' | {
    read -r major minor || exit 0
    printf '%d%03d\n' "$major" "$minor"
  }
}

own_node() {
  for candidate in "$root"/toolchain/node_modules/node-*/bin; do
    [ -x "$candidate/node" ] && printf '%s\n' "$candidate" && return
  done
  return 1
}

if ! command -v npm >/dev/null 2>&1; then
  echo "npm was not found on PATH. Install Node 22.18 or newer (npm comes with it), then run this again." >&2
  exit 1
fi

found=$(version_number node)
if [ "${found:-0}" -lt 22018 ]; then
  if ! bin=$(own_node); then
    echo "Node $(node --version 2>/dev/null || echo '(none)') is older than 22.18: fetching Node 24 into toolchain/ ..." >&2
    npm ci --prefix "$root/toolchain" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    if ! bin=$(own_node); then
      echo "No packaged Node for $(uname -sm). Install Node 22.18 or newer and run this again." >&2
      exit 1
    fi
  fi
  PATH="$bin:$PATH"
  export PATH
fi

# npm tells scripts which node ran it; the old one's path must not leak in.
unset npm_node_execpath npm_config_nodedir NODE || true
exec "$@"
