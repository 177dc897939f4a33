import type { DescMessage, Message, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import type { Caller } from '../caller.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import { type Binding, register } from './binding.ts';
import { createLocalClient } from './local-client.ts';
import { LocalExchange } from './local-exchange.ts';
import { LocalResponse } from './local-response.ts';
import type { LocalTransport } from './local-transport.ts';
import { ownRequest } from './own-request.ts';
import { resolve } from './resolve.ts';

/** A transport to a server of the same process that need not exist yet; see {@link LocalTransport}. */
export function createLocalTransport(): LocalTransport {
  const binding: Binding = {
    pipeline: undefined,
    unavailable: 'no server has been created with this local transport',
  };
  const local: LocalTransport = {
    as: (caller) => transport(binding, caller),
    client: (service, { as }) => createLocalClient(service, binding, as, transport(binding, as)),
  };
  register(local, binding);
  return local;
}

function transport(binding: Binding, as: Caller): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input, values) {
      const { pipeline, plan } = resolve(binding, method);
      const exchange = new LocalExchange({
        as,
        name: plan.name,
        options: optionsOf(header),
        signal,
        timeoutMs,
        values,
      });
      const message = await pipeline.invoke(plan, ownRequest(plan, method.input, input), exchange);
      return new LocalResponse(false, method, message as MessageShape<typeof method.output>, exchange);
    },
    async stream(method, signal, timeoutMs, header, input, values) {
      const { pipeline, plan } = resolve(binding, method);
      const exchange = new LocalExchange({
        as,
        name: plan.name,
        options: optionsOf(header),
        signal,
        timeoutMs,
        values,
      });
      const requests = ownRequests(plan, method.input, input);
      const opened =
        method.methodKind === 'server_streaming'
          ? pipeline.open(plan, await only(requests), exchange)
          : pipeline.open(plan, requests, exchange);
      const message = opened as AsyncIterable<MessageShape<typeof method.output>>;
      return new LocalResponse(true, method, message, exchange);
    },
  };
}

function optionsOf(header: HeadersInit | undefined): { readonly headers?: HeadersInit } {
  return header === undefined ? {} : { headers: header };
}

async function* ownRequests<Desc extends DescMessage>(
  plan: MethodPlan,
  desc: Desc,
  input: AsyncIterable<MessageInitShape<Desc>>,
): AsyncGenerator<Message> {
  for await (const request of input) {
    yield ownRequest(plan, desc, request);
  }
}

async function only(requests: AsyncIterable<Message>): Promise<Message> {
  for await (const request of requests) {
    return request;
  }
  throw new ConnectError('the request is missing', Code.Unimplemented);
}
