import { collectGarbage } from '../testdata/garbage.ts';
import { fuzzBlocks } from './fuzz-blocks.ts';
import { fuzzSession } from './fuzz-session.ts';
import { seeded } from './random.ts';

/** Sessions that go on at the same time. */
const AT_ONCE = 16;

export interface FuzzReport {
  /** Frames and header blocks. */
  readonly inputs: number;
  readonly frames: number;
  readonly blocks: number;
  readonly sessions: number;
  readonly requests: number;
  /** How often a session ended with which error code; -1: it did not end before its client left. */
  readonly codes: ReadonlyMap<number, number>;
  /** Live memory after a tenth of the inputs, and after all of them. */
  readonly bytesEarly: number;
  readonly bytesAtEnd: number;
}

export interface FuzzOptions {
  readonly seed: number;
  /** How many frames and header blocks, at least. */
  readonly inputs: number;
  /** Is called now and then. */
  readonly onProgress?: (inputs: number) => void;
}

/**
 * Gives the engine sessions, and the decoder header blocks, which the seed determines.
 *
 * @throws Error for the first thing that is not as it has to be, with the seed that shows it alone
 */
export async function fuzz({ seed, inputs, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const codes = new Map<number, number>();
  let [frames, blocks, sessions, requests, bytesEarly] = [0, 0, 0, 0, 0];
  for (let next = seed; frames + blocks < inputs; next += AT_ONCE) {
    const seeds = Array.from({ length: AT_ONCE }, (_, at) => next + at);
    const results = await Promise.all(seeds.map((one) => blame(one, () => fuzzSession(seeded(one)))));
    for (const result of results) {
      frames += result.frames;
      requests += result.requests;
      sessions += 1;
      codes.set(result.code, (codes.get(result.code) ?? 0) + 1);
    }
    for (const one of seeds.slice(0, AT_ONCE / 4)) {
      blocks += await blame(one, async () => fuzzBlocks(seeded(one)));
    }
    if (bytesEarly === 0 && frames + blocks > inputs / 10) {
      bytesEarly = await liveBytes();
    }
    onProgress?.(frames + blocks);
  }
  const bytesAtEnd = await liveBytes();
  return { inputs: frames + blocks, frames, blocks, sessions, requests, codes, bytesEarly, bytesAtEnd };
}

async function blame<T>(seed: number, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Error(`with seed ${seed}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** What is alive: the heap, and memory outside it that the heap refers to. */
async function liveBytes(): Promise<number> {
  await collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
