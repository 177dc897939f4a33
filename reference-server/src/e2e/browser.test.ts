import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { bundlePage, servePages, useBrowser } from '../../../scripts/browser/index.ts';
import { seatsByStatus } from './booking.ts';
import { startIssuer } from './issuer.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, serve } from './serve.ts';
import type * as functions from './testdata/buyer-page.ts';

/** In the page. */
declare const page: typeof functions;

const open = useBrowser();

test.each(['connect', 'grpc-web'] as const)(
  'a page of another origin books tickets, from the line to the order, by %s',
  async (protocol) => {
    const issuer = await startIssuer(onTestFinished);
    const shop = await servePages(await bundlePage(new URL('testdata/buyer-page.ts', import.meta.url)));
    onTestFinished(shop.close);
    const served = await serve({
      settings: { ...issuer.settings, profile: 'strict', corsOrigins: [shop.origin] },
    });
    const tokenOf = (sub: string, ...roles: string[]) => issuer.token({ sub, roles });
    const operator = clientsOf(served.url, onTestFinished, await tokenOf('operator', 'admin'));
    await putOnSale(operator, saleOf({}));
    const tab = await open(shop.origin);
    const book = async (buyer: string, seatIds: string[]) =>
      tab.page.evaluate(
        (connection, request) => page.book(connection, request),
        { baseUrl: served.url, protocol, token: await tokenOf(buyer) },
        { eventId: 'show', seatIds },
      );

    const booked = await book('ann', ['A1', 'A2']);
    expect(booked).toMatchObject({ orderId: expect.stringMatching(/./), seatIds: ['A1', 'A2'] });
    expect(booked.steps.filter((step) => step !== 'waiting')).toEqual([
      'joined',
      'admitted',
      'reserved',
      'paying',
      'paid',
      'confirmed',
    ]);
    // What the platform says of it.
    const ann = clientsOf(served.url, onTestFinished, await tokenOf('ann'));
    const { reservation } = await ann.gateway.getReservation({ reservationId: booked.reservationId ?? '' });
    expect(reservation).toMatchObject({ userId: 'ann', status: ReservationStatus.CONFIRMED });
    expect((await seatsByStatus({ ...ann, eventId: 'show' })).SOLD).toEqual(['A1', 'A2']);

    // The seats are gone for the next buyer, whose page gets the contract's own error.
    expect(await book('bob', ['A2'])).toMatchObject({ error: 'INVENTORY_CONFLICT' });
    expect(tab.complaints).toEqual([]);
  },
);
