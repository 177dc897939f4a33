/** Where a reader is, so that what is wrong can be named. One for each text. */
export interface ReadContext {
  /** Names and indexes that lead to the value being read. */
  readonly path: (string | number)[];
  /** The value being read. */
  found: unknown;
  /** Whether it must not be shown. */
  confidential: boolean;
}

/** Reads one value. @throws ValueError; the context then says where */
export type ReadJson = (json: unknown, context: ReadContext) => unknown;
