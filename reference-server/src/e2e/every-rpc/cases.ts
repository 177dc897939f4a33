import { adminCases } from './admin.ts';
import type { MethodCase } from './case.ts';
import { catalogCases } from './catalog.ts';
import { gatewayCases } from './gateway.ts';
import { healthCases } from './health.ts';
import { inventoryCases } from './inventory.ts';
import { paymentCases } from './payment.ts';
import { queueCases } from './queue.ts';
import { reflectionCases } from './reflection.ts';
import { reservationCases } from './reservation.ts';
import { webhookCases } from './webhook.ts';
import { websocketCases } from './websocket.ts';
import { workerCases } from './worker.ts';

/** The cases of one service, by the methods' names in TypeScript, and the file they are in. */
export interface ServiceCases {
  readonly file: string;
  readonly cases: Readonly<Record<string, MethodCase>>;
}

/** The cases of every service, by its full name. A new service has its cases in a file of its own. */
export const cases: ReadonlyMap<string, ServiceCases> = new Map(
  Object.entries({
    'catalog.v1.CatalogService': { file: 'catalog.ts', cases: catalogCases },
    'common.v1.AdminService': { file: 'admin.ts', cases: adminCases },
    'gateway.v1.GatewayService': { file: 'gateway.ts', cases: gatewayCases },
    'gateway.v1.QueueService': { file: 'queue.ts', cases: queueCases },
    'gateway.v1.WebhookService': { file: 'webhook.ts', cases: webhookCases },
    'gateway.v1.WebSocketService': { file: 'websocket.ts', cases: websocketCases },
    'payment.v1.PaymentService': { file: 'payment.ts', cases: paymentCases },
    'reservation.v1.InventoryService': { file: 'inventory.ts', cases: inventoryCases },
    'reservation.v1.ReservationService': { file: 'reservation.ts', cases: reservationCases },
    'reservation.v1.WorkerService': { file: 'worker.ts', cases: workerCases },
    'grpc.health.v1.Health': { file: 'health.ts', cases: healthCases },
    'grpc.reflection.v1.ServerReflection': { file: 'reflection.ts', cases: reflectionCases },
    'grpc.reflection.v1alpha.ServerReflection': { file: 'reflection.ts', cases: reflectionCases },
  } satisfies Record<string, ServiceCases>),
);

/** What does not fit together between the methods that there are and their cases: one sentence each. */
export function mismatches(methods: Iterable<{ readonly service: string; readonly name: string }>): string[] {
  const wanted = new Map<string, Set<string>>();
  for (const { service, name } of methods) {
    wanted.set(service, (wanted.get(service) ?? new Set()).add(name));
  }
  const found: string[] = [];
  for (const [service, names] of wanted) {
    const known = cases.get(service);
    const file =
      known === undefined ? 'a new file, listed in e2e/every-rpc/cases.ts' : `e2e/every-rpc/${known.file}`;
    for (const name of names) {
      if (known === undefined || !Object.hasOwn(known.cases, name)) {
        found.push(`${service}/${name} has no case: write one in ${file}`);
      }
    }
  }
  for (const [service, { file, cases: known }] of cases) {
    for (const name of Object.keys(known)) {
      if (wanted.get(service)?.has(name) !== true) {
        found.push(`e2e/every-rpc/${file} has a case for ${service}/${name}, which there is not`);
      }
    }
  }
  return found;
}
