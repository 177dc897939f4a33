import {
  create,
  type DescMessage,
  type DescMethod,
  isMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import type { Caller } from '../caller.ts';
import { shallowCopy } from '../pipeline/fields.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type Binding, register } from './binding.ts';
import { LocalExchange } from './local-exchange.ts';
import { LocalResponse } from './local-response.ts';
import type { LocalTransport } from './local-transport.ts';

/** A transport to a server of the same process that need not exist yet; see {@link LocalTransport}. */
export function createLocalTransport(): LocalTransport {
  const binding: Binding = {
    pipeline: undefined,
    unavailable: 'no server has been created with this local transport',
  };
  const local: LocalTransport = {
    as: (caller) => transport(binding, caller),
    client: (service, options) => createClient(service, transport(binding, options.as)),
  };
  register(local, binding);
  return local;
}

function transport(binding: Binding, as: Caller): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input, values) {
      const { pipeline, plan } = resolve(binding, method);
      const exchange = new LocalExchange({ as, name: plan.name, header, signal, timeoutMs, values });
      const message = await pipeline.invoke(plan, ownRequest(plan, method.input, input), exchange);
      return new LocalResponse(false, method, message as MessageShape<typeof method.output>, exchange);
    },
    async stream(method, signal, timeoutMs, header, input, values) {
      const { pipeline, plan } = resolve(binding, method);
      const exchange = new LocalExchange({ as, name: plan.name, header, signal, timeoutMs, values });
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

function resolve(binding: Binding, method: DescMethod): { pipeline: Pipeline; plan: MethodPlan } {
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

/** A request that the pipeline may fill in without the client's noticing. */
function ownRequest<Desc extends DescMessage>(
  plan: MethodPlan,
  desc: Desc,
  input: MessageInitShape<Desc>,
): Message {
  const message: Message = create(desc, input);
  return plan.principal !== undefined && isMessage(input) ? shallowCopy(message) : message;
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
