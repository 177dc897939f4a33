import { type Json, table } from '../table.ts';

/** Something with an order by number and one by text. */
export interface Ticket {
  readonly group: string;
  readonly price: number;
  readonly name: string;
  /** Tickets that are not listed appear in no index by name. */
  readonly listed?: boolean;
}

export const tickets = table<Ticket, 'by_price' | 'by_name'>('ticket', {
  by_price: ({ group, price }) => ({ partition: group, sort: price }),
  by_name: ({ group, name, listed }) => (listed === false ? undefined : { partition: group, sort: name }),
});

/** Anything. */
export const records = table<Json>('record');

/** Counters. */
export const counters = table<number>('counter');

/** Anything that ends. */
export const notes = table<Json>('note', undefined, { shortLived: true });

/** The tables that the suite needs. */
export const conformanceTables = [tickets, records, counters, notes];

/** A ticket, where only what matters is said. */
export function ticket(given: Partial<Ticket> & { readonly group: string }): Ticket {
  return { price: 0, name: '', ...given };
}
