import type { Client } from '@connectrpc/connect';
import type { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { demoEvents } from './demo-events.ts';

/**
 * Puts the demo events that are missing on sale.
 *
 * @returns ids of the events that were added.
 */
export async function seedDemo(
  catalog: Client<typeof CatalogService>,
  now: number,
): Promise<readonly string[]> {
  const added: string[] = [];
  for (const event of demoEvents(now)) {
    const { error } = await catalog.createEvent({ event, idempotencyKey: `demo/${event.id}/${now}` });
    if (error === undefined) {
      added.push(event.id);
    } else if (error.code !== ErrorCode.ALREADY_EXISTS) {
      throw new Error(`demo event "${event.id}" was refused: ${error.message}`);
    }
  }
  return added;
}
