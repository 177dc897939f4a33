import {
  createFileRegistry,
  type DescExtension,
  type DescMethod,
  fromBinary,
  getOption,
  hasOption,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '@traffic-tacos/contracts/descriptor';

/** google.api.HttpRule, which the generated code leaves out. */
interface HttpRule {
  readonly pattern: { readonly case: string | undefined; readonly value: unknown };
  readonly additionalBindings: readonly HttpRule[];
}

/** A route of the contracts: `GET /api/v1/events/{event_id}`, and the method behind it. */
export interface Route {
  readonly name: string;
  readonly method: DescMethod;
}

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet()));
const http = registry.getExtension('google.api.http') as DescExtension;

/** Every route of the contracts. */
export const contractedRoutes: readonly Route[] = [...registry]
  .filter((type) => type.kind === 'service')
  .flatMap((service) => service.methods)
  .filter((method) => hasOption(method, http))
  .flatMap((method) => {
    const rule = getOption(method, http) as HttpRule;
    return [rule, ...rule.additionalBindings].map(({ pattern }) => ({
      name: `${String(pattern.case).toUpperCase()} ${String(pattern.value)}`,
      method,
    }));
  });
