import type { Pipeline } from '../pipeline/pipeline.ts';
import type { LocalTransport } from './local-transport.ts';

/** Where a local transport finds its server. */
export interface Binding {
  pipeline: Pipeline | undefined;
  /** Why there is none. */
  unavailable: string;
}

const bindings = new WeakMap<LocalTransport, Binding>();

/** Remembers the binding of a new transport. */
export function register(local: LocalTransport, binding: Binding): void {
  bindings.set(local, binding);
}

/**
 * Lets a transport call a pipeline.
 *
 * @throws Error when it already belongs to a server
 */
export function bind(local: LocalTransport, pipeline: Pipeline): void {
  const binding = bindings.get(local);
  if (binding === undefined) {
    throw new TypeError('local was not made by createLocalTransport');
  }
  if (binding.pipeline !== undefined) {
    throw new Error('local belongs to another server already; expected a createLocalTransport() of its own');
  }
  binding.pipeline = pipeline;
}

/** From here on the transport's calls fail. */
export function unbind(local: LocalTransport): void {
  const binding = bindings.get(local);
  if (binding !== undefined) {
    binding.pipeline = undefined;
    binding.unavailable = 'the server is closed';
  }
}
