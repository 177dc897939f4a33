import { setTimeout as delay } from 'node:timers/promises';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { callOf } from '../call.ts';
import { refuse } from '../errors/failure.ts';
import { ErrorCode } from './gen/library/v1/errors_pb.js';
import {
  type DeskService,
  type LendBookRequest,
  type LendBookResponse,
  LendBookResponseSchema,
  type LibraryService,
  type Loan,
} from './gen/library/v1/library_pb.js';

type PlainLoan = Pick<Loan, 'loanId' | 'memberId' | 'bookId'>;

/** A library that is small, but lends for real: what was lent is gone. */
export interface Library {
  readonly service: Partial<ServiceImpl<typeof LibraryService>>;
  readonly desk: Partial<ServiceImpl<typeof DeskService>>;
  readonly loans: Map<string, PlainLoan>;
  readonly free: Map<string, number>;
  /** Handlers of LendBook that were entered. */
  lendings: number;
  /** Loans that were ever made. */
  issued: number;
  /** Milliseconds LendBook takes. */
  slowness: number;
  /** Runs in LendBook before its effect; may throw. */
  before: ((request: LendBookRequest) => void | Promise<void>) | undefined;
}

/** @param copies - how many there are of each book */
export function createLibrary(copies: Record<string, number> = { dune: 3, emma: 1 }): Library {
  const library: Library = {
    loans: new Map(),
    free: new Map(Object.entries(copies)),
    lendings: 0,
    issued: 0,
    slowness: 0,
    before: undefined,
    desk: {
      close: () => ({}),
      restock: ({ memberId }) => ({ memberId }),
      audit: () => ({}),
    },
    service: {
      getBook: ({ bookId }) => {
        const free = library.free.get(bookId);
        if (free === undefined) {
          throw refuse('NOT_FOUND', 'no such book', [
            { field: 'book_id', reason: 'BOOK_NOT_FOUND', value: bookId },
          ]);
        }
        return { book: { bookId, title: bookId, free } };
      },
      lendBook: async (request, context) => {
        library.lendings++;
        await library.before?.(request);
        await delay(library.slowness, undefined, { signal: context.signal });
        return lend(library, request);
      },
      returnBook: ({ loanId }) => {
        const loan = library.loans.get(loanId);
        if (loan === undefined) {
          throw refuse(ErrorCode.NOT_FOUND, 'no such loan');
        }
        library.loans.delete(loanId);
        const free = (library.free.get(loan.bookId) ?? 0) + 1;
        library.free.set(loan.bookId, free);
        return { free };
      },
      // These two trust the runtime to hold back what is another's.
      getLoan: ({ loanId }) => ({ ...found(library, loanId) }),
      findLoan: ({ loanId }) => ({ ...found(library, loanId) }),
      listLoans: () => {
        const loans = [...library.loans.values()];
        return { loans, byBook: Object.fromEntries(loans.map((loan) => [loan.bookId, loan])) };
      },
      wait: async ({ waitMs }, context) => {
        const call = callOf(context);
        const left = context.timeoutMs();
        await delay(waitMs);
        return {
          leftMs: left === undefined ? -1 : Math.round(left),
          traceId: call.traceId,
          caller: `${call.caller.kind}:${call.caller.id}`,
        };
      },
      watchBook: async function* ({ bookId, everyMs }, context) {
        for (let sequence = 1; ; sequence++) {
          yield { sequence, loan: [...library.loans.values()].find((loan) => loan.bookId === bookId) };
          await delay(everyMs, undefined, { signal: context.signal });
        }
      },
      exportBooks: async function* ({ count, everyMs }) {
        for (let number = 1; number <= count; number++) {
          await delay(everyMs);
          yield { book: { bookId: `book-${number}` } };
        }
      },
      importBooks: async (requests) => {
        let count = 0;
        let memberId = '';
        for await (const request of requests) {
          memberId ||= request.memberId;
          count++;
        }
        return { count, memberId };
      },
      ask: async function* (requests) {
        for await (const { text } of requests) {
          yield { text: `${text}!` };
        }
      },
    },
  };
  return library;
}

function lend(library: Library, request: LendBookRequest): LendBookResponse {
  const free = library.free.get(request.bookId) ?? 0;
  if (free === 0) {
    const answer: MessageInitShape<typeof LendBookResponseSchema> = {
      lentTo: [...library.loans.values()]
        .filter((loan) => loan.bookId === request.bookId)
        .map((loan) => loan.memberId),
    };
    throw refuse(
      'ALL_LENT',
      'every copy is lent out',
      [{ field: 'book_id', reason: 'NO_COPY_LEFT', value: request.bookId }],
      { answer },
    );
  }
  library.free.set(request.bookId, free - 1);
  const loan = { loanId: `loan-${++library.issued}`, memberId: request.memberId, bookId: request.bookId };
  library.loans.set(loan.loanId, loan);
  return create(LendBookResponseSchema, { loan });
}

function found(library: Library, loanId: string): { loan?: PlainLoan } {
  const loan = library.loans.get(loanId);
  return loan === undefined ? {} : { loan };
}
