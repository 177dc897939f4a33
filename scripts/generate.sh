#!/bin/sh
# Writes everything that is derived from proto/ and third_party/: the code of
# the policy, contracts and server packages, and the full descriptor set that
# servers read.
set -eu
cd "$(dirname "$0")/.."
buf=node_modules/.bin/buf

rm -rf packages/policy/gen packages/contracts/gen packages/server/src/gen
$buf generate --template packages/policy/buf.gen.yaml
$buf generate --template packages/server/buf.gen.yaml
$buf generate
$buf build proto -o packages/contracts/gen/descriptor.binpb
for package in policy contracts; do
  printf '{ "type": "commonjs" }\n' > "packages/$package/gen/cjs/package.json"
done
node scripts/write-package-indexes.ts packages/contracts/gen

# The npm packages carry the protos with everything that they import, and the licences of what is not ours. That of the
# policies is what other contracts import.
rm -rf packages/contracts/proto packages/policy/proto
cp -R proto packages/contracts/proto
mkdir -p packages/policy/proto
cp -R proto/tacos packages/policy/proto/
for package in contracts policy; do
  cp -R proto-validate/buf third_party/google "packages/$package/proto/"
done

# The contracts that the runtimes are tested with.
for testdata in packages/*/src/testdata; do
  [ -f "$testdata/buf.gen.yaml" ] || continue
  rm -rf "$testdata/gen"
  $buf generate --template "$testdata/buf.gen.yaml"
  $buf build "$testdata/proto" -o "$testdata/gen/descriptor.binpb"
done

# The example with a contract of its own finds the packages where it would find them outside of this repository.
mkdir -p examples/parcels/node_modules
ln -sfn ../../../node_modules/@traffic-tacos examples/parcels/node_modules/@traffic-tacos
rm -rf examples/parcels/gen
(
  cd examples/parcels
  PATH="../../node_modules/.bin:$PATH"
  buf generate
  buf build proto -o gen/descriptor.binpb
)
