import { isMessage } from '@bufbuild/protobuf';
import {
  AdmissionStatus,
  QueueStatus,
  RequestAdmissionResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { isTacosError, refusal } from '../errors.ts';
import { ask, type BookingContext, pause, takeStep } from './context.ts';
import type { Admitted, Joined, Waiting } from './step.ts';

/** The right to make one reservation. */
export interface Admission {
  readonly reservationToken: string;
  /** When it lapses, on the environment's clock. */
  readonly lapsesAt: number;
}

/** For servers that do not say when to ask again. */
const POLL_MS = 1_000;

/** Takes a place in line and waits for its turn. */
export async function* waitInLine(
  context: BookingContext,
): AsyncGenerator<Joined | Waiting | Admitted, Admission> {
  const { queue, held, request } = context;
  const { eventId, userId = '' } = request;
  const place = await takeStep(
    context,
    (idempotencyKey) => queue.joinQueue({ eventId, userId, idempotencyKey }),
    // Nothing has been waited for that could be lost.
    0,
  );
  held.waitingToken = place.waitingToken;
  yield {
    type: 'joined',
    position: place.position || place.positionHint,
    etaSeconds: etaOf(place.estimatedWaitSeconds || place.etaSeconds),
  };
  return yield* waitForAdmission(
    context,
    place.waitingToken,
    place.status === QueueStatus.READY,
    place.nextPollMs,
  );
}

/** Waits for the turn of a place in line, and for the right to reserve that comes with it. */
export async function* waitForAdmission(
  context: BookingContext,
  waitingToken: string,
  isReady: boolean,
  nextPollMs = 0,
): AsyncGenerator<Waiting | Admitted, Admission> {
  let ready = isReady;
  let pollMs = nextPollMs;
  for (;;) {
    const granted = ready ? await requestAdmission(context, waitingToken) : undefined;
    if (granted !== undefined) {
      const { lapsesAt } = granted;
      yield { type: 'admitted', validUntil: new Date(Date.now() + lapsesAt - context.environment.now()) };
      return granted;
    }
    await pause(context, pollMs || POLL_MS);
    const place = await ask(context, (options) => context.queue.getQueueStatus({ waitingToken }, options));
    if (place.status === QueueStatus.EXPIRED || place.status === QueueStatus.LEFT) {
      context.held.waitingToken = undefined;
      throw refusal('FAILED_PRECONDITION', 'the place in line has lapsed: nobody asked for it in time');
    }
    ready = place.admissionReady;
    pollMs = place.nextPollMs;
    if (!ready) {
      yield { type: 'waiting', position: place.position, etaSeconds: etaOf(place.etaSeconds) };
    }
  }
}

/** The right to reserve; `undefined` when it is not the buyer's turn after all. */
async function requestAdmission(
  context: BookingContext,
  waitingToken: string,
): Promise<Admission | undefined> {
  const { queue, environment, request } = context;
  const { eventId, userId = '' } = request;
  try {
    const answer = await takeStep(context, (idempotencyKey) =>
      queue.requestAdmission({ waitingToken, eventId, userId, idempotencyKey }),
    );
    const { reservationToken, ttlSeconds } = answer;
    return { reservationToken, lapsesAt: environment.now() + ttlSeconds * 1_000 };
  } catch (error) {
    if (
      isTacosError(error) &&
      isMessage(error.response, RequestAdmissionResponseSchema) &&
      error.response.admission === AdmissionStatus.DENIED
    ) {
      return undefined;
    }
    throw error;
  }
}

function etaOf(seconds: number): number | undefined {
  return seconds < 0 ? undefined : seconds;
}
