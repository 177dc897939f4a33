import { AsyncLocalStorage } from 'node:async_hooks';
import type { HandlerContext } from '@connectrpc/connect';
import { callOf } from '@traffic-tacos/server';

const causes = new AsyncLocalStorage<string>();

type Handler = (request: never, context: HandlerContext) => unknown;

/**
 * A service whose calls are known as the cause of what they change, so that news can name the trace in whose log
 * the reason is found. Streams are left as they are.
 */
export function asCause<S extends object>(implementation: S): S {
  const methods = Object.entries(implementation as Readonly<Record<string, Handler>>).map(
    ([name, method]): [string, Handler] => [
      name,
      (request, context) => causes.run(callOf(context).traceId, method, request, context),
    ],
  );
  return Object.fromEntries(methods) as S;
}

/** The trace id of the call that is being served; empty outside of one. */
export function causeOfNow(): string {
  return causes.getStore() ?? '';
}
