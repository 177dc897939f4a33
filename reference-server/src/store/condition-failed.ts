/** A write whose condition did not hold. */
export interface FailedWrite {
  /** Position in the list that was handed to `transact`. */
  readonly index: number;
  readonly table: string;
  readonly key: string;
}

/** A transaction was not applied because at least one condition did not hold. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
  /** The first write that failed, at least. */
  readonly failed: readonly FailedWrite[];

  constructor(failed: readonly FailedWrite[]) {
    super(`condition failed on ${failed.map((write) => `${write.table}/${write.key}`).join(', ')}`);
    this.failed = failed;
  }

  /** Whether the write on this item is among those that failed. */
  on(table: { readonly name: string }, key?: string): boolean {
    return this.failed.some(
      (write) => write.table === table.name && (key === undefined || write.key === key),
    );
  }
}
