/** What has gone wrong with a file, as far as it makes a difference to what helps. */
export type FailureKind = 'busy' | 'damaged' | 'full' | 'unreadable';

const KINDS_OF_SQLITE: Readonly<Record<number, FailureKind>> = {
  5: 'busy', // SQLITE_BUSY
  10: 'unreadable', // SQLITE_IOERR
  11: 'damaged', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  26: 'damaged', // SQLITE_NOTADB
};

/** A full disk, a full quota, and a file that has reached the process's limit. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** The kind of an error of SQLite or of the system; `undefined` for every other. */
export function failureKind(error: unknown): FailureKind | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  if ('errcode' in error && typeof error.errcode === 'number') {
    // The low byte is the code, the rest its variant.
    return KINDS_OF_SQLITE[error.errcode & 0xff] ?? 'unreadable';
  }
  const { code, errno } = error as NodeJS.ErrnoException;
  if (typeof errno !== 'number') {
    return undefined;
  }
  return FULL.includes(code ?? '') ? 'full' : 'unreadable';
}
