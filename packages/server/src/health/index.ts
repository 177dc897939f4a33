export { HealthCheckResponse_ServingStatus as HealthStatus } from '../gen/grpc/health/v1/health_pb.js';
export { type HealthServiceOptions, healthService } from './health-service.ts';
export { createHealthState, type HealthState, SERVER, type ServingStatus } from './health-state.ts';
export { healthPolicy } from './policy.ts';
export { createReadiness, type Readiness, type ReadinessOptions } from './readiness.ts';
