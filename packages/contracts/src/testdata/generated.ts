import type { DescFile, DescService } from '@bufbuild/protobuf';
import * as catalog from '@traffic-tacos/contracts/catalog/v1';
import * as common from '@traffic-tacos/contracts/common/v1';
import * as gateway from '@traffic-tacos/contracts/gateway/v1';
import * as payment from '@traffic-tacos/contracts/payment/v1';
import * as reservation from '@traffic-tacos/contracts/reservation/v1';

const exported: readonly unknown[] = [common, catalog, gateway, reservation, payment].flatMap((package_) =>
  Object.values(package_),
);

function ofKind<Kind extends string>(kind: Kind): (value: unknown) => value is { kind: Kind } {
  return (value): value is { kind: Kind } =>
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** The files that clients load. */
export const generatedFiles: readonly DescFile[] = exported.filter(ofKind('file')) as DescFile[];

/** The services that clients call. */
export const generatedServices: readonly DescService[] = exported.filter(ofKind('service')) as DescService[];
