#!/bin/sh
# Where the time of one server goes, see profile.ts: bench/rpc/profile.sh [SERVER [SECONDS]]
set -eu
cd "$(dirname "$0")/../.."
exec scripts/with-node.sh node --conditions=@traffic-tacos/source bench/rpc/profile.ts "$@"
