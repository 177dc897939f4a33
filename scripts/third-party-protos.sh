#!/bin/sh
# Fills third_party/, a buf module of its own, with the protos that the
# contracts and the server import and that npm packages carry, each with its
# licence. Nothing of it is committed.
set -eu
cd "$(dirname "$0")/.."

copy() { # from, to
  mkdir -p "third_party/$(dirname "$2")"
  cp "$1" "third_party/$2"
}

rm -rf third_party
copy node_modules/google-proto-files/google/api/annotations.proto google/api/annotations.proto
copy node_modules/google-proto-files/google/api/http.proto google/api/http.proto
copy node_modules/google-proto-files/LICENSE google/LICENSE
copy node_modules/grpc-health-check/proto/health/v1/health.proto grpc/health/v1/health.proto
copy node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto grpc/reflection/v1/reflection.proto
copy node_modules/@grpc/reflection/build/proto/grpc/reflection/v1alpha/reflection.proto grpc/reflection/v1alpha/reflection.proto
copy node_modules/@grpc/reflection/LICENSE grpc/LICENSE
