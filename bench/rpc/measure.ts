import { median } from '../lib/median.ts';
import { generators, type Load, type Target } from './load.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import type { ServerUnderLoad } from './servers.ts';
import type { Shape } from './shapes.ts';
import { verify } from './verify.ts';

/** Medians over all rounds. */
export interface Figures {
  readonly server: ServerUnderLoad;
  readonly callsPerSecond: number;
  readonly cpuMicrosPerCall: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly warmUpSeconds: number;
}

interface Sample extends Load {
  readonly cpuMicros: number;
}

interface Contender {
  readonly server: ServerUnderLoad;
  readonly process: ServerProcess;
  readonly target: Target;
  readonly samples: Sample[];
}

/**
 * Puts load on servers, in turns, so that whatever changes on the machine meanwhile hits all alike.
 *
 * @throws Error when a server answers wrongly, or a single call fails
 */
export async function measure(
  shape: Shape,
  servers: readonly ServerUnderLoad[],
  token: string,
  effort: Effort,
): Promise<Figures[]> {
  const contenders: Contender[] = [];
  try {
    for (const server of servers) {
      const process = await startServer(server);
      const target = { port: process.port, token: server.needsToken ? token : undefined, shape };
      contenders.push({ server, process, target, samples: [] });
      await named(server, verify(target));
      await named(server, generators[shape.protocol].put(target, effort.warmUpSeconds));
    }
    for (let round = 0; round < effort.rounds; round++) {
      for (const contender of contenders) {
        contender.samples.push(await named(contender.server, sample(contender, effort.secondsPerRound)));
      }
    }
    return contenders.map(figures);
  } finally {
    await Promise.all(contenders.map(({ process }) => process.stop()));
  }
}

/** Says which server it was that something went wrong with. */
async function named<T>({ name }: ServerUnderLoad, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (reason) {
    throw new Error(`${name}: ${reason instanceof Error ? reason.message : reason}`, { cause: reason });
  }
}

async function sample({ process, target }: Contender, seconds: number): Promise<Sample> {
  const before = process.cpuMicros();
  const load = await generators[target.shape.protocol].put(target, seconds);
  return { ...load, cpuMicros: process.cpuMicros() - before };
}

function figures({ server, samples }: Contender): Figures {
  const middle = (of: (sample: Sample) => number): number => median(samples.map(of));
  return {
    server,
    callsPerSecond: middle(({ perSecond }) => perSecond),
    cpuMicrosPerCall: middle(({ cpuMicros, calls }) => cpuMicros / calls),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
  };
}
