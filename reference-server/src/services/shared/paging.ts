import { create } from '@bufbuild/protobuf';
import { type PageInfo, PageInfoSchema, type Pagination } from '@traffic-tacos/contracts/common/v1';
import { refuse } from '@traffic-tacos/server';

/** Entries of a page that nobody has asked a size for. */
export const DEFAULT_PAGE_SIZE = 20;

/** Which entries of a list are wanted. */
export interface Window {
  readonly offset: number;
  readonly size: number;
}

/**
 * The entries that a request for a page wants. A cursor is the offset of the page and a mark of the list it
 * belongs to.
 *
 * @param list What was asked for, filters included: a cursor of another list is refused.
 * @throws CallFailure INVALID_ARGUMENT for a cursor that this list did not give.
 */
export function windowOf(pagination: Pagination | undefined, list: string): Window {
  const size = pagination?.pageSize || DEFAULT_PAGE_SIZE;
  if (pagination?.cursor) {
    const [offset, mark] = Buffer.from(pagination.cursor, 'base64url').toString().split('\n');
    if (mark !== list || offset === undefined || !/^[0-9]{1,9}$/.test(offset)) {
      throw refuse(
        'INVALID_ARGUMENT',
        'pagination.cursor was not given by this list: start from the first page',
        [{ field: 'pagination.cursor', reason: 'UNKNOWN_CURSOR' }],
      );
    }
    return { offset: Number(offset), size };
  }
  return { offset: (Math.max(1, pagination?.page ?? 1) - 1) * size, size };
}

/** Where a page lies in its list. */
export function pageInfoOf(window: Window, total: number, list: string): PageInfo {
  const cursor = (offset: number): string => Buffer.from(`${offset}\n${list}`).toString('base64url');
  const next = window.offset + window.size;
  const hasNextPage = next < total;
  const hasPreviousPage = window.offset > 0;
  return create(PageInfoSchema, {
    totalCount: total,
    hasNextPage,
    hasPreviousPage,
    nextCursor: hasNextPage ? cursor(next) : '',
    previousCursor: hasPreviousPage ? cursor(Math.max(0, window.offset - window.size)) : '',
  });
}
