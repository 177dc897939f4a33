import { createServer, type Server, type ServerOptions, service } from '@traffic-tacos/server';
import { pino } from 'pino';
import { LibraryService } from '../../packages/server/src/testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../../packages/server/src/testdata/library.ts';
import { libraryErrors } from '../../packages/server/src/testdata/serve.ts';

/** Three MiB, which is more than any window at first. */
const LARGE = '0123456789abcdef'.repeat(3 << 16);
const AUTH_PUBLIC = 1;

/** A library that is open to everybody, and what its handlers have seen. */
export interface OpenLibrary {
  readonly server: Server;
  /** Streams whose readers have left. */
  left: number;
}

/** A library that talks about itself in headers, and has books with ids of any length. */
export function openLibrary(options: Pick<ServerOptions, 'http2' | 'tls'>): OpenLibrary {
  const library = createLibrary();
  const { getBook = () => ({}) } = library.service;
  library.service.getBook = (request, context) => {
    context.responseHeader.set('x-shelf', 'c5');
    context.responseTrailer.set('x-copies', '3');
    return request.bookId === 'large' ? { book: { bookId: LARGE } } : getBook(request, context);
  };
  library.service.returnBook = ({ loanId }) => ({ free: loanId.length });
  // As fast as its reader takes them.
  library.service.exportBooks = async function* ({ count }) {
    for (let number = 1; number <= count; number++) {
      yield { book: { bookId: `book-${number}` } };
    }
  };
  library.service.watchBook = async function* (_request, { signal }) {
    yield { sequence: 1 };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    open.left += 1;
  };
  const server = createServer({
    services: [service(LibraryService, library.service)],
    policies: () => ({
      auth: AUTH_PUBLIC,
      deadlineMs: 30_000,
      stream: { idleTimeoutMs: 0, maxLifetimeMs: 0 },
    }),
    profile: { requireCredentials: false, requireIdempotencyKey: false },
    errors: libraryErrors,
    limits: { maxRequestBytes: 8 * 1024 * 1024 },
    // As many calls as clients like, on machines that are busy.
    rateLimits: false,
    shedding: false,
    logger: pino({ level: 'silent' }),
    ...options,
  });
  const open: OpenLibrary = { server, left: 0 };
  return open;
}
