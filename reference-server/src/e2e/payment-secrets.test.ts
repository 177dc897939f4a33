import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { PaymentMethod } from '@traffic-tacos/contracts/payment/v1';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { registerSdk } from '../../../packages/server/src/tracing/testdata/sdk.ts';
import { startTestServer } from '../testing/index.ts';
import { held, intentFor } from './booking.ts';
import { dataDirectory } from './data-directory.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, patience } from './serve.ts';

/** Found nowhere else, whatever ids are drawn. */
const SECRETS = {
  cardNumber: '4929867530912846',
  cvv: '7391',
  expiryMonth: '11',
  expiryYear: '2047',
  cardholderName: 'Wilhelmina Quagliozzi',
};

test('SECURITY 35: card numbers and CVV are in no file, log line, event, span or answer', async () => {
  const { spans } = registerSdk();
  const data = await dataDirectory();
  const lines: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk) => lines.push(String(chunk)));
  const server = await startTestServer({
    settings: { demo: false, ...patience, memory: false, data, accessLog: 'all', traceShare: 1 },
    logger: pino({ level: 'trace' }, stream),
  });
  const clients = { ...clientsOf(server.url), eventId: 'show' };
  await putOnSale(clients, saleOf({}));
  const creditCard = SECRETS;
  const pay = async (seatId: string, card: typeof creditCard) => {
    const reservationId = await held(clients, { userId: 'ann', seatIds: [seatId] });
    const paymentIntentId = await intentFor(clients, reservationId, 'ann');
    const paymentDetails = {
      method: PaymentMethod.CREDIT_CARD,
      creditCard: card,
    };
    const ask = () =>
      clients.payments.processPayment({ paymentIntentId, paymentDetails, idempotencyKey: `pay/${seatId}` });
    return { reservationId, paymentIntentId, ask };
  };
  const { reservationId, paymentIntentId, ask } = await pay('A1', creditCard);
  const answers: unknown[] = [await ask(), await ask()];
  answers.push(
    await clients.reservations.confirmReservation({ reservationId, paymentIntentId, userId: 'ann' }),
  );
  answers.push(await clients.payments.getPaymentStatus({ paymentIntentId, userId: 'ann' }));
  answers.push(await clients.payments.listPayments({ userId: 'ann' }));
  answers.push(await clients.payments.cancelPayment({ paymentIntentId }));
  // What cannot be paid is not written down either.
  const wrong = await pay('A2', { ...creditCard, cardNumber: `${SECRETS.cardNumber}12345` });
  const refused = await wrong.ask().catch((reason: unknown) => reason);
  answers.push(String(refused), (refused as { details?: unknown }).details);
  // REST, whose body somebody might log.
  const rest = await fetch(`${server.url}/api/v1/payments/process`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paymentIntentId, paymentDetails: { creditCard } }),
  });
  answers.push(await rest.text());

  const inFiles = (): string[] =>
    readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const whileRunning = inFiles();
  // The files are looked at with their write-ahead log, and once more when that is in them.
  await server.close();
  const kept = [...whileRunning, ...inFiles()].join('\n');
  const said = lines.join('');
  expect(kept).toContain(paymentIntentId);
  expect(said).toContain('ProcessPayment');
  const traced = JSON.stringify(
    spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  expect(traced).toContain('ProcessPayment');
  const shown = JSON.stringify(answers, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  for (const secret of [SECRETS.cardNumber, SECRETS.cardholderName]) {
    expect(kept.includes(secret), `${secret} in the data folder`).toBe(false);
    expect(kept.includes(Buffer.from(secret).toString('base64').replaceAll('=', ''))).toBe(false);
    expect(said.includes(secret), `${secret} in the log`).toBe(false);
    expect(shown.includes(secret), `${secret} in an answer`).toBe(false);
    expect(traced.includes(secret), `${secret} in a span`).toBe(false);
  }
  // Four digits come about by chance in ids; as a value of their own they do not.
  for (const text of [kept, said, shown, traced]) {
    expect(text).not.toMatch(/\b7391\b/);
  }
});
