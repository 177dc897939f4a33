import { randomUUID } from 'node:crypto';
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
    // A key of its own each time: once the demo has been reset, the answer of the first seeding is no longer true.
    const { error } = await catalog.createEvent({ event, idempotencyKey: randomUUID() });
    if (error === undefined) {
      added.push(event.id);
    } else if (error.code !== ErrorCode.ALREADY_EXISTS) {
      throw new Error(`demo event "${event.id}" was refused: ${error.message}`);
    }
  }
  return added;
}
