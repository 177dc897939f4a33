import { expect, test } from 'vitest';
import { endOfHoldings, noHoldings, seatsOf, withHolding, withoutHolding } from './buyer-holdings.ts';

const NOW = 1_000;

test('holds count until they lapse, sold seats for ever', () => {
  const held = withHolding(noHoldings, { reservationId: 'r1', seats: 2, expiresAt: NOW + 10 }, NOW);
  const both = withHolding(held, { reservationId: 'r2', seats: 3 }, NOW);
  expect(seatsOf(both, NOW)).toBe(5);
  expect(seatsOf(both, NOW + 9)).toBe(5);
  expect(seatsOf(both, NOW + 10)).toBe(3);
});

test('a reservation counts once, whatever is written about it', () => {
  const held = withHolding(noHoldings, { reservationId: 'r1', seats: 2, expiresAt: NOW + 10 }, NOW);
  const prolonged = withHolding(held, { reservationId: 'r1', seats: 2, expiresAt: NOW + 50 }, NOW);
  expect(seatsOf(prolonged, NOW + 20)).toBe(2);
  expect(seatsOf(withHolding(prolonged, { reservationId: 'r1', seats: 2 }, NOW), NOW + 60)).toBe(2);
  expect(seatsOf(withoutHolding(prolonged, 'r1', NOW), NOW)).toBe(0);
});

test('lapsed holds are dropped with the next write', () => {
  const held = withHolding(noHoldings, { reservationId: 'r1', seats: 2, expiresAt: NOW + 10 }, NOW);
  expect(
    withHolding(held, { reservationId: 'r2', seats: 1, expiresAt: NOW + 99 }, NOW + 11).holdings,
  ).toHaveLength(1);
});

test('what is held only ends with the last hold, what is sold does not end', () => {
  const short = withHolding(noHoldings, { reservationId: 'r1', seats: 2, expiresAt: NOW + 10 }, NOW);
  const both = withHolding(short, { reservationId: 'r2', seats: 1, expiresAt: NOW + 5 }, NOW);
  expect(endOfHoldings(both)).toBe(NOW + 10);
  expect(seatsOf(both, NOW + 9)).toBe(2);
  expect(seatsOf(both, NOW + 10)).toBe(0);
  expect(endOfHoldings(withHolding(both, { reservationId: 'r2', seats: 1 }, NOW))).toBeUndefined();
});
