import { deadLetterTable } from './deliveries/index.ts';
import { outboxTable } from './events/index.ts';
import { idempotencyTable } from './idempotency-store.ts';
import { secretTable } from './kept-secret.ts';
import { auditTable, liveSettingTable, switchTable } from './live/index.ts';
import { lineTable, placeTable } from './queue/embedded/index.ts';
import { eventPartTable, eventTable } from './services/catalog/index.ts';
import { areaTable, buyerTable, holdTable, seatTable } from './services/inventory/index.ts';
import { currentIntentTable, paymentTable } from './services/payment/index.ts';
import { reservationTable, spentTokenTable } from './services/reservation/index.ts';
import {
  deliveryTable,
  destinationTable,
  namedAddressTable,
  receiverTable,
  registrationTable,
} from './services/webhook/index.ts';
import type { Table } from './store/index.ts';
import { timerTable } from './timers/index.ts';

/** Every table of the platform, each declared by the service that owns it. */
export const tables: readonly Table<never>[] = [
  areaTable,
  auditTable,
  buyerTable,
  currentIntentTable,
  deliveryTable,
  destinationTable,
  deadLetterTable,
  eventPartTable,
  eventTable,
  holdTable,
  idempotencyTable,
  lineTable,
  liveSettingTable,
  namedAddressTable,
  outboxTable,
  paymentTable,
  placeTable,
  receiverTable,
  registrationTable,
  reservationTable,
  seatTable,
  secretTable,
  spentTokenTable,
  switchTable,
  timerTable,
];
