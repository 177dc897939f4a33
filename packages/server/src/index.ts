export {
  type CallerOf,
  type ClaimNames,
  claimsMapping,
  createJwtAuthenticator,
  createMtlsAuthenticator,
  firstOf,
  type JwtCacheOptions,
  type JwtOptions,
  type KnownIdentity,
  type MtlsOptions,
  type PeerIdentity,
  type RemoteKeysOptions,
} from './auth/index.ts';
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
export type { Closed, Gate } from './gate.ts';
export { type HealthState, HealthStatus, type ServingStatus } from './health/index.ts';
export { createMemoryIdempotencyStore, type MemoryStoreOptions } from './idempotency/memory-store.ts';
export type { IdempotencyRecord, IdempotencyStore, StoredAnswer } from './idempotency/store.ts';
export { defaultLimits, type Limits, type PartialLimits } from './limits.ts';
export type { CorsOptions } from './listener/cors.ts';
export type { TlsOptions } from './listener/tls.ts';
export { inherit } from './local/inherit.ts';
export {
  createLocalTransport,
  type LocalClientOptions,
  type LocalTransport,
} from './local/local-transport.ts';
export {
  type AccessLog,
  type AccessLogOption,
  type CreateLoggerOptions,
  createLogger,
  scrub,
} from './log/index.ts';
export {
  backendCalls,
  createMetrics,
  type Distribution,
  type MethodType,
  type MetricFamily,
  type Metrics,
  type MetricsOptions,
  methodType,
} from './metrics/index.ts';
export type { ApiDescription, Profile, ServerOptions } from './options.ts';
export {
  type ClientAddress,
  clientAddress,
  createRateLimiter,
  type RateInit,
  type RateLimiter,
  type RateLimitOptions,
  type StreamLimits,
} from './rate-limit/index.ts';
export type { Address, CloseOptions, Server } from './server.ts';
export {
  type ServiceOptions,
  type ServiceRegistration,
  type SignedRequest,
  service,
  type VerifyRequest,
} from './service.ts';
export { createLoadShedder, type LoadShedder, type LoadSheddingOptions } from './shedding/index.ts';
export { systemTime } from './time/clocks.ts';
export type { TracingOptions } from './tracing/index.ts';
export { TurnoverMap } from './turnover-map.ts';
export type { WebSocketOptions } from './websocket/index.ts';
