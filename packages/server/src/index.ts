export { type Call, callOf } from './call.ts';
export {
  type Authenticate,
  type AuthenticationRequest,
  anonymous,
  type Caller,
  serviceCaller,
  userCaller,
} from './caller.ts';
export { createServer } from './create-server.ts';
export { type ErrorModelOptions, errorModel } from './errors/error-model.ts';
export {
  CallFailure,
  type FailureDetail,
  type FailureInit,
  type FailureOptions,
  failure,
  refuse,
} from './errors/failure.ts';
export type { ErrorInfo, ErrorModel } from './errors/model.ts';
export { createMemoryIdempotencyStore, type MemoryStoreOptions } from './idempotency/memory-store.ts';
export type { IdempotencyRecord, IdempotencyStore, StoredAnswer } from './idempotency/store.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { inherit } from './local/inherit.ts';
export {
  createLocalTransport,
  type LocalClientOptions,
  type LocalTransport,
} from './local/local-transport.ts';
export type { CorsOptions, Profile, ServerOptions } from './options.ts';
export type { Address, Server } from './server.ts';
export { type ServiceRegistration, service } from './service.ts';
