import type { Message } from '@bufbuild/protobuf';
import type { Call } from '@traffic-tacos/server';
import type { Write } from '../../store/index.ts';

/** The write that keeps an answer under the call's idempotency key, if it has one: to be spread into a transaction. */
export function recorded(call: Call, response: Message): Write[] {
  return call.idempotency === undefined ? [] : [call.idempotency.write(response) as Write];
}
