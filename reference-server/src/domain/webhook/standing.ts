/**
 * What is expected of a receiver.
 *
 * - `proven`: its last try was answered with a 2xx.
 * - `doubtful`: it was answered so before but not the last time, or it is registered and none was yet.
 * - `unknown`: a buyer has named it, and no try was ever answered so, or not for long.
 */
export type Standing = 'proven' | 'doubtful' | 'unknown';

/** Every standing. */
export const STANDINGS: readonly Standing[] = ['proven', 'doubtful', 'unknown'];
