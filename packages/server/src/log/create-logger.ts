import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { errorEntry } from './error-entry.ts';
import { type LineWriter, lineWriter } from './line-writer.ts';
import { isoTime } from './timestamp.ts';

/** What a logger is made from. */
export interface CreateLoggerOptions {
  /** Default: `info`. */
  readonly level?: LoggerOptions['level'] | undefined;
  /** Is the field `name` of every line. Default: none. */
  readonly name?: string | undefined;
  /** The file descriptor that lines are written to. Default: 1, standard output. */
  readonly fd?: number | undefined;
  /** Is handed every line that is written, with its line break, so that the latest ones can be looked at. */
  readonly tail?: ((line: string) => void) | undefined;
}

/** pino's number of the level from which on lines do not wait for others. */
const URGENT = 50;

const writers = new WeakMap<Logger, LineWriter>();

/**
 * A pino logger of JSON lines. Every line has `ts` (ISO 8601, UTC), `level` (by name) and `msg`; lines about a call
 * also `service` and `method` (of the contract), `trace_id`, and when it is over `caller` (its kind), `code` (the
 * contract's, or `OK`) and `latency_ms`. Lines about the server itself have its name as `service`. Lines leave together, within 20 ms; errors at
 * once. `logger.flush(callback)` writes what waits, as does the end of the process. A server writes its access log
 * to such a logger several times as fast as to another one.
 */
export function createLogger({ level = 'info', name, fd = 1, tail }: CreateLoggerOptions = {}): Logger {
  const writer = withTail(lineWriter(fd), tail);
  const logger = pino(
    {
      level,
      base: name === undefined ? null : { name },
      timestamp: () => `,"ts":"${isoTime(Date.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorEntry },
    },
    destination(writer),
  );
  writers.set(logger, writer);
  return logger;
}

/** Where a logger of {@link createLogger} writes its lines; `undefined` for any other, its children included. */
export function writerOf(logger: Logger): LineWriter | undefined {
  return writers.get(logger);
}

function withTail(writer: LineWriter, tail: CreateLoggerOptions['tail']): LineWriter {
  return tail === undefined
    ? writer
    : {
        ...writer,
        write: (line) => {
          tail(line);
          writer.write(line);
        },
      };
}

interface Destination extends DestinationStream {
  /** Set by pino before each line. */
  lastLevel: number;
}

function destination(writer: LineWriter): Destination & Pick<LineWriter, 'flush' | 'flushSync'> {
  const stream = {
    lastLevel: 0,
    // How pino is asked to set the level.
    [Symbol.for('pino.metadata')]: true,
    write: (line: string): void => {
      writer.write(line);
      if (stream.lastLevel >= URGENT) {
        writer.flush();
      }
    },
    flush: writer.flush,
    flushSync: writer.flushSync,
  };
  return stream;
}
