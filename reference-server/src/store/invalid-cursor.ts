/** A query was given a cursor that no query of this store has handed out. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';

  constructor(cursor: string) {
    super(
      `cursor "${cursor.slice(0, 64)}" was not given by a query: leave it out to start from the first page`,
    );
  }
}
