import type { Count, Durations } from './load.ts';

/** What a report of h2load is read with. */
export interface H2loadExpectation {
  /** Bytes of DATA that a correct answer has. Refusals in gRPC have none, and no HTTP status that tells. */
  readonly answerBytes: number;
  /** Calls that may be under way when the time is up. */
  readonly atOnce: number;
}

const COUNTS =
  /^requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$/m;
const STATUSES = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx$/m;
const DATA = /^traffic: .*\((\d+)\) data$/m;
const RATE = /^finished in [\d.]+m?s, ([\d.]+) req\/s/m;

/** Reads what h2load printed. @throws Error when a call failed, or was answered with something else than expected */
export function readH2load(report: string, expected: H2loadExpectation): Count {
  const [, , done, succeeded, ...bad] = numbers(report, COUNTS);
  const [, good, ...otherStatuses] = numbers(report, STATUSES);
  const [, dataBytes = 0] = numbers(report, DATA);
  const [, perSecond = 0] = numbers(report, RATE);
  const missing = (good ?? 0) - dataBytes / expected.answerBytes;
  if (
    done === undefined ||
    done === 0 ||
    done !== succeeded ||
    [...bad, ...otherStatuses].some((count) => count !== 0)
  ) {
    throw new Error(`Calls failed; expected none to:\n${report}`);
  }
  if (!(missing >= 0 && missing <= expected.atOnce)) {
    throw new Error(
      `${good} answers have ${dataBytes} bytes; expected ${expected.answerBytes} each. Some are no answers:\n${report}`,
    );
  }
  return { calls: done, perSecond };
}

/** Quantiles of the log that h2load writes: a line for each call, with start, status and duration in µs. */
export function readDurations(log: string): Durations {
  const sorted = Float64Array.from(log.trimEnd().split('\n'), (line) => Number(line.split('\t')[2])).sort();
  const quantile = (share: number): number =>
    (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) / 1000;
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

function numbers(report: string, pattern: RegExp): number[] {
  const found = pattern.exec(report);
  if (found === null) {
    throw new Error(`The report of h2load has no line like ${pattern}:\n${report}`);
  }
  return found.map(Number);
}
