import type { Client } from '@connectrpc/connect';
import { type CatalogService, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import type { Settings } from '../config/index.ts';

/** What a person reads who has just started the server: where it is, what is on sale, what to try. */
export async function welcome(
  catalog: Client<typeof CatalogService>,
  url: string,
  settings: Pick<Settings, 'memory' | 'data'>,
): Promise<string> {
  const { events } = await catalog.listEvents({});
  const rows = events.map(({ event, status, minPrice, maxPrice }) => {
    const prices = [...new Set([minPrice?.amount, maxPrice?.amount])].map((amount) =>
      Number(amount).toLocaleString('en'),
    );
    const seats = `${event?.remainingSeats} of ${event?.totalSeats} seats`;
    const state = (SaleStatus[status] ?? '').toLowerCase().replace('_', ' ');
    return `  ${(event?.id ?? '').padEnd(18)} ${(event?.name ?? '').padEnd(18)} ${seats.padEnd(22)} ${prices.join(' to ')} ${minPrice?.currency}, ${state}`;
  });
  const kept = settings.memory
    ? 'Everything is kept in memory and gone then.'
    : `Everything is kept in ${settings.data} and is there after the next start.`;
  return `
Traffic Tacos serves REST, gRPC, gRPC-Web and Connect at ${url}

On sale:
${rows.join('\n')}

Try, in another terminal of this folder:
  book two tickets      scripts/with-node.sh node examples/node/src/book.ts --url ${url}
  call it with buf      scripts/with-node.sh node_modules/.bin/buf curl --protocol grpc --http2-prior-knowledge -d '{"event_id":"event_123","quantity":2}' ${url}/reservation.v1.InventoryService/CheckAvailability
  browse the REST API   ${url}/docs in a browser
  see that it is well   curl ${url}/readyz

Stop with Ctrl-C. ${kept}
`;
}
