import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Http2Options } from './index.ts';
import { Setting } from './settings/setting.ts';
import { flow } from './testdata/echo.ts';
import {
  data,
  Flag,
  FrameType,
  headers,
  ids,
  PREFACE,
  type Received,
  settings,
  settingsAck,
  windowUpdate,
} from './testdata/frames.ts';
import { connect, type RawClient } from './testdata/raw-client.ts';

const USUAL_WINDOW = 65_535;

interface Plan {
  readonly options: Partial<Http2Options>;
  /** The client's initial window at first, and what it becomes from round to round. */
  readonly windows: readonly number[];
  /** The round in which the client acknowledges the server's settings. */
  readonly acknowledges: number;
  /** The body of each stream. */
  readonly bodies: readonly number[];
  /** The most that one frame carries, from round to round. */
  readonly pieces: readonly number[];
}

const size = (most: number) =>
  fc.oneof(fc.integer({ min: 700, max: 3000 }), fc.integer({ min: 700, max: most }));

const plans: fc.Arbitrary<Plan> = fc.record({
  options: fc.record({
    initialWindowBytes: size(100_000),
    connectionWindowBytes: fc.integer({ min: USUAL_WINDOW, max: 200_000 }),
    maxBufferedBytes: fc.integer({ min: 100_000, max: 400_000 }),
    controlBurst: fc.constant(1_000_000),
  }),
  windows: fc.array(fc.oneof(fc.constant(0), size(100_000)), { minLength: 1, maxLength: 8 }),
  acknowledges: fc.nat(6),
  bodies: fc.array(size(70_000), { minLength: 1, maxLength: 4 }),
  pieces: fc.array(fc.integer({ min: 500, max: 16_384 }), { minLength: 1, maxLength: 5 }),
});

/** Sends bodies as the server's windows allow, grants what comes back, and returns how much of each did. */
class PlannedClient {
  readonly #plan: Plan;
  readonly #client: RawClient;
  #seen = 0;
  #serverInitial = USUAL_WINDOW;
  #window = USUAL_WINDOW;
  readonly #streams: { readonly id: number; left: number; window: number; back: number; isOver: boolean }[];

  constructor(plan: Plan, client: RawClient) {
    this.#plan = plan;
    this.#client = client;
    this.#streams = ids(plan.bodies.length).map((id, index) => {
      const left = plan.bodies[index] as number;
      return { id, left, window: USUAL_WINDOW, back: 0, isOver: false };
    });
  }

  get isOver(): boolean {
    return this.#streams.every(({ isOver }) => isOver);
  }

  get back(): number[] {
    return this.#streams.map(({ back }) => back);
  }

  async begin(): Promise<void> {
    await this.#client.send(...this.#streams.map(({ id }) => headers(id)));
  }

  async round(round: number): Promise<void> {
    const { windows, pieces, acknowledges } = this.#plan;
    const out: Buffer[] = [];
    const all = this.#client.received();
    for (const one of all.slice(this.#seen)) {
      this.#take(one, out);
    }
    this.#seen = all.length;
    if (round === acknowledges) {
      for (const stream of this.#streams) {
        stream.window += this.#serverInitial - USUAL_WINDOW;
      }
      out.push(settingsAck);
    }
    // In the end there is room for everything.
    const window = round === windows.length ? 100_000 : windows[round];
    if (window !== undefined) {
      out.push(settings([Setting.INITIAL_WINDOW_SIZE, window]));
    }
    this.#sendBodies(pieces[round % pieces.length] as number, out);
    await this.#client.send(...out);
  }

  #take({ type, flags, id, payload }: Received, out: Buffer[]): void {
    const stream = this.#streams.find((one) => one.id === id);
    if (type === FrameType.SETTINGS && (flags & Flag.ACK) === 0) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload.readUInt16BE(at) === Setting.INITIAL_WINDOW_SIZE) {
          this.#serverInitial = payload.readUInt32BE(at + 2);
        }
      }
    } else if (type === FrameType.WINDOW_UPDATE) {
      if (stream === undefined) {
        this.#window += payload.readUInt32BE();
      } else {
        stream.window += payload.readUInt32BE();
      }
    } else if (stream !== undefined) {
      if (type === FrameType.DATA && payload.length > 0) {
        stream.back += payload.length;
        out.push(windowUpdate(0, payload.length), windowUpdate(id, payload.length));
      }
      stream.isOver ||= (flags & Flag.END_STREAM) !== 0;
    }
  }

  #sendBodies(piece: number, out: Buffer[]): void {
    for (const stream of this.#streams) {
      const length = Math.min(stream.left, stream.window, this.#window, piece);
      if (length > 0) {
        stream.left -= length;
        stream.window -= length;
        this.#window -= length;
        out.push(data(stream.id, Buffer.alloc(length), stream.left === 0 ? Flag.END_STREAM : 0));
      }
    }
  }
}

test('bodies of clients that keep to the windows arrive and come back whole, whatever the windows are', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const hello = Buffer.concat([
        PREFACE,
        settings([Setting.INITIAL_WINDOW_SIZE, plan.windows[0] as number]),
      ]);
      const client = await connect(flow, { hello, options: plan.options });
      const planned = new PlannedClient(plan, client);
      await planned.begin();
      for (let round = 0; round < 300 && !planned.isOver; round++) {
        await planned.round(round);
      }
      expect(client.goAway()).toBeUndefined();
      expect(planned.back).toEqual(plan.bodies);
      client.socket.destroy();
      client.connection.socket.destroy();
    }),
    { numRuns: 30 },
  );
});
