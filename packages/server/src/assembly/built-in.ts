import type { DescMethod, FileRegistry } from '@bufbuild/protobuf';
import type { PartialPolicy } from '@traffic-tacos/policy';
import { type HealthState, healthPolicy, healthService, type Readiness } from '../health/index.ts';
import { reflectionPolicy, reflectionServices } from '../reflection/index.ts';
import type { ServiceRegistration } from '../service.ts';

/** Services that every server has, and their policies, which their contracts do not say. */
export interface BuiltIn {
  readonly services: readonly ServiceRegistration[];
  policy(method: DescMethod): PartialPolicy | undefined;
}

/** What the built-in services tell of. */
export interface BuiltInOptions {
  readonly services: readonly ServiceRegistration[];
  readonly registry: FileRegistry | undefined;
  readonly health: HealthState;
  readonly readiness: Readiness;
  readonly reflection: boolean;
}

/** Health and reflection, for the services of a server that has none of its own. */
export function builtInServices(options: BuiltInOptions): BuiltIn {
  const { services, registry, health, readiness } = options;
  const own = new Set(services.map(({ service }) => service.typeName));
  const policies = new Map<string, PartialPolicy>();
  const added: ServiceRegistration[] = [];
  const add = (registration: ServiceRegistration, policy: PartialPolicy): void => {
    if (!own.has(registration.service.typeName)) {
      added.push(registration);
      policies.set(registration.service.typeName, policy);
    }
  };
  add(healthService({ health, readiness }), healthPolicy);
  if (options.reflection) {
    const all = [...services, ...added].map(({ service }) => service);
    for (const registration of reflectionServices({ services: all, registry })) {
      add(registration, reflectionPolicy);
    }
  }
  return { services: added, policy: ({ parent }) => policies.get(parent.typeName) };
}
