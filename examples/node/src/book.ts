/**
 * Books tickets and tells what happens on the way.
 *
 *   node examples/node/src/book.ts [--url URL] [--event ID] [--quantity N]
 */
import { parseArgs } from 'node:util';
import { isTacosError } from '@traffic-tacos/client';
import { createTacosClient } from '@traffic-tacos/client/node';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    event: { type: 'string', default: 'test' },
    quantity: { type: 'string', default: '2' },
  },
});

const tacos = createTacosClient({ baseUrl: values.url });
const ctrlC = new AbortController();
process.once('SIGINT', () => ctrlC.abort());

try {
  const booking = tacos.book({
    eventId: values.event,
    quantity: Number(values.quantity),
    signal: ctrlC.signal,
  });
  for await (const step of booking) {
    switch (step.type) {
      case 'waiting':
        console.log(`waiting: ${step.position} in line`);
        break;
      case 'reserved':
        console.log(
          `reserved: ${step.seats.map((seat) => seat.id).join(', ')} for ${step.totalAmount.amount} ${step.totalAmount.currency}, until ${step.holdExpiresAt.toLocaleTimeString()}`,
        );
        break;
      case 'confirmed':
        console.log(`confirmed: order ${step.orderId}`);
        break;
      default:
        console.log(step.type);
    }
  }
} catch (error) {
  if (!isTacosError(error)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
} finally {
  tacos.close();
}
