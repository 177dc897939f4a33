import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  EventType,
  QueueEventType,
  type StreamQueueUpdatesRequest,
  type StreamQueueUpdatesResponse,
  StreamQueueUpdatesResponseSchema,
  SystemEventType,
} from '@traffic-tacos/contracts/gateway/v1';
import { callOf } from '@traffic-tacos/server';
import type { Place } from '../../domain/queue/index.ts';
import { type PlaceId, waitingTokens } from '../../domain/token/index.ts';
import { isOver, notOnSale, unknownToken } from '../queue/index.ts';
import { type LiveSource, live } from '../shared/live.ts';
import { timestampOf } from '../shared/time.ts';
import { waker } from '../shared/waker.ts';
import { resumeNumber } from './changes-source.ts';
import type { WebSocketDeps } from './deps.ts';
import { type LineState, type LineWatches, systemEvents } from './line-watch.ts';
import { type MaintenanceNotices, maintenanceNotices } from './maintenance-notices.ts';
import { type MessageBox, openMessageBox } from './message-box.ts';

/** Sends what becomes of a place in line. */
export async function* streamQueue(
  deps: WebSocketDeps & { readonly lines: LineWatches },
  request: StreamQueueUpdatesRequest,
  context: HandlerContext,
): AsyncGenerator<StreamQueueUpdatesResponse, void> {
  const { clock, feed, alarms } = deps;
  const { signal, traceId } = callOf(context);
  const { waitingToken, eventId, sessionId } = request;
  const token = waitingTokens(deps.secrets).verify(waitingToken);
  if (token.kind !== 'VALID' || (eventId !== '' && eventId !== token.payload.eventId)) {
    throw unknownToken({});
  }
  const id = token.payload;
  const wake = waker(alarms, signal);
  const messages = openMessageBox(feed, { userId: '', sessionId }, wake.wake);
  const closers = [messages.close];
  let news: LineState | undefined;
  try {
    const line = await deps.lines.open(id.eventId, (before) => {
      // What is told is the difference to what the reader knows, however many looks ago.
      news ??= before;
      wake.wake();
    });
    closers.push(line.close);
    const maintenance = await maintenanceNotices(feed, {
      since: deps.maintenanceSince,
      after: resumeNumber(request.resumeToken),
      traceId,
      wake: wake.wake,
    });
    closers.push(maintenance.close);
    const source = placeSource(deps, {
      id,
      waitingToken,
      traceId,
      messages: messages.box,
      maintenance,
      line: () => line.state,
      takeNews: () => {
        const before = news;
        news = undefined;
        return before;
      },
    });
    yield* live(source, { method: context.method, clock, waker: wake, signal });
  } finally {
    for (const close of closers) {
      close();
    }
  }
}

