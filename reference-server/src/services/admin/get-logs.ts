import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import {
  type GetLogsRequest,
  type GetLogsResponse,
  GetLogsResponseSchema,
  type LogEntry,
} from '@traffic-tacos/contracts/common/v1';
import { refuse } from '@traffic-tacos/server';
import type { RecentLines } from '../../live/index.ts';
import { msOf } from '../shared/time.ts';
import type { AdminDeps } from './deps.ts';
import { logEntryOf } from './log-entry.ts';

const DEFAULT_LIMIT = 100;

/** Milliseconds of searching after which others have a turn. */
const SLICE_MS = 2;

/** Searches the latest lines of the log, newest first. */
export async function getLogs(
  { logs }: Pick<AdminDeps, 'logs'>,
  request: GetLogsRequest,
): Promise<GetLogsResponse> {
  if (logs === undefined) {
    throw refuse(
      'FAILED_PRECONDITION',
      'the server keeps no log of its own here: it writes to a logger that the program has given it; look for its lines there',
    );
  }
  const limit = request.limit || DEFAULT_LIMIT;
  const search = searchOf(logs, request);
  const matches = filterOf(request);
  const found: { readonly entry: LogEntry; readonly number: number }[] = [];
  let sliceEnds = performance.now() + SLICE_MS;
  for (const { line, number } of logs.before(positionOf(request.cursor, search))) {
    const entry = matches(line);
    if (entry !== undefined) {
      found.push({ entry, number });
    }
    if (found.length > limit) {
      break;
    }
    if (performance.now() > sliceEnds) {
      await setImmediate();
      sliceEnds = performance.now() + SLICE_MS;
    }
  }
  const shown = found.slice(0, limit);
  const hasMore = found.length > limit;
  return create(GetLogsResponseSchema, {
    logs: shown.map(({ entry }) => entry),
    hasMore,
    nextCursor: hasMore ? `${search}.${shown.at(-1)?.number}` : '',
  });
}

/** A mark of what is searched for, and in which run of the server. */
function searchOf(
  logs: RecentLines,
  { service, level, searchQuery, startTime, endTime }: GetLogsRequest,
): string {
  const what = [logs.id, service, level, searchQuery, msOf(startTime), msOf(endTime)];
  return createHash('sha256').update(JSON.stringify(what)).digest('base64url').slice(0, 16);
}

/** @throws CallFailure INVALID_ARGUMENT for the cursor of another search. */
function positionOf(cursor: string, search: string): number | undefined {
  if (cursor === '') {
    return undefined;
  }
  const [mark, position] = cursor.split('.');
  if (mark !== search || position === undefined || !/^\d{1,15}$/.test(position)) {
    throw refuse(
      'INVALID_ARGUMENT',
      'cursor was not given by this search since the server was started: begin without a cursor',
      [{ field: 'cursor', reason: 'UNKNOWN_CURSOR' }],
    );
  }
  return Number(position);
}

/** Reads a line if it may match, which a look at its text tells for most. */
function filterOf(request: GetLogsRequest): (line: string) => LogEntry | undefined {
  const { service, level } = request;
  const query = request.searchQuery.toLowerCase();
  const written = JSON.stringify(query).slice(1, -1);
  const from = msOf(request.startTime) ?? Number.NEGATIVE_INFINITY;
  const to = msOf(request.endTime) ?? Number.POSITIVE_INFINITY;
  return (line) => {
    if (query !== '' && !line.toLowerCase().includes(written)) {
      return undefined;
    }
    const entry = logEntryOf(line);
    const at = msOf(entry.timestamp) ?? 0;
    const fits =
      entry.level >= level && at >= from && at < to && (service === '' || entry.service === service);
    return fits && (query === '' || contains(entry, query)) ? entry : undefined;
  };
}

function contains({ message, traceId, fields }: LogEntry, query: string): boolean {
  return [message, traceId, ...Object.values(fields)].some((text) => text.toLowerCase().includes(query));
}
