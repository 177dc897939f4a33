import { type Topic, topic } from '../../feed/index.ts';

/** What others are told of an event that was written. */
export interface EventChange {
  readonly id: string;
  /** `Event.revision`, by which the catalog answers from now on. */
  readonly revision: string;
}

/** Every event that the catalog writes: told as soon as the catalog answers by it, and before the writer is answered. */
export const eventChanges: Topic<EventChange> = topic('events');
