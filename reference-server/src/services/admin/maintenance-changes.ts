import { type Topic, topic } from '../../feed/index.ts';

/** The platform goes into maintenance, or comes back from it. */
export interface MaintenanceChange {
  readonly on: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the call that switched it. */
  readonly traceId: string;
}

/** News of maintenance, for whoever follows them just now. */
export const maintenanceChanges: Topic<MaintenanceChange> = topic('maintenance');
