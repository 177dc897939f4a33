import type { Client } from '@connectrpc/connect';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';

/** Events whose figure is remembered at most; the one that was asked for longest ago goes first. */
const MAX_REMEMBERED = 10_000;

/**
 * Free seats of events, as the inventory says. While it does not answer, what it said last is better than no event at
 * all; `undefined` where it has said nothing yet.
 */
export function freeSeatsOf(
  inventory: Pick<Client<typeof InventoryService>, 'getInventoryStatus'>,
): (eventId: string) => Promise<number | undefined> {
  const said = new Map<string, number>();
  return async (eventId) => {
    const { stats } = await inventory.getInventoryStatus({ eventId }).catch(() => ({ stats: undefined }));
    const known = stats?.availableSeats ?? said.get(eventId);
    said.delete(eventId);
    if (known !== undefined) {
      said.set(eventId, known);
    }
    const oldest = said.keys().next();
    if (said.size > MAX_REMEMBERED && !oldest.done) {
      said.delete(oldest.value);
    }
    return known;
  };
}
