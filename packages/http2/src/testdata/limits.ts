import { expect } from 'vitest';
import { ErrorCode, type Http2Options } from '../index.ts';
import type { RawClient } from './raw-client.ts';

/** Low ones, which floods of a few dozen frames exceed. */
export const LIMITS: Partial<Http2Options> = {
  resetBurst: 20,
  resetsPerSecond: 10,
  controlBurst: 50,
  controlsPerSecond: 10,
  maxConcurrentStreams: 5,
};

/** The same frame as often. */
export function times(count: number, bytes: Buffer): Buffer[] {
  return Array.from({ length: count }, () => bytes);
}

/** The client sent too much of something, and its connection has ended. */
export function expectCalm(client: RawClient): void {
  expect(client.goAway()).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  expect(client.connection.isOver).toBe(true);
}
