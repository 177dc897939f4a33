import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Binding } from './binding.ts';

/**
 * The server of a binding, and how it serves a method.
 *
 * @throws ConnectError UNAVAILABLE while there is no server, UNIMPLEMENTED for a method that it does not serve
 */
export function resolve(binding: Binding, method: DescMethod): { pipeline: Pipeline; plan: MethodPlan } {
  const { pipeline } = binding;
  if (pipeline === undefined) {
    throw new ConnectError(binding.unavailable, Code.Unavailable);
  }
  const plan = pipeline.find(method);
  if (plan === undefined) {
    throw new ConnectError(`${method.parent.typeName}/${method.name} is not served here`, Code.Unimplemented);
  }
  return { pipeline, plan };
}
