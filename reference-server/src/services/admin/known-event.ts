import type { Client } from '@connectrpc/connect';
import type { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { refuse } from '@traffic-tacos/server';

/** Refuses the id of an event that does not exist. A catalog that cannot be asked stops nobody. */
export function knownEvent(catalog: Client<typeof CatalogService>) {
  return async (eventId: string | undefined): Promise<void> => {
    if (eventId === undefined) {
      return;
    }
    const answer = await catalog.getEvent({ eventId }).catch(() => undefined);
    if (answer?.error?.code === ErrorCode.NOT_FOUND) {
      throw refuse('INVALID_ARGUMENT', `parameters["event_id"] is "${eventId}": there is no such event`, [
        { field: 'parameters["event_id"]', reason: 'EVENT_NOT_FOUND', value: eventId },
      ]);
    }
  };
}
