import type { Client } from '@connectrpc/connect';
import { type CatalogService, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import type { SaleState } from '../../domain/catalog/sale.ts';
import type { QueueServiceDeps } from '../queue/index.ts';
import { refusalOf } from '../shared/answered.ts';
import { msOf } from '../shared/time.ts';

/** What the waiting room has to know about events, asked of the catalog. */
export function queueEventOf(catalog: Client<typeof CatalogService>): QueueServiceDeps['eventOf'] {
  return async (eventId) => {
    const { event, error } = await catalog.getEvent({ eventId });
    if (error?.code === ErrorCode.NOT_FOUND) {
      return undefined;
    }
    if (error !== undefined) {
      throw refusalOf(error);
    }
    return (
      event && {
        id: event.id,
        sale: SaleStatus[event.status] as SaleState,
        admissionRatePerMinute: event.admissionRatePerMinute,
        saleStartsAt: msOf(event.saleStartTime),
        ...(event.preQueue && {
          preQueue: { opensAt: msOf(event.preQueue.opensAt) ?? 0, seed: event.preQueue.seed || undefined },
        }),
      }
    );
  };
}
