import type { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../store-unavailable.ts';
import { createLane, type Lane } from './lane.ts';
import type {
  Extent,
  FromWorker,
  PageAnswer,
  PageRequest,
  ToWorker,
  UpkeepAnswer,
  UpkeepRequest,
} from './messages.ts';
import { type PackedWrite, pack } from './packed.ts';
import { type Get, type Got, packGets, unpackItems } from './packed-gets.ts';

/** The main thread's end of the conversation with the worker. Every call rejects once the worker has failed. */
export interface WorkerLink {
  /**
   * Resolves when the worker has opened its database, to what is stored of each table; rejects with what it says
   * otherwise.
   */
  readonly opened: Promise<readonly Extent[]>;
  /** Resolves when the worker has failed, to what every call is refused with from then on. */
  readonly failed: Promise<StoreUnavailable>;
  /** @throws StoreUnavailable once the worker has failed, or is being closed. */
  refuseEnded(): void;
  get(request: Get): Promise<Got>;
  page<R extends PageRequest>(request: R): Promise<PageAnswer<R>>;
  /** Resolves to the version, or to `-1 - n` when the condition of write `n` did not hold. */
  transact(writes: readonly PackedWrite[]): Promise<number>;
  maintain<R extends UpkeepRequest>(request: R): Promise<UpkeepAnswer<R>>;
  /** Refuses new calls, waits for those that were accepted, closes the database and ends the worker. */
  close(): Promise<void>;
}

/**
 * Creates a {@link WorkerLink}.
 *
 * @param name - the store, as errors name it.
 */
export function linkWorker(worker: Worker, name: string, clock: () => number): WorkerLink {
  const post = (message: ToWorker, transfer?: readonly ArrayBuffer[]): void =>
    worker.postMessage(message, transfer);
  const writes = createLane<readonly PackedWrite[], number>((requests) => {
    const transactions = pack(requests);
    post({ lane: 'writes', now: clock(), transactions }, [transactions.numbers.buffer]);
  });
  const getsUnderWay: (readonly Get[])[] = [];
  const gets = createLane<Get, Got>((requests) => {
    const packed = packGets(requests);
    getsUnderWay.push(requests);
    post({ lane: 'gets', now: clock(), gets: packed }, [packed.numbers.buffer]);
  });
  const pages = createLane<PageRequest, PageAnswer<PageRequest>>((requests) =>
    post({ lane: 'pages', now: clock(), requests }),
  );
  const upkeep = createLane<UpkeepRequest, UpkeepAnswer<UpkeepRequest>>((requests) =>
    post({ lane: 'upkeep', now: clock(), requests }),
  );

  const lanes = [writes, gets, pages, upkeep];

  /** Why nothing more is taken. */
  let refusal: StoreUnavailable | undefined;
  let failed = false;
  let ending: Promise<void> | undefined;
  const opening = Promise.withResolvers<readonly Extent[]>();
  const exited = Promise.withResolvers<void>();
  const failing = Promise.withResolvers<StoreUnavailable>();
  // A failure may come when nobody waits for the opening any more.
  opening.promise.catch(() => undefined);

  function call<Q, A>(lane: Lane<Q, A>, request: Q): Promise<A> {
    return refusal === undefined
      ? new Promise((resolve, reject) => lane.add(request, { resolve, reject }))
      : Promise.reject(refusal);
  }

  function fail(cause: string): void {
    if (failed) {
      return;
    }
    failed = true;
    refusal = new StoreUnavailable(
      `${name} has failed: ${cause}. What was acknowledged is kept; repair the cause and start again`,
    );
    opening.reject(new Error(cause));
    failing.resolve(refusal);
    failLanes(refusal);
  }

  function failLanes(error: Error): void {
    for (const lane of lanes) {
      lane.fail(error);
    }
  }

  async function end(): Promise<void> {
    const closed = failed ? Promise.resolve() : call(upkeep, { kind: 'close' });
    refusal ??= new StoreUnavailable(`${name} is closed`);
    for (const lane of lanes) {
      lane.flush();
    }
    // Whoever waits for an answer learns of a failure from that.
    await closed.catch(() => undefined);
    await exited.promise;
  }

  worker.on('message', (message: FromWorker) => {
    switch (message.lane) {
      case 'writes':
        return writes.answered(message.answers);
      case 'gets':
        return gets.answered(unpackItems(getsUnderWay.shift() ?? [], message.items));
      case 'pages':
        return pages.answered(message.answers);
      case 'upkeep':
        return upkeep.answered(message.answers);
      case 'opened':
        return opening.resolve(message.extents);
      case 'failed':
        return fail(message.message);
    }
  });
  worker.on('error', (error: unknown) =>
    fail(`its worker thread died: ${error instanceof Error ? error.message : error}`),
  );
  worker.on('messageerror', (error) =>
    fail(`an answer of its worker thread was unreadable: ${error.message}`),
  );
  worker.on('exit', (code) => {
    const cause = `its worker thread ended with exit code ${code}`;
    if (ending === undefined) {
      fail(cause);
    }
    failLanes(new StoreUnavailable(`${name} has failed while it was being closed: ${cause}`));
    exited.resolve();
  });

  return {
    opened: opening.promise,
    failed: failing.promise,
    refuseEnded() {
      if (refusal !== undefined) {
        throw refusal;
      }
    },
    // The worker answers each request with the answer of its kind.
    page: <R extends PageRequest>(request: R) => call(pages, request) as Promise<PageAnswer<R>>,
    get: (request) => call(gets, request),
    transact: (request) => call(writes, request),
    maintain: <R extends UpkeepRequest>(request: R) => call(upkeep, request) as Promise<UpkeepAnswer<R>>,
    close: () => (ending ??= end()),
  };
}
