import type { Logger } from 'pino';
import { systemTime } from '../time/clocks.ts';
import type { LineWriter } from './line-writer.ts';
import { isoTime, milliseconds } from './timestamp.ts';

/** Levels that lines about calls have. */
export type CallLevel = 'debug' | 'info' | 'warn';

/** Writes the lines about the calls of one method. */
export interface MethodLines {
  /**
   * @param traceId - 32 hexadecimal digits
   * @param caller - kind of the caller
   * @param code - the contract's name of a code, or `OK`
   * @param reason - why a call failed; already scrubbed
   * @param leftOut - calls like this one that have no line of their own
   */
  write(
    level: CallLevel,
    traceId: string,
    caller: string,
    code: string,
    durationMs: number,
    reason: string | undefined,
    leftOut?: number,
  ): void;
}

const levels: readonly CallLevel[] = ['debug', 'info', 'warn'];

/**
 * Lines put together from parts that are made once: nothing in them needs escaping but the reason. Same fields as
 * {@link publicLines}.
 *
 * @param bindings - fields of every line of the logger
 */
export function fastLines(
  writer: LineWriter,
  bindings: object,
  { service, method }: { service: string; method: string },
): MethodLines {
  const common = JSON.stringify({ ...bindings, service }).slice(1, -1);
  const heads = Object.fromEntries(
    levels.map((level) => [level, `","level":"${level}",${common},"trace_id":"`]),
  ) as Record<CallLevel, string>;
  const named = `","msg":"call","method":${JSON.stringify(method)},"caller":"`;
  const before = remembered((level: CallLevel, now: number) => `{"ts":"${isoTime(now)}${heads[level]}`);
  const middle = remembered((caller: string, code: string) => `${named}${caller}","code":"${code}"`);
  return {
    write: (level, traceId, caller, code, durationMs, reason, leftOut = 0) => {
      const others = leftOut === 0 ? '' : `,"left_out":${leftOut}`;
      const why = reason === undefined ? '' : `,"reason":${JSON.stringify(reason)}`;
      writer.write(
        `${before(level, systemTime())}${traceId}${middle(caller, code)}${why}${others},"latency_ms":${milliseconds(durationMs)}}\n`,
      );
    },
  };
}

/**
 * The text for the last two arguments, in one piece: a line of few pieces is put together faster, and written. Most calls
 * come in the same millisecond as another one, from the same kind of caller, and go well.
 */
function remembered<A, B>(make: (a: A, b: B) => string): (a: A, b: B) => string {
  let last: { readonly a: A; readonly b: B; readonly text: string } | undefined;
  return (a, b) => {
    if (last === undefined || last.a !== a || last.b !== b) {
      last = { a, b, text: Buffer.from(make(a, b)).toString() };
    }
    return last.text;
  };
}

/** Lines through the public face of whatever pino logger the user has, in the user's own format. */
export function publicLines(logger: Logger, names: { service: string; method: string }): MethodLines {
  const ofMethod = logger.child(names);
  return {
    write: (level, traceId, caller, code, durationMs, reason, leftOut = 0) => {
      const entry = {
        trace_id: traceId,
        caller,
        code,
        ...(reason === undefined ? {} : { reason }),
        ...(leftOut === 0 ? {} : { left_out: leftOut }),
        latency_ms: Math.round(durationMs * 1000) / 1000,
      };
      ofMethod[level](entry, 'call');
    },
  };
}
