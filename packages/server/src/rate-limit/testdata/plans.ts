import type { FileRegistry } from '@bufbuild/protobuf';
import type { PartialPolicy } from '@traffic-tacos/policy';
import { loadDescriptors } from '../../descriptors.ts';
import { completeLimits } from '../../limits.ts';
import { type MethodPlan, planMethods } from '../../pipeline/method-plan.ts';
import { validationCompiler } from '../../pipeline/validation.ts';
import { service } from '../../service.ts';
import { LibraryService } from '../../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../../testdata/library.ts';
import { libraryErrors } from '../../testdata/serve.ts';
import { createTracing } from '../../tracing/index.ts';

/** Finds the plans of the library's methods, all with the same changes to their policies. */
export function libraryPlans(
  descriptors: Uint8Array | FileRegistry,
  policy: PartialPolicy,
): (name: string) => MethodPlan {
  const services = [service(LibraryService, createLibrary().service)];
  const { registry, describe } = loadDescriptors(descriptors, services);
  const plans = planMethods(services, {
    errors: libraryErrors,
    limits: completeLimits(),
    fingerprintSecret: undefined,
    policies: () => policy,
    describe,
    validation: validationCompiler(registry),
    tracing: createTracing(),
  });
  return (name) => {
    const found = plans.find(({ method }) => method.name === name);
    if (found === undefined) {
      throw new Error(`The library has no method ${name}`);
    }
    return found;
  };
}
