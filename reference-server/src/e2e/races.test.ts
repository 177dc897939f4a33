import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { OperationType } from '@traffic-tacos/contracts/common/v1';
import { CommitStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { idempotencyTable } from '../idempotency-store.ts';
import { openStore } from '../open-store.ts';
import { seatKey, seatTable } from '../services/inventory/tables.ts';
import { eventually, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { type HeldUp, heldUpStore } from './held-up-store.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Served, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

const HOLD_MS = 60_000;

/** Two processes on one store; the operations of the first can be held up. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const shared = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const options = { clock: clock.now, worker: false, cleanUp };
  const first = await serveOn({ ...options, store });
  const second = await serveOn({ ...options, store: shared });
  return { clock, first, second, holdUp };
});

let sales = 0;

/** The two processes, with an event on sale that is only for one test. */
async function twoProcesses() {
  const { clock, first, second, holdUp } = running();
  const eventId = `show-${++sales}`;
  await putOnSale(first, saleOf({ now: clock.now(), event: { id: eventId } }));
  return {
    clock,
    first: { ...first, eventId },
    second: { ...second, eventId },
    /** Stops the next operation of the first process on the seat. */
    holdUp: (operation: 'getMany' | 'transact'): HeldUp =>
      holdUp(operation, seatTable.name, seatKey(eventId, 'A1')),
    /** Stops the first process when it keeps its next answer to an idempotency key. */
    holdUpAnswer: (): HeldUp => holdUp('transact', idempotencyTable.name),
  };
}

const idOf = (name: string, eventId: string) => `${name}-${eventId}`;
const reserve = ({ inventory, eventId }: Served, name: string) =>
  inventory.reserveSeat({ eventId, seatIds: ['A1'], reservationId: idOf(name, eventId) });
const commit = ({ inventory, eventId }: Served, name: string) =>
  inventory.commitReservation({ eventId, reservationId: idOf(name, eventId), paymentIntentId: `pi_${name}` });
const release = ({ inventory, eventId }: Served, name: string) =>
  inventory.releaseHold({ eventId, reservationId: idOf(name, eventId) });
const prolong = ({ inventory, eventId }: Served, name: string, until: number) =>
  inventory.reserveSeat({
    eventId,
    seatIds: ['A1'],
    reservationId: idOf(name, eventId),
    holdExpiresAt: timestampFromMs(until),
  });

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

test('a sale that is overtaken by that of another payment is refused, and the order stays the first one', async () => {
  const { first, second, holdUp } = await twoProcesses();
  await reserve(first, 'mine');
  const sell = ({ inventory, eventId }: Served, paymentIntentId: string) =>
    inventory.commitReservation({ eventId, reservationId: idOf('mine', eventId), paymentIntentId });
  // Between its look at the hold and its look at the seats, which are the reservation's before and after a sale.
  const late = holdUp('getMany');
  const selling = sell(first, 'pi_late');
  await late.reached;
  const sold = await sell(second, 'pi_fast');
  expect(sold.status).toBe(CommitStatus.SUCCESS);
  late.goOn();

  expect(codes(await selling)).toEqual(['FAILED_PRECONDITION']);
  expect(await selling).toMatchObject({ status: CommitStatus.FAILED_CONFLICT, orderId: '' });
  expect((await sell(second, 'pi_fast')).committedAt).toEqual(sold.committedAt);
  expect((await sell(second, 'pi_late')).status).toBe(CommitStatus.FAILED_CONFLICT);
});

test('a release that is overtaken by a sale frees nothing', async () => {
  const { first, second, holdUp } = await twoProcesses();
  await reserve(first, 'mine');
  const late = holdUp('getMany');
  const releasing = release(first, 'mine');
  await late.reached;
  expect((await commit(second, 'mine')).status).toBe(CommitStatus.SUCCESS);
  late.goOn();

  expect(codes(await releasing)).toEqual(['FAILED_PRECONDITION']);
  expect(codes(await reserve(second, 'yours'))).toEqual(['INVENTORY_CONFLICT']);
});

test('a prolongation that is overtaken by a longer one does not make the hold shorter', async () => {
  const { first, second, clock, holdUp } = await twoProcesses();
  await reserve(first, 'mine');
  const longest = clock.now() + 3 * HOLD_MS;
  const late = holdUp('getMany');
  const prolonging = prolong(first, 'mine', clock.now() + 2 * HOLD_MS);
  await late.reached;
  await prolong(second, 'mine', longest);
  late.goOn();

  expect((await prolonging).holdExpiresAt).toEqual(timestampFromMs(longest));
  clock.advance(2 * HOLD_MS);
  expect(codes(await commit(first, 'mine'))).toEqual([undefined]);
});

test('of two returns of seats of one sale neither undoes the other', async () => {
  const { first, second, holdUp } = await twoProcesses();
  const { eventId } = first;
  const of = { eventId, reservationId: idOf('mine', eventId) };
  await first.inventory.reserveSeat({ ...of, seatIds: ['A1', 'A2', 'A3'] });
  await commit(first, 'mine');
  const late = holdUp('getMany');
  const returning = first.inventory.returnSeats({ ...of, seatIds: ['A1'] });
  await late.reached;
  await second.inventory.returnSeats({ ...of, seatIds: ['A2'] });
  late.goOn();

  expect((await returning).returnedSeats.map(({ id }) => id)).toEqual(['A1']);
  const rest = await first.inventory.returnSeats(of);
  expect(codes(rest)).toEqual([undefined]);
  expect(rest.returnedSeats.map(({ id }) => id)).toEqual(['A3']);
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

test.each([
  ['before its end', 0],
  ['after its end', HOLD_MS],
])('a release that begins %s and is overtaken by another buyer frees nothing', async (_when, passed) => {
  const { first, second, clock, holdUp } = await twoProcesses();
  await reserve(first, 'mine');
  clock.advance(passed);
  const late = holdUp('transact');
  const releasing = release(first, 'mine');
  await late.reached;
  clock.advance(HOLD_MS - passed);
  expect(codes(await reserve(second, 'yours'))).toEqual([undefined]);
  late.goOn();

  expect((await releasing).releasedSeats).toEqual([]);
  expect(codes(await reserve(first, 'third'))).toEqual(['INVENTORY_CONFLICT']);
  expect(codes(await commit(second, 'yours'))).toEqual([undefined]);
});

const rename = ({ catalog, eventId }: Served) =>
  catalog.updateEvent({
    event: { id: eventId, name: 'Another name' },
    updateMask: { paths: ['name'] },
  });
const forget = ({ admin }: Served) =>
  admin.triggerOperation({ operation: OperationType.CLEAR_CACHE, targetService: 'inventory' });

test.each([
  ['is taken', 'its event is changed', undefined, rename],
  ['is sold', 'its event is changed', commit, rename],
  ['is taken', 'the seats are forgotten', undefined, forget],
  ['is sold', 'the seats are forgotten', commit, forget],
])('a seat that %s while %s is seen as that', async (what, _when, act, meanwhile) => {
  const { first, holdUp } = await twoProcesses();
  if (act !== undefined) {
    await reserve(first, 'mine');
  }
  const late = holdUp('transact');
  const acting = (act ?? reserve)(first, 'mine');
  await late.reached;
  expect(codes(await meanwhile(first))).toEqual([undefined]);
  await seatsByStatus(first);
  late.goOn();

  expect(codes(await acting)).toEqual([undefined]);
  const expected = what === 'is taken' ? { RESERVED: ['A1'], SOLD: [] } : { RESERVED: [], SOLD: ['A1'] };
  await eventually(async () => expect(await seatsByStatus(first)).toMatchObject(expected));
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

test('two processes that decide differently about one request give the answer that was kept first', async () => {
  const { first, second, holdUpAnswer } = await twoProcesses();
  const { eventId } = first;
  const wish = { eventId, userId: 'ann', seatIds: ['A1'], idempotencyKey: `key/${eventId}` };
  await reserve(second, 'theirs');
  await seatsByStatus(first);
  const late = holdUpAnswer();
  const refusing = first.reservations.createReservation(wish);
  await late.reached;
  await release(second, 'theirs');
  const granted = await second.reservations.createReservation(wish);
  expect(refusalOf(granted)).toBeUndefined();
  late.goOn();

  expect(await refusing).toEqual(granted);
  expect(await first.reservations.createReservation(wish)).toEqual(granted);
});

const block = ({ catalog, eventId }: Served) =>
  catalog.updateEvent({
    event: { id: eventId, blockedSeatIds: ['A1'] },
    updateMask: { paths: ['blocked_seat_ids'] },
  });

test('a hold that is overtaken by the blocking of its seat takes nothing', async () => {
  const { first, second, holdUp, clock } = await twoProcesses();
  const late = holdUp('transact');
  const taking = reserve(first, 'mine');
  await late.reached;
  expect(codes(await block(second))).toEqual([undefined]);
  late.goOn();

  expect(codes(await taking)).toEqual(['INVENTORY_CONFLICT']);
  clock.advance(HOLD_MS);
  expect(codes(await reserve(first, 'later'), await reserve(second, 'later'))).toEqual([
    'INVENTORY_CONFLICT',
    'INVENTORY_CONFLICT',
  ]);
  expect((await seatsByStatus(first)).BLOCKED).toEqual(['A1']);
});

test('a seat is not blocked while somebody takes it', async () => {
  const { first, holdUp } = await twoProcesses();
  const late = holdUp('transact');
  const taking = reserve(first, 'mine');
  await late.reached;
  const blocking = block(first);
  late.goOn();

  expect(codes(await taking, await blocking)).toEqual([undefined, 'FAILED_PRECONDITION']);
  expect(await seatsByStatus(first)).toMatchObject({ RESERVED: ['A1'], BLOCKED: [] });
});

test('a seat is blocked while somebody comes for it: both do not succeed', async () => {
  const { first, holdUp } = await twoProcesses();
  const late = holdUp('transact');
  const blocking = block(first);
  await late.reached;
  const taking = reserve(first, 'mine');
  late.goOn();

  expect(codes(await blocking, await taking)).toEqual([undefined, 'INVENTORY_CONFLICT']);
  expect(await seatsByStatus(first)).toMatchObject({ RESERVED: [], BLOCKED: ['A1'] });
});
