import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { runtimeFailure } from '../errors/runtime-code.ts';
import type { Exchange } from './exchange.ts';
import type { StreamInput } from './intercept.ts';
import type { MethodPlan } from './method-plan.ts';
import type { Runtime } from './runtime.ts';
import { isResumable, openStream } from './stream.ts';
import { invokeUnary, type Receiver, refuseUnread, serveUnary } from './unary.ts';

/**
 * All policies of all methods. Engines (connect-node, in-process calls) bring calls in and carry answers out;
 * what happens between is decided here.
 */
export interface Pipeline {
  readonly plans: readonly MethodPlan[];
  /** The plan of a method, by its full name: descriptors of the same contract may exist several times. */
  find(method: DescMethod): MethodPlan | undefined;
  /** Serves a unary call. The receiver hears at once when nothing has to be waited for. */
  serve(plan: MethodPlan, request: Message, exchange: Exchange, receiver: Receiver): void;
  /** Refuses a unary call whose request could not be read. */
  refuse(plan: MethodPlan, exchange: Exchange, reason: unknown): ConnectError;
  /** Serves a unary call. @throws ConnectError */
  invoke(plan: MethodPlan, request: Message, exchange: Exchange): Promise<Message>;
  /** Serves a stream; a client stream has one answer. @throws ConnectError */
  open(plan: MethodPlan, input: StreamInput, exchange: Exchange): AsyncIterable<Message>;
  /** Ends the streams that clients open again by themselves. */
  endStreams(): void;
  /** Ends every call, whatever it is doing. */
  abort(): void;
  /** Resolves when no handler runs. */
  idle(): Promise<void>;
}

/** The pipeline of a server. */
export function createPipeline(plans: readonly MethodPlan[], runtime: Runtime): Pipeline {
  const byName = new Map(plans.map((plan) => [plan.name, plan]));
  const closing = () => runtimeFailure('UNAVAILABLE', 'the server is shutting down');
  return {
    plans,
    find: (method) => byName.get(`${method.parent.typeName}/${method.name}`),
    serve: (plan, request, exchange, receiver) => serveUnary(runtime, plan, request, exchange, receiver),
    refuse: (plan, exchange, reason) => refuseUnread(runtime, plan, exchange, reason),
    invoke: (plan, request, exchange) => invokeUnary(runtime, plan, request, exchange),
    open: (plan, input, exchange) => openStream(runtime, plan, input, exchange),
    endStreams: () => {
      for (const call of runtime.running) {
        if (isResumable(call.plan)) {
          call.interrupt(closing());
        }
      }
    },
    abort: () => {
      for (const call of runtime.running) {
        call.interrupt(closing(), true);
      }
    },
    idle: () => runtime.running.idle(),
  };
}
