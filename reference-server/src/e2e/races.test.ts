import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CommitStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { seatKey, seatTable } from '../services/inventory/tables.ts';
import { seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { type HeldUp, heldUpStore } from './held-up-store.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, serveOn } from './serve.ts';

const HOLD_MS = 60_000;
const seat = { eventId: 'show', seatIds: ['A1'] };

/** Two processes on one store, with an event on sale; the operations of the first can be held up. */
async function twoProcesses() {
  const clock = adjustableClock();
  const shared = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const first = await serveOn({ store, clock: clock.now, worker: false });
  const second = await serveOn({ store: shared, clock: clock.now, worker: false });
  await putOnSale(first, saleOf({ now: clock.now() }));
  return {
    clock,
    first,
    second,
    /** Stops the next operation of the first process on the seat. */
    holdUp: (operation: 'getMany' | 'transact'): HeldUp =>
      holdUp(operation, seatTable.name, seatKey('show', 'A1')),
  };
}

const reserve = ({ inventory }: Clients, reservationId: string) =>
  inventory.reserveSeat({ ...seat, reservationId });
const commit = ({ inventory }: Clients, reservationId: string) =>
  inventory.commitReservation({ eventId: 'show', reservationId, paymentIntentId: `pi_${reservationId}` });
const prolong = ({ inventory }: Clients, reservationId: string, until: number) =>
  inventory.reserveSeat({ ...seat, reservationId, holdExpiresAt: timestampFromMs(until) });

/** Codes of two answers: `undefined` for the one that got through. */
const codes = (...answers: Parameters<typeof refusalOf>[0][]) =>
  answers.map((answer) => refusalOf(answer)?.code);

test('two processes that take a seat at the same moment: one gets it', async () => {
  const { first, second } = await twoProcesses();
  await Promise.all([first, second].map((process) => seatsByStatus(process)));

  const answers = await Promise.all([reserve(first, 'mine'), reserve(second, 'yours')]);
  expect(codes(...answers).sort()).toEqual(['INVENTORY_CONFLICT', undefined]);
});

test('a seat that another process has sold is not taken when its hold would have lapsed', async () => {
  const { first, second, clock } = await twoProcesses();
  await reserve(first, 'mine');
  expect((await seatsByStatus(second)).RESERVED).toEqual(['A1']);
  expect((await commit(first, 'mine')).status).toBe(CommitStatus.SUCCESS);
  clock.advance(HOLD_MS);

  expect(codes(await reserve(second, 'yours'))).toEqual(['INVENTORY_CONFLICT']);
  expect((await seatsByStatus(second)).SOLD).toEqual(['A1']);
});

test('a seat whose hold another process has prolonged is not taken when it would have lapsed', async () => {
  const { first, second, clock } = await twoProcesses();
  await reserve(first, 'mine');
  expect((await seatsByStatus(second)).RESERVED).toEqual(['A1']);
  await prolong(first, 'mine', clock.now() + 2 * HOLD_MS);
  clock.advance(HOLD_MS);

  expect(codes(await reserve(second, 'yours'))).toEqual(['INVENTORY_CONFLICT']);
  expect(codes(await commit(first, 'mine'))).toEqual([undefined]);
});

test('a sale that is overtaken by the end of its hold and by another buyer sells nothing', async () => {
  const { first, second, clock, holdUp } = await twoProcesses();
  await reserve(first, 'mine');
  const late = holdUp('transact');
  const sale = commit(first, 'mine');
  await late.reached;
  clock.advance(HOLD_MS);
  expect(codes(await reserve(second, 'yours'))).toEqual([undefined]);
  late.goOn();

  expect(await sale).toMatchObject({ status: CommitStatus.FAILED_EXPIRED });
  expect(codes(await commit(second, 'yours'))).toEqual([undefined]);
});

test('a hold that is overtaken by a sale at its end takes nothing', async () => {
  const { first, second, clock, holdUp } = await twoProcesses();
  await reserve(second, 'yours');
  expect((await seatsByStatus(first)).RESERVED).toEqual(['A1']);
  const sale = holdUp('transact');
  const committing = commit(first, 'yours');
  await sale.reached;
  clock.advance(HOLD_MS);
  const late = holdUp('transact');
  const taking = reserve(first, 'mine');
  await late.reached;
  sale.goOn();
  expect((await committing).status).toBe(CommitStatus.SUCCESS);
  late.goOn();

  expect(codes(await taking)).toEqual(['INVENTORY_CONFLICT']);
  expect((await seatsByStatus(first)).SOLD).toEqual(['A1']);
});

test.each(['getMany', 'transact'] as const)(
  'a prolongation that is overtaken by the end of its hold and by another buyer prolongs nothing (%s)',
  async (operation) => {
    const { first, second, clock, holdUp } = await twoProcesses();
    await reserve(first, 'mine');
    const late = holdUp(operation);
    const prolonging = prolong(first, 'mine', clock.now() + 2 * HOLD_MS);
    await late.reached;
    clock.advance(HOLD_MS);
    expect(codes(await reserve(second, 'yours'))).toEqual([undefined]);
    late.goOn();

    expect(codes(await prolonging)).toEqual(['RESERVATION_EXPIRED']);
    expect(codes(await commit(first, 'mine'))).toEqual(['RESERVATION_EXPIRED']);
    expect(codes(await commit(second, 'yours'))).toEqual([undefined]);
  },
);
