import type { DescMessage, DescMethodUnary, DescService, MessageInitShape } from '@bufbuild/protobuf';
import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect';
import type { Caller } from '../caller.ts';
import type { Binding } from './binding.ts';
import { inheritedFrom } from './inherit.ts';
import { LocalExchange } from './local-exchange.ts';
import { ownRequest } from './own-request.ts';
import { resolve } from './resolve.ts';

/**
 * A client like that of connect-es. Its unary calls know the call that they are made for, so that a call within a call
 * takes neither a signal nor headers.
 */
export function createLocalClient<S extends DescService>(
  service: S,
  binding: Binding,
  as: Caller,
  transport: Transport,
): Client<S> {
  const client: Record<string, unknown> = { ...createClient(service, transport) };
  for (const method of service.methods) {
    if (method.methodKind === 'unary') {
      client[method.localName] = unary(method as DescMethodUnary, binding, as);
    }
  }
  return client as Client<S>;
}

function unary<I extends DescMessage>(method: DescMethodUnary<I>, binding: Binding, as: Caller) {
  let found: ReturnType<typeof resolve> | undefined;
  return async (input: MessageInitShape<I>, options?: CallOptions) => {
    if (found === undefined || found.pipeline !== binding.pipeline) {
      found = resolve(binding, method);
    }
    const { pipeline, plan } = found;
    const parent = inheritedFrom(options);
    const exchange = new LocalExchange({
      as,
      name: plan.name,
      parent,
      options,
      signal: parent === undefined ? options?.signal : undefined,
      timeoutMs: options?.timeoutMs,
      values: options?.contextValues,
    });
    const message = await pipeline.invoke(plan, ownRequest(plan, method.input, input), exchange);
    options?.onHeader?.(exchange.responseHeader);
    options?.onTrailer?.(exchange.responseTrailer);
    return message;
  };
}
