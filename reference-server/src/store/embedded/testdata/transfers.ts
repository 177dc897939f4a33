import { table } from '../../table.ts';

/** How many accounts there are. */
export const ACCOUNTS = 50;
/** What each of them has at first. */
export const START = 1_000_000;

export const accounts = table<{ readonly balance: number }, 'all'>('account', {
  all: ({ balance }) => ({ partition: 'all', sort: balance }),
});

export const transfers = table<{ readonly from: string; readonly to: string; readonly amount: number }>(
  'transfer',
);
