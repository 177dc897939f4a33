import type { DescService } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';

/** A service and what implements it, as `createServer` takes it. */
export interface ServiceRegistration {
  readonly service: DescService;
  readonly implementation: Partial<ServiceImpl<DescService>>;
}

/**
 * Pairs a service with its implementation. A method that the implementation lacks answers UNIMPLEMENTED.
 *
 * @param desc - the generated service
 * @param implementation - one function per method, as in connect-es
 */
export function service<S extends DescService>(
  desc: S,
  implementation: Partial<ServiceImpl<S>>,
): ServiceRegistration {
  return { service: desc, implementation: implementation as Partial<ServiceImpl<DescService>> };
}