function placeSource(
  { queue, feed, clock, maintenanceSince }: WebSocketDeps,
  of: {
    readonly id: PlaceId;
    readonly waitingToken: string;
    readonly traceId: string;
    readonly messages: MessageBox;
    readonly maintenance: MaintenanceNotices;
    readonly line: () => LineState;
    readonly takeNews: () => LineState | undefined;
  },
): LiveSource<StreamQueueUpdatesResponse> {
  let told: Place | undefined;
  let askAt = 0;
  let last = 0;

  type Body = Pick<Partial<StreamQueueUpdatesResponse>, 'type'> & {
    readonly queueUpdate?: object;
    readonly systemUpdate?: object;
  };
  const message = (
    body: Body,
    at: number,
    { correlationId = of.traceId, number = feed.number() } = {},
  ): StreamQueueUpdatesResponse => {
    last = number;
    return create(StreamQueueUpdatesResponseSchema, {
      ...body,
      timestamp: timestampOf(at),
      correlationId,
      sequence: BigInt(last),
    });
  };

  const placeUpdate = (place: Place, eventType: QueueEventType, now: number): StreamQueueUpdatesResponse => {
    const isOpen = place.state === 'WAITING' || place.state === 'READY';
    const queueUpdate = {
      waitingToken: of.waitingToken,
      position: place.state === 'WAITING' ? place.position : 0,
      etaSeconds: place.state === 'WAITING' ? place.etaSeconds : place.state === 'READY' ? 0 : -1,
      eventType,
      admissionReady: place.state === 'READY',
      expiresAt: timestampOf(isOpen ? place.expiresAt : place.endedAt),
    };
    return message({ type: EventType.QUEUE_UPDATE, queueUpdate }, now);
  };

  const systemUpdate = (eventType: SystemEventType, text = NEWS[eventType] ?? '') => {
    const { waiting, admittedLastMinute, paused } = of.line();
    const systemUpdate = {
      eventId: of.id.eventId,
      totalWaiting: waiting,
      admissionRate: paused || maintenanceSince() !== undefined ? 0 : admittedLastMinute,
      eventType,
      message: text,
    };
    return { type: EventType.SYSTEM_UPDATE, systemUpdate };
  };

  /** What was switched, which comes with numbers of its own: nothing may take one before it. */
  const maintained = (): StreamQueueUpdatesResponse[] =>
    of.maintenance.take().map(({ number, value: { on, at, traceId } }) => {
      const news = on
        ? systemUpdate(SystemEventType.MAINTENANCE_MODE)
        : systemUpdate(SystemEventType.UNSPECIFIED, MAINTENANCE_IS_OVER);
      return message(news, at, { number, correlationId: traceId });
    });

  /** The place, if there is something about it to say. */
  const placeNews = (
    place: Place,
    now: number,
    wasPaused: boolean,
  ): readonly StreamQueueUpdatesResponse[] => {
    const { paused } = of.line();
    const before = told;
    told = place;
    askAt = now + spread('nextPollMs' in place ? place.nextPollMs : 0);
    if (before !== undefined && paused === wasPaused && isSame(place, before)) {
      return [];
    }
    return [placeUpdate(place, eventOf(place, { isFirst: before === undefined, paused, wasPaused }), now)];
  };

  return {
    async take(now) {
      const before = of.takeNews();
      const wasPaused = (before ?? of.line()).paused;
      const isDue = told === undefined || before !== undefined || now >= askAt;
      const place = isDue ? await queue.status(of.id) : undefined;
      const sent = maintained();
      if (place !== undefined) {
        sent.push(...placeNews(place, now, wasPaused));
      }
      if (before !== undefined) {
        sent.push(...systemEvents(before, of.line()).map((event) => message(systemUpdate(event), now)));
      }
      for (const { text, at, traceId } of of.messages.take()) {
        const body = { type: EventType.MESSAGE, systemUpdate: { message: text } };
        sent.push(message(body, at, { correlationId: traceId }));
      }
      const { event } = of.line();
      if (sent.length === 0 && event !== undefined && isOver(event) && told?.state === 'WAITING') {
        // As who asks for the status is told: it will never be this buyer's turn.
        throw notOnSale(event, {});
      }
      return sent;
    },
    nextAt: () => {
      const { event } = of.line();
      return event !== undefined && isOver(event) ? clock() : askAt;
    },
    heartbeat: (now) =>
      create(StreamQueueUpdatesResponseSchema, {
        type: EventType.HEARTBEAT,
        timestamp: timestampOf(now),
        sequence: BigInt(last),
      }),
    isOver: () => told?.state === 'EXPIRED' || told?.state === 'LEFT',
  };
}

const NEWS: Readonly<Partial<Record<SystemEventType, string>>> = {
  [SystemEventType.CAPACITY_CHANGED]: 'The number of buyers who may be inside at a time has changed.',
  [SystemEventType.MAINTENANCE_MODE]:
    'The platform is under maintenance: nobody is let in for now, places are kept, and purchases that have begun can be finished.',
  [SystemEventType.EVENT_SOLD_OUT]: 'No seat is free at the moment; one may become so when a hold lapses.',
  [SystemEventType.EVENT_CANCELLED]: 'The event is cancelled.',
  [SystemEventType.ADMISSION_RATE_CHANGED]: 'Buyers are let in faster or slower than before.',
};

const MAINTENANCE_IS_OVER = 'The maintenance is over.';

/** Streams that were opened together do not ask together for ever. */
function spread(milliseconds: number): number {
  return milliseconds * (0.9 + Math.random() * 0.2);
}

function isSame(place: Place, before: Place): boolean {
  return (
    place.state === before.state &&
    (place.state !== 'WAITING' ||
      before.state !== 'WAITING' ||
      (place.position === before.position && place.etaSeconds === before.etaSeconds))
  );
}

function eventOf(
  place: Place,
  {
    isFirst,
    paused,
    wasPaused,
  }: { readonly isFirst: boolean; readonly paused: boolean; readonly wasPaused: boolean },
): QueueEventType {
  switch (place.state) {
    case 'READY':
      return QueueEventType.ADMISSION_READY;
    case 'EXPIRED':
      return QueueEventType.TOKEN_EXPIRED;
    case 'LEFT':
      return QueueEventType.POSITION_CHANGED;
    case 'WAITING':
      if (paused && (isFirst || !wasPaused)) {
        return QueueEventType.QUEUE_PAUSED;
      }
      return !paused && wasPaused && !isFirst
        ? QueueEventType.QUEUE_RESUMED
        : QueueEventType.POSITION_CHANGED;
  }
}
