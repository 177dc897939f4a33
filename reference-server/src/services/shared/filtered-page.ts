import { create } from '@bufbuild/protobuf';
import { type PageInfo, PageInfoSchema, type Pagination } from '@traffic-tacos/contracts/common/v1';
import { refuse } from '@traffic-tacos/server';
import { InvalidCursor, type Page } from '../../store/index.ts';
import { DEFAULT_PAGE_SIZE } from './paging.ts';

/** Entries read from the store at once while looking for matches. */
const BATCH = 100;

/**
 * One page of an index, of the entries that match. Pages by number read what lies before them, so clients that
 * go far use the cursor. There is no way back by cursor, and no count: both would cost more than the page.
 *
 * @throws CallFailure INVALID_ARGUMENT for a cursor of another list.
 */
export async function filteredPage<T>(options: {
  readonly pagination: Pagination | undefined;
  /** What was asked for, filters included. */
  readonly list: string;
  readonly read: (limit: number, cursor: string | undefined) => Promise<Page<T>>;
  readonly matches: (value: T) => boolean | Promise<boolean>;
}): Promise<{ readonly items: readonly T[]; readonly info: PageInfo }> {
  const { pagination, list, read, matches } = options;
  const size = pagination?.pageSize || DEFAULT_PAGE_SIZE;
  const start = startOf(pagination, list);
  const skipped = start === undefined ? (Math.max(1, pagination?.page ?? 1) - 1) * size : start.within;
  const found: T[] = [];
  let cursor = start?.cursor;
  let matched = 0;
  let next = '';
  for (let more = true; more; ) {
    const before = cursor;
    const batch = await read(BATCH, cursor).catch((error: unknown) => {
      throw error instanceof InvalidCursor ? unknownCursor() : error;
    });
    for (const [at, { value }] of batch.items.entries()) {
      if (start !== undefined && before === start.cursor && at < start.within) {
        continue;
      }
      if (!(await matches(value)) || (start === undefined && matched++ < skipped)) {
        continue;
      }
      if (found.length === size) {
        next = cursorOf(before, at, list);
        break;
      }
      found.push(value);
    }
    cursor = batch.cursor;
    more = cursor !== undefined && next === '';
  }
  return {
    items: found,
    info: create(PageInfoSchema, {
      totalCount: -1,
      hasNextPage: next !== '',
      hasPreviousPage: skipped > 0 || start !== undefined,
      nextCursor: next,
    }),
  };
}

interface Start {
  /** The store's cursor of the batch. */
  readonly cursor: string | undefined;
  /** Entries of the batch that lie before the page. */
  readonly within: number;
}

function cursorOf(cursor: string | undefined, within: number, list: string): string {
  return Buffer.from(JSON.stringify([list, within, cursor ?? null])).toString('base64url');
}

function startOf(pagination: Pagination | undefined, list: string): Start | undefined {
  if (!pagination?.cursor) {
    return undefined;
  }
  try {
    const [of, within, cursor]: unknown[] = JSON.parse(
      Buffer.from(pagination.cursor, 'base64url').toString(),
    );
    if (of === list && isOffset(within) && (cursor === null || typeof cursor === 'string')) {
      return { cursor: cursor ?? undefined, within };
    }
  } catch {
    // Not a cursor at all: refused below like one of another list.
  }
  throw unknownCursor();
}

function isOffset(within: unknown): within is number {
  return Number.isInteger(within) && (within as number) >= 0 && (within as number) < BATCH;
}

function unknownCursor(): Error {
  return refuse(
    'INVALID_ARGUMENT',
    'pagination.cursor was not given by this list: start from the first page',
    [{ field: 'pagination.cursor', reason: 'UNKNOWN_CURSOR' }],
  );
}
