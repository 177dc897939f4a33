import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { startTestServer } from '../testing/index.ts';
import { eventually, held } from './booking.ts';
import { dataDirectory } from './data-directory.ts';
import { startReceiver } from './receiver.ts';
import { runCli } from './run-cli.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, patience } from './serve.ts';

/** Two processes are started one after the other. */
const CLI_TEST_MS = 120_000;

test(
  'the secret that the server made for payment webhooks is printed on demand only, and verifies them',
  async () => {
    const data = await dataDirectory();
    const receiver = await startReceiver();
    const server = await startTestServer({ settings: { demo: false, ...patience, memory: false, data } });
    const clients = { ...clientsOf(server.url), eventId: 'show' };
    await putOnSale(clients, saleOf({}));
    const reservationId = await held(clients, { userId: 'ann', seatIds: ['A1'] });
    const { paymentIntentId } = await clients.payments.createPaymentIntent({
      reservationId,
      userId: 'ann',
      webhookUrl: receiver.url,
    });
    await clients.payments.processPayment({ paymentIntentId });
    await eventually(async () => expect(receiver.requests).toHaveLength(1));

    const shown = await runCli('secrets', '--data', data, '--show', 'payment-webhooks');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    const secret = shown.stdout.trimEnd();
    const [{ body, headers } = { body: '', headers: {} }] = receiver.requests;
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({ data: { paymentIntentId } });

    const listed = await runCli('secrets', '--data', data);
    expect(listed.stdout.split('\n')).toEqual([
      'fingerprints',
      'payment-webhooks  --show payment-webhooks',
      'queue-tokens',
      '',
    ]);
  },
  CLI_TEST_MS,
);
