export { type ClientAddress, clientAddress } from './client-address.ts';
export type { RateInit } from './gcra.ts';
export type { RateLimitOptions, StreamLimits } from './options.ts';
export { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
