import {
  create,
  type DescMessage,
  equals,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';

/** What the box office can be asked, by the methods' names. */
export type Asked =
  | 'joinQueue'
  | 'getQueueStatus'
  | 'requestAdmission'
  | 'leaveQueue'
  | 'listSeats'
  | 'createReservation'
  | 'cancelReservation'
  | 'createPaymentIntent'
  | 'processPayment'
  | 'getPaymentStatus'
  | 'confirmReservation';

/** Runs around a call, with how many of its kind have arrived. What it throws is the answer. */
export type Hooks = { [M in Asked]?: (nth: number) => void | Promise<void> };

/** Why something was not done, in the form of an answer. */
export function refusal(
  code: ErrorCode,
  message: string,
  details: { field?: string; reason?: string; value?: string }[] = [],
) {
  return { error: { code, message, traceId: 'trace-of-the-office', details } };
}

/** Everything that was asked, and how each kind of call is answered. */
export function createDesk() {
  const calls: Asked[] = [];
  const keys: { readonly name: Asked; readonly key: string }[] = [];
  const before: Hooks = {};
  const after: Hooks = {};
  /** Answers in place of the method's own, kept for the key like those. */
  const instead: { [M in Asked]?: (nth: number) => ReturnType<typeof refusal> | undefined } = {};
  const answers = new Map<string, { readonly request: unknown; readonly answer: unknown }>();

  /** A method of the contract. Its first answer to a key is its answer to it for good. */
  function method<I extends DescMessage, O extends DescMessage>(
    name: Asked,
    desc: { readonly input: I; readonly output: O },
    handle: (request: MessageShape<I>) => MessageInitShape<O>,
  ) {
    const answerTo = (request: MessageShape<I>, nth: number): MessageShape<O> => {
      const fresh = () => create(desc.output, (instead[name]?.(nth) as never) ?? handle(request));
      const key = 'idempotencyKey' in request ? String(request.idempotencyKey) : '';
      if (key === '') {
        return fresh();
      }
      keys.push({ name, key });
      const known = answers.get(`${name} ${key}`);
      if (known === undefined) {
        const answer = fresh();
        answers.set(`${name} ${key}`, { request, answer });
        return answer;
      }
      return equals(desc.input, known.request as MessageShape<I>, request)
        ? (known.answer as MessageShape<O>)
        : create(desc.output, refusal(ErrorCode.IDEMPOTENCY_CONFLICT, 'another request') as never);
    };
    return async (request: MessageShape<I>): Promise<MessageShape<O>> => {
      calls.push(name);
      const nth = calls.filter((call) => call === name).length;
      await before[name]?.(nth);
      const answer = answerTo(request, nth);
      await after[name]?.(nth);
      return answer;
    };
  }

  return { calls, keys, before, after, instead, method };
}

export type Desk = ReturnType<typeof createDesk>;
