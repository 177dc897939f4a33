/**
 * What bodies of requests that have not arrived completely may occupy, all connections together. A body counts from its
 * first byte to its last; it is two additions for one that comes in one piece.
 */
export class BodyBudget {
  /** Bytes. */
  readonly limit: number;
  /** Bytes that are occupied. */
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isExceeded(): boolean {
    return this.used > this.limit;
  }
}
