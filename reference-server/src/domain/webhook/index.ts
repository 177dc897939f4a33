export { type AddressClass, addressClass } from './address-class.ts';
export {
  type CallbackRefusal,
  type CallbackRules,
  type CheckedUrl,
  checkCallbackUrl,
} from './callback-url.ts';
export { type Attempt, begun, brokenOff, type Delivery, ended, replayed } from './delivery.ts';
export { pauseAfter, type RetrySchedule } from './retry-schedule.ts';
export { keyOfSecret } from './secret-key.ts';
export { type Signed, type Signing, signatureHeaders } from './sign.ts';
export { activeSecrets, rotated, type SigningSecret } from './signing-secrets.ts';
export { STANDINGS, type Standing } from './standing.ts';
export { areFreshSeconds, isFresh, isSignedBy, TOLERANCE_MS, timestampSeconds } from './verify.ts';
