import type { Load } from './load.ts';

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** Reads what wrk printed. @throws Error when a call failed, or was answered with another status than 2xx and 3xx */
export function readWrk(report: string): Load {
  if (/Socket errors|Non-2xx/.test(report)) {
    throw new Error(`Calls failed; expected none to:\n${report}`);
  }
  return {
    calls: Number(found(report, /^\s+(\d+) requests in /m)[1]),
    perSecond: Number(found(report, /^Requests\/sec:\s+([\d.]+)$/m)[1]),
    p50Ms: latency(report, 50),
    p99Ms: latency(report, 99),
  };
}

function latency(report: string, percent: number): number {
  const [, value, unit = ''] = found(report, new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm'));
  return Number(value) * (MILLISECONDS[unit] ?? Number.NaN);
}

function found(report: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(report);
  if (match === null) {
    throw new Error(`The report of wrk has no line like ${pattern}:\n${report}`);
  }
  return match;
}
