/**
 * Bookings in the process of the platform: `in-process.ts BUYERS WARM_UP_SECONDS SECONDS`. Prints the figures as one
 * line of JSON.
 */
import { QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import { anonymous } from '@traffic-tacos/server';
import { load } from './load.ts';
import { openSale } from './sale.ts';

const [buyers = 64, warmUp = 2, seconds = 5] = process.argv.slice(2).map(Number);
const { platform, close } = await openSale();
const as = { as: anonymous };
const shop = {
  queue: platform.server.client(QueueService, as),
  reservations: platform.server.client(ReservationService, as),
  payments: platform.server.client(PaymentService, as),
};
const { bookings } = await load(shop, { buyers, seconds: warmUp, first: 0 });
const cpu = process.cpuUsage();
const figures = await load(shop, { buyers, seconds, first: bookings });
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ ...figures, cpuMicros: (user + system) / figures.bookings }));
await close();
