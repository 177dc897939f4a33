import type { CancelReservationResponse } from '@traffic-tacos/contracts/reservation/v1';
import type { HoldsWanted } from '../reservation/index.ts';
import { counted } from './counted.ts';
import type { AdminDeps } from './deps.ts';
import type { Task } from './operations.ts';

/** Holds that are cancelled at the same time. */
const AT_ONCE = 16;

/** The begin of the switches that say which cancellations are not finished yet. */
const SWITCH = 'cancelling/';

/** Which cancellation a switch stands for, besides since when; `undefined` for another switch. */
export function cancellationOf(name: string): { eventId: string | undefined } | undefined {
  if (!name.startsWith(SWITCH)) {
    return undefined;
  }
  const [, eventId] = name.slice(SWITCH.length).split('/');
  return { eventId };
}

/** The switch of a cancellation: it is on until the last hold is cancelled, so that a restart goes on with it. */
export function cancellationSwitch(actionId: string, eventId: string | undefined): string {
  return SWITCH + (eventId === undefined ? actionId : `${actionId}/${eventId}`);
}

/** What came of a cancellation so far. */
interface Counts {
  cancelled: number;
  paid: number;
  /** Over by themselves meanwhile. */
  over: number;
  failed: number;
}

/** Cancels every hold that is not paid; the seats are on sale again. */
export function cancelHolds(
  deps: Pick<AdminDeps, 'holds' | 'isPaid' | 'reservations' | 'switches' | 'store' | 'logger'>,
  actionId: string,
  wanted: HoldsWanted,
): Task {
  const { holds, isPaid, reservations, switches, store, logger } = deps;
  const counts: Counts = { cancelled: 0, paid: 0, over: 0, failed: 0 };

  const cancel = async (reservationId: string, userId: string): Promise<void> => {
    try {
      if (await isPaid(reservationId)) {
        counts.paid++;
        return;
      }
      const answer = await reservations.cancelReservation({
        reservationId,
        userId,
        reason: 'cancelled by an operator',
        idempotencyKey: `${actionId}/${reservationId}`,
      });
      counts[hasFailed(answer) ? 'over' : 'cancelled']++;
    } catch (err) {
      counts.failed++;
      logger.warn({ err, operation_id: actionId, reservation: reservationId }, 'a hold was not cancelled');
    }
  };

  return {
    id: actionId,
    name: `CANCEL_RESERVATIONS ${wanted.eventId ?? ''}`,
    async run(signal, progress) {
      const running = new Set<Promise<void>>();
      for await (const { id, userId } of holds(wanted)) {
        if (signal.aborted) {
          break;
        }
        const one = cancel(id, userId).finally(() => running.delete(one));
        running.add(one);
        if (running.size >= AT_ONCE) {
          await Promise.race(running);
        }
        progress(`${told(counts)} so far`);
      }
      await Promise.all(running);
      if (!signal.aborted) {
        const done = cancellationSwitch(actionId, wanted.eventId);
        await switches.change({
          off: (name) => name === done,
          commit: (writes) => (writes.length === 0 ? Promise.resolve() : store.transact(writes)),
        });
      }
      return told(counts);
    },
  };
}

function hasFailed({ error }: CancelReservationResponse): boolean {
  return error !== undefined;
}

function told({ cancelled, paid, over, failed }: Counts): string {
  const others = [
    [paid, 'left alone because paid'],
    [over, 'over already'],
    [failed, 'not cancelled because of a failure that the log tells of'],
  ] as const;
  return [
    `${counted(cancelled, 'hold')} cancelled`,
    ...others.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  ].join(', ');
}
