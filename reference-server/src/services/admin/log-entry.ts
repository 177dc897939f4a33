import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type LogEntry, LogEntrySchema, LogLevel } from '@traffic-tacos/contracts/common/v1';
import { scrub } from '@traffic-tacos/server';
import { roleOf } from '../../live/index.ts';

const MASK = '[secret]';

/** Fields that are never shown, whatever is in them. */
const SECRET =
  /(^|_|-)(password|passwd|secret|token|authorization|cookie|cvv|card_?number|api_?key|private_?key)s?$/i;

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: LogLevel.TRACE,
  debug: LogLevel.DEBUG,
  info: LogLevel.INFO,
  warn: LogLevel.WARN,
  error: LogLevel.ERROR,
  fatal: LogLevel.FATAL,
};

/** A line of the log as the contract shows it, without secrets. */
export function logEntryOf(line: string): LogEntry {
  const { ts, level, service, msg, trace_id, ...others } = parsed(line);
  const time = typeof ts === 'string' ? Date.parse(ts) : Number.NaN;
  return create(LogEntrySchema, {
    ...(Number.isFinite(time) && { timestamp: timestampFromMs(time) }),
    level: LEVELS[String(level)] ?? LogLevel.UNSPECIFIED,
    service: typeof service === 'string' ? roleOf(service) : 'platform',
    message: typeof msg === 'string' ? scrub(msg) : '',
    traceId: typeof trace_id === 'string' ? trace_id : '',
    fields: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, shown(name, value)])),
  });
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : { msg: line };
  } catch {
    return { msg: line.trimEnd() };
  }
}

function shown(name: string, value: unknown): string {
  if (SECRET.test(name)) {
    return MASK;
  }
  return scrub(typeof value === 'string' ? value : JSON.stringify(masked(value)));
}

/** A value within a field, without its secrets. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(masked);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, SECRET.test(name) ? MASK : masked(inner)]),
      )
    : value;
}
